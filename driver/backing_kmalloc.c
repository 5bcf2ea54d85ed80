// SPDX-License-Identifier: GPL-2.0-only
/*
 * Physically contiguous memory from kzalloc, mapped with remap_pfn_range, or on
 * touch with the largest entry that fits.
 *
 * The pages have no reference count for user space (slab and large kmalloc pages
 * refuse vm_insert_page), so nothing can pin them: the VMA is VM_PFNMAP.
 */
#include <linux/io.h>
#include <linux/slab.h>

#include "compat.h"
#include "mmapdemo.h"

/* blocks.c charges what it allocates */
static unsigned long mmapdemo_kmalloc_cost(const struct mmapdemo_buffer *buffer)
{
	if (buffer->spec.cache != MMAPDEMO_CACHE_WB)
		return 0;
	return mmapdemo_contiguous_cost(mmapdemo_buffer_bytes(buffer));
}

/* Whole pages, so that no byte of a slab neighbour is ever mapped */
static int mmapdemo_kmalloc_alloc(struct mmapdemo_buffer *buffer)
{
	void *kaddr;

	if (buffer->spec.cache != MMAPDEMO_CACHE_WB)
		return mmapdemo_block_alloc(buffer);

	kaddr = kmalloc(mmapdemo_buffer_bytes(buffer),
			mmapdemo_buffer_gfp(buffer));
	if (!kaddr)
		return -ENOMEM;

	/* True for powers of two and for all that is larger than the slab's */
	if (WARN_ON_ONCE(!PAGE_ALIGNED(kaddr))) {
		kfree(kaddr);
		return -ENOMEM;
	}
	buffer->kaddr = kaddr;
	buffer->pfn = virt_to_phys(kaddr) >> PAGE_SHIFT;
	return 0;
}

static void mmapdemo_kmalloc_free(struct mmapdemo_buffer *buffer)
{
	if (buffer->spec.cache != MMAPDEMO_CACHE_WB)
		mmapdemo_block_free(buffer);
	else
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
	/* vmf_insert_pfn() would leave the marker, and the touch fault for ever */
	if (!order && mmapdemo_entry_is_marker(vmf))
		return VM_FAULT_SIGBUS;
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
	.unsupported_reason = mmapdemo_direct_map_unsupported_reason,
	.cost = mmapdemo_kmalloc_cost,
	.alloc = mmapdemo_kmalloc_alloc,
	.free = mmapdemo_kmalloc_free,
	.fault = mmapdemo_kmalloc_fault,
};
