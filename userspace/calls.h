/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef CALLS_H
#define CALLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/*
 * Any bytes, read as a sequence of system calls that this driver serves. The
 * bytes come from mmapdemo stress (a generator with a seed) or from a fuzzer.
 *
 * A sequence needs nothing but numbers: descriptors are moved to fixed ones,
 * and mappings and arguments lie at fixed addresses, which no other part of a
 * program uses. So decoding does not depend on what the calls returned, and a
 * sequence can be printed as a C program that does the same.
 *
 * No call sleeps for longer than a few milliseconds, and what they take of the
 * machine is bounded.
 */
#define CALLS_DEVICE "/dev/mmapdemo"
#define CALLS_PAGE 4096ULL
#define CALLS_ARENA_PAGES 4096U /* where mappings may be */
#define CALLS_DATA_PAGES 2U	/* where arguments are; nothing follows it */
#define CALLS_FILES 8		/* descriptors of the driver */
#define CALLS_MAX_DATA 160

/* Descriptors that are there from the start, behind those of the driver. */
enum calls_descriptor {
	CALLS_PIPE_OUT = CALLS_FILES,
	CALLS_PIPE_IN,
	CALLS_EPOLL,
	CALLS_DESCRIPTORS,
};

/* One thread's place for descriptors and memory, and its limits. */
struct calls_place {
	int first_descriptor;
	uint64_t arena;
	uint64_t data;
	uint64_t largest; /* bytes of a private buffer */
	bool reader;	  /* opens the device for reading only */
};

/* Thread 0, 1, 2, ... of a process. */
struct calls_place calls_place(unsigned int thread);

/* Numbers of calls that are no single system call. */
enum calls_pseudo {
	CALLS_LOAD = -1,       /* a byte at args[0] */
	CALLS_STORE = -2,      /* args[1] to the byte at args[0] */
	CALLS_FORK_TOUCH = -3, /* a child touches args[0] and ends */
	CALLS_MAP_ANYWHERE =
		-4, /* mmap where the kernel likes, touch, munmap */
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
 * each kind of buffer, and a mapping of each. False behind the last one.
 */
bool calls_start(unsigned int index, const struct calls_place *place,
		 struct call *call);

/* Takes the next call; false at the end of the bytes. */
bool calls_next(struct calls_bytes *bytes, const struct calls_place *place,
		struct call *call);

/* Makes the calls. */
struct calls {
	struct calls_place place;
	unsigned char pages[CALLS_ARENA_PAGES]; /* see calls_run.c */
	uint64_t made;
	const char *finding; /* what a call did that it must not do, or NULL */
	struct call last;
};

/* 0 or -errno. calls_end() gives everything back. */
int calls_begin(struct calls *calls, const struct calls_place *place);
void calls_end(struct calls *calls);

/* False when there is a finding. */
bool calls_run(struct calls *calls, struct calls_bytes bytes);

/* A C program that makes the same calls. */
void calls_print(FILE *to, const struct calls_place *place,
		 struct calls_bytes bytes);

/* One call as a statement of that program. */
void calls_print_one(FILE *to, const struct call *call);

#endif
