// SPDX-License-Identifier: GPL-2.0-only
/* Valid calls of a user must not write to the kernel's log. */
#include "check.h"
#include "touch.h"

/* Any complaint in the log is charged to the check during which it was made. */
static void run_mapping(const struct target *target)
{
	size_t length = target_part(target, 1UL << 20);

	munmap(map_or_skip(target, length), length);
}

const struct check log_checks[] = {
	{ "log.mapping",
	  "A mapping leaves no complaint and no address in the kernel's log.",
	  "On x86 the attribute of RAM is not changed by asking for it in a mapping: the kernel logs that it took another one. And an address of RAM helps attackers.",
	  "arch/x86/mm/pat/memtype.c: reserve_pfn_range(); Documentation/core-api/printk-formats.rst",
	  WRONG, 0, run_mapping },
	{ 0 }
};
