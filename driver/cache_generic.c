// SPDX-License-Identifier: GPL-2.0-only
/*
 * Machines on which the attribute of the kernel's own mapping cannot be
 * changed: write-back only, and there is nothing to set or to decode.
 */
#include "mmapdemo.h"

const char *const mmapdemo_only_wb =
	"this machine cannot change how the kernel's own mapping is cached; use wb";

const char *mmapdemo_linear_refusal(enum mmapdemo_cache cache)
{
	return mmapdemo_wb_refusal(cache);
}

bool mmapdemo_cache_readable(void)
{
	return false;
}

int mmapdemo_linear_set(void *kaddr, unsigned long npages,
			enum mmapdemo_cache cache)
{
	return 0;
}

int mmapdemo_linear_restore(void *kaddr, unsigned long npages,
			    enum mmapdemo_cache cache)
{
	return 0;
}

pgprot_t mmapdemo_cache_pgprot(pgprot_t prot, enum mmapdemo_cache cache)
{
	return prot;
}

enum mmapdemo_cache mmapdemo_cache_of_entry(pte_t entry, size_t bytes)
{
	return MMAPDEMO_CACHE_WB;
}

enum mmapdemo_cache mmapdemo_cache_of_kernel(void *kaddr, size_t *bytes)
{
	*bytes = PAGE_SIZE;
	return MMAPDEMO_CACHE_WB;
}
