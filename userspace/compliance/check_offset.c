// SPDX-License-Identifier: GPL-2.0-only
/* The offset chooses the page, for mmap(2) as for read(2) and write(2). */
#define _GNU_SOURCE
#include <string.h>
#include <unistd.h>

#include "check.h"
#include "touch.h"

#define MOST (1UL << 20)

static void run_honoured(const struct target *target)
{
	size_t at, length = target_part(target, MOST), page = page_size();
	unsigned char *whole = map_or_skip(target, length);
	long map;

	mark_pages(whole, length, 1);
	MUST(first_unmarked(whole, length, 1) < 0,
	     "page %ld does not keep what was stored to it: two pages are one",
	     first_unmarked(whole, length, 1));
	for (at = 0; at < length; at += page) {
		map = try_map(target->fd, page, PROT_READ, MAP_SHARED, at);
		if (map < 0 && map > -4096)
			skip("the page at offset %zu cannot be mapped", at);
		MUST(*(volatile uint64_t *)map == *(uint64_t *)(whole + at),
		     "a mapping at offset %zu shows another page", at);
		munmap((void *)map, page);
	}
}

static void run_shared(const struct target *target)
{
	size_t length = target_part(target, MOST);
	unsigned char *one = map_or_skip(target, length);
	unsigned char *other = map_or_skip(target, length);

	mark_pages(one, length, 2);
	MUST(first_unmarked(other, length, 2) < 0,
	     "what one mapping stores to page %ld, another one of the same file does not show",
	     first_unmarked(other, length, 2));
}

static void run_read(const struct target *target)
{
	size_t length = target_part(target, MOST);
	unsigned char *map = map_or_skip(target, length);
	uint64_t value = 0;
	ssize_t n = pread(target->fd, &value, sizeof(value), 0);

	if (n != sizeof(value))
		skip("read(2) does not return the memory");
	mark_pages(map, length, 3);
	n = pread(target->fd, &value, sizeof(value), length - page_size());
	if (n != sizeof(value))
		skip("read(2) has no offset");
	MUST(value == *(uint64_t *)(map + length - page_size()),
	     "pread(2) of the last page returns other bytes than the mapping shows");
}

static void run_write(const struct target *target)
{
	size_t length = target_part(target, MOST);
	unsigned char *map = map_or_skip(target, length);
	uint64_t value = 0x1122334455667788ULL;
	size_t at = length - page_size();

	if (pwrite(target->fd, &value, sizeof(value), at) != sizeof(value))
		skip("write(2) does not take bytes there");
	__sync_synchronize();
	MUST(*(volatile uint64_t *)(map + at) == value,
	     "what pwrite(2) stores to the last page, the mapping does not show");
}

const struct check offset_checks[] = {
	{ "offset.honoured",
	  "A mapping at an offset shows the page at that offset, and all pages are different memory.",
	  "A driver that ignores vm_pgoff shows its first page everywhere: programs overwrite their own data.",
	  "include/linux/mm_types.h: vm_pgoff", WRONG, STORE, run_honoured },
	{ "offset.shared",
	  "Two shared mappings of one file are the same memory.",
	  "Processes that share the device would not see each other's data.",
	  "mmap(2): MAP_SHARED", WRONG, STORE, run_shared },
	{ "offset.read", "read(2) returns what a mapping shows.",
	  "A driver that keeps a copy, or an uncached alias of cached memory, returns old bytes.",
	  "mmap(2), read(2)", WRONG, STORE, run_read },
	{ "offset.write", "A mapping shows what write(2) stored.",
	  "As above, the other way.", "mmap(2), write(2)", WRONG, STORE,
	  run_write },
	{ 0 }
};
