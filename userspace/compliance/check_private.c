// SPDX-License-Identifier: GPL-2.0-only
/* MAP_PRIVATE is refused, or is what it says: a copy. */
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"
#include "touch.h"

static unsigned char *map_private(const struct target *target)
{
	long map = try_map(target->fd, page_size(), RW, MAP_PRIVATE, 0);

	if (map < 0 && map > -4096)
		fact("refused: %s", strerror(-map));
	return (unsigned char *)map;
}

static void run_copy(const struct target *target)
{
	unsigned char *shared = map_or_skip(target, page_size());
	unsigned char *copy = map_private(target);
	unsigned char before = shared[0];

	*(volatile unsigned char *)copy = before ^ 0xff;
	__sync_synchronize();
	MUST(*(volatile unsigned char *)shared == before,
	     "a store to a private mapping changes the memory that all share");
	MUST(copy[0] == (before ^ 0xff),
	     "a private mapping does not show what was stored to it");
}

/* remap_pfn_range() puts the page frame number there for a copy-on-write mapping */
static void run_address(const struct target *target)
{
	unsigned char *map = map_private(target);

	MUST(vma_offset(map) == 0,
	     "/proc/self/maps shows another offset for a private mapping than was asked for: a physical address");
}

static void run_touch(const struct target *target)
{
	unsigned char *map = map_private(target);
	int status, signal = touch(map, false);
	pid_t pid;

	MUST(!signal, "a load from a private mapping raises: %s",
	     strsignal(signal));
	pid = fork();
	if (!pid)
		_exit(touch(map, false));
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		skip("fork(2) fails");
	MUST(!status,
	     "after fork(2) the child cannot load from a private mapping");
}

#define COW "mm/memory.c: remap_pfn_range(), vmf_insert_pfn()"

const struct check private_checks[] = {
	{ "private.copy", "A store to a private mapping is not seen by others.",
	  "Drivers that take no notice of MAP_PRIVATE give debuggers and fork a mapping that is neither shared nor a copy.",
	  "mmap(2): MAP_PRIVATE", WRONG, STORE, run_copy },
	{ "private.address",
	  "/proc/PID/maps shows the offset that was asked for.",
	  "For a private mapping by PFN, vm_pgoff becomes the page frame number, which helps attackers to find their way (CVE-2024-35877 came of such mappings).",
	  COW, RISKY, 0, run_address },
	{ "private.touch",
	  "An accepted private mapping can be loaded from, in a child, too.",
	  "vmf_insert_pfn() stops the kernel with BUG_ON for a copy-on-write mapping by PFN.",
	  COW, HARMFUL, TOUCH, run_touch },
	{ 0 }
};
