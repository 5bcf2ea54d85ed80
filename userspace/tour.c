// SPDX-License-Identifier: GPL-2.0-only
/* Runs one line of mmapdemo tour in a shell. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "result.h"
#include "signals.h"
#include "tour.h"

#define PATIENCE_MS 60000
#define LOOK_EVERY_MS 5
#define NOT_IN_TIME (-1)

/*
 * The line runs in a process group of its own, so that all its processes can be
 * ended. That is not the terminal's foreground group; with SIGTTOU ignored the
 * processes can print there all the same.
 */
static void execute(const char *line, int output)
{
	int input = open("/dev/null", O_RDONLY);

	setpgid(0, 0);
	signal(SIGTTOU, SIG_IGN);
	signals_release();
	dup2(input, STDIN_FILENO);
	dup2(output, STDOUT_FILENO);
	execl("/bin/sh", "sh", "-c", line, NULL);
	perror("/bin/sh");
	_exit(127);
}

/* WNOWAIT leaves a zombie, so the number of its group is not used again. */
static bool has_ended(pid_t pid)
{
	siginfo_t info = { .si_pid = 0 };

	return waitid(P_PID, pid, &info, WEXITED | WNOHANG | WNOWAIT) ||
	       info.si_pid == pid;
}

/*
 * Returns the exit status, 128 + N if signal N ended it, or NOT_IN_TIME. The
 * group gets SIGTERM and not SIGKILL, since path must restore the kernel's
 * tracer.
 */
static int status_of(pid_t pid)
{
	const struct timespec pause = { .tv_nsec = LOOK_EVERY_MS * 1000000 };
	int ms = 0, status;

	while (!has_ended(pid) && ms < PATIENCE_MS && !signals_pending()) {
		nanosleep(&pause, NULL);
		ms += LOOK_EVERY_MS;
	}
	kill(-pid, SIGTERM);
	if (waitpid(pid, &status, 0) != pid || ms >= PATIENCE_MS)
		return NOT_IN_TIME;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static void show_last_lines(FILE *output, int wanted)
{
	char *line = NULL;
	size_t size = 0;
	int lines = 0;

	rewind(output);
	while (getline(&line, &size, output) > 0)
		lines++;
	rewind(output);
	while (getline(&line, &size, output) > 0)
		if (lines-- <= wanted)
			fputs(line, stdout);
	free(line);
}

static void say_failed(const struct tour_step *step, int status)
{
	result_print(RESULT_FAIL);
	if (status == NOT_IN_TIME)
		printf("it did not end within %d s\n", PATIENCE_MS / 1000);
	else
		printf("exit status %d, expected %d\n", status, step->status);
}

static int run_line(const char *line, int output)
{
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (!pid)
		execute(line, output);
	if (pid < 0)
		return 127;
	setpgid(pid, pid); /* before a signal is sent to the group */
	return status_of(pid);
}

bool tour_run(const struct tour_step *step)
{
	FILE *kept = step->last ? tmpfile() : NULL;
	int status = run_line(step->line, kept ? fileno(kept) : STDOUT_FILENO);
	bool ok = status == step->status;

	if (kept) {
		show_last_lines(kept, ok ? step->last : INT_MAX);
		fclose(kept);
	}
	if (ok && status) {
		result_print(RESULT_OK);
		printf("refused, exit status %d\n", status);
	} else if (!ok && !signals_pending()) {
		say_failed(step, status);
	}
	return ok;
}
