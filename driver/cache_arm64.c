// SPDX-License-Identifier: GPL-2.0-only
/*
 * arm64: what an entry's index says by way of MAIR_EL1, and what the CPU says
 * of one of the kernel's addresses.
 *
 * The direct map is write-back and stays so. A user's
 * entry of another attribute beside it would lose what either side stores, so
 * only memory that the kernel itself uses through another entry can have one:
 * that of the DMA layer, which has cleaned the write-back mapping out of the
 * caches and lets nobody use it. Device memory, the uncached type, faults on
 * RAM at unaligned loads; there is no write-through at all.
 */
#include <linux/irqflags.h>

#include <asm/barrier.h>
#include <asm/memory.h>
#include <asm/pgtable.h>
#include <asm/sysreg.h>

#include "mmapdemo.h"

const char *const mmapdemo_only_wb =
	"the direct map stays wb; use wb, or wc with backing=dma";

bool mmapdemo_cache_readable(void)
{
	return true;
}

pgprot_t mmapdemo_cache_pgprot(pgprot_t prot, enum mmapdemo_cache cache)
{
	return cache == MMAPDEMO_CACHE_WC ? pgprot_writecombine(prot) : prot;
}

static enum mmapdemo_cache mmapdemo_cache_of_mair(u8 attr)
{
	switch (attr) {
	case MAIR_ATTR_NORMAL:
	case MAIR_ATTR_NORMAL_TAGGED:
		return MMAPDEMO_CACHE_WB;
	case MAIR_ATTR_NORMAL_NC:
		return MMAPDEMO_CACHE_WC;
	case MAIR_ATTR_DEVICE_nGnRnE:
	case MAIR_ATTR_DEVICE_nGnRE:
		return MMAPDEMO_CACHE_UC;
	default:
		return MMAPDEMO_CACHE_MIXED;
	}
}

/* The index stands at the same place in an entry of any size */
enum mmapdemo_cache mmapdemo_cache_of_entry(pte_t entry, size_t bytes)
{
	unsigned int index = (pte_val(entry) & PTE_ATTRINDX_MASK) >> 2;

	return mmapdemo_cache_of_mair(read_sysreg(mair_el1) >> (8 * index));
}

/* An interrupt could translate another address in between */
enum mmapdemo_cache mmapdemo_cache_of_kernel(void *kaddr, size_t *bytes)
{
	unsigned long flags;
	u64 par;

	*bytes = PAGE_SIZE;
	local_irq_save(flags);
	asm volatile("at s1e1r, %0" : : "r"(kaddr));
	isb();
	par = read_sysreg_par();
	local_irq_restore(flags);
	return par & SYS_PAR_EL1_F ? MMAPDEMO_CACHE_MIXED :
				     mmapdemo_cache_of_mair(par >> 56);
}
