// SPDX-License-Identifier: GPL-2.0-only
/*
 * vmalloc memory: any size, and pages that can be pinned. Not vmalloc_user(),
 * whose pages cannot be charged to a memory cgroup.
 */
#include <linux/vmalloc.h>

#include "mmapdemo.h"

static int mmapdemo_vmalloc_alloc(struct mmapdemo_buffer *buffer)
{
	unsigned long i;

	buffer->kaddr = __vmalloc(mmapdemo_buffer_bytes(buffer),
				  mmapdemo_buffer_gfp(buffer));
	if (!buffer->kaddr)
		return -ENOMEM;
	if (mmapdemo_page_array_alloc(buffer)) {
		vfree(buffer->kaddr);
		return -ENOMEM;
	}
	for (i = 0; i < buffer->npages; i++)
		buffer->pages[i] =
			vmalloc_to_page(buffer->kaddr + (i << PAGE_SHIFT));
	return 0;
}

static void mmapdemo_vmalloc_free(struct mmapdemo_buffer *buffer)
{
	mmapdemo_page_array_free(buffer);
	vfree(buffer->kaddr);
}

static int mmapdemo_vmalloc_folio_refs(struct folio *folio, bool in_use)
{
	return 0;
}

const struct mmapdemo_backing_ops mmapdemo_backing_vmalloc = {
	.id = MMAPDEMO_BACKING_VMALLOC,
	.name = "vmalloc",
	.max_size = LONG_MAX & PAGE_MASK,
	.vm_flags = MMAPDEMO_PAGES_VM_FLAGS,
	.unsupported_reason = mmapdemo_wb_unsupported_reason,
	.alloc = mmapdemo_vmalloc_alloc,
	.free = mmapdemo_vmalloc_free,
	.fault = mmapdemo_pages_fault,
	.folio_refs = mmapdemo_vmalloc_folio_refs,
};
