// SPDX-License-Identifier: GPL-2.0-only
/* Machines of which nothing is known: write-back only, and no entry is decoded. */
#include "mmapdemo.h"

const char *const mmapdemo_only_wb =
	"this machine cannot change how the direct map is cached; use wb";

bool mmapdemo_cache_readable(void)
{
	return false;
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
