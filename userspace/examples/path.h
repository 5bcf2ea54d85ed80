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

/* A call in the tree, which has those of all traces. */
struct call {
	char name[48];
	unsigned int traces; /* in which it occurs */
	struct call *inner;  /* the first call that it makes */
	struct call *next;   /* the one after it */
};

/* Adds the output of function_graph for one system call. */
void add_trace(struct call *root, FILE *trace, unsigned int bit);

/* Prints the call and those after it, each with its inner calls, indented. */
void print_tree(const struct call *call, int depth);

#endif
