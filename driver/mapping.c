// SPDX-License-Identifier: GPL-2.0-only
/*
 * mmap(2): the guards, what others may do with a mapping, and what the caller's
 * page table says about it.
 */
#include <linux/fs.h>
#include <linux/pgtable.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>

#include "compat.h"
#include "mmapdemo.h"
#include "trace.h"

static struct mmapdemo_buffer *
mmapdemo_vma_buffer(const struct vm_area_struct *vma)
{
	struct mmapdemo_file *mf = vma->vm_file->private_data;

	return mf->buffer;
}

static u64 mmapdemo_vma_offset(const struct vm_area_struct *vma,
			       unsigned long addr)
{
	return ((u64)vma->vm_pgoff << PAGE_SHIFT) + (addr - vma->vm_start);
}

/*
 * ptrace and /proc/PID/mem come here since the pages cannot be pinned. Not
 * generic_access_phys(), which refuses RAM or warns. The mm holds mmap_lock,
 * so the VMA and with it the buffer stay; addr lies in it, addr + len may not.
 * Nobody else checks that the mapping, and so the descriptor, may be stored to.
 * Where pages can be pinned, this is asked when that failed: the mapping may be
 * a private one, whose own copies are not here.
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

static vm_fault_t mmapdemo_fault_order(struct vm_fault *vmf, unsigned int order)
{
	struct mmapdemo_buffer *buffer = mmapdemo_vma_buffer(vmf->vma);

	if (!buffer->spec.backing->fault)
		return VM_FAULT_SIGBUS;
	return buffer->spec.backing->fault(buffer, vmf, order);
}

static vm_fault_t mmapdemo_fault(struct vm_fault *vmf)
{
	return mmapdemo_fault_order(vmf, 0);
}

static const struct vm_operations_struct mmapdemo_vm_ops = {
	MMAPDEMO_FAULT_HANDLERS,
	.access = mmapdemo_access,
};

/*
 * VM_MAYSHARE, since MAP_SHARED of a read-only descriptor has no VM_SHARED. A
 * private mapping of pfns would show the physical address in /proc/PID/maps.
 * Pages are compared, never bytes: nothing here can wrap.
 */
static int mmapdemo_mmap_check(const struct mmapdemo_buffer *buffer,
			       unsigned long vm_flags, unsigned long pgoff,
			       unsigned long npages)
{
	if (!(vm_flags & VM_MAYSHARE) && !buffer->spec.backing->copies)
		return -EINVAL;
	if (vm_flags & VM_EXEC)
		return -EPERM;
	if (pgoff >= buffer->npages || npages > buffer->npages - pgoff)
		return -ENXIO;
	return 0;
}

/*
 * vm_page_prot is assigned, not only passed on: mprotect builds its entries
 * from it and would lose the attribute on arm64.
 */
static int mmapdemo_map(struct mmapdemo_buffer *buffer,
			struct vm_area_struct *vma)
{
	int ret;

	ret = mmapdemo_mmap_check(buffer, vma->vm_flags, vma->vm_pgoff,
				  vma_pages(vma));
	if (ret)
		return ret;

	vm_flags_clear(vma, VM_MAYEXEC);
	vma->vm_page_prot =
		mmapdemo_cache_pgprot(vma->vm_page_prot, buffer->spec.cache);
	vma->vm_ops = &mmapdemo_vm_ops;
	return buffer->spec.backing->map(buffer, vma);
}

int mmapdemo_mmap(struct file *file, struct vm_area_struct *vma)
{
	struct mmapdemo_file *mf = file->private_data;
	int ret = mmapdemo_map(mf->buffer, vma);

	trace_mmapdemo_mmap(vma->vm_start, vma->vm_end - vma->vm_start,
			    vma->vm_pgoff, ret);
	return ret;
}

/*
 * The page table entry at addr, as a pte whatever its level; its bytes, or 0
 * where there is none. The caller holds mmap_lock, which keeps the VMA's page
 * tables, and rcu_read_lock(), which keeps one that is replaced meanwhile.
 */
static size_t mmapdemo_walk(struct mm_struct *mm, unsigned long addr,
			    pte_t *entry)
{
	pgd_t *pgd = pgd_offset(mm, addr);
	p4d_t *p4d;
	pud_t *pud, pudv;
	pmd_t *pmd, pmdv;

	if (pgd_none(*pgd))
		return 0;
	p4d = p4d_offset(pgd, addr);
	if (p4d_none(*p4d))
		return 0;
	pud = pud_offset(p4d, addr);
	pudv = READ_ONCE(*pud);
	*entry = __pte(pud_val(pudv));
	if (pud_none(pudv) || pud_leaf(pudv))
		return pud_present(pudv) ? PUD_SIZE : 0;
	pmd = pmd_offset(pud, addr);
	pmdv = READ_ONCE(*pmd);
	*entry = __pte(pmd_val(pmdv));
	if (pmd_none(pmdv) || pmd_leaf(pmdv))
		return pmd_present(pmdv) ? PMD_SIZE : 0;
	*entry = READ_ONCE(*pte_offset_kernel(pmd, addr));
	return pte_present(*entry) ? PAGE_SIZE : 0;
}

static int mmapdemo_vma_info(struct mmapdemo_buffer *buffer,
			     struct vm_area_struct *vma,
			     struct mmapdemo_mapinfo *info)
{
	size_t bytes;
	pte_t entry;

	if (!vma || vma->vm_ops != &mmapdemo_vm_ops ||
	    mmapdemo_vma_buffer(vma) != buffer)
		return -ENXIO;

	rcu_read_lock();
	bytes = mmapdemo_walk(vma->vm_mm, info->address, &entry);
	rcu_read_unlock();

	info->offset = mmapdemo_vma_offset(vma, info->address);
	info->entry_size = bytes;
	info->cache = bytes ? mmapdemo_cache_of_entry(entry, bytes) : 0;
	if (bytes)
		info->flags |= MMAPDEMO_MAPINFO_PRESENT;
	if (bytes && pte_write(entry))
		info->flags |= MMAPDEMO_MAPINFO_WRITE;
	return 0;
}

int mmapdemo_mapping_info(struct mmapdemo_buffer *buffer,
			  struct mmapdemo_mapinfo *info)
{
	struct mm_struct *mm = current->mm;
	unsigned long addr = info->address;
	int ret;

	if (addr != info->address)
		return -ENXIO;
	mmap_read_lock(mm);
	ret = mmapdemo_vma_info(buffer, vma_lookup(mm, addr), info);
	mmap_read_unlock(mm);
	return ret;
}
