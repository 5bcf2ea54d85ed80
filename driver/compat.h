/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The only place that knows kernels differ. Kbuild looks into the headers and
 * defines HAVE_*, since stable trees and distributions move features between
 * versions. A line can go when the oldest kernel to build for is as new as the
 * last column says.
 *
 * what					needed for	can go with
 * ours for vm_flags_set(), _clear()	6.1, 6.2	6.3
 * generic_file_splice_read()		6.1 to 6.4	6.5
 * no huge_fault of a VM_PFNMAP		6.1 to 6.11	6.12
 * a pfn_t for vmf_insert_pfn_pmd()	6.1 to 6.16	6.17
 * shmem flags in an integer		6.1 to 6.19	7.0
 * .mmap for all but DMA memory		6.1 to 7.0	7.1
 *
 * For good: where there are no transparent huge pages, there is no huge_fault.
 * DMA memory keeps .mmap, since dma_mmap_attrs() wants a VMA even in 7.2.
 */
#ifndef _MMAPDEMO_COMPAT_H
#define _MMAPDEMO_COMPAT_H

#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/shmem_fs.h>
#ifdef HAVE_PFN_T
#include <linux/pfn_t.h>
#endif

#ifndef HAVE_VM_FLAGS_SET
static inline void vm_flags_set(struct vm_area_struct *vma, unsigned long flags)
{
	vma->vm_flags |= flags;
}

static inline void vm_flags_clear(struct vm_area_struct *vma,
				  unsigned long flags)
{
	vma->vm_flags &= ~flags;
}
#endif

#ifndef HAVE_COPY_SPLICE_READ
#define copy_splice_read generic_file_splice_read
#endif

#ifdef HAVE_MMAP_PREPARE
#define MMAPDEMO_MMAP_HANDLER .mmap_prepare = mmapdemo_mmap_prepare
#else
#define MMAPDEMO_MMAP_HANDLER .mmap = mmapdemo_mmap
#endif

static inline struct file *mmapdemo_shmem_file(loff_t size)
{
#ifdef HAVE_SHMEM_VMA_FLAGS
	return shmem_file_setup("mmapdemo", size, (vma_flags_t){});
#else
	return shmem_file_setup("mmapdemo", size, 0);
#endif
}

#if defined(HAVE_HUGE_PFNMAP) && defined(CONFIG_TRANSPARENT_HUGEPAGE)
#define MMAPDEMO_FAULT_HANDLERS \
	.fault = mmapdemo_fault, .huge_fault = mmapdemo_fault_order
#else
#define MMAPDEMO_FAULT_HANDLERS .fault = mmapdemo_fault
#endif

/* Whether stores are allowed, vm_page_prot says and not the last argument */
static inline vm_fault_t mmapdemo_insert_pfn_pmd(struct vm_fault *vmf,
						 unsigned long pfn)
{
#if !defined(HAVE_HUGE_PFNMAP) || !defined(CONFIG_TRANSPARENT_HUGEPAGE)
	return VM_FAULT_FALLBACK;
#elif defined(HAVE_PFN_T)
	return vmf_insert_pfn_pmd(vmf, __pfn_to_pfn_t(pfn, PFN_DEV), false);
#else
	return vmf_insert_pfn_pmd(vmf, pfn, false);
#endif
}

#endif /* _MMAPDEMO_COMPAT_H */
