// SPDX-License-Identifier: GPL-2.0-only
/*
 * Physically contiguous memory from kzalloc, mapped with remap_pfn_range.
 *
 * The pages have no user-visible reference count (slab and large kmalloc pages
 * refuse vm_insert_page), so nothing can pin them: the VMA is VM_PFNMAP.
 */
#include <linux/io.h>
#include <linux/slab.h>

#include "mmapdemo.h"

/*
 * Whole pages, so that no byte of a slab neighbour is ever mapped. With an
 * attribute other than wb also more than the slab hands out: its pages carry
 * the allocator's own data, which should stay cached.
 */
static size_t mmapdemo_kmalloc_bytes(const struct mmapdemo_buffer *buffer)
{
	size_t bytes = buffer->npages << PAGE_SHIFT;

	if (buffer->cache == MMAPDEMO_CACHE_WB)
		return bytes;
	return max_t(size_t, bytes, KMALLOC_MAX_CACHE_SIZE + PAGE_SIZE);
}

static int mmapdemo_kmalloc_alloc(struct mmapdemo_buffer *buffer)
{
	void *kaddr;
	int ret;

	kaddr = kzalloc(mmapdemo_kmalloc_bytes(buffer),
			GFP_KERNEL | __GFP_NOWARN | __GFP_RETRY_MAYFAIL);
	if (!kaddr)
		return -ENOMEM;

	/* True for powers of two and for all that is larger than the slab's */
	if (WARN_ON_ONCE(!PAGE_ALIGNED(kaddr))) {
		kfree(kaddr);
		return -ENOMEM;
	}

	ret = mmapdemo_linear_set(kaddr, buffer->npages, buffer->cache);
	if (!ret)
		buffer->kaddr = kaddr;
	else if (!mmapdemo_linear_restore(kaddr, buffer->npages, buffer->cache))
		kfree(kaddr);
	return ret;
}

static void mmapdemo_kmalloc_free(struct mmapdemo_buffer *buffer)
{
	if (!mmapdemo_linear_restore(buffer->kaddr, buffer->npages,
				     buffer->cache))
		kfree(buffer->kaddr);
}

static int mmapdemo_kmalloc_map(struct mmapdemo_buffer *buffer,
				struct vm_area_struct *vma)
{
	unsigned long pfn = virt_to_phys(buffer->kaddr) >> PAGE_SHIFT;

	return remap_pfn_range(vma, vma->vm_start, pfn + vma->vm_pgoff,
			       vma->vm_end - vma->vm_start, vma->vm_page_prot);
}

const struct mmapdemo_backing_ops mmapdemo_backing_kmalloc = {
	.id = MMAPDEMO_BACKING_KMALLOC,
	.name = "kmalloc",
	.max_size = KMALLOC_MAX_SIZE,
	.refusal = mmapdemo_linear_refusal,
	.alloc = mmapdemo_kmalloc_alloc,
	.free = mmapdemo_kmalloc_free,
	.map = mmapdemo_kmalloc_map,
};
