// SPDX-License-Identifier: GPL-2.0-only
/*
 * The file operation mmap: makes what mapping.c allows out of a VMA. Newer
 * kernels prefer mmap_prepare.c.
 */
#include <linux/fs.h>
#include <linux/mm.h>

#include "compat.h"
#include "mmapdemo.h"
#include "trace.h"

static int mmapdemo_populate(struct mmapdemo_buffer *buffer,
			     struct vm_area_struct *vma)
{
	if (buffer->spec.backing->map)
		return buffer->spec.backing->map(buffer, vma);
	if (buffer->pages)
		return mmapdemo_pages_insert(vma,
					     buffer->pages + vma->vm_pgoff);
	return remap_pfn_range(vma, vma->vm_start, buffer->pfn + vma->vm_pgoff,
			       vma->vm_end - vma->vm_start, vma->vm_page_prot);
}

/*
 * vm_page_prot is assigned, not only passed on: mprotect builds its entries
 * from it and would lose the attribute on arm64.
 */
static int mmapdemo_map(struct mmapdemo_buffer *buffer,
			struct vm_area_struct *vma)
{
	struct mmapdemo_mapping mapping = {
		.vm_flags = vma->vm_flags,
		.pgoff = vma->vm_pgoff,
		.npages = vma_pages(vma),
		.prot = vma->vm_page_prot,
	};
	int ret = mmapdemo_mapping_plan(buffer, &mapping);

	if (ret)
		return ret;
	vm_flags_clear(vma, ~mapping.vm_flags);
	vm_flags_set(vma, mapping.vm_flags);
	vma->vm_page_prot = mapping.prot;
	vma->vm_ops = &mmapdemo_vm_ops;
	return mapping.populate ? mmapdemo_populate(buffer, vma) : 0;
}

int mmapdemo_mmap(struct file *file, struct vm_area_struct *vma)
{
	struct mmapdemo_file *mf = file->private_data;
	int ret = mmapdemo_map(mf->buffer, vma);

	trace_mmapdemo_mmap(vma->vm_start, vma->vm_end - vma->vm_start,
			    vma->vm_pgoff, ret);
	return ret;
}
