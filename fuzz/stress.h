/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef STRESS_H
#define STRESS_H

#include <stdbool.h>
#include <stdint.h>

#include "calls.h"

#define STRESS_LEAST_STRIPE 64
#define STRESS_LARGEST_PRIVATE (64 << 10)

/* What all processes of mmapdemo-stress share; counters change atomically. */
struct stress {
	const char *device;
	uint64_t seed;
	unsigned int processes, threads;
	int exchange[2]; /* sockets by which descriptors are passed */
	int stop;	 /* end as soon as possible */
	unsigned int pages_to_lose; /* to memory errors */
	uint64_t calls, checks, passed, mismatches;
	struct calls_progress progress[]; /* of each thread of each process */
};

/* A generator for decisions: the next number of this state. */
uint64_t stress_random(uint64_t *state);

/*
 * What process number index does in its life number life, until it is to stop
 * or is killed. Its decisions follow from the seed and these two.
 */
void stress_process(struct stress *shared, unsigned int index,
		    unsigned int life) __attribute__((noreturn));

/* The parts of a process. */

/* A thread with its decisions. */
struct worker {
	struct stress *shared;
	struct calls_progress *progress;
	unsigned int process, life, thread;
	uint64_t random;
	bool checks, calls; /* what it does */
	bool stored;	    /* once; the stripe is what own_pattern says */
	uint64_t own_pattern;
};

/* A part of a buffer, whose contents are known. */
struct part {
	int fd;
	uint64_t at, length;
	const unsigned char *want;
	const char *what;
};

/* One of so many. */
uint64_t stress_decide(struct worker *w, uint64_t choices);
void stress_count(uint64_t *counter, uint64_t n);

/* Says where the decisions came from, so that they can be made again. */
void stress_mismatch(struct worker *w, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* stress_part.c: want is what MMAPDEMO_FILL_COUNT makes of this number. */
void stress_want_count(unsigned char *want, uint64_t at, uint64_t length,
		       uint64_t pattern);

/* From the page that the part starts in. NULL: no memory, or a mismatch */
unsigned char *stress_map(struct worker *w, const struct part *part, int prot);
void stress_unmap(const struct part *part, unsigned char *map);

/* What was seen by that way, against what is wanted. */
void stress_compare(struct worker *w, const struct part *part,
		    const unsigned char *seen, const char *way);

/* By each way that there is. */
void stress_check_part(struct worker *w, const struct part *part);

/* By one way. */
void stress_store_part(struct worker *w, const struct part *part,
		       uint64_t pattern);

/* stress_private.c: makes a buffer and treats it in some ways. */
void stress_check_private(struct worker *w);

/* One that another process passed on, if there is one. */
void stress_check_received(struct worker *w);

#endif
