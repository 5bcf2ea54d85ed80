// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memory that lies in vmalloc space and whose pages are refcounted one by one. A
 * mapping holds a reference to each page it shows, and so may whoever
 * pins them: O_DIRECT, io_uring, vmsplice, process_vm_readv.
 */
#include <linux/mm.h>
#include <linux/page-flags.h>
#include <linux/sched.h>
#include <linux/slab.h>

#include "mmapdemo.h"

/* Pages mapped between two chances for others to run */
#define MMAPDEMO_BATCH 512

/* Allocates the array of page pointers, not the pages */
int mmapdemo_page_array_alloc(struct mmapdemo_buffer *buffer)
{
	gfp_t gfp = mmapdemo_buffer_gfp(buffer) & ~__GFP_ZERO;

	buffer->pages =
		kvmalloc_array(buffer->npages, sizeof(*buffer->pages), gfp);
	return buffer->pages ? 0 : -ENOMEM;
}

void mmapdemo_page_array_free(struct mmapdemo_buffer *buffer)
{
	kvfree(buffer->pages);
}

int mmapdemo_pages_insert(struct vm_area_struct *vma, struct page **pages)
{
	unsigned long done, n, left;
	int ret;

	for (done = 0; done < vma_pages(vma); done += n) {
		n = min_t(unsigned long, vma_pages(vma) - done, MMAPDEMO_BATCH);
		left = n;
		ret = vm_insert_pages(vma, vma->vm_start + (done << PAGE_SHIFT),
				      pages + done, &left);
		/* This is how it calls a missing upper page table */
		if (ret == -EFAULT)
			return -ENOMEM;
		if (ret)
			return ret;
		if (mmapdemo_killed())
			return -EINTR;
	}
	return 0;
}

/*
 * True if a page in the range has a hardware memory error, or was given one by
 * MADV_HWPOISON. Memory that is mapped by PFN cannot be given one.
 */
bool mmapdemo_pages_poisoned(const struct mmapdemo_buffer *buffer,
			     unsigned long first, unsigned long npages)
{
	unsigned long i;

	if (!IS_ENABLED(CONFIG_MEMORY_FAILURE) || !buffer->pages)
		return false;
	for (i = first; i < first + npages; i++)
		if (PageHWPoison(buffer->pages[i]))
			return true;
	return false;
}

/* Does the fault want a page only to copy it? */
static bool mmapdemo_fault_copies(const struct vm_fault *vmf)
{
	return vmf->flags & FAULT_FLAG_WRITE &&
	       !(vmf->vma->vm_flags & VM_SHARED);
}

/*
 * Given a page of a huge one, the core would map all of that with one entry, and
 * not undo its counts when the entry of a VM_MIXEDMAP mapping goes. So such a
 * page is mapped here, unless a marker of userfaultfd is there, which only the
 * core replaces, by a small entry.
 */
static bool mmapdemo_maps_itself(const struct vm_fault *vmf)
{
	return PageCompound(vmf->page) && !mmapdemo_fault_copies(vmf) &&
	       !mmapdemo_entry_is_marker(vmf);
}

/* -EBUSY: another thread was faster */
static vm_fault_t mmapdemo_insert_page(struct vm_fault *vmf)
{
	struct page *page = vmf->page;
	int ret;

	vmf->page = NULL;
	ret = vm_insert_page(vmf->vma, vmf->address & PAGE_MASK, page);
	if (ret && ret != -EBUSY)
		return ret == -ENOMEM ? VM_FAULT_OOM : VM_FAULT_SIGBUS;
	return VM_FAULT_NOPAGE;
}

/* Also refills after MADV_DONTNEED, and gives a private mapping its original */
vm_fault_t mmapdemo_pages_fault(struct mmapdemo_buffer *buffer,
				struct vm_fault *vmf, unsigned int order)
{
	if (order)
		return VM_FAULT_FALLBACK;
	if (mmapdemo_pages_poisoned(buffer, vmf->pgoff, 1))
		return VM_FAULT_HWPOISON;
	vmf->page = buffer->pages[vmf->pgoff];
	if (mmapdemo_maps_itself(vmf))
		return mmapdemo_insert_page(vmf);
	get_page(vmf->page);
	return 0;
}
