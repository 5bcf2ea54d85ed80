/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef STRESS_RUN_H
#define STRESS_RUN_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "calls_watch.h"
#include "module.h"
#include "stress.h"

#define MAX_PROCESSES 1024

/* A run of mmapdemo-stress, as its parent process sees it. */
struct run {
	const char *device;
	unsigned int processes, threads;
	struct stress *shared;
	struct child {
		pid_t pid; /* 0: none */
		unsigned int life;
		uint64_t steps; /* of its threads, in earlier lives */
	} children[MAX_PROCESSES];
	struct calls_watch *watches; /* one for each thread of each process */
	double looked;		     /* at them, the last time */
	bool stuck;		     /* one is, and all is to end */
	bool pressure_wanted;
	pid_t pressure;
	uint64_t killed, reloads, failures;
	uint64_t random; /* the parent's own decisions */
};

/* Seconds of CLOCK_MONOTONIC. */
double stress_now(void);

/* Prints a failure, with the seed, and counts it. */
void stress_fail(struct run *run, const char *what);

/* False if the run has to end early. */
bool stress_goes_on(const struct run *run);

/* Starts all processes, and ends them at that time or before. */
void stress_round(struct run *run, double until);

/*
 * Reloads the module with these parameters. False, and a failure, if that
 * fails.
 */
bool stress_reload(struct run *run, const struct module_parameters *parameters);

/* Sets other parameters, of a buffer that this machine supports. */
void stress_choose_parameters(struct run *run,
			      struct module_parameters *parameters);

#endif
