/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef CALLS_H
#define CALLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "calls_do.h"

/*
 * Any bytes, read as a sequence of system calls that this driver serves. The
 * bytes come from mmapdemo-stress (a generator with a seed) or from a fuzzer.
 *
 * A sequence needs nothing but numbers: descriptors are moved to fixed ones,
 * and mappings and arguments lie at fixed addresses, which no other part of a
 * program uses. So decoding does not depend on what the calls returned, and a
 * sequence can be printed as a C program that does the same.
 *
 * No call takes longer than a tenth of a second, and what they take of the
 * machine is bounded.
 */
#define CALLS_DEVICE "/dev/mmapdemo"
#define CALLS_ARENA_PAGES 4096U /* where mappings may be */
#define CALLS_MAX_DATA 160

/* One thread's place for descriptors and memory, and its limits. */
struct calls_place {
	int first_descriptor;
	uint64_t arena;
	uint64_t data;
	uint64_t scratch;
	uint64_t race;
	uint64_t largest; /* bytes of a private buffer */
	bool reader;	  /* opens the device for reading only */
};

/* Thread 0, 1, 2, ... of a process. */
struct calls_place calls_place(unsigned int thread);

/* Numbers of calls that are no single system call; see calls_do.h. */
enum calls_pseudo {
	CALLS_LOAD = -1,
	CALLS_STORE = -2,
	CALLS_FORK_TOUCH = -3,
	CALLS_MAP_ANYWHERE = -4,
	CALLS_UFFD_OPEN = -5,
	CALLS_URING = -6,
	CALLS_RACE = -7,
	CALLS_POISON = -8,
};

struct call {
	long nr; /* SYS_*, or enum calls_pseudo */
	uint64_t args[6];
	int keep;	  /* descriptor that the result becomes, or -1 */
	uint64_t data_at; /* where data goes before the call */
	uint32_t data_length;
	unsigned char data[CALLS_MAX_DATA];
};

struct calls_bytes {
	const unsigned char *at, *end;
};

/*
 * Call number index of those that come first: descriptors of the device and of
 * each kind of buffer, and a mapping of each. False past the last one.
 */
bool calls_start(unsigned int index, const struct calls_place *place,
		 struct call *call);

/* Takes the next call; false at the end of the bytes. */
bool calls_next(struct calls_bytes *bytes, const struct calls_place *place,
		struct call *call);

/**
 * struct calls_progress - how far a thread has come, for who watches it from
 *	another process: see calls_watch.h
 * @thread: its number in the system, 0 before it begins
 * @made: moves with each step
 * @what: the step that is being made, if it is none of the decoder's calls
 * @call: the call that is being made
 */
struct calls_progress {
	int thread;
	uint64_t made;
	char what[24];
	struct call call;
};

/* The caller's thread is at this step. NULL: at this call */
void calls_progress_step(struct calls_progress *progress, const char *what,
			 const struct call *call);

/* Makes the calls. */
struct calls {
	struct calls_place place;
	unsigned char pages[CALLS_ARENA_PAGES]; /* see calls_run.c */
	uint64_t made;
	bool poisoned;	     /* a page of a buffer may have a memory error */
	const char *finding; /* what a call did that it must not do, or NULL */
	struct call last;
	struct calls_progress *progress; /* or NULL */
};

/* 0 or -errno. calls_end() gives everything back. */
int calls_begin(struct calls *calls, const struct calls_place *place,
		struct calls_progress *progress);
void calls_end(struct calls *calls);

/* False when there is a finding. */
bool calls_run(struct calls *calls, struct calls_bytes bytes);

/* One call as a statement of a C program. */
void calls_print_one(FILE *to, const struct call *call);

#endif
