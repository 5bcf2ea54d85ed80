/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PATH_TRACING_H
#define PATH_TRACING_H

#include <stdio.h>

/*
 * Sets up the tracer function_graph for this process alone. It starts at the
 * function first, and traces the functions that match the patterns, but not the
 * unwanted. Explains and exits if that is not possible, or if another program
 * is tracing.
 */
void tracing_set_up(const char *first, const char *patterns,
		    const char *unwanted);

/* Restores all settings. The end of the program does so, too. */
void tracing_restore(void);

/* The stream has the trace of what happens between these calls. */
void tracing_start(void);
FILE *tracing_stop(void);

#endif
