// SPDX-License-Identifier: GPL-2.0-only
/*
 * Machines on which the attribute of the direct map cannot be changed: it is
 * write-back, and there is nothing to set or to restore.
 */
#include "mmapdemo.h"

const char *mmapdemo_direct_map_unsupported_reason(enum mmapdemo_cache cache)
{
	return mmapdemo_wb_unsupported_reason(cache);
}

int mmapdemo_direct_map_set(void *kaddr, unsigned long npages,
			    enum mmapdemo_cache cache)
{
	return 0;
}

int mmapdemo_direct_map_restore(void *kaddr, unsigned long npages,
				enum mmapdemo_cache cache)
{
	return 0;
}
