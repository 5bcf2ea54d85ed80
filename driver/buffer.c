// SPDX-License-Identifier: GPL-2.0-only
/*
 * Life of a buffer: checked, made once, never changed, freed by the last one
 * who let go; and the limit on what users may have made.
 */
#include <linux/mm.h>
#include <linux/slab.h>

#include "mmapdemo.h"
#include "trace.h"

/* Module parameter limit_mb; root may change it, what exists stays */
unsigned long mmapdemo_limit_mb;

static atomic_long_t mmapdemo_private_pages;

static long mmapdemo_cost(const struct mmapdemo_buffer *buffer)
{
	if (!buffer->spec.private)
		return 0;
	if (!buffer->spec.backing->cost)
		return buffer->npages;
	return buffer->spec.backing->cost(buffer);
}

static int mmapdemo_charge(const struct mmapdemo_buffer *buffer)
{
	long limit = min(READ_ONCE(mmapdemo_limit_mb), ULONG_MAX >> 21)
		     << (20 - PAGE_SHIFT);
	long cost = mmapdemo_cost(buffer);

	if (!cost ||
	    atomic_long_add_return(cost, &mmapdemo_private_pages) <= limit)
		return 0;
	atomic_long_sub(cost, &mmapdemo_private_pages);
	return -ENOSPC;
}

static void mmapdemo_uncharge(const struct mmapdemo_buffer *buffer)
{
	atomic_long_sub(mmapdemo_cost(buffer), &mmapdemo_private_pages);
}

/* Rather fail than have the OOM killer choose somebody */
gfp_t mmapdemo_buffer_gfp(const struct mmapdemo_buffer *buffer)
{
	gfp_t gfp = buffer->spec.private ? GFP_KERNEL_ACCOUNT : GFP_KERNEL;

	return gfp | __GFP_ZERO | __GFP_NOWARN | __GFP_RETRY_MAYFAIL;
}

/**
 * mmapdemo_spec_check() - can there be such a buffer?
 * @spec: with a backing and a cache that exist
 * @why: set when the combination cannot be in force
 *
 * Return: 0; -EINVAL: no such size with this backing; -EOPNOTSUPP: see @why.
 */
int mmapdemo_spec_check(const struct mmapdemo_spec *spec, const char **why)
{
	if (!spec->size || spec->size > spec->backing->max_size)
		return -EINVAL;
	*why = spec->backing->refusal(spec->cache);
	if (!*why && spec->lazy)
		*why = spec->backing->lazy_refusal;
	return *why ? -EOPNOTSUPP : 0;
}

static int mmapdemo_buffer_alloc(struct mmapdemo_buffer *buffer)
{
	int ret;

	if (buffer->npages > totalram_pages())
		return -ENOMEM;
	ret = mmapdemo_charge(buffer);
	if (ret)
		return ret;
	ret = buffer->spec.backing->alloc(buffer);
	if (ret)
		mmapdemo_uncharge(buffer);
	return ret;
}

/**
 * mmapdemo_buffer_create() - make a buffer of zeros
 * @spec: what it is to be; mmapdemo_spec_check() has passed it
 *
 * Return: the buffer with one reference, or ERR_PTR of -ENOMEM, -ENOSPC
 * (limit_mb), -EINTR (a fatal signal), or of what kept the attribute from
 * being set.
 */
struct mmapdemo_buffer *mmapdemo_buffer_create(const struct mmapdemo_spec *spec)
{
	struct mmapdemo_buffer *buffer;
	int ret;

	buffer = kzalloc(sizeof(*buffer), GFP_KERNEL_ACCOUNT);
	if (!buffer)
		return ERR_PTR(-ENOMEM);
	buffer->spec = *spec;
	buffer->npages = PAGE_ALIGN(spec->size) >> PAGE_SHIFT;
	kref_init(&buffer->ref);
	init_waitqueue_head(&buffer->pollers);
	init_waitqueue_head(&buffer->waiters);

	ret = mmapdemo_buffer_alloc(buffer);
	if (ret) {
		kfree(buffer);
		return ERR_PTR(ret);
	}
	trace_mmapdemo_create(spec->size, spec->backing->id, spec->cache);
	return buffer;
}

struct mmapdemo_buffer *mmapdemo_buffer_get(struct mmapdemo_buffer *buffer)
{
	kref_get(&buffer->ref);
	return buffer;
}

static void mmapdemo_buffer_free(struct kref *ref)
{
	struct mmapdemo_buffer *buffer;
	const struct mmapdemo_spec *spec;

	buffer = container_of(ref, struct mmapdemo_buffer, ref);
	spec = &buffer->spec;
	trace_mmapdemo_destroy(spec->size, spec->backing->id, spec->cache);
	spec->backing->free(buffer);
	mmapdemo_uncharge(buffer);
	kfree(buffer);
}

void mmapdemo_buffer_put(struct mmapdemo_buffer *buffer)
{
	kref_put(&buffer->ref, mmapdemo_buffer_free);
}
