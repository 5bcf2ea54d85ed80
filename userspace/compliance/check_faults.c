// SPDX-License-Identifier: GPL-2.0-only
/*
 * A touch ends: it loads or stores the byte, or raises a signal, from user mode
 * and from kernel mode. Whoever runs the checks stops one that takes too long.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "check.h"
#include "touch.h"

#define HUGE (2UL << 20)
#define MOST (8UL << 20)

#ifndef UFFD_FEATURE_WP_ASYNC
#define UFFD_FEATURE_WP_ASYNC (1 << 15)
#endif
#ifndef UFFD_USER_MODE_ONLY
#define UFFD_USER_MODE_ONLY 1
#endif

/* Maps at a multiple of 2 MiB, so that large entries are possible. */
static unsigned char *map_aligned(const struct target *target, size_t length)
{
	unsigned char *area = mmap(NULL, length + HUGE, PROT_NONE,
				   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	unsigned char *at = (void *)(((uintptr_t)area + HUGE - 1) & -HUGE),
		      *map;

	map = mmap(at, length, target->prot, MAP_SHARED | MAP_FIXED, target->fd,
		   0);
	if (map == MAP_FAILED)
		skip("a mapping at an aligned address fails: %s",
		     strerror(errno));
	return map;
}

static void run_past_end(const struct target *target)
{
	size_t length = 2 * target->size;
	long map = try_map(target->fd, length, PROT_READ, MAP_SHARED, 0);

	if (map < 0 && map > -4096)
		return;
	MUST(touch((char *)map + target->size, false),
	     "a load from past the end succeeds");
}

/* The kernel stores there, on behalf of a call about another file. */
static void run_kernel(const struct target *target)
{
	size_t length = target_part(target, MOST);
	unsigned char *map = map_aligned(target, length);
	int zero = open("/dev/zero", O_RDONLY | O_CLOEXEC);
	ssize_t n = read(zero, map, length);

	MUST(n == (ssize_t)length,
	     "read(2) of another file into the mapping ends after %zd bytes",
	     n);
	MUST(!map[length - 1], "read(2) into the mapping left no zeros there");
}

/* The device's own read(2), into a mapping of it that nobody has touched yet */
static void run_itself(const struct target *target)
{
	size_t length = target_part(target, MOST);
	unsigned char *map = map_aligned(target, length);
	unsigned char *from = map_aligned(target, length);

	if (pread(target->fd, map, 16, 0) < 0 && errno != EFAULT)
		skip("read(2): %s", strerror(errno));
	if (pwrite(target->fd, from, 16, 0) < 0 && errno != EFAULT)
		skip("write(2): %s", strerror(errno));
}

static void store_everywhere(unsigned char *map, size_t length,
			     const char *when)
{
	int zero = open("/dev/zero", O_RDONLY | O_CLOEXEC);
	size_t at;

	for (at = 0; at < length; at += HUGE) {
		MUST(!touch(map + at, false), "%s a load raises a signal",
		     when);
		MUST(!touch(map + at, true), "%s a store raises a signal",
		     when);
		MUST(read(zero, map + at + 64, 8) == 8,
		     "%s the kernel cannot store there", when);
	}
}

static void run_soft_dirty(const struct target *target)
{
	size_t length = target_part(target, MOST);
	unsigned char *map = map_aligned(target, length);
	int fd = open("/proc/self/clear_refs", O_WRONLY | O_CLOEXEC);

	if (write(fd, "4", 1) != 1)
		skip("this kernel has no soft-dirty tracking");
	store_everywhere(map, length, "with soft-dirty tracking");
	if (write(fd, "4", 1) != 1)
		skip("soft-dirty tracking ends");
	store_everywhere(map, length, "with soft-dirty tracking again");
}

static int uffd_for(void *map, size_t length)
{
	struct uffdio_api api = { .api = UFFD_API,
				  .features = UFFD_FEATURE_WP_ASYNC };
	struct uffdio_register area = {
		.range = { (uintptr_t)map, length },
		.mode = UFFDIO_REGISTER_MODE_WP,
	};
	int fd = syscall(SYS_userfaultfd, O_CLOEXEC | UFFD_USER_MODE_ONLY);

	if (fd < 0 || ioctl(fd, UFFDIO_API, &api))
		skip("this kernel has no asynchronous write protection");
	if (ioctl(fd, UFFDIO_REGISTER, &area))
		fact("userfaultfd refuses the mapping: %s", strerror(errno));
	return fd;
}

/* A touch of a marker may raise SIGBUS on a mapping by PFN, but it ends. */
static void run_uffd(const struct target *target)
{
	size_t at, length = target_part(target, MOST);
	unsigned char *map = map_aligned(target, length);
	int fd = uffd_for(map, length);
	struct uffdio_writeprotect area = {
		.range = { (uintptr_t)map, length },
		.mode = UFFDIO_WRITEPROTECT_MODE_WP,
	};

	for (at = 0; at < length; at += HUGE)
		touch(map + at, false);
	if (ioctl(fd, UFFDIO_WRITEPROTECT, &area))
		skip("userfaultfd protects nothing: %s", strerror(errno));
	for (at = 0; at < length; at += HUGE) {
		touch(map + at, false);
		touch(map + at, true);
	}
}

static void run_mprotect(const struct target *target)
{
	size_t length = target_part(target, MOST);
	unsigned char *map = map_aligned(target, length);

	touch(map, false);
	mprotect(map, length, PROT_READ);
	touch(map, false);
	mprotect(map, length, RW);
	store_everywhere(map, length,
			 "after mprotect(2) to PROT_READ and back");
}

static void run_flags(const struct target *target)
{
	unsigned char *map = map_or_skip(target, page_size());
	char before[512], after[512];

	vma_flags(map, before, sizeof(before));
	touch(map, target->prot & PROT_WRITE && target->allowed & STORE);
	vma_flags(map, after, sizeof(after));
	MUST(!strcmp(before, after),
	     "the first touch changes the flags of the mapping from%sto%s",
	     before, after);
}

#define FAULT "Documentation/filesystems/locking.rst: vm_operations_struct"

const struct check fault_checks[] = {
	{ "faults.past-end",
	  "A touch past the end raises SIGBUS in bounded time.",
	  "A handler that returns VM_FAULT_NOPAGE without an entry is called again for ever.",
	  FAULT, HARMFUL, TOUCH | SIZE, run_past_end },
	{ "faults.kernel",
	  "The kernel can store to the mapping on behalf of another call.",
	  "An endless fault in kernel mode cannot be ended, not even by SIGKILL.",
	  FAULT, HARMFUL, STORE, run_kernel },
	{ "faults.itself", "The device can be read into a mapping of itself.",
	  "A lock that is held while user memory is copied, and taken in the fault handler or in mmap, waits for itself.",
	  "Documentation/locking/lockdep-design.rst", HARMFUL, STORE,
	  run_itself },
	{ "faults.soft-dirty",
	  "A store completes while soft-dirty tracking is on.",
	  "vmf_insert_pfn_pmd() that is not told of the store leaves a read-only entry, and the fault repeats for ever; vfio-pci of 6.12 does so.",
	  "drivers/dax/device.c passes FAULT_FLAG_WRITE on", HARMFUL, STORE,
	  run_soft_dirty },
	{ "faults.userfaultfd",
	  "A store to a page that userfaultfd protects ends.",
	  "As with soft-dirty tracking.", "mm/userfaultfd.c", HARMFUL, STORE,
	  run_uffd },
	{ "faults.mprotect",
	  "A store completes after mprotect(2) took the right away and gave it back.",
	  "A handler that stores its own protection in an entry ignores the mapping's.",
	  "mm/mprotect.c", WRONG, STORE, run_mprotect },
	{ "faults.flags",
	  "The first touch does not change the flags of the mapping.",
	  "Flags belong to whoever holds mmap_lock for writing, which a fault does not: lockdep stops the kernel there.",
	  "include/linux/mm.h: vm_flags_set()", RISKY, TOUCH, run_flags },
	{ 0 }
};
