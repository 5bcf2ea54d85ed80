// SPDX-License-Identifier: GPL-2.0-only
/*
 * The table of backings.
 */
#include <linux/bits.h>
#include <linux/nospec.h>
#include <linux/string.h>

#include "mmapdemo.h"

static const struct mmapdemo_backing_ops *const mmapdemo_backings[] = {
	[MMAPDEMO_BACKING_KMALLOC] = &mmapdemo_backing_kmalloc,
	[MMAPDEMO_BACKING_VMALLOC] = &mmapdemo_backing_vmalloc,
	[MMAPDEMO_BACKING_SHMEM] = &mmapdemo_backing_shmem,
	[MMAPDEMO_BACKING_DMA] = &mmapdemo_backing_dma,
};

static bool mmapdemo_backing_available(const struct mmapdemo_backing_ops *ops)
{
	return !ops->available || ops->available();
}

/* NULL if there is none of that name */
const struct mmapdemo_backing_ops *mmapdemo_backing_by_name(const char *name)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(mmapdemo_backings); i++)
		if (!strcmp(mmapdemo_backings[i]->name, name))
			return mmapdemo_backings[i];
	return NULL;
}

/* NULL if there is none of that number */
const struct mmapdemo_backing_ops *mmapdemo_backing_by_id(u32 id)
{
	if (id >= ARRAY_SIZE(mmapdemo_backings))
		return NULL;
	id = array_index_nospec(id, ARRAY_SIZE(mmapdemo_backings));
	return mmapdemo_backings[id];
}

/* Bit 1 << enum mmapdemo_backing for each that can be used */
u32 mmapdemo_backings_available(void)
{
	u32 mask = 0;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(mmapdemo_backings); i++)
		if (mmapdemo_backing_available(mmapdemo_backings[i]))
			mask |= BIT(i);
	return mask;
}
