/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ERRORS_H
#define ERRORS_H

#include <sys/types.h>

#include "example.h"

/* A line of the table; 0 stands for a call that works. */
void row(const char *what, int expected, int seen);

/* The lines for calls that need no preparation. */
void rows_of_calls(void);

/* And those for what the operands say. */
void rows_of_place(const struct place *place);

/* mmap itself: what it says, 0 if it works. The mapping stays. */
int errno_of_mmap(void *address, size_t length, int prot, int flags, int fd,
		  off_t offset);

/*
 * What mmap says to a call that needs a limit, a seal or a mount first. Each
 * function runs in a child, which that is done to, and returns 0 or mmap's
 * errno, or SKIPPED if it could not be arranged.
 */
#define SKIPPED (-1)

int no_more_mappings(void);
int no_address_space(void);
int too_much_locked(void);
int sealed_memfd(void);
int noexec_mount(void);
int out_of_files(void);

#endif
