// SPDX-License-Identifier: GPL-2.0-only
/*
 * Mapping memory that lies in vmalloc space and whose pages are counted one by
 * one. A mapping holds a reference to each page it shows, and so may whoever
 * pins them: O_DIRECT, io_uring, vmsplice, process_vm_readv.
 */
#include <linux/mm.h>
#include <linux/vmalloc.h>

#include "compat.h"
#include "mmapdemo.h"

/* Pages entered at a time: a batch on the stack */
#define MMAPDEMO_BATCH 32

static struct page *mmapdemo_page(struct mmapdemo_buffer *buffer,
				  unsigned long pgoff)
{
	return vmalloc_to_page(buffer->kaddr + (pgoff << PAGE_SHIFT));
}

static int mmapdemo_pages_insert(struct mmapdemo_buffer *buffer,
				 struct vm_area_struct *vma)
{
	struct page *pages[MMAPDEMO_BATCH];
	unsigned long done, i, n, left;
	int ret;

	for (done = 0; done < vma_pages(vma); done += n) {
		n = min_t(unsigned long, vma_pages(vma) - done, MMAPDEMO_BATCH);
		for (i = 0; i < n; i++)
			pages[i] =
				mmapdemo_page(buffer, vma->vm_pgoff + done + i);
		left = n;
		ret = vm_insert_pages(vma, vma->vm_start + (done << PAGE_SHIFT),
				      pages, &left);
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

int mmapdemo_pages_map(struct mmapdemo_buffer *buffer,
		       struct vm_area_struct *vma)
{
	vm_flags_set(vma, VM_DONTEXPAND | VM_DONTDUMP);
	if (buffer->spec.lazy || !(vma->vm_flags & VM_MAYSHARE))
		return 0;
	return mmapdemo_pages_insert(buffer, vma);
}

/* Also refills after MADV_DONTNEED, and gives a private mapping its original */
vm_fault_t mmapdemo_pages_fault(struct mmapdemo_buffer *buffer,
				struct vm_fault *vmf, unsigned int order)
{
	if (order)
		return VM_FAULT_FALLBACK;
	if (vmf->pgoff >= buffer->npages)
		return VM_FAULT_SIGBUS;
	vmf->page = mmapdemo_page(buffer, vmf->pgoff);
	get_page(vmf->page);
	return 0;
}
