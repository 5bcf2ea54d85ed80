// SPDX-License-Identifier: GPL-2.0-only
/* The step of mmapdemo verify that a second process sees the same bytes. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "verify_bytes.h"
#include "verify_steps.h"

/*
 * A private buffer may not allow a second open, so its descriptor is inherited.
 */
static bool second_open(struct verify *v)
{
	buffer_unmap(&v->buffer, v->map);
	if (!v->buffer.private) {
		int error;

		close(v->buffer.fd);
		error = buffer_try_open(&v->buffer, v->buffer.device, O_RDWR);
		if (error)
			return verify_say(v, false,
					  "the second process: open: %s",
					  strerror(-error));
	}
	v->map = buffer_try_map(&v->buffer, PROT_READ | PROT_WRITE);
	if (v->map == MAP_FAILED)
		return verify_say_errno(v, "the second process: mmap");
	return true;
}

/*
 * The second process opens and maps the buffer, and sends a byte. It waits for
 * the stores of the first process, compares them, stores, and sends its
 * verdict, which is empty if all is right.
 */
static void second_process(struct verify *v, int socket)
{
	char turn = 0;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	signal(SIGBUS, SIG_DFL); /* the parent's handlers do not fit */
	signal(SIGSEGV, SIG_DFL);
	v->text[0] = '\0';
	if (!second_open(v))
		goto verdict;
	if (send(socket, &turn, 1, MSG_NOSIGNAL) != 1 ||
	    recv(socket, &turn, 1, 0) != 1)
		_exit(1);
	verify_make_pattern(v->expected, 0, v->size, PATTERN_FIRST_PROCESS);
	if (verify_map_shows(v, "the second process"))
		verify_store(v, PATTERN_SECOND_PROCESS);
verdict:
	send(socket, v->text, strlen(v->text), MSG_NOSIGNAL);
	_exit(0);
}

/*
 * The part of the first process. Returns the length of the verdict, -1 for
 * none.
 */
static ssize_t talk_to_second(struct verify *v, int socket)
{
	char first[sizeof(v->text)];
	ssize_t n = recv(socket, first, sizeof(first) - 1, 0);

	if (n <= 0)
		return -1;
	if (n > 1 || first[0]) { /* an error instead of the first byte */
		first[n] = '\0';
		verify_say(v, false, "%s", first);
		return n;
	}
	verify_store(v, PATTERN_FIRST_PROCESS);
	if (send(socket, first, 1, MSG_NOSIGNAL) != 1)
		return -1;
	n = recv(socket, v->text, sizeof(v->text) - 1, 0);
	if (n >= 0)
		v->text[n] = '\0';
	return n;
}

static bool judge_second(struct verify *v, ssize_t verdict, int status)
{
	if (WIFSIGNALED(status))
		return verify_say(v, false,
				  "the second process died of signal %d (%s)",
				  WTERMSIG(status),
				  strsignal(WTERMSIG(status)));
	if (verdict < 0 || WEXITSTATUS(status))
		return verify_say(v, false,
				  "the second process ended without a verdict");
	if (verdict > 0)
		return false;
	verify_make_pattern(v->expected, 0, v->size, PATTERN_SECOND_PROCESS);
	if (!verify_map_shows(v, "the first process"))
		return false;
	return verify_say(
		v, true,
		"%" PRIu64 " bytes each way, with %s and a mapping of its own",
		v->size,
		v->buffer.private ? "the descriptor passed on" : "an open");
}

bool verify_second_process(struct verify *v)
{
	int ends[2], status = 0;
	ssize_t verdict;
	pid_t child;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends))
		return verify_say_errno(v, "socketpair");
	fflush(stdout);
	child = fork();
	if (!child) {
		close(ends[0]);
		second_process(v, ends[1]);
	}
	close(ends[1]);
	if (child < 0) {
		close(ends[0]);
		return verify_say_errno(v, "fork");
	}
	verdict = talk_to_second(v, ends[0]);
	close(ends[0]);
	while (waitpid(child, &status, 0) < 0 && errno == EINTR)
		;
	return judge_second(v, verdict, status);
}
