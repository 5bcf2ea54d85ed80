// SPDX-License-Identifier: GPL-2.0-only
/* A mapping lies within the buffer, whatever length and offset are asked for. */
#include <errno.h>
#include <string.h>

#include "check.h"
#include "touch.h"

#define REMAP "mm/memory.c: vm_iomap_memory() is the model of these checks"

static bool accepted(const struct target *target, size_t length,
		     uint64_t offset)
{
	long map = try_map(target->fd, length, PROT_READ, MAP_SHARED, offset);

	return map >= 0 || map < -4095;
}

static void run_length(const struct target *target)
{
	size_t page = page_size();

	MUST(!accepted(target, target->size + page, 0),
	     "%zu bytes can be mapped, one page more than the %zu that there are",
	     target->size + page, target->bytes);
	MUST(!accepted(target, 16 * target->size, 0),
	     "%zu bytes can be mapped, 16 times what there is",
	     16 * target->size);
}

static void run_offset(const struct target *target)
{
	MUST(!accepted(target, page_size(), target->size),
	     "a page can be mapped at offset %zu, which is the end",
	     target->size);
	MUST(!accepted(target, page_size(), 2 * target->size),
	     "a page can be mapped at offset %zu, twice the size",
	     2 * target->size);
}

static void run_both(const struct target *target)
{
	MUST(!accepted(target, target->size, page_size()),
	     "all %zu bytes can be mapped at an offset of one page, so the last page lies past the end",
	     target->size);
}

/*
 * Offsets that wrap to 0 when they are converted to bytes or when the length is
 * added
 */
static void run_wrap(const struct target *target)
{
	static const int bits[] = { 63, 52, 51, 44, 43, 32 };
	unsigned int shift = __builtin_ctzl(page_size());
	size_t i;

	for (i = 0; i < sizeof(bits) / sizeof(bits[0]); i++) {
		if (bits[i] < (int)shift ||
		    (bits[i] <= 44 && (1ULL << bits[i]) < target->size))
			continue;
		MUST(!accepted(target, page_size(), 1ULL << bits[i]),
		     "a page can be mapped at offset 2^%d", bits[i]);
		MUST(!accepted(target, 2 * page_size(),
			       (1ULL << bits[i]) - page_size()),
		     "two pages can be mapped at offset 2^%d less one page",
		     bits[i]);
	}
	MUST(!accepted(target, 2 * page_size(), -(uint64_t)page_size()),
	     "two pages can be mapped at the last offset that there is");
}

static void run_limit(const struct target *target)
{
	MUST(target->size,
	     "1 GiB can be mapped, and no size is told: what lies past the end of the buffer?");
}

static void run_byte(const struct target *target)
{
	MUST(accepted(target, 1, 0), "a mapping of 1 byte fails: %s",
	     strerror(errno));
}

static void run_whole(const struct target *target)
{
	size_t at, length = target_part(target, 64UL << 20), page = page_size();

	MUST(accepted(target, length, 0), "%zu bytes cannot be mapped at once",
	     length);
	for (at = 0; at<length; at += length> 64 * page ?
			     length / 64 / page * page :
			     page)
		MUST(accepted(target, page, at),
		     "the page at offset %zu cannot be mapped alone", at);
}

static void run_touch(const struct target *target)
{
	size_t length = target_part(target, 64UL << 20);
	long page = touch_pages(map_or_skip(target, length), length, false);

	MUST(page < 0,
	     "page %ld is within the mapping, and a load from it raises a signal",
	     page);
}

const struct check bounds_checks[] = {
	{ "bounds.length",
	  "A mapping that is longer than the buffer is refused.",
	  "Whoever can open the device reads and writes what lies behind the buffer: 19 of 30 pages were the kernel's own in the driver that most tutorials copy.",
	  REMAP, HARMFUL, SIZE, run_length },
	{ "bounds.offset", "A mapping that starts past the end is refused.",
	  "A check of the length alone lets the offset choose any memory (CVE-2024-56368).",
	  REMAP, HARMFUL, SIZE, run_offset },
	{ "bounds.both", "Offset and length are checked together.",
	  "Each is good alone, and the sum reaches past the end.", REMAP,
	  HARMFUL, SIZE | PAGES, run_both },
	{ "bounds.wrap", "No offset wraps around when it is computed with.",
	  "vm_pgoff << PAGE_SHIFT and offset + length lose their upper bits, and what is left passes the check (CVE-2026-64051).",
	  "include/linux/mm_types.h: vm_pgoff is in pages; subtract it from the size instead of adding to it",
	  HARMFUL, 0, run_wrap },
	{ "bounds.limit", "There is a length that is refused.",
	  "A driver without any check maps as much as is asked for.", REMAP,
	  HARMFUL, 0, run_limit },
	{ "bounds.byte",
	  "One byte can be mapped: the kernel rounds it up to a page.",
	  "A driver that compares the length with its size in bytes refuses it, or the last part of a page.",
	  "mm/mmap.c: do_mmap() rounds the length up", WRONG, 0, run_byte },
	{ "bounds.whole",
	  "The whole buffer can be mapped at once, and each page alone.",
	  "An off-by-one mistake refuses the last page.", REMAP, WRONG, 0,
	  run_whole },
	{ "bounds.touch",
	  "Each page of an accepted mapping can be loaded from.",
	  "The tail pages of a block that is not compound have no reference count, so vm_insert_page() refuses them, and a touch raises SIGBUS.",
	  "mm/memory.c: validate_page_before_insert()", WRONG, TOUCH,
	  run_touch },
	{ 0 }
};
