/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _MMAPDEMO_SELFTEST_PROCESSES_H
#define _MMAPDEMO_SELFTEST_PROCESSES_H

/* Child processes: traced, asleep, without rights, and how they ended. */
#include <grp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

/* Forks a child that stops, to be traced. Its pid, or -1 */
static inline pid_t traced_child(void)
{
	pid_t pid = fork();
	int status;

	if (!pid) {
		ptrace(PTRACE_TRACEME, 0, NULL, NULL);
		raise(SIGSTOP);
		_exit(0);
	}
	waitpid(pid, &status, 0);
	return WIFSTOPPED(status) ? pid : -1;
}

static inline void child_gone(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

/* Waits for a child. Its exit status, or -signal. */
static inline int child_status(pid_t pid)
{
	int status;

	if (waitpid(pid, &status, 0) != pid)
		return -1000;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

#define NOBODY 65534

/* In a child: gives up all rights, but keeps owning its files in /proc. */
static inline void become_nobody(void)
{
	if (setgroups(0, NULL) || setgid(NOBODY) || setuid(NOBODY) ||
	    prctl(PR_SET_DUMPABLE, 1))
		_exit(100);
}

/* Reads the word that the format selects from a file in /proc/PID. */
static inline bool process_says(pid_t pid, const char *name, const char *format,
				char *word)
{
	char path[64];
	bool there;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/%s", pid, name);
	f = fopen(path, "re");
	there = f && fscanf(f, format, word) == 1;
	if (f)
		fclose(f);
	return there;
}

/*
 * Is that process asleep in a system call? Its state alone does not tell: a task
 * sets the state first, and then looks once more at what it waits for. So
 * /proc/PID/syscall must not say "running", as it does until the task has left
 * its processor.
 */
static inline bool asleep(pid_t pid)
{
	char word[16];

	return process_says(pid, "stat", "%*d (%*[^)]) %1s", word) &&
	       word[0] == 'S' && process_says(pid, "syscall", "%15s", word) &&
	       word[0] != 'r';
}

#endif /* _MMAPDEMO_SELFTEST_PROCESSES_H */
