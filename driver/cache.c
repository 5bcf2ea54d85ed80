// SPDX-License-Identifier: GPL-2.0-only
/*
 * Cache attributes by name and number, and which one takes effect. How a
 * machine sets and encodes them is in cache_x86.c and its siblings.
 */
#include <linux/bits.h>
#include <linux/nospec.h>
#include <linux/string.h>

#include "mmapdemo.h"

static const char *const mmapdemo_cache_names[] = {
	[MMAPDEMO_CACHE_WB] = "wb",
	[MMAPDEMO_CACHE_WC] = "wc",
	[MMAPDEMO_CACHE_UC] = "uc",
	[MMAPDEMO_CACHE_WT] = "wt",
};

/* NULL if there is none of that number */
const char *mmapdemo_cache_name(u32 cache)
{
	if (cache >= ARRAY_SIZE(mmapdemo_cache_names))
		return NULL;
	cache = array_index_nospec(cache, ARRAY_SIZE(mmapdemo_cache_names));
	return mmapdemo_cache_names[cache];
}

/* The enum mmapdemo_cache of that name, or -EINVAL */
int mmapdemo_cache_by_name(const char *name)
{
	return match_string(mmapdemo_cache_names,
			    ARRAY_SIZE(mmapdemo_cache_names), name);
}

/* Bit 1 << enum mmapdemo_cache for each that the backing can have here */
u32 mmapdemo_caches_available(const struct mmapdemo_backing_ops *backing)
{
	u32 mask = 0;
	size_t cache;

	for (cache = 0; cache < ARRAY_SIZE(mmapdemo_cache_names); cache++)
		if (!backing->unsupported_reason(cache))
			mask |= BIT(cache);
	return mask;
}

/* For backings whose memory stays as the kernel made it */
const char *mmapdemo_wb_unsupported_reason(enum mmapdemo_cache cache)
{
	return cache == MMAPDEMO_CACHE_WB ? NULL : mmapdemo_only_wb;
}

/* What all the kernel's entries for the buffer say, or MMAPDEMO_CACHE_MIXED */
enum mmapdemo_cache
mmapdemo_cache_effective(const struct mmapdemo_buffer *buffer)
{
	void *end = buffer->kaddr + mmapdemo_buffer_bytes(buffer);
	enum mmapdemo_cache first, next;
	void *at = buffer->kaddr;
	size_t bytes;

	first = mmapdemo_cache_of_kernel(at, &bytes);
	for (;;) {
		at = PTR_ALIGN_DOWN(at, bytes) + bytes;
		if (at >= end)
			return first;
		next = mmapdemo_cache_of_kernel(at, &bytes);
		if (next != first || mmapdemo_killed())
			return MMAPDEMO_CACHE_MIXED;
	}
}
