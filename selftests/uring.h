/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _MMAPDEMO_SELFTEST_URING_H
#define _MMAPDEMO_SELFTEST_URING_H

/*
 * io_uring by its three system calls, so that the tests need no library. No call
 * waits for ever: a request that does not complete in time is an error.
 */
#include <linux/io_uring.h>
#include <linux/time_types.h>
#include <signal.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/uio.h>

#include "module.h"

#define RING_ENTRIES 8
#define RING_SECONDS 20

/* One mapping holds both queues since 5.4. */
struct ring {
	int fd;
	struct io_uring_params params;
	char *queues;
	size_t queues_size;
	struct io_uring_sqe *sqes;
};

static inline unsigned int *ring_word(const struct ring *ring, __u32 offset)
{
	return (unsigned int *)(ring->queues + offset);
}

static inline void *ring_map(const struct ring *ring, size_t size, off_t offset)
{
	return mmap(NULL, size, PROT_READ | PROT_WRITE,
		    MAP_SHARED | MAP_POPULATE, ring->fd, offset);
}

/* 0 or -errno */
static inline int ring_open_flags(struct ring *ring, __u32 flags)
{
	memset(ring, 0, sizeof(*ring));
	ring->params.flags = flags;
	ring->params.sq_thread_idle = 100;
	ring->fd = RC(syscall(SYS_io_uring_setup, RING_ENTRIES, &ring->params));
	if (ring->fd < 0)
		return ring->fd;
	ring->queues_size =
		ring->params.cq_off.cqes +
		ring->params.cq_entries * sizeof(struct io_uring_cqe);
	ring->queues = ring_map(ring, ring->queues_size, IORING_OFF_SQ_RING);
	ring->sqes = ring_map(ring, RING_ENTRIES * sizeof(struct io_uring_sqe),
			      IORING_OFF_SQES);
	return ring->queues == MAP_FAILED || ring->sqes == MAP_FAILED ?
		       -ENOMEM :
		       0;
}

static inline int ring_open(struct ring *ring)
{
	return ring_open_flags(ring, 0);
}

/* In a test: skips it where nobody may use io_uring. */
#define RING_OPEN(ring, flags)                                        \
	do {                                                          \
		int _rc = ring_open_flags(ring, flags);               \
                                                                      \
		if (_rc == -ENOSYS || _rc == -EPERM)                  \
			SKIP(return, "nobody may use io_uring here"); \
		ASSERT_EQ(0, _rc);                                    \
	} while (0)

static inline void ring_close(struct ring *ring)
{
	munmap(ring->queues, ring->queues_size);
	munmap(ring->sqes, RING_ENTRIES * sizeof(struct io_uring_sqe));
	close(ring->fd);
}

static inline long ring_register(const struct ring *ring, void *map,
				 size_t length)
{
	struct iovec buffer = { map, length };

	return RC(syscall(SYS_io_uring_register, ring->fd,
			  IORING_REGISTER_BUFFERS, &buffer, 1));
}

static inline long ring_unregister(const struct ring *ring)
{
	return RC(syscall(SYS_io_uring_register, ring->fd,
			  IORING_UNREGISTER_BUFFERS, NULL, 0));
}

/* Hands a request over. 0 or -errno */
static inline int ring_submit(struct ring *ring, const struct io_uring_sqe *sqe)
{
	const struct io_sqring_offsets *sq = &ring->params.sq_off;
	unsigned int tail = *ring_word(ring, sq->tail);
	unsigned int at = tail & *ring_word(ring, sq->ring_mask), flags = 0;
	int rc;

	ring->sqes[at] = *sqe;
	ring_word(ring, sq->array)[at] = at;
	__atomic_store_n(ring_word(ring, sq->tail), tail + 1, __ATOMIC_RELEASE);
	__sync_synchronize();
	if (ring->params.flags & IORING_SETUP_SQPOLL) {
		if (!(__atomic_load_n(ring_word(ring, sq->flags),
				      __ATOMIC_ACQUIRE) &
		      IORING_SQ_NEED_WAKEUP))
			return 0;
		flags = IORING_ENTER_SQ_WAKEUP;
	}
	rc = RC(syscall(SYS_io_uring_enter, ring->fd, 1, 0, flags, NULL, 0));
	return rc < 0 ? rc : rc == 1 ? 0 : -EAGAIN;
}

/* The next completion, if there is one. */
static inline bool ring_peek(struct ring *ring, struct io_uring_cqe *cqe)
{
	const struct io_cqring_offsets *cq = &ring->params.cq_off;
	struct io_uring_cqe *cqes = (void *)(ring->queues + cq->cqes);
	unsigned int head = *ring_word(ring, cq->head);

	if (head ==
	    __atomic_load_n(ring_word(ring, cq->tail), __ATOMIC_ACQUIRE))
		return false;
	*cqe = cqes[head & *ring_word(ring, cq->ring_mask)];
	__atomic_store_n(ring_word(ring, cq->head), head + 1, __ATOMIC_RELEASE);
	return true;
}

/* The next completion. 0, or -ETIME if none came for so long */
static inline int ring_reap_within(struct ring *ring, struct io_uring_cqe *cqe,
				   long milliseconds)
{
	struct __kernel_timespec time = {
		.tv_sec = milliseconds / 1000,
		.tv_nsec = milliseconds % 1000 * 1000000,
	};
	struct io_uring_getevents_arg arg = {
		.sigmask_sz = _NSIG / 8,
		.ts = (uintptr_t)&time,
	};
	long rc;

	while (!ring_peek(ring, cqe)) {
		rc = RC(syscall(SYS_io_uring_enter, ring->fd, 0, 1,
				IORING_ENTER_GETEVENTS | IORING_ENTER_EXT_ARG,
				&arg, sizeof(arg)));
		if (rc < 0 && rc != -EINTR)
			return ring_peek(ring, cqe) ? 0 : rc;
	}
	return 0;
}

static inline int ring_reap(struct ring *ring, struct io_uring_cqe *cqe)
{
	return ring_reap_within(ring, cqe, RING_SECONDS * 1000);
}

/* Does one request: what it returned, or -ETIME if it did not complete. */
static inline long ring_do(struct ring *ring, const struct io_uring_sqe *sqe)
{
	struct io_uring_cqe cqe;
	int rc = ring_submit(ring, sqe);

	if (!rc)
		rc = ring_reap(ring, &cqe);
	return rc ? rc : cqe.res;
}

static inline long ring_transfer(struct ring *ring, int opcode, int flags,
				 int file, void *at, size_t length,
				 off_t offset)
{
	struct io_uring_sqe sqe = {
		.opcode = opcode,
		.flags = flags,
		.fd = file,
		.off = offset,
		.addr = (uintptr_t)at,
		.len = length,
	};

	return ring_do(ring, &sqe);
}

#endif /* _MMAPDEMO_SELFTEST_URING_H */
