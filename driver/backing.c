// SPDX-License-Identifier: GPL-2.0-only
/*
 * The table of backings.
 */
#include <linux/bits.h>
#include <linux/string.h>

#include "mmapdemo.h"

static const struct mmapdemo_backing_ops *const mmapdemo_backings[] = {
	&mmapdemo_backing_kmalloc,
};

/* NULL if there is none of that name */
const struct mmapdemo_backing_ops *mmapdemo_backing_by_name(const char *name)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(mmapdemo_backings); i++)
		if (!strcmp(mmapdemo_backings[i]->name, name))
			return mmapdemo_backings[i];
	return NULL;
}

/* Bit 1 << enum mmapdemo_backing for each */
u32 mmapdemo_backings_available(void)
{
	u32 mask = 0;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(mmapdemo_backings); i++)
		mask |= BIT(mmapdemo_backings[i]->id);
	return mask;
}
