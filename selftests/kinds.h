/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _MMAPDEMO_SELFTEST_KINDS_H
#define _MMAPDEMO_SELFTEST_KINDS_H

/*
 * The kinds of buffer, and which of them are supported here. That follows the
 * manual's tables. kinds.sh has the same for scripts.
 */
#include "kinds_list.h"
#include "mappings.h"
#include "procfs.h"

#define MIB (1UL << 20)
#define HUGE_ENTRY (2UL << 20)

/* What each backing supports; see kinds_list.h. */
#define BACKING_ROW(constant, ...) [constant] = { __VA_ARGS__ },
static const struct backing {
	const char *name;
	bool copies;
	bool pages;
	bool futexes;
} backings[] = { FOR_EACH_BACKING(BACKING_ROW) };

static const char *const cache_names[] = { FOR_EACH_CACHE(KIND_NAME) };

/*
 * Can a page table entry of a lazy kmalloc buffer cover 2 MiB? The kernel must
 * have huge pages and let drivers map PFNs with them.
 */
static inline bool huge_possible(void)
{
	int major = 0, minor = 0;
	struct utsname u;

	uname(&u);
	sscanf(u.release, "%d.%d", &major, &minor);
	return major * 100 + minor >= 612 &&
	       !access("/sys/kernel/mm/transparent_hugepage", F_OK);
}

/*
 * Does the manual say that this kind is supported here? Does not ask the
 * driver.
 */
static inline bool cache_possible(unsigned int backing, unsigned int cache)
{
#if defined(__x86_64__) || defined(__i386__)
	if (backing != MMAPDEMO_BACKING_KMALLOC)
		return cache == MMAPDEMO_CACHE_WB;
	if (cache == MMAPDEMO_CACHE_WC)
		return file_has_word("/proc/cpuinfo", "flags", "pat") &&
		       !file_has_word("/proc/cmdline", "", "nopat");
	return cache == MMAPDEMO_CACHE_WB || cache == MMAPDEMO_CACHE_UC;
#elif defined(__aarch64__)
	return cache == (backing == MMAPDEMO_BACKING_DMA ? MMAPDEMO_CACHE_WC :
							   MMAPDEMO_CACHE_WB);
#else
	return cache == MMAPDEMO_CACHE_WB && backing != MMAPDEMO_BACKING_DMA;
#endif
}

/* A kind of buffer: its backing, cache attribute, and when it is populated */
struct kind {
	unsigned int backing;
	unsigned int cache;
	bool lazy;
};

/*
 * Returns a kind of this backing that is always supported: wb, or wc for dma
 * where DMA memory is not cached.
 */
static inline struct kind kind_of(unsigned int backing)
{
	struct kind kind = { .backing = backing, .cache = MMAPDEMO_CACHE_WB };

	if (!cache_possible(backing, MMAPDEMO_CACHE_WB))
		kind.cache = MMAPDEMO_CACHE_WC;
	return kind;
}

static inline bool kind_possible(const struct kind *kind)
{
	return cache_possible(kind->backing, kind->cache) &&
	       !(kind->lazy && kind->backing == MMAPDEMO_BACKING_DMA);
}

/* Returns the largest entry that an aligned mapping of this kind can have. */
static inline size_t large_entry(const struct kind *kind)
{
	return kind->lazy && kind->backing == MMAPDEMO_BACKING_KMALLOC &&
			       huge_possible() ?
		       HUGE_ENTRY :
		       page_size();
}

/*
 * Returns the smallest buffer size that charges whole MiB to limit_mb: 1 MiB,
 * or 2 MiB for wc and uc memory, which comes in blocks of that size.
 */
static inline size_t limit_unit(const struct kind *kind)
{
	return kind->backing == MMAPDEMO_BACKING_KMALLOC &&
			       kind->cache != MMAPDEMO_CACHE_WB ?
		       2 * MIB :
		       MIB;
}

#endif /* _MMAPDEMO_SELFTEST_KINDS_H */
