/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _MMAPDEMO_SELFTEST_WRITE_WAYS_H
#define _MMAPDEMO_SELFTEST_WRITE_WAYS_H

/*
 * All the ways to store a byte 'x' at the beginning of a file by a descriptor.
 * Each returns 1, or -errno.
 */
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/uio.h>

#include "ioctls.h"
#include "uring.h"

static inline long write_by_write(int fd)
{
	lseek(fd, 0, SEEK_SET);
	return RC(write(fd, "x", 1));
}

static inline long write_by_pwrite(int fd)
{
	return RC(pwrite(fd, "x", 1, 0));
}

static inline long write_by_writev(int fd)
{
	struct iovec iov[2] = { { "", 0 }, { "x", 1 } };

	lseek(fd, 0, SEEK_SET);
	return RC(writev(fd, iov, 2));
}

static inline long write_by_pwritev2(int fd)
{
	struct iovec iov = { "x", 1 };

	return RC(pwritev2(fd, &iov, 1, 0, RWF_NOWAIT));
}

static inline long write_by_splice(int fd)
{
	loff_t at = 0;
	int pipes[2];
	long rc;

	if (pipe(pipes) || write(pipes[1], "x", 1) != 1)
		return -errno;
	rc = RC(splice(pipes[0], NULL, fd, &at, 1, 0));
	close(pipes[0]);
	close(pipes[1]);
	return rc;
}

/* A memfd that holds this byte. */
static inline int file_of_x(void)
{
	int fd = memfd_create("x", MFD_CLOEXEC);

	return pwrite(fd, "x", 1, 0) == 1 ? fd : -errno;
}

static inline long write_by_sendfile(int fd)
{
	int from = file_of_x();
	long rc;

	lseek(fd, 0, SEEK_SET);
	rc = RC(sendfile(fd, from, NULL, 1));
	close(from);
	return rc;
}

static inline long write_by_ring_flags(int fd, int flags)
{
	struct ring ring;
	long rc = ring_open(&ring);

	if (rc)
		return rc;
	rc = ring_transfer(&ring, IORING_OP_WRITE, flags, fd, "x", 1, 0);
	ring_close(&ring);
	return rc;
}

static inline long write_by_ring(int fd)
{
	return write_by_ring_flags(fd, 0);
}

static inline long write_by_ring_async(int fd)
{
	return write_by_ring_flags(fd, IOSQE_ASYNC);
}

static inline long write_by_fill(int fd)
{
	int rc = fill(fd, 0, 0, 1, 'x');

	return rc ? rc : 1;
}

static const struct write_way {
	const char *name;
	long (*change)(int fd);
	bool only_ours;
} write_ways[] = {
	{ "write", write_by_write },
	{ "pwrite", write_by_pwrite },
	{ "writev", write_by_writev },
	{ "pwritev2", write_by_pwritev2, true },
	{ "splice", write_by_splice },
	{ "sendfile", write_by_sendfile },
	{ "io_uring", write_by_ring },
	{ "io_uring async", write_by_ring_async },
	{ "FILL", write_by_fill, true },
};

#define WAYS_END(ways) ((ways) + ARRAY_SIZE(ways))

#endif /* _MMAPDEMO_SELFTEST_WRITE_WAYS_H */
