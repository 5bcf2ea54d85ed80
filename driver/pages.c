// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memory that lies in vmalloc space and whose pages are counted one by one. A
 * mapping holds a reference to each page it shows, and so may whoever
 * pins them: O_DIRECT, io_uring, vmsplice, process_vm_readv.
 */
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/slab.h>

#include "mmapdemo.h"

/* Pages entered between two chances for others to run */
#define MMAPDEMO_BATCH 512

/* An array for as many as the buffer has; its memory still has to be got */
int mmapdemo_pages_alloc(struct mmapdemo_buffer *buffer)
{
	gfp_t gfp = mmapdemo_buffer_gfp(buffer) & ~__GFP_ZERO;

	buffer->pages =
		kvmalloc_array(buffer->npages, sizeof(*buffer->pages), gfp);
	return buffer->pages ? 0 : -ENOMEM;
}

void mmapdemo_pages_free(struct mmapdemo_buffer *buffer)
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

/* Also refills after MADV_DONTNEED, and gives a private mapping its original */
vm_fault_t mmapdemo_pages_fault(struct mmapdemo_buffer *buffer,
				struct vm_fault *vmf, unsigned int order)
{
	if (order)
		return VM_FAULT_FALLBACK;
	if (vmf->pgoff >= buffer->npages)
		return VM_FAULT_SIGBUS;
	vmf->page = buffer->pages[vmf->pgoff];
	get_page(vmf->page);
	return 0;
}
