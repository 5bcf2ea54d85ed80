// SPDX-License-Identifier: GPL-2.0-only
/*
 * What happens to a mapping after mmap(2): page faults, and access by others.
 */
#include <linux/fs.h>
#include <linux/mm.h>

#include "compat.h"
#include "mmapdemo.h"
#include "trace.h"

struct mmapdemo_buffer *mmapdemo_vma_buffer(const struct vm_area_struct *vma)
{
	struct mmapdemo_file *mf = vma->vm_file->private_data;

	return mf->buffer;
}

u64 mmapdemo_vma_offset(const struct vm_area_struct *vma, unsigned long addr)
{
	return ((u64)vma->vm_pgoff << PAGE_SHIFT) + (addr - vma->vm_start);
}

/*
 * ptrace and /proc/PID/mem come here since the pages cannot be pinned. Not
 * generic_access_phys(), which refuses RAM or warns. The mm holds mmap_lock,
 * so the VMA and with it the buffer stay; addr lies in it, addr + len may not.
 * The core does not check VM_WRITE here, so we must. Where pages can be pinned,
 * this is called when that failed: the mapping may be a private one, whose own
 * copies are not here.
 */
static int mmapdemo_access(struct vm_area_struct *vma, unsigned long addr,
			   void *buf, int len, int write)
{
	void *at = mmapdemo_vma_buffer(vma)->kaddr +
		   mmapdemo_vma_offset(vma, addr);

	if (!(vma->vm_flags & VM_PFNMAP))
		return -EFAULT;
	if (write && !(vma->vm_flags & VM_WRITE))
		return -EACCES;
	len = min_t(unsigned long, len, vma->vm_end - addr);
	if (write)
		memcpy(at, buf, len);
	else
		memcpy(buf, at, len);
	return len;
}

/*
 * A large entry has one bit for userfaultfd's write protection, which only the
 * core's handling of small entries looks at: split it.
 */
static bool mmapdemo_order_possible(const struct vm_area_struct *vma,
				    unsigned int order)
{
	return !order || !(vma->vm_flags & VM_UFFD_WP);
}

static vm_fault_t mmapdemo_fault_order(struct vm_fault *vmf, unsigned int order)
{
	struct mmapdemo_buffer *buffer = mmapdemo_vma_buffer(vmf->vma);
	vm_fault_t ret = VM_FAULT_SIGBUS;

	if (!mmapdemo_order_possible(vmf->vma, order))
		ret = VM_FAULT_FALLBACK;
	else if (buffer->spec.backing->fault)
		ret = buffer->spec.backing->fault(buffer, vmf, order);
	trace_mmapdemo_fault(vmf->pgoff, order, vmf->flags, (__force u32)ret);
	return ret;
}

static vm_fault_t mmapdemo_fault(struct vm_fault *vmf)
{
	return mmapdemo_fault_order(vmf, 0);
}

const struct vm_operations_struct mmapdemo_vm_ops = {
	MMAPDEMO_FAULT_HANDLERS,
	.access = mmapdemo_access,
};
