// SPDX-License-Identifier: GPL-2.0-only
/* Nothing of the kernel or of other users is in the mapping, nor leaves with it. */
#include <stdint.h>

#include "check.h"
#include "touch.h"

#define MOST (64UL << 20)

/* The part of the last page that is not the buffer's */
static void run_tail(const struct target *target)
{
	unsigned char *map = map_or_skip(target, target->size);
	size_t at;

	for (at = target->bytes; at < target->size; at++)
		MUST(!map[at],
		     "byte %zu, past the end of %zu bytes, is %#x: somebody else's",
		     at, target->bytes, map[at]);
}

static bool is_kernel_address(uint64_t value)
{
	return value >> 47 == 0x1ffff && (value & 0xffffffff) &&
	       (value & 0xffffffff) != 0xffffffff;
}

static void run_pointers(const struct target *target)
{
	size_t at, length = target_part(target, MOST), found = 0;
	unsigned char *map = map_or_skip(target, length);

	for (at = 0; at < length; at += sizeof(uint64_t))
		found += is_kernel_address(*(volatile uint64_t *)(map + at));
	MUST(found < 4,
	     "%zu words look like addresses of the kernel: somebody else's memory",
	     found);
}

/* Only a buffer that nobody has used can be asked for this. */
static void run_zero(const struct target *target)
{
	size_t at, length = target_part(target, MOST);
	unsigned char *map = map_or_skip(target, length);

	for (at = 0; at < length; at++)
		MUST(!map[at],
		     "byte %zu of the buffer is %#x, although nobody has stored to it",
		     at, map[at]);
}

/* Mappings of a driver's own memory must neither grow nor be dumped. */
static void run_flags(const struct target *target)
{
	unsigned char *map = map_or_skip(target, page_size());

	if (!vma_has_flag(map, "pf") && !vma_has_flag(map, "mm"))
		fact("the mapping is like that of a file");
	MUST(vma_has_flag(map, "de"),
	     "VM_DONTEXPAND is not set: mremap(2) may make the mapping longer");
	if (!vma_has_flag(map, "dd"))
		broken("VM_DONTDUMP is not set: the memory goes into core dumps");
}

const struct check leak_checks[] = {
	{ "leaks.tail", "What lies past the end in the last page is zero.",
	  "A buffer of less than a page shares it with other objects of the kernel, which then can be read and changed.",
	  "Documentation/core-api/memory-allocation.rst: allocate whole pages",
	  EXPOSED, TOUCH | SIZE, run_tail },
	{ "leaks.pointers", "The buffer holds no addresses of the kernel.",
	  "Memory that is not zeroed, or not the buffer's, is full of them.",
	  "Documentation/security/self-protection.rst: information exposures",
	  EXPOSED, TOUCH, run_pointers },
	{ "leaks.zero", "A buffer that nobody has stored to holds zeros.",
	  "kmalloc() returns what its last user left. Asked for by --fresh.",
	  "Documentation/core-api/memory-allocation.rst: kzalloc()", HARMFUL,
	  TOUCH | FRESH, run_zero },
	{ "leaks.flags",
	  "A mapping of a driver's memory can neither grow nor be dumped.",
	  "remap_pfn_range() sets VM_DONTEXPAND and VM_DONTDUMP; who maps by fault has to do it.",
	  "mm/memory.c: remap_pfn_range()", RISKY, 0, run_flags },
	{ 0 }
};
