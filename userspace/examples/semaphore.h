/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SEMAPHORE_EXAMPLE_H
#define SEMAPHORE_EXAMPLE_H

/*
 * What semaphore-wait and semaphore-post agree on.
 *
 * A process-shared semaphore uses a futex to sleep. Each process may map it at
 * another address, so the kernel finds it by the file and offset of its page.
 * Pages that a driver maps belong to no file, except with shmem: there the
 * kernel fails with EFAULT, and the C library would end the program.
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
	uint32_t posted; /* first, where wait_until_not() expects it */
	uint32_t ready;	 /* READY when the semaphore can be used */
	sem_t semaphore;
};

/* Wakes 0 processes, which only makes the kernel look for the page. */
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
