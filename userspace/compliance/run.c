// SPDX-License-Identifier: GPL-2.0-only
/*
 * A check runs in a process of its own, so that whatever a driver does to it
 * harms nobody else, and what the kernel logs meanwhile is charged to it.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "complaints.h"
#include "run.h"

/* Milliseconds that a killed process may take to be gone */
#define LAST_BREATH 5000

/* Shared by the check's process and the one that waits for it */
static struct result *shared;

static void end(enum status status, const char *format, va_list args)
	__attribute__((noreturn));

static void end(enum status status, const char *format, va_list args)
{
	vsnprintf(shared->text, sizeof(shared->text), format, args);
	shared->status = status;
	_exit(0);
}

void broken(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	end(BROKEN, format, args);
}

void skip(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	end(SKIPPED, format, args);
}

void fact(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	end(FACT, format, args);
}

static void found(struct result *result, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static void found(struct result *result, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(result->text, sizeof(result->text), format, args);
	va_end(args);
	result->status = BROKEN;
}

static bool ended_within(int pidfd, int milliseconds)
{
	struct pollfd ended = { .fd = pidfd, .events = POLLIN };

	return poll(&ended, 1, milliseconds) == 1;
}

/* The check's children are in its process group. */
static void await(pid_t pid, unsigned int seconds, struct result *result)
{
	int status, pidfd = syscall(SYS_pidfd_open, pid, 0);
	bool late = !ended_within(pidfd, seconds * 1000);

	kill(-pid, SIGKILL);
	kill(pid, SIGKILL);
	if (late)
		found(result, "it does not end within %u seconds", seconds);
	if (!ended_within(pidfd, LAST_BREATH)) {
		found(result,
		      "it does not end within %u seconds, and SIGKILL has no effect: a process of it is left",
		      seconds);
		result->hangs = true;
	} else if (waitpid(pid, &status, 0) == pid && !late &&
		   WIFSIGNALED(status)) {
		found(result, "it is killed: %s", strsignal(WTERMSIG(status)));
	}
	close(pidfd);
}

void check_run(const struct check *check, const struct target *target,
	       struct result *result)
{
	char complaint[sizeof(result->text)];
	int log = complaints_open();
	pid_t pid;

	if (!shared)
		shared = mmap(NULL, sizeof(*shared), RW,
			      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	*shared = (struct result){ .status = GOOD };
	fflush(NULL);
	pid = fork();
	if (!pid) {
		setpgid(0, 0);
		check->run(target);
		_exit(0);
	}
	setpgid(pid, pid);
	*result = (struct result){ .status = GOOD };
	await(pid, target->seconds, result);
	if (result->status == GOOD)
		*result = *shared;
	if (complaints_read(log, complaint, sizeof(complaint)) &&
	    result->status != BROKEN)
		found(result, "the kernel logs: %s", complaint);
	close(log);
}
