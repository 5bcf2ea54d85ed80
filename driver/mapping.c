// SPDX-License-Identifier: GPL-2.0-only
/*
 * What mmap(2) allows, what others may do with a mapping, and what the caller's
 * page table says about it. Where a mapping is made, see mmap.c.
 */
#include <linux/fs.h>
#include <linux/pgtable.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>

#include "compat.h"
#include "mmapdemo.h"

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

const struct vm_operations_struct mmapdemo_vm_ops = {
	MMAPDEMO_FAULT_HANDLERS,
	.access = mmapdemo_access,
};

/*
 * VM_MAYSHARE, since MAP_SHARED of a read-only descriptor has no VM_SHARED. A
 * private mapping of pfns would show the physical address in /proc/PID/maps.
 * Pages are compared, never bytes: nothing here can wrap.
 */
static int mmapdemo_mapping_check(const struct mmapdemo_buffer *buffer,
				  const struct mmapdemo_mapping *mapping)
{
	if (!(mapping->vm_flags & VM_MAYSHARE) && !buffer->spec.backing->copies)
		return -EINVAL;
	if (mapping->vm_flags & VM_EXEC)
		return -EPERM;
	if (mapping->pgoff >= buffer->npages ||
	    mapping->npages > buffer->npages - mapping->pgoff)
		return -ENXIO;
	return 0;
}

/**
 * mmapdemo_mapping_plan() - may this be mapped, and how?
 * @buffer: what is to be mapped
 * @mapping: what was asked for; becomes what is to be made
 *
 * Return: 0; -EINVAL: a private mapping; -EPERM: an executable one; -ENXIO: not
 * all of it is in the buffer.
 */
int mmapdemo_mapping_plan(const struct mmapdemo_buffer *buffer,
			  struct mmapdemo_mapping *mapping)
{
	const struct mmapdemo_spec *spec = &buffer->spec;
	int ret = mmapdemo_mapping_check(buffer, mapping);

	if (ret)
		return ret;
	mapping->now = !spec->lazy && mapping->vm_flags & VM_MAYSHARE;
	mapping->vm_flags &= ~VM_MAYEXEC;
	mapping->vm_flags |= spec->backing->vm_flags;
	mapping->prot = mmapdemo_cache_pgprot(mapping->prot, spec->cache);
	return 0;
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
