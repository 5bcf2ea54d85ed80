/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _MMAPDEMO_SELFTEST_POKE_WAYS_H
#define _MMAPDEMO_SELFTEST_POKE_WAYS_H

/*
 * All the ways to store a byte 'x' to the first byte of a mapping, except for a
 * store. Each returns 1, or -errno.
 */
#include <linux/futex.h>
#include <sys/uio.h>

#include "processes.h"
#include "uring.h"
#include "write_ways.h"

static inline long poke_by_mem(unsigned char *map)
{
	int fd = open("/proc/self/mem", O_RDWR | O_CLOEXEC);
	long rc = RC(pwrite(fd, "x", 1, (uintptr_t)map));

	close(fd);
	return rc;
}

static inline long poke_by_process_vm(unsigned char *map)
{
	struct iovec from = { "x", 1 }, to = { map, 1 };

	return RC(process_vm_writev(getpid(), &from, 1, &to, 1, 0));
}

static inline long poke_by_ptrace(unsigned char *map)
{
	pid_t pid = traced_child();
	long word, rc;

	if (pid < 0)
		return -ECHILD;
	word = ptrace(PTRACE_PEEKDATA, pid, map, NULL);
	*(unsigned char *)&word = 'x';
	rc = RC(ptrace(PTRACE_POKEDATA, pid, map, word));
	child_gone(pid);
	return rc ? rc : 1;
}

static inline long poke_by_read(unsigned char *map)
{
	int from = file_of_x();
	long rc = RC(pread(from, map, 1, 0));

	close(from);
	return rc;
}

static inline long poke_by_ring(unsigned char *map)
{
	int from = file_of_x();
	struct ring ring;
	long rc = ring_open(&ring);

	if (!rc) {
		rc = ring_transfer(&ring, IORING_OP_READ, 0, from, map, 1, 0);
		ring_close(&ring);
	}
	close(from);
	return rc;
}

/* Stores a whole word, whose first byte is 'x'. */
static inline long poke_by_futex(unsigned char *map)
{
	int op = FUTEX_OP(FUTEX_OP_SET, 'x', FUTEX_OP_CMP_EQ, 0);
	unsigned int word = 0;
	long rc;

	rc = RC(syscall(SYS_futex, &word, FUTEX_WAKE_OP_PRIVATE, 1, 1UL, map,
			op));
	return rc < 0 ? rc : 1;
}

/* refused: the error for a mapping that cannot become writable */
static const struct poke_way {
	const char *name;
	long (*poke)(unsigned char *map);
	long refused;
	bool pins;
} poke_ways[] = {
	{ "/proc/self/mem", poke_by_mem, -EIO },
	{ "process_vm_writev", poke_by_process_vm, -EFAULT, true },
	{ "ptrace", poke_by_ptrace, -EIO },
	{ "read", poke_by_read, -EFAULT },
	{ "io_uring", poke_by_ring, -EFAULT },
	{ "futex", poke_by_futex, -EFAULT },
};

#endif /* _MMAPDEMO_SELFTEST_POKE_WAYS_H */
