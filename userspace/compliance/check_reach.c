// SPDX-License-Identifier: GPL-2.0-only
/*
 * Who else reaches the memory through the mapping. None of this is a rule: a
 * mapping by PFN cannot be pinned, and shared futexes need a page cache. Where it
 * works it has to work right.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "../../selftests/descriptors.h"
#include "../../selftests/uring.h"
#include "check.h"
#include "touch.h"

static void run_proc_mem(const struct target *target)
{
	unsigned char *map = map_or_skip(target, page_size());
	int mem = open("/proc/self/mem", O_RDONLY | O_CLOEXEC);
	uint64_t value = 0;

	if (pread(mem, &value, sizeof(value), (uintptr_t)map) != sizeof(value))
		fact("/proc/PID/mem and so debuggers cannot read it: %s",
		     strerror(errno));
	MUST(value == *(volatile uint64_t *)map,
	     "/proc/PID/mem reads other bytes than the mapping shows");
}

static void run_process_vm(const struct target *target)
{
	unsigned char *map = map_or_skip(target, page_size());
	uint64_t value = 0;
	struct iovec to = { &value, sizeof(value) };
	struct iovec from = { map, sizeof(value) };

	touch(map, false);
	if (process_vm_readv(getpid(), &to, 1, &from, 1, 0) != sizeof(value))
		fact("process_vm_readv(2) cannot read it: %s", strerror(errno));
	MUST(value == *(volatile uint64_t *)map,
	     "process_vm_readv(2) reads other bytes than the mapping shows");
}

static void run_vmsplice(const struct target *target)
{
	unsigned char *map = map_or_skip(target, page_size());
	struct iovec from = { map, sizeof(uint64_t) };
	uint64_t value = 0;
	int ends[2];

	touch(map, false);
	if (pipe(ends))
		skip("pipe(2) fails");
	if (vmsplice(ends[1], &from, 1, 0) != sizeof(value))
		fact("pages cannot be pinned, so neither O_DIRECT, vmsplice(2) nor RDMA work: %s",
		     strerror(errno));
	MUST(read(ends[0], &value, sizeof(value)) == sizeof(value) &&
		     value == *(volatile uint64_t *)map,
	     "vmsplice(2) delivers other bytes than the mapping shows");
}

static void run_io_uring(const struct target *target)
{
	unsigned char *map = map_or_skip(target, page_size());
	struct ring ring;
	long error;

	touch(map, false);
	error = ring_open(&ring);
	if (error)
		skip("io_uring cannot be used: %s", strerror(-error));
	error = ring_register(&ring, map, page_size());
	if (error)
		fact("it cannot be a fixed buffer of io_uring: %s",
		     strerror(-error));
}

static void run_direct(const struct target *target)
{
	unsigned char *map = map_or_skip(target, page_size());
	int fd = open(".", O_TMPFILE | O_DIRECT | O_RDWR | O_CLOEXEC, 0600);
	uint64_t value = 0;

	if (fd < 0)
		skip("files of this folder cannot be opened for O_DIRECT: %s",
		     strerror(errno));
	touch(map, false);
	if (write(fd, map, page_size()) != (ssize_t)page_size())
		fact("O_DIRECT cannot write it to a file: %s", strerror(errno));
	MUST(pread(reopen(fd, O_RDONLY), &value, sizeof(value), 0) ==
			     sizeof(value) &&
		     value == *(volatile uint64_t *)map,
	     "O_DIRECT writes other bytes than the mapping shows");
}

static void run_futex(const struct target *target)
{
	unsigned char *map = map_or_skip(target, page_size());

	touch(map, false);
	if (syscall(SYS_futex, map, FUTEX_WAKE, 1, NULL, NULL, 0) < 0)
		fact("shared futexes, and so process-shared mutexes, fail: %s",
		     strerror(errno));
}

const struct check reach_checks[] = {
	{ "reach.proc-mem",
	  "What /proc/PID/mem reads is what the mapping shows.",
	  "Debuggers use it. A mapping by PFN needs .access; generic_access_phys() refuses RAM.",
	  "mm/memory.c: __access_remote_vm()", WRONG, TOUCH, run_proc_mem },
	{ "reach.process-vm",
	  "What process_vm_readv(2) reads is what the mapping shows.",
	  "It pins the pages.", "mm/gup.c", WRONG, TOUCH, run_process_vm },
	{ "reach.pin", "What vmsplice(2) takes is what the mapping shows.",
	  "It pins the pages, as O_DIRECT, io_uring's fixed buffers and RDMA do.",
	  "mm/gup.c: check_vma_flags() refuses VM_PFNMAP", WRONG, TOUCH,
	  run_vmsplice },
	{ "reach.direct",
	  "What O_DIRECT writes to a file is what the mapping shows.",
	  "As above.", "mm/gup.c: check_vma_flags() refuses VM_PFNMAP", WRONG,
	  TOUCH, run_direct },
	{ "reach.io_uring",
	  "The mapping can be a fixed buffer of io_uring, or a call says why not.",
	  "Its pages are pinned for long; before 6.12 only those of anonymous memory, shmem and hugetlb were.",
	  "io_uring/rsrc.c", WRONG, TOUCH, run_io_uring },
	{ "reach.futex", "A shared futex works, or says why not.",
	  "It is found by the page's place in a page cache.",
	  "kernel/futex/core.c: get_futex_key()", WRONG, TOUCH, run_futex },
	{ 0 }
};
