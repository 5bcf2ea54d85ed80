// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the caller's page table says about an address: MMAPDEMO_IOC_MAPINFO.
 */
#include <linux/irqflags.h>
#include <linux/mm.h>
#include <linux/pgtable.h>
#include <linux/sched.h>

#include "mmapdemo.h"

/*
 * A table in high memory has no address, and an entry of two words cannot be
 * read in one piece.
 */
static const bool mmapdemo_walk_supported = !IS_ENABLED(CONFIG_HIGHPTE) &&
					    sizeof(pte_t) <= sizeof(long);

/*
 * The page table entry at addr, as a pte whatever its level; its bytes, or 0
 * where there is none. The caller holds mmap_lock for reading. Under it others
 * may still clear entries and free the tables below them, so each entry is read
 * once, as gup_fast does, and interrupts are off, which keeps the tables.
 */
static size_t mmapdemo_walk(struct mm_struct *mm, unsigned long addr,
			    pte_t *entry)
{
	pgd_t *pgdp = pgd_offset(mm, addr), pgd = READ_ONCE(*pgdp);
	p4d_t *p4dp, p4d;
	pud_t *pudp, pud;
	pmd_t *pmdp, pmd;

	if (pgd_none(pgd))
		return 0;
	p4dp = p4d_offset_lockless(pgdp, pgd, addr);
	p4d = READ_ONCE(*p4dp);
	if (p4d_none(p4d))
		return 0;
	pudp = pud_offset_lockless(p4dp, p4d, addr);
	pud = READ_ONCE(*pudp);
	*entry = __pte(pud_val(pud));
	if (pud_none(pud) || pud_leaf(pud))
		return pud_present(pud) ? PUD_SIZE : 0;
	pmdp = pmd_offset_lockless(pudp, pud, addr);
	pmd = READ_ONCE(*pmdp);
	*entry = __pte(pmd_val(pmd));
	if (pmd_none(pmd) || pmd_leaf(pmd))
		return pmd_present(pmd) ? PMD_SIZE : 0;
	*entry = READ_ONCE(*pte_offset_kernel(&pmd, addr));
	return pte_present(*entry) ? PAGE_SIZE : 0;
}

static void mmapdemo_mapinfo_entry(struct mm_struct *mm,
				   struct mmapdemo_mapinfo *info)
{
	unsigned long flags;
	size_t bytes;
	pte_t entry;

	local_irq_save(flags);
	bytes = mmapdemo_walk(mm, info->address, &entry);
	local_irq_restore(flags);

	info->entry_size = bytes;
	info->cache = bytes ? mmapdemo_cache_of_entry(entry, bytes) : 0;
	info->properties = bytes ? MMAPDEMO_MAPINFO_PRESENT : 0;
	if (bytes && pte_write(entry))
		info->properties |= MMAPDEMO_MAPINFO_WRITE;
	info->reserved = 0;
}

static int mmapdemo_mapinfo_vma(struct mmapdemo_buffer *buffer,
				const struct vm_area_struct *vma,
				struct mmapdemo_mapinfo *info)
{
	if (!vma || vma->vm_ops != &mmapdemo_vm_ops ||
	    mmapdemo_vma_buffer(vma) != buffer)
		return -ENXIO;
	info->offset = mmapdemo_vma_offset(vma, info->address);
	mmapdemo_mapinfo_entry(vma->vm_mm, info);
	return 0;
}

int mmapdemo_mapinfo(struct mmapdemo_buffer *buffer,
		     struct mmapdemo_mapinfo *info)
{
	struct mm_struct *mm = current->mm;
	unsigned long addr = info->address;
	int ret;

	if (!mmapdemo_walk_supported)
		return -EOPNOTSUPP;
	if (addr != info->address)
		return -ENXIO;
	mmap_read_lock(mm);
	ret = mmapdemo_mapinfo_vma(buffer, vma_lookup(mm, addr), info);
	mmap_read_unlock(mm);
	return ret;
}
