/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PATH_TRACING_H
#define PATH_TRACING_H

#include <stdio.h>

/*
 * The tracer function_graph, for this process alone, from the function first on
 * and of the functions that match the patterns, except the unwanted. Explains
 * and exits if that is not possible, or if somebody else is tracing.
 */
void tracing_set_up(const char *first, const char *patterns,
		    const char *unwanted);

/* All is as it was before; also when the program exits in between. */
void tracing_restore(void);

/* What happens between the two can be read from the stream. */
void tracing_start(void);
FILE *tracing_stop(void);

#endif
