// SPDX-License-Identifier: GPL-2.0-only
/* Runs other programs: modprobe, dkms, mokutil, modinfo. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "process.h"

#define NOT_STARTED 127

static void execute(char *const argv[], int output)
{
	const char *path = getenv("PATH");
	char with_sbin[4096];

	snprintf(with_sbin, sizeof(with_sbin), "%s:/usr/sbin:/sbin",
		 path ? path : "/usr/bin:/bin");
	setenv("PATH", with_sbin, 1);
	setenv("LC_ALL", "C", 1);
	dup2(output, STDOUT_FILENO);
	dup2(output, STDERR_FILENO);
	execvp(argv[0], argv);
	_exit(NOT_STARTED);
}

/* Reads to the end, so that the program never blocks on a full pipe. */
static void collect(int fd, char *output, size_t size)
{
	char rest[512];
	size_t used = 0;
	ssize_t n;

	while ((n = read(fd, rest, sizeof(rest))) > 0 ||
	       (n < 0 && errno == EINTR)) {
		size_t fits = size - 1 - used;

		if (n < 0)
			continue;
		if ((size_t)n < fits)
			fits = n;
		memcpy(output + used, rest, fits);
		used += fits;
	}
	output[used] = '\0';
}

int process_run(char *const argv[], char *output, size_t size)
{
	int ends[2], status;
	pid_t child;

	output[0] = '\0';
	if (pipe2(ends, O_CLOEXEC))
		return NOT_STARTED;
	fflush(stdout);
	child = fork();
	if (!child)
		execute(argv, ends[1]);
	close(ends[1]);
	if (child > 0)
		collect(ends[0], output, size);
	close(ends[0]);
	if (child < 0)
		return NOT_STARTED;
	while (waitpid(child, &status, 0) < 0) {
		if (errno != EINTR)
			return NOT_STARTED;
	}
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
