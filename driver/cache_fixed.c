// SPDX-License-Identifier: GPL-2.0-only
/*
 * Machines on which the attribute of the kernel's own mapping cannot be changed:
 * it is write-back, and there is nothing to set or to restore.
 */
#include "mmapdemo.h"

const char *mmapdemo_linear_refusal(enum mmapdemo_cache cache)
{
	return mmapdemo_wb_refusal(cache);
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
