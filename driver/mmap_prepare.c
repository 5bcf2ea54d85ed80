// SPDX-License-Identifier: GPL-2.0-only
/*
 * The file operation mmap_prepare, built where compat.h says so: describes what
 * mapping.c allows, before there is a VMA, and the kernel makes it. It keeps no
 * state, since what it describes may never come to be.
 */
#include <linux/fs.h>
#include <linux/mm.h>

#include "compat.h"
#include "mmapdemo.h"
#include "trace.h"

/* Each action copies page_prot, which has to be final by now */
static void mmapdemo_set_action(const struct mmapdemo_buffer *buffer,
				struct vm_area_desc *desc)
{
	if (buffer->pages)
		mmap_action_map_kernel_pages_full(desc,
						  buffer->pages + desc->pgoff);
	else
		mmap_action_remap_full(desc, buffer->pfn + desc->pgoff);
}

static int mmapdemo_describe_mapping(const struct mmapdemo_buffer *buffer,
				     struct vm_area_desc *desc)
{
	struct mmapdemo_mapping mapping = {
		.vm_flags = vma_flags_to_legacy(desc->vma_flags),
		.pgoff = desc->pgoff,
		.npages = vma_desc_pages(desc),
		.prot = desc->page_prot,
	};
	int ret = mmapdemo_mapping_plan(buffer, &mapping);

	if (ret)
		return ret;
	vma_desc_clear_flags_mask(desc, legacy_to_vma_flags(~mapping.vm_flags));
	vma_desc_set_flags_mask(desc, legacy_to_vma_flags(mapping.vm_flags));
	desc->page_prot = mapping.prot;
	desc->vm_ops = &mmapdemo_vm_ops;
	if (mapping.populate)
		mmapdemo_set_action(buffer, desc);
	return 0;
}

int mmapdemo_mmap_prepare(struct vm_area_desc *desc)
{
	struct mmapdemo_file *mf = desc->file->private_data;
	int ret = mmapdemo_describe_mapping(mf->buffer, desc);

	trace_mmapdemo_mmap(desc->start, desc->end - desc->start, desc->pgoff,
			    ret);
	return ret;
}
