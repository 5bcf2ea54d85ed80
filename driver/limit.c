// SPDX-License-Identifier: GPL-2.0-only
/*
 * limit_mb: how much memory all private buffers together may take.
 */
#include <linux/atomic.h>
#include <linux/mm.h>

#include "mmapdemo.h"

/* Module parameter limit_mb; root may change it, what exists stays */
unsigned long mmapdemo_limit_mb;
bool mmapdemo_limit_given;

static atomic_long_t mmapdemo_pages_used;

void mmapdemo_limit_init(void)
{
	if (!mmapdemo_limit_given)
		mmapdemo_limit_mb = totalram_pages() >> (20 - PAGE_SHIFT) >> 1;
}

/* No machine has LONG_MAX pages, so the sums below cannot wrap */
unsigned long mmapdemo_limit_pages(void)
{
	unsigned long mb = READ_ONCE(mmapdemo_limit_mb);

	return min(mb, (unsigned long)LONG_MAX >> (20 - PAGE_SHIFT))
	       << (20 - PAGE_SHIFT);
}

unsigned long mmapdemo_limit_used(void)
{
	return atomic_long_read(&mmapdemo_pages_used);
}

/*
 * Compare, then add in one step: a request that is refused takes nothing, not
 * even for a moment, so it cannot make another one fail. -ENOSPC: refused.
 */
int mmapdemo_limit_charge(unsigned long pages)
{
	long used = atomic_long_read(&mmapdemo_pages_used);

	do {
		unsigned long limit = mmapdemo_limit_pages();

		if (used > limit || pages > limit - used)
			return -ENOSPC;
	} while (!atomic_long_try_cmpxchg(&mmapdemo_pages_used, &used,
					  used + pages));
	return 0;
}

void mmapdemo_limit_uncharge(unsigned long pages)
{
	atomic_long_sub(pages, &mmapdemo_pages_used);
}
