// SPDX-License-Identifier: GPL-2.0-only
/*
 * Life of a buffer: checked, made once, never changed, and freed by whoever owns
 * it: the module, or the inode of a private buffer.
 */
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/slab.h>

#include "mmapdemo.h"
#include "trace.h"

/* All buffers, also those that only a pin keeps */
LIST_HEAD(mmapdemo_buffer_list);
static DEFINE_MUTEX(mmapdemo_buffer_list_mutex);
static u64 mmapdemo_last_id;

struct list_head *mmapdemo_buffer_list_lock(void)
{
	mutex_lock(&mmapdemo_buffer_list_mutex);
	return &mmapdemo_buffer_list;
}

void mmapdemo_buffer_list_unlock(void)
{
	mutex_unlock(&mmapdemo_buffer_list_mutex);
}

static void mmapdemo_buffer_list_add(struct mmapdemo_buffer *buffer)
{
	mmapdemo_buffer_list_lock();
	if (buffer->spec.private)
		buffer->id = ++mmapdemo_last_id;
	list_add_tail(&buffer->entry, &mmapdemo_buffer_list);
	mmapdemo_buffer_list_unlock();
}

/**
 * mmapdemo_spec_check() - can there be such a buffer?
 * @spec: with a backing and a cache that exist
 * @why: set when the combination is not supported
 *
 * Return: 0; -EINVAL: no such size with this backing; -EOPNOTSUPP: see @why.
 */
int mmapdemo_spec_check(const struct mmapdemo_spec *spec, const char **why)
{
	if (!spec->size || spec->size > spec->backing->max_size)
		return -EINVAL;
	*why = spec->backing->unsupported_reason(spec->cache);
	if (!*why && spec->lazy)
		*why = spec->backing->lazy_unsupported_reason;
	return *why ? -EOPNOTSUPP : 0;
}

static unsigned long mmapdemo_buffer_cost(const struct mmapdemo_buffer *buffer)
{
	if (!buffer->spec.private)
		return 0;
	if (!buffer->spec.backing->cost)
		return buffer->npages;
	return buffer->spec.backing->cost(buffer);
}

static int mmapdemo_buffer_alloc(struct mmapdemo_buffer *buffer)
{
	unsigned long cost = mmapdemo_buffer_cost(buffer);
	int ret;

	/*
	 * Failing only when the last page is taken would have the OOM killer end
	 * others, whose small requests cannot fail
	 */
	if ((long)buffer->npages > si_mem_available())
		return -ENOMEM;
	ret = mmapdemo_limit_charge(cost);
	if (ret)
		return ret;
	ret = buffer->spec.backing->alloc(buffer);
	if (ret)
		mmapdemo_limit_uncharge(cost);
	return ret;
}

/**
 * mmapdemo_buffer_create() - make a buffer of zeros
 * @spec: what it is to be; mmapdemo_spec_check() has passed it
 *
 * Return: the buffer, or ERR_PTR of -ENOMEM, -ENOSPC (limit_mb), -EINTR (a fatal
 * signal), or of what kept the attribute from being set.
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
	init_waitqueue_head(&buffer->pollers);
	init_waitqueue_head(&buffer->other_pollers);

	ret = mmapdemo_buffer_alloc(buffer);
	if (ret) {
		kfree(buffer);
		return ERR_PTR(ret);
	}
	mmapdemo_buffer_list_add(buffer);
	trace_mmapdemo_create(spec->size, spec->backing->id, spec->cache);
	return buffer;
}

/* Nobody can use it, nobody has its pages pinned, and it is in no list */
void mmapdemo_buffer_free(struct mmapdemo_buffer *buffer)
{
	const struct mmapdemo_spec *spec = &buffer->spec;
	unsigned long cost = mmapdemo_buffer_cost(buffer);

	trace_mmapdemo_destroy(spec->size, spec->backing->id, spec->cache);
	spec->backing->free(buffer);
	mmapdemo_limit_uncharge(cost);
	mmapdemo_queues_free(buffer);
	kfree(buffer);
}
