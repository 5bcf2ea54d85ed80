// SPDX-License-Identifier: GPL-2.0-only
/* Finds calls that never end, and faults that are taken again and again. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#include "calls_watch.h"

/* No call touches this many pages. */
#define MOST_FAULTS 100000
/* Far more than a call takes where each access of the kernel is checked. */
#define MOST_PROCESSOR_SECONDS 30
/* A busy machine can delay a thread that runs, but not one that sleeps. */
#define MOST_SECONDS_ASLEEP 120

struct thread_state {
	char state;
	unsigned long faults;
	double processor;
};

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec + time.tv_nsec / 1e9;
}

/* False: there is no such thread any more. */
static bool thread_state(const struct calls_watch *watch,
			 struct thread_state *state)
{
	unsigned long user, system;
	char path[64], line[512];
	const char *rest;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/stat", watch->process,
		 watch->progress->thread);
	file = fopen(path, "re");
	if (!file)
		return false;
	rest = fgets(line, sizeof(line), file) ? strrchr(line, ')') : NULL;
	fclose(file);
	if (!rest ||
	    sscanf(rest, ") %c %*d %*d %*d %*d %*d %*u %lu %*u %*u %*u %lu %lu",
		   &state->state, &state->faults, &user, &system) != 4)
		return false;
	state->processor = (double)(user + system) / sysconf(_SC_CLK_TCK);
	return true;
}

const char *calls_watch_look(struct calls_watch *watch)
{
	uint64_t made =
		__atomic_load_n(&watch->progress->made, __ATOMIC_ACQUIRE);
	struct thread_state state;

	if (!watch->progress->thread || !thread_state(watch, &state))
		return NULL;
	if (made != watch->made || !watch->time) {
		watch->made = made;
		watch->time = now();
		watch->processor = state.processor;
		watch->faults = state.faults;
		return NULL;
	}
	if (state.faults - watch->faults > MOST_FAULTS)
		return "a call faults without end";
	if (state.processor - watch->processor > MOST_PROCESSOR_SECONDS ||
	    (state.state != 'R' && now() - watch->time > MOST_SECONDS_ASLEEP))
		return "a call does not end";
	return NULL;
}

void calls_watch_tell(FILE *to, const struct calls_watch *watch)
{
	const struct calls_progress *progress = watch->progress;
	struct thread_state state;

	fprintf(to, "process %d, thread %d, step %" PRIu64, watch->process,
		progress->thread, watch->made);
	if (watch->time && thread_state(watch, &state))
		fprintf(to,
			", since %.0f s: state %c, %.1f s of processor time, %lu page faults",
			now() - watch->time, state.state,
			state.processor - watch->processor,
			state.faults - watch->faults);
	if (progress->what[0])
		fprintf(to, ": %s\n", progress->what);
	else if (fputs(":\n", to) >= 0)
		calls_print_one(to, &progress->call);
	fflush(to);
}

static void have_kernel_panic(void)
{
	int fd = open("/proc/sysrq-trigger", O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		return;
	if (write(fd, "c", 1) != 1)
		perror("/proc/sysrq-trigger");
	close(fd);
}

static const char *watch_until_finding(struct calls_watch *watch)
{
	const char *finding;

	watch->time = 0;
	do {
		sleep(1);
		finding = calls_watch_look(watch);
	} while (!finding);
	return finding;
}

/* The end of the caller ends this process, too. */
static void watch_and_kill(struct calls_watch *watch, bool panics)
{
	fprintf(stderr, "fuzz: finding: %s: ", watch_until_finding(watch));
	calls_watch_tell(stderr, watch);
	kill(watch->process, SIGKILL);
	fprintf(stderr, "fuzz: finding: SIGKILL has no effect: %s: ",
		watch_until_finding(watch));
	calls_watch_tell(stderr, watch);
	if (panics)
		have_kernel_panic();
}

int calls_watch_self(const struct calls_progress *progress, bool panics)
{
	struct calls_watch watch = { .process = getpid(),
				     .progress = progress };
	pid_t pid;

	fflush(NULL);
	pid = fork();
	if (pid < 0)
		return -errno;
	if (pid)
		return 0;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() == watch.process)
		watch_and_kill(&watch, panics);
	_exit(0);
}
