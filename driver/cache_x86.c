// SPDX-License-Identifier: GPL-2.0-only
/*
 * x86: the only calls of set_memory_*, and what a page table entry says.
 *
 * remap_pfn_range() on RAM silently takes the attribute that the direct map
 * has, so that one is changed first and stays until the memory is
 * freed. Write-through cannot be set on RAM from a module at all.
 */
#include <linux/set_memory.h>

#include <asm/cacheflush.h>
#include <asm/memtype.h>
#include <asm/pgtable.h>

#include "mmapdemo.h"

const char *const mmapdemo_only_wb =
	"its pages can only be wb; use backing=kmalloc";

const char *mmapdemo_direct_map_unsupported_reason(enum mmapdemo_cache cache)
{
	switch (cache) {
	case MMAPDEMO_CACHE_WB:
	case MMAPDEMO_CACHE_UC:
		return NULL;
	case MMAPDEMO_CACHE_WC:
		return pat_enabled() ?
			       NULL :
			       "the CPU's page attribute table is off; use wb or uc";
	default:
		return "RAM cannot be write-through; use wb, wc or uc";
	}
}

bool mmapdemo_cache_readable(void)
{
	return true;
}

/* Sleeps; on failure some pages may have changed: restore before freeing */
int mmapdemo_direct_map_set(void *kaddr, unsigned long npages,
			    enum mmapdemo_cache cache)
{
	switch (cache) {
	case MMAPDEMO_CACHE_WC:
		return set_memory_wc((unsigned long)kaddr, npages);
	case MMAPDEMO_CACHE_UC:
		return set_memory_uc((unsigned long)kaddr, npages);
	default:
		return 0;
	}
}

/* After a failure the memory must not go to anybody else: leak it */
int mmapdemo_direct_map_restore(void *kaddr, unsigned long npages,
				enum mmapdemo_cache cache)
{
	int ret;

	if (cache == MMAPDEMO_CACHE_WB)
		return 0;
	ret = set_memory_wb((unsigned long)kaddr, npages);
	if (ret)
		pr_err("%lu pages lost: they could not be made write-back again: error %d\n",
		       npages, ret);
	return ret;
}

/* Exactly one helper on a fresh prot: on older kernels they only add bits */
pgprot_t mmapdemo_cache_pgprot(pgprot_t prot, enum mmapdemo_cache cache)
{
	switch (cache) {
	case MMAPDEMO_CACHE_WC:
		return pgprot_writecombine(prot);
	case MMAPDEMO_CACHE_UC:
		return pgprot_noncached(prot);
	default:
		return prot;
	}
}

/* The PAT bit stands elsewhere in an entry that covers more than a page */
static unsigned long mmapdemo_cache_bits(pte_t entry, size_t bytes)
{
	unsigned long bits = pte_val(entry) & (_PAGE_PWT | _PAGE_PCD);

	if (pte_val(entry) & (bytes > PAGE_SIZE ? _PAGE_PAT_LARGE : _PAGE_PAT))
		bits |= _PAGE_PAT;
	return bits;
}

/* Without PAT, WC encodes as UC-, so match UC- first */
static const struct {
	enum page_cache_mode mode;
	enum mmapdemo_cache cache;
} mmapdemo_modes[] = {
	{ _PAGE_CACHE_MODE_WB, MMAPDEMO_CACHE_WB },
	{ _PAGE_CACHE_MODE_UC_MINUS, MMAPDEMO_CACHE_UC },
	{ _PAGE_CACHE_MODE_UC, MMAPDEMO_CACHE_UC },
	{ _PAGE_CACHE_MODE_WC, MMAPDEMO_CACHE_WC },
	{ _PAGE_CACHE_MODE_WT, MMAPDEMO_CACHE_WT },
};

enum mmapdemo_cache mmapdemo_cache_of_entry(pte_t entry, size_t bytes)
{
	unsigned long bits = mmapdemo_cache_bits(entry, bytes);
	size_t i;

	for (i = 0; i < ARRAY_SIZE(mmapdemo_modes); i++)
		if (bits == cachemode2protval(mmapdemo_modes[i].mode))
			return mmapdemo_modes[i].cache;
	return MMAPDEMO_CACHE_MIXED;
}

enum mmapdemo_cache mmapdemo_cache_of_kernel(void *kaddr, size_t *bytes)
{
	unsigned int level;
	pte_t *entry = lookup_address((unsigned long)kaddr, &level);

	*bytes = PAGE_SIZE;
	if (!entry)
		return MMAPDEMO_CACHE_MIXED;
	*bytes = page_level_size(level);
	return mmapdemo_cache_of_entry(READ_ONCE(*entry), *bytes);
}
