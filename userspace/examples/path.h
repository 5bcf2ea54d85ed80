/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PATH_H
#define PATH_H

#include <stdio.h>

/*
 * The calls of several traces in one tree. Each call has a bit for each trace
 * that it occurs in.
 */
struct call {
	char name[48];
	unsigned int traces;
	struct call *inner; /* the first call that it makes */
	struct call *next;  /* the one after it */
};

/* Adds what function_graph printed for one system call. */
void add_trace(struct call *root, FILE *trace, unsigned int bit);

#endif
