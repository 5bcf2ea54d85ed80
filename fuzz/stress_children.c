// SPDX-License-Identifier: GPL-2.0-only
/*
 * The processes of mmapdemo-stress: the parent starts them, watches their
 * progress, kills some, and judges how they end.
 */
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "message.h"
#include "pressure.h"
#include "signals.h"
#include "stress_run.h"

#define PATIENCE_SECONDS 60 /* for processes to end */
#define SECONDS_TO_DIE 180  /* many wait for the same locks */
#define KILL_EVERY_NS 20000000L
/* Few processes die before they have come so far. */
#define STEPS_OF_A_LIFE 300

double stress_now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec + time.tv_nsec / 1e9;
}

void stress_fail(struct run *run, const char *what)
{
	complain("%s (seed %" PRIu64 ")", what, run->shared->seed);
	run->failures++;
}

static uint64_t steps_of(const struct run *run, unsigned int index)
{
	unsigned int threads = run->threads;
	uint64_t steps = 0;

	for (unsigned int i = index * threads; i < (index + 1) * threads; i++)
		steps += __atomic_load_n(&run->shared->progress[i].made,
					 __ATOMIC_RELAXED);
	return steps;
}

/* Starts anew: the progress of an earlier life says nothing about this one. */
static void watch_child(struct run *run, unsigned int index)
{
	unsigned int threads = run->threads;

	run->children[index].steps = steps_of(run, index);
	for (unsigned int i = index * threads; i < (index + 1) * threads; i++) {
		run->shared->progress[i].thread = 0;
		run->watches[i] = (struct calls_watch){
			.progress = &run->shared->progress[i],
		};
	}
}

static void start_child(struct run *run, unsigned int index)
{
	struct child *child = &run->children[index];

	fflush(stdout);
	watch_child(run, index);
	child->pid = fork();
	if (!child->pid) {
		signals_release();
		stress_process(run->shared, index, child->life);
	}
	if (child->pid < 0) {
		child->pid = 0;
		stress_fail(run, "fork failed");
	}
	for (unsigned int i = 0; i < run->threads; i++)
		run->watches[index * run->threads + i].process = child->pid;
	child->life++;
}

/* Mismatches are in the shared counters; here the way it ended is judged. */
static void judge_end(struct run *run, unsigned int index, int status,
		      bool killed)
{
	char what[96];

	run->children[index].pid = 0;
	if (killed && WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL)
		return;
	if (WIFEXITED(status) && !WEXITSTATUS(status))
		return;
	snprintf(what, sizeof(what), "process %u, life %u ended with %s %d",
		 index, run->children[index].life - 1,
		 WIFSIGNALED(status) ? "signal" : "status",
		 WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
	stress_fail(run, what);
}

static bool ended(struct run *run, unsigned int index, bool killed)
{
	struct child *child = &run->children[index];
	int status;

	if (!child->pid)
		return true;
	if (waitpid(child->pid, &status, WNOHANG) != child->pid)
		return false;
	judge_end(run, index, status, killed);
	return true;
}

/*
 * Returns what is wrong with a process, or NULL if nothing is or if it is too
 * early to tell.
 */
static const char *look_at(struct run *run, unsigned int index)
{
	unsigned int threads = run->threads;
	const char *finding = NULL;

	for (unsigned int i = index * threads;
	     !finding && i < (index + 1) * threads; i++)
		finding = calls_watch_look(&run->watches[i]);
	return finding;
}

/* Starts a new interval of counting. */
static void forget_progress(struct run *run, unsigned int index)
{
	unsigned int threads = run->threads;

	for (unsigned int i = index * threads; i < (index + 1) * threads; i++)
		run->watches[i].time = 0;
}

/*
 * Returns false if the process did not end, or if it faults or computes after
 * SIGKILL as no dying process does.
 */
static bool ends_until(struct run *run, unsigned int index, bool killed,
		       double until)
{
	double look = stress_now();

	forget_progress(run, index);
	while (!ended(run, index, killed)) {
		if (stress_now() >= until)
			return false;
		if (stress_now() >= look) {
			if (look_at(run, index))
				return false;
			look = stress_now() + 1;
		}
		usleep(1000);
	}
	return true;
}

static void tell_where(const struct run *run, unsigned int index)
{
	unsigned int threads = run->threads;

	for (unsigned int i = index * threads; i < (index + 1) * threads; i++)
		calls_watch_tell(stderr, &run->watches[i]);
}

/* Leaves the process to itself. */
static void give_up(struct run *run, unsigned int index, const char *why)
{
	char what[64];

	snprintf(what, sizeof(what), "process %u %s", index, why);
	stress_fail(run, what);
	tell_where(run, index);
	run->children[index].pid = 0;
	run->stuck = true;
}

static void end_by_force(struct run *run, unsigned int index)
{
	kill(run->children[index].pid, SIGKILL);
	if (!ends_until(run, index, true, stress_now() + SECONDS_TO_DIE))
		give_up(run, index, "does not die of SIGKILL");
}

/* On a slow machine a process is not killed before it has done some steps. */
static bool shall_die(struct run *run, unsigned int index)
{
	const struct child *child = &run->children[index];

	return child->pid &&
	       (steps_of(run, index) - child->steps >= STEPS_OF_A_LIFE ||
		!(stress_random(&run->random) % 16));
}

/* All processes are killed before the first wait, since exiting takes time. */
static void kill_some(struct run *run)
{
	bool chosen[MAX_PROCESSES] = { false };
	uint64_t count = 1 + run->processes / 16;
	double until = stress_now() + SECONDS_TO_DIE;

	while (count--) {
		unsigned int i = stress_random(&run->random) % run->processes;

		if (chosen[i] || !shall_die(run, i))
			continue;
		chosen[i] = true;
		kill(run->children[i].pid, SIGKILL);
	}
	for (unsigned int i = 0; i < run->processes; i++) {
		if (!chosen[i])
			continue;
		if (!ends_until(run, i, true, until)) {
			give_up(run, i, "does not die of SIGKILL");
			return;
		}
		run->killed++;
		start_child(run, i);
	}
}

/* Finds a process that faults without end, or does not finish a call. */
static void look_at_all(struct run *run)
{
	const char *finding;

	if (stress_now() - run->looked < 1)
		return;
	run->looked = stress_now();
	for (unsigned int i = 0; i < run->processes; i++) {
		finding = run->children[i].pid ? look_at(run, i) : NULL;
		if (!finding)
			continue;
		stress_fail(run, finding);
		tell_where(run, i);
		run->stuck = true;
		end_by_force(run, i);
	}
}

static void end_children(struct run *run)
{
	double until = stress_now() + PATIENCE_SECONDS;
	char what[64];

	__atomic_store_n(&run->shared->stop, 1, __ATOMIC_RELAXED);
	for (unsigned int i = 0; i < run->processes; i++) {
		while (!ended(run, i, false) && stress_now() < until) {
			look_at_all(run);
			usleep(5000);
		}
		if (!run->children[i].pid)
			continue;
		snprintf(what, sizeof(what), "process %u did not end", i);
		stress_fail(run, what);
		end_by_force(run, i);
	}
}

bool stress_goes_on(const struct run *run)
{
	return !signals_pending() && !run->shared->mismatches && !run->stuck;
}

static void start_pressure(struct run *run)
{
	fflush(stdout);
	run->pressure = run->pressure_wanted ? fork() : 0;
	if (run->pressure || !run->pressure_wanted)
		return;
	signals_release();
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	pressure();
}

static void end_pressure(struct run *run)
{
	if (run->pressure <= 0)
		return;
	kill(run->pressure, SIGKILL);
	waitpid(run->pressure, NULL, 0);
}

/*
 * The children of killed processes die with them; the parent is their
 * subreaper.
 */
static void wait_for_orphans(struct run *run)
{
	double until = stress_now() + SECONDS_TO_DIE;

	while (!run->stuck) {
		if (waitpid(-1, NULL, WNOHANG) < 0 && errno == ECHILD)
			return;
		if (stress_now() >= until) {
			stress_fail(run,
				    "a child of a killed process does not end");
			run->stuck = true;
		}
		usleep(1000);
	}
}

/* Closing the sockets drops the descriptors that no process received. */
void stress_round(struct run *run, double until)
{
	const struct timespec pause = { .tv_nsec = KILL_EVERY_NS };
	struct stress *shared = run->shared;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC,
		       0, shared->exchange))
		die(EXIT_FAILED, "socketpair: %s", strerror(errno));
	shared->stop = 0;
	start_pressure(run);
	for (unsigned int i = 0; i < run->processes; i++)
		start_child(run, i);
	while (stress_now() < until && stress_goes_on(run)) {
		nanosleep(&pause, NULL);
		look_at_all(run);
		if (!run->stuck)
			kill_some(run);
	}
	end_children(run);
	end_pressure(run);
	wait_for_orphans(run);
	close(shared->exchange[0]);
	close(shared->exchange[1]);
}
