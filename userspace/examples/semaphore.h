/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SEMAPHORE_EXAMPLE_H
#define SEMAPHORE_EXAMPLE_H

/*
 * What semaphore-wait and semaphore-post agree on.
 *
 * A process-shared semaphore sleeps in the kernel by a futex, which is found by
 * the file and offset of its page, not by its address: each process has it at
 * another one. Pages that a driver maps belong to no file (shmem's do), so there
 * the kernel says EFAULT, and the C library would end the program.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/futex.h>
#include <semaphore.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "example.h"

#define READY 0x5e3a

struct shared {
	uint32_t posted; /* first, where place's waiting looks for it */
	uint32_t ready;	 /* READY when the semaphore can be used */
	sem_t semaphore;
};

/* Asks the kernel to wake nobody, which does no harm, but finds the page. */
static inline bool has_futexes(const struct place *place, struct shared *shared)
{
	if (syscall(SYS_futex, &shared->ready, FUTEX_WAKE, 0, NULL) >= 0)
		return true;
	if (errno != EFAULT)
		die("%s: futex: %m", place->name);
	printf("No semaphore on %s: EFAULT, its pages are not in the page cache.\n"
	       "MMAPDEMO_IOC_WAIT and WAKE do the job.\n",
	       place->name);
	fflush(stdout);
	return false;
}

#endif
