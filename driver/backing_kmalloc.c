// SPDX-License-Identifier: GPL-2.0-only
/*
 * Physically contiguous memory from kzalloc, mapped with remap_pfn_range, or on
 * touch with the largest entry that fits.
 *
 * The pages have no user-visible reference count (slab and large kmalloc pages
 * refuse vm_insert_page), so nothing can pin them: the VMA is VM_PFNMAP.
 */
#include <linux/io.h>
#include <linux/slab.h>

#include "compat.h"
#include "mmapdemo.h"

/*
 * Whole pages, so that no byte of a slab neighbour is ever mapped. With an
 * attribute other than wb also more than the slab hands out: its pages carry
 * the allocator's own data, which should stay cached.
 */
static size_t mmapdemo_kmalloc_bytes(const struct mmapdemo_buffer *buffer)
{
	size_t bytes = mmapdemo_buffer_bytes(buffer);

	if (buffer->spec.cache == MMAPDEMO_CACHE_WB)
		return bytes;
	return max_t(size_t, bytes, KMALLOC_MAX_CACHE_SIZE + PAGE_SIZE);
}

static unsigned long mmapdemo_kmalloc_cost(const struct mmapdemo_buffer *buffer)
{
	return mmapdemo_contiguous_cost(mmapdemo_kmalloc_bytes(buffer));
}

static int mmapdemo_kmalloc_alloc(struct mmapdemo_buffer *buffer)
{
	enum mmapdemo_cache cache = buffer->spec.cache;
	void *kaddr;
	int ret;

	kaddr = kmalloc(mmapdemo_kmalloc_bytes(buffer),
			mmapdemo_buffer_gfp(buffer));
	if (!kaddr)
		return -ENOMEM;

	/* True for powers of two and for all that is larger than the slab's */
	if (WARN_ON_ONCE(!PAGE_ALIGNED(kaddr))) {
		kfree(kaddr);
		return -ENOMEM;
	}

	ret = mmapdemo_linear_set(kaddr, buffer->npages, cache);
	if (ret) {
		if (!mmapdemo_linear_restore(kaddr, buffer->npages, cache))
			kfree(kaddr);
		return ret;
	}
	buffer->kaddr = kaddr;
	buffer->pfn = virt_to_phys(kaddr) >> PAGE_SHIFT;
	return 0;
}

static void mmapdemo_kmalloc_free(struct mmapdemo_buffer *buffer)
{
	if (!mmapdemo_linear_restore(buffer->kaddr, buffer->npages,
				     buffer->spec.cache))
		kfree(buffer->kaddr);
}

/*
 * A large entry needs an aligned address, which mmap chooses where it can
 * (file.c), an aligned pfn, which 2 MiB and more from kmalloc have, and all of
 * its range within the mapping.
 */
static vm_fault_t mmapdemo_kmalloc_fault(struct mmapdemo_buffer *buffer,
					 struct vm_fault *vmf,
					 unsigned int order)
{
	struct vm_area_struct *vma = vmf->vma;
	unsigned long size = PAGE_SIZE << order;
	unsigned long addr = ALIGN_DOWN(vmf->address, size);
	unsigned long pgoff, pfn;

	if (addr < vma->vm_start || size > vma->vm_end - addr)
		return VM_FAULT_FALLBACK;
	pgoff = vma->vm_pgoff + ((addr - vma->vm_start) >> PAGE_SHIFT);
	pfn = buffer->pfn + pgoff;
	if (!order)
		return vmf_insert_pfn(vma, addr, pfn);
	if (order == PMD_SHIFT - PAGE_SHIFT && IS_ALIGNED(pfn, 1UL << order))
		return mmapdemo_insert_pfn_pmd(vmf, pfn);
	return VM_FAULT_FALLBACK;
}

const struct mmapdemo_backing_ops mmapdemo_backing_kmalloc = {
	.id = MMAPDEMO_BACKING_KMALLOC,
	.name = "kmalloc",
	.max_size = KMALLOC_MAX_SIZE,
	.vm_flags = VM_IO | VM_PFNMAP | VM_DONTEXPAND | VM_DONTDUMP,
	.refusal = mmapdemo_linear_refusal,
	.cost = mmapdemo_kmalloc_cost,
	.alloc = mmapdemo_kmalloc_alloc,
	.free = mmapdemo_kmalloc_free,
	.fault = mmapdemo_kmalloc_fault,
};
