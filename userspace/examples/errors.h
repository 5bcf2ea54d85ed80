/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ERRORS_H
#define ERRORS_H

#include <sys/types.h>

#include "example.h"

/* Prints a line of the table; 0 is a call that works. */
void row(const char *what, int expected, int seen);

/* Prints the lines for calls that need no preparation. */
void rows_of_calls(void);

/* Prints the lines for what the operands name. */
void rows_of_place(const struct place *place);

/*
 * Calls mmap. Returns its errno, or 0 if it works; the mapping is not removed.
 */
int errno_of_mmap(void *address, size_t length, int prot, int flags, int fd,
		  off_t offset);

/*
 * These set up a limit, a seal or a mount, and call mmap. Each runs in a child
 * process of its own. They return mmap's errno or 0, or SKIPPED if the set-up
 * is not possible.
 */
#define SKIPPED (-1)

int no_more_mappings(void);
int no_address_space(void);
int too_much_locked(void);
int sealed_memfd(void);
int noexec_mount(void);
int out_of_files(void);

#endif
