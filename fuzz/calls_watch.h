/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef CALLS_WATCH_H
#define CALLS_WATCH_H

#include <sys/types.h>

#include "calls.h"

/*
 * Watches a thread from another process. A call that faults without end, or that
 * does not end, is a finding, whether or not a signal can still end the process.
 */
struct calls_watch {
	pid_t process;
	const struct calls_progress *progress; /* in shared memory */
	uint64_t made;
	double time;	      /* since when it is so; 0: look anew */
	double processor;     /* seconds that it had used */
	unsigned long faults; /* that it had taken */
};

/* What is wrong, or NULL. To be asked about once a second. */
const char *calls_watch_look(struct calls_watch *watch);

/* Where the thread is, in a line, and the call that it is making. */
void calls_watch_tell(FILE *to, const struct calls_watch *watch);

/*
 * Has a new process watch the caller's thread until the caller ends. After a
 * finding it kills the caller, and if that has no effect and panics is true, has
 * the kernel panic. 0 or -errno
 */
int calls_watch_self(const struct calls_progress *progress, bool panics);

#endif
