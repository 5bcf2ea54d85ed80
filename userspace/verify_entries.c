// SPDX-License-Identifier: GPL-2.0-only
/* The steps of mmapdemo verify that look at page table entries. */
#include <inttypes.h>
#include <sys/mman.h>

#include "verify_steps.h"

bool verify_kernel_attribute(struct verify *v)
{
	struct mmapdemo_info info;

	if (buffer_info(v->buffer.fd, MMAPDEMO_INFO_READ_BACK, &info))
		return verify_say_errno(v, "MMAPDEMO_IOC_INFO");
	return verify_say_expected(v, cache_name(info.cache_requested),
				   cache_name(info.cache_effective));
}

static bool page_attribute(struct verify *v, uint64_t page,
			   uint32_t *entry_size)
{
	const uint32_t properties = MMAPDEMO_MAPINFO_PRESENT |
				    MMAPDEMO_MAPINFO_WRITE;
	uint64_t offset = page * v->page_size;
	struct mmapdemo_mapinfo is;

	(void)*(volatile unsigned char *)(v->map + offset); /* may be lazy */
	if (buffer_mapinfo(v->buffer.fd, v->map + offset, &is))
		return verify_say_errno(v, "MMAPDEMO_IOC_MAPINFO");
	*entry_size = is.entry_size;
	if (is.properties != properties)
		return verify_say(v, false,
				  "offset %" PRIu64
				  ": expected properties 0x%x, found 0x%x",
				  offset, properties, is.properties);
	if (is.offset != offset)
		return verify_say(v, false,
				  "offset %" PRIu64
				  ": MAPINFO calls it offset %" PRIu64,
				  offset, (uint64_t)is.offset);
	return verify_say(v, is.cache == v->buffer.info.cache_requested,
			  "offset %" PRIu64 ": expected %s, found %s", offset,
			  cache_name(v->buffer.info.cache_requested),
			  cache_name(is.cache));
}

bool verify_user_attribute(struct verify *v)
{
	uint32_t entry_size = 0, smallest = UINT32_MAX;

	for (uint64_t page = 0; page < v->pages; page++) {
		if (!page_attribute(v, page, &entry_size))
			return false;
		if (entry_size < smallest)
			smallest = entry_size;
	}
	if (smallest < v->page_size)
		return verify_say(v, false,
				  "an entry covers %" PRIu32
				  " bytes, a page has %" PRIu64,
				  smallest, v->page_size);
	return verify_say(v, true,
			  "%" PRIu64 " pages, %s, entries of %" PRIu32 " bytes",
			  v->pages, cache_name(v->buffer.info.cache_requested),
			  smallest);
}

/* The number of pages that are mapped, or -1. */
static int64_t present_pages(struct verify *v, const unsigned char *map)
{
	struct mmapdemo_mapinfo is;
	int64_t present = 0;

	for (uint64_t page = 0; page < v->pages; page++) {
		if (buffer_mapinfo(v->buffer.fd, map + page * v->page_size,
				   &is))
			return -1;
		present += is.properties & MMAPDEMO_MAPINFO_PRESENT;
	}
	return present;
}

/* map is new. With a lazy buffer, pages are mapped when they are accessed. */
static bool populated_as_said(struct verify *v, const unsigned char *map)
{
	bool lazy = buffer_lazy(&v->buffer);
	int64_t untouched = present_pages(v, map), touched;

	for (uint64_t page = 0; lazy && page < v->pages; page++)
		(void)*(const volatile unsigned char *)(map +
							page * v->page_size);
	touched = present_pages(v, map);
	if (untouched < 0 || touched < 0)
		return verify_say_errno(v, "MMAPDEMO_IOC_MAPINFO");
	return verify_say(v,
			  untouched == (lazy ? 0 : (int64_t)v->pages) &&
				  touched == (int64_t)v->pages,
			  "%s: %" PRId64 " of %" PRIu64
			  " pages before an access, %" PRId64 " after",
			  populate_name(lazy), untouched, v->pages, touched);
}

bool verify_populate(struct verify *v)
{
	unsigned char *map = buffer_try_map(&v->buffer, PROT_READ);
	bool ok;

	if (map == MAP_FAILED)
		return verify_say_errno(v, "mmap");
	ok = populated_as_said(v, map);
	buffer_unmap(&v->buffer, map);
	return ok;
}
