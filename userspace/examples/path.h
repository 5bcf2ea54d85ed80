/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PATH_H
#define PATH_H

#include <stdio.h>

/* A bit for each trace. */
enum {
	BUFFER = 1,
	FILE_IN_TMP = 2,
	ANONYMOUS = 4
};

/*
 * The calls of several traces in one tree.
 */
struct call {
	char name[48];
	unsigned int traces; /* that it occurs in */
	struct call *inner;  /* the first call that it makes */
	struct call *next;   /* the one after it */
};

/* Adds what function_graph printed for one system call. */
void add_trace(struct call *root, FILE *trace, unsigned int bit);

/* Prints the call, those after it, and what they call, indented. */
void print_tree(const struct call *call, int depth);

#endif
