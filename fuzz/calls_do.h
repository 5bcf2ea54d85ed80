/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef CALLS_DO_H
#define CALLS_DO_H

#include <stdbool.h>
#include <stdint.h>

/*
 * What a decoded call does where that is more than one system call, and what a
 * sequence has to find when it begins. This file, calls_do.c and calls_race.c
 * are also copied into the C programs that fuzz/sequence --print makes, so they
 * use nothing else of this program.
 */
#define CALLS_PAGE 4096ULL
#define CALLS_HUGE (2ULL << 20)
#define CALLS_FILES 8 /* descriptors of the driver */

/* Descriptors that are there from the start, after those of the driver. */
enum calls_descriptor {
	CALLS_PIPE_OUT = CALLS_FILES,
	CALLS_PIPE_IN,
	CALLS_EPOLL,
	CALLS_UFFD,
	CALLS_PIDFD,
	CALLS_CLEAR_REFS, /* of /proc/self, as are the next ones */
	CALLS_PAGEMAP,
	CALLS_SMAPS,
	CALLS_MEM,
	CALLS_DESCRIPTORS,
};

/* Where the memory of a sequence is; see struct calls_place. */
#define CALLS_DATA_PAGES 2U    /* where arguments are; nothing follows it */
#define CALLS_SCRATCH_PAGES 8U /* anonymous memory to be treated badly */

/* The descriptors above, the data and the scratch pages. 0 or -errno */
int do_prepare(int first, uint64_t data, uint64_t scratch);

/* The descriptor becomes number fd. */
void do_keep(int fd, long value);

/* Loads a byte, or stores one that is 0 or more. The signal it raised, or 0 */
int do_touch(uint64_t address, int store);

/* Maps where the kernel likes, touches and unmaps. */
void do_map_anywhere(uint64_t length, int prot, int flags, int fd,
		     uint64_t offset);

/* Newer than the headers of Debian 12 */
#define DO_UFFD_WP_UNPOPULATED (1ULL << 13)
#define DO_UFFD_WP_ASYNC (1ULL << 15)

/*
 * A userfaultfd, or -1. A fault that has to wait for somebody raises SIGBUS
 * instead, and no event is waited for.
 */
int do_uffd_open(uint64_t features);

/*
 * The following return what the driver must not do, or NULL.
 *
 * Loads and stores in each page, by a child that first does what the bits of how
 * say.
 */
enum do_child {
	DO_CHILD_PROTECTS = 1,
	DO_CHILD_DISCARDS = 2,
	DO_CHILD_TRACKS = 4,
	DO_CHILD_READS = 8,
	DO_CHILD_UNMAPS = 16,
};
const char *do_touch_in_child(uint64_t address, uint64_t length,
			      unsigned int how, int fd);

/* An io_uring request on the descriptor, and waits for its completion. */
enum do_uring {
	DO_URING_READ,
	DO_URING_WRITE,
	DO_URING_READ_FIXED,
	DO_URING_WRITE_FIXED,
	DO_URING_POLL,
	DO_URING_OPERATIONS,
};
const char *do_uring(unsigned int operation, int fd, uint64_t address,
		     uint32_t length, uint64_t offset, unsigned int flags);

/*
 * Gives a page of a private buffer a memory error, and looks at it by all ways
 * that there are. *do_poison_left counts down how many pages may be lost, which
 * is for good; NULL means none. Needs root.
 */
enum do_poison {
	DO_POISON_COPY = 1, /* the caller's own copy in a private mapping */
	DO_POISON_SOFT = 2, /* takes the page away while it still works */
};
extern unsigned int *do_poison_left;
const char *do_poison(int fd, uint64_t page, unsigned int how);

/*
 * Makes a buffer of 2 MiB and maps it at this address, which is aligned to them
 * and has twice as much room. A thread then disturbs the mapping, in the way
 * that kind % 16 chooses, while this one uses it, in the way that kind / 16 does;
 * kind / 128 chooses the buffer.
 */
const char *do_race(int device, uint64_t address, unsigned int kind);

#endif
