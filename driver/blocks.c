// SPDX-License-Identifier: GPL-2.0-only
/*
 * kmalloc memory with an attribute other than wb. A change of a few pages would
 * split a large entry of the direct map, and no kernel puts it together again.
 * So memory is got in blocks that fill whole entries, the attribute of a block
 * is changed once, and buffers get pages of it. A block is restored and freed
 * when the last of its buffers is.
 *
 * A block is charged, to limit_mb and to a memory cgroup, when it is made, and
 * only buffers of that cgroup are put into it: who is charged is who uses it.
 */
#include <linux/bitmap.h>
#include <linux/io.h>
#include <linux/list.h>
#include <linux/log2.h>
#include <linux/mutex.h>
#include <linux/slab.h>

#include "compat.h"
#include "mmapdemo.h"

/* Pages in the smallest block: one entry of the direct map */
#define MMAPDEMO_BLOCK_PAGES (PMD_SIZE >> PAGE_SHIFT)

/**
 * struct mmapdemo_block - contiguous memory with one attribute
 * @entry: in the list of all blocks
 * @kaddr: first byte, aligned to its size
 * @npages: power of two, at least MMAPDEMO_BLOCK_PAGES
 * @cache: attribute of all of it
 * @private: charged, and for private buffers only
 * @owner: memory cgroup that it is charged to
 * @used: bit per page
 */
struct mmapdemo_block {
	struct list_head entry;
	void *kaddr;
	unsigned long npages;
	enum mmapdemo_cache cache;
	bool private;
	struct mem_cgroup *owner;
	unsigned long *used;
};

static LIST_HEAD(mmapdemo_blocks);
/*
 * The list and each block's bits. A block that leaves the list is freed before it
 * is given up, so that nobody is refused for a block that is just going.
 */
static DEFINE_MUTEX(mmapdemo_blocks_mutex);
/* Taken before that: one block is made at a time, and the others may use it */
static DEFINE_MUTEX(mmapdemo_blocks_grow_mutex);

static int mmapdemo_block_set_cache(struct mmapdemo_block *block)
{
	int ret = mmapdemo_direct_map_set(block->kaddr, block->npages,
					  block->cache);

	if (!ret)
		return 0;
	if (!mmapdemo_direct_map_restore(block->kaddr, block->npages,
					 block->cache))
		kfree(block->kaddr);
	return ret;
}

static int mmapdemo_block_get_memory(struct mmapdemo_block *block, gfp_t gfp)
{
	block->kaddr = kmalloc(block->npages << PAGE_SHIFT, gfp);
	if (!block->kaddr)
		return -ENOMEM;
	/* What is larger than the slab's is aligned to its size */
	if (WARN_ON_ONCE(!IS_ALIGNED((unsigned long)block->kaddr, PMD_SIZE))) {
		kfree(block->kaddr);
		return -ENOMEM;
	}
	return mmapdemo_block_set_cache(block);
}

static int mmapdemo_block_charge(struct mmapdemo_block *block)
{
	return block->private ? mmapdemo_limit_charge(block->npages) : 0;
}

static void mmapdemo_block_uncharge(struct mmapdemo_block *block)
{
	if (block->private)
		mmapdemo_limit_uncharge(block->npages);
}

static void mmapdemo_block_forget(struct mmapdemo_block *block)
{
	mmapdemo_put_memcg(block->owner);
	bitmap_free(block->used);
	kfree(block);
}

static int mmapdemo_block_fill_in(struct mmapdemo_block *block, gfp_t gfp)
{
	int ret;

	block->used = bitmap_zalloc(block->npages, GFP_KERNEL_ACCOUNT);
	if (!block->used)
		return -ENOMEM;
	ret = mmapdemo_block_charge(block);
	if (ret)
		return ret;
	ret = mmapdemo_block_get_memory(block, gfp);
	if (ret)
		mmapdemo_block_uncharge(block);
	return ret;
}

/* A new block that the buffer fits into, or an ERR_PTR */
static struct mmapdemo_block *
mmapdemo_block_create(const struct mmapdemo_buffer *buffer)
{
	struct mmapdemo_block *block;
	int ret;

	block = kzalloc(sizeof(*block), GFP_KERNEL_ACCOUNT);
	if (!block)
		return ERR_PTR(-ENOMEM);
	block->npages = max_t(unsigned long, MMAPDEMO_BLOCK_PAGES,
			      roundup_pow_of_two(buffer->npages));
	block->cache = buffer->spec.cache;
	block->private = buffer->spec.private;
	block->owner = mmapdemo_get_memcg();
	ret = mmapdemo_block_fill_in(block,
				     mmapdemo_buffer_gfp(buffer) & ~__GFP_ZERO);
	if (!ret)
		return block;
	mmapdemo_block_forget(block);
	return ERR_PTR(ret);
}

/* After a failed restore the memory stays charged: it is lost */
static void mmapdemo_block_destroy(struct mmapdemo_block *block)
{
	if (!mmapdemo_direct_map_restore(block->kaddr, block->npages,
					 block->cache)) {
		kfree(block->kaddr);
		mmapdemo_block_uncharge(block);
	}
	mmapdemo_block_forget(block);
}

/* Under the mutex. False: there is no room for the buffer */
static bool mmapdemo_block_take(struct mmapdemo_block *block,
				struct mmapdemo_buffer *buffer)
{
	unsigned long first;

	first = bitmap_find_next_zero_area(block->used, block->npages, 0,
					   buffer->npages, 0);
	if (first >= block->npages)
		return false;
	bitmap_set(block->used, first, buffer->npages);
	buffer->block = block;
	buffer->kaddr = block->kaddr + (first << PAGE_SHIFT);
	buffer->pfn = (virt_to_phys(block->kaddr) >> PAGE_SHIFT) + first;
	return true;
}

static bool mmapdemo_block_suits(const struct mmapdemo_block *block,
				 const struct mmapdemo_buffer *buffer,
				 const struct mem_cgroup *owner)
{
	return block->cache == buffer->spec.cache &&
	       block->private == buffer->spec.private && block->owner == owner;
}

static bool mmapdemo_blocks_take(struct mmapdemo_buffer *buffer)
{
	struct mem_cgroup *owner = mmapdemo_get_memcg();
	struct mmapdemo_block *block;
	bool taken = false;

	mutex_lock(&mmapdemo_blocks_mutex);
	list_for_each_entry(block, &mmapdemo_blocks, entry) {
		taken = mmapdemo_block_suits(block, buffer, owner) &&
			mmapdemo_block_take(block, buffer);
		if (taken)
			break;
	}
	mutex_unlock(&mmapdemo_blocks_mutex);
	mmapdemo_put_memcg(owner);
	return taken;
}

/* Uncached memory takes its time */
static void mmapdemo_block_clear(const struct mmapdemo_buffer *buffer)
{
	unsigned long i;

	for (i = 0; i < buffer->npages; i++) {
		clear_page(buffer->kaddr + (i << PAGE_SHIFT));
		cond_resched();
	}
}

/* Under the mutex that lets one block be made at a time */
static int mmapdemo_blocks_grow(struct mmapdemo_buffer *buffer)
{
	struct mmapdemo_block *block;

	/* Somebody may have made one, or room, while we waited */
	if (mmapdemo_blocks_take(buffer))
		return 0;
	block = mmapdemo_block_create(buffer);
	if (IS_ERR(block))
		return PTR_ERR(block);
	mutex_lock(&mmapdemo_blocks_mutex);
	mmapdemo_block_take(block, buffer);
	list_add(&block->entry, &mmapdemo_blocks);
	mutex_unlock(&mmapdemo_blocks_mutex);
	return 0;
}

/* Fills in the buffer's memory, zeroed */
int mmapdemo_block_alloc(struct mmapdemo_buffer *buffer)
{
	int ret = 0;

	if (!mmapdemo_blocks_take(buffer)) {
		if (mutex_lock_killable(&mmapdemo_blocks_grow_mutex))
			return -EINTR;
		ret = mmapdemo_blocks_grow(buffer);
		mutex_unlock(&mmapdemo_blocks_grow_mutex);
	}
	if (!ret)
		mmapdemo_block_clear(buffer);
	return ret;
}

void mmapdemo_block_free(struct mmapdemo_buffer *buffer)
{
	struct mmapdemo_block *block = buffer->block;

	mutex_lock(&mmapdemo_blocks_mutex);
	bitmap_clear(block->used, (buffer->kaddr - block->kaddr) >> PAGE_SHIFT,
		     buffer->npages);
	if (bitmap_empty(block->used, block->npages)) {
		list_del(&block->entry);
		mmapdemo_block_destroy(block);
	}
	mutex_unlock(&mmapdemo_blocks_mutex);
}
