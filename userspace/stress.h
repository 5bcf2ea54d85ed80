/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef STRESS_H
#define STRESS_H

#include <stdint.h>

#define STRESS_LEAST_STRIPE 64

/* What all processes of mmapdemo stress share; counters change atomically. */
struct stress {
	uint64_t seed;
	unsigned int processes, threads;
	int exchange[2]; /* sockets by which descriptors are passed */
	int stop;	 /* end as soon as possible */
	uint64_t calls, checks, passed, mismatches;
};

/* A generator for decisions: the next number of this state. */
uint64_t stress_random(uint64_t *state);

/*
 * What process number index does in its life number life, until it is to stop
 * or is killed. Its decisions follow from the seed and these two.
 */
void stress_process(struct stress *shared, unsigned int index,
		    unsigned int life) __attribute__((noreturn));

#endif
