// SPDX-License-Identifier: GPL-2.0-only
/*
 * Life of a buffer: made once, never changed, freed by the last one who let go.
 */
#include <linux/poll.h>
#include <linux/slab.h>

#include "mmapdemo.h"
#include "trace.h"

/**
 * mmapdemo_buffer_create() - make a buffer of zeros
 * @size: bytes, 1 to @backing->max_size
 * @backing: where the memory comes from
 * @cache: attribute; @backing->refusal(@cache) is NULL
 *
 * Return: the buffer with one reference, or ERR_PTR of -ENOMEM or of what kept
 * the attribute from being set.
 */
struct mmapdemo_buffer *
mmapdemo_buffer_create(size_t size, const struct mmapdemo_backing_ops *backing,
		       enum mmapdemo_cache cache)
{
	struct mmapdemo_buffer *buffer;
	int ret;

	buffer = kzalloc(sizeof(*buffer), GFP_KERNEL);
	if (!buffer)
		return ERR_PTR(-ENOMEM);
	kref_init(&buffer->ref);
	init_waitqueue_head(&buffer->wait);
	buffer->size = size;
	buffer->npages = PAGE_ALIGN(size) >> PAGE_SHIFT;
	buffer->backing = backing;
	buffer->cache = cache;

	ret = backing->alloc(buffer);
	if (ret) {
		kfree(buffer);
		return ERR_PTR(ret);
	}
	trace_mmapdemo_create(size, backing->id, cache);
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

	buffer = container_of(ref, struct mmapdemo_buffer, ref);
	trace_mmapdemo_destroy(buffer->size, buffer->backing->id,
			       buffer->cache);
	buffer->backing->free(buffer);
	kfree(buffer);
}

void mmapdemo_buffer_put(struct mmapdemo_buffer *buffer)
{
	kref_put(&buffer->ref, mmapdemo_buffer_free);
}

/* Tells pollers that the kernel stored to the buffer, after it did */
void mmapdemo_buffer_changed(struct mmapdemo_buffer *buffer)
{
	atomic64_inc(&buffer->generation);
	wake_up_interruptible_poll(&buffer->wait, EPOLLIN | EPOLLRDNORM);
}
