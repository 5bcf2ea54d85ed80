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
 * struct user_namespace in setattr	6.1, 6.2	6.3
 * __pagevec_release()			6.1 to 6.3	6.4
 * a list of machines with aliasing caches	6.1 to 6.8	6.9
 * folio_mapcount() out of line, not exported	6.1 to 6.9	6.10
 * linux/pagevec.h			6.1 to 7.1	7.2
 * shmem flags in an integer		6.1 to 6.19	7.0
 * leases have to be refused		6.1 to 6.19	7.0
 * .mmap for all but DMA memory		6.1 to 7.0	7.1
 *
 * For good: where there are no transparent huge pages, there is no huge_fault.
 * DMA memory keeps .mmap, since dma_mmap_attrs() wants a VMA even in 7.2.
 */
#ifndef _MMAPDEMO_COMPAT_H
#define _MMAPDEMO_COMPAT_H

#include <linux/fs.h>
#include <linux/memcontrol.h>
#include <linux/mm.h>
#include <linux/shmem_fs.h>
#ifdef HAVE_DCACHE_ALIASING
#include <linux/cacheinfo.h>
#elif defined(CONFIG_ARM)
#include <asm/cachetype.h>
#endif
#ifdef HAVE_FOLIO_BATCH_H
#include <linux/folio_batch.h>
#else
#include <linux/pagevec.h>
#endif
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

#ifndef HAVE_MNT_IDMAP
#define mmapdemo_idmap user_namespace
#else
#define mmapdemo_idmap mnt_idmap
#endif

/* Two mappings of a page at different addresses can disagree about its bytes */
static inline bool mmapdemo_dcache_is_aliasing(void)
{
#ifdef HAVE_DCACHE_ALIASING
	return cpu_dcache_is_aliasing();
#elif defined(CONFIG_ARM)
	return cache_is_vivt() || cache_is_vipt_aliasing();
#else
	return IS_ENABLED(CONFIG_ARC) || IS_ENABLED(CONFIG_CSKY) ||
	       IS_ENABLED(CONFIG_M68K) || IS_ENABLED(CONFIG_MIPS) ||
	       IS_ENABLED(CONFIG_NIOS2) || IS_ENABLED(CONFIG_PARISC) ||
	       IS_ENABLED(CONFIG_SH) || IS_ENABLED(CONFIG_SPARC) ||
	       IS_ENABLED(CONFIG_XTENSA);
#endif
}

/* Page table entries that show one of n pages of a folio, the first one given */
static inline int mmapdemo_mapcount(struct page *page, unsigned long n)
{
#ifdef HAVE_FOLIO_LARGE_MAPCOUNT
	return folio_mapcount(page_folio(page));
#else
	int count = 0;

	while (n--)
		count += page_mapcount(page++);
	return count;
#endif
}

/*
 * Moves the pages that this processor keeps in batches to their LRU lists, and
 * gives its references back. lru_add_drain() is not exported; releasing a batch,
 * even an empty one, begins with it.
 */
static inline void mmapdemo_lru_add_drain(void)
{
	struct folio_batch batch;

	folio_batch_init(&batch);
#if defined(HAVE_FOLIO_BATCH_H) || defined(HAVE_FOLIO_BATCH_RELEASE)
	__folio_batch_release(&batch);
#else
	__pagevec_release((struct pagevec *)&batch);
#endif
}

/* The memory cgroup that this task's allocations are charged to, with a reference */
static inline struct mem_cgroup *mmapdemo_get_memcg(void)
{
	struct mem_cgroup *memcg = NULL;
#ifdef CONFIG_MEMCG

	rcu_read_lock();
	do {
		memcg = mem_cgroup_from_task(current);
	} while (memcg && !css_tryget(&memcg->css));
	rcu_read_unlock();
#endif
	return memcg;
}

static inline void mmapdemo_put_memcg(struct mem_cgroup *memcg)
{
#ifdef CONFIG_MEMCG
	if (memcg)
		css_put(&memcg->css);
#endif
}

#ifndef HAVE_COPY_SPLICE_READ
#define copy_splice_read generic_file_splice_read
#endif

#ifdef HAVE_SIMPLE_NOSETLEASE
#define mmapdemo_setlease simple_nosetlease
#else
#define mmapdemo_setlease NULL
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

/*
 * Whether the entry allows stores, vm_page_prot says. The last argument is about
 * an entry that is there: after write notification was switched on it is
 * read-only, and a store would fault for ever if it were left so.
 */
static inline vm_fault_t mmapdemo_insert_pfn_pmd(struct vm_fault *vmf,
						 unsigned long pfn)
{
#if !defined(HAVE_HUGE_PFNMAP) || !defined(CONFIG_TRANSPARENT_HUGEPAGE)
	return VM_FAULT_FALLBACK;
#elif defined(HAVE_PFN_T)
	return vmf_insert_pfn_pmd(vmf, __pfn_to_pfn_t(pfn, PFN_DEV),
				  vmf->flags & FAULT_FLAG_WRITE);
#else
	return vmf_insert_pfn_pmd(vmf, pfn, vmf->flags & FAULT_FLAG_WRITE);
#endif
}

#endif /* _MMAPDEMO_COMPAT_H */
