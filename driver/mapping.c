// SPDX-License-Identifier: GPL-2.0-only
/*
 * What mmap(2) allows, decided before there is a VMA. mmap.c or mmap_prepare.c
 * makes what is planned here.
 */
#include <linux/mm.h>
#include <linux/personality.h>
#include <linux/sched.h>

#include "mmapdemo.h"

/*
 * Programs of old, which do not say that their stack need not be executable, get
 * PROT_EXEC with each PROT_READ. They did not ask for it, and do not need it.
 */
static void mmapdemo_drop_implied_exec(struct mmapdemo_mapping *mapping)
{
	if (!(current->personality & READ_IMPLIES_EXEC) ||
	    !(mapping->vm_flags & VM_EXEC) || !(mapping->vm_flags & VM_READ))
		return;
	mapping->vm_flags &= ~VM_EXEC;
	mapping->prot = vm_get_page_prot(mapping->vm_flags);
}

/*
 * VM_MAYSHARE, since MAP_SHARED of a read-only descriptor has no VM_SHARED. A
 * private mapping of PFNs would show the physical address in /proc/PID/maps.
 * Pages are compared, never bytes: nothing here can wrap.
 */
static int mmapdemo_mapping_check(const struct mmapdemo_buffer *buffer,
				  const struct mmapdemo_mapping *mapping)
{
	if (!(mapping->vm_flags & VM_MAYSHARE) &&
	    !buffer->spec.backing->allows_private)
		return -EINVAL;
	if (mapping->vm_flags & VM_EXEC)
		return -EPERM;
	if (mapping->pgoff >= buffer->npages ||
	    mapping->npages > buffer->npages - mapping->pgoff)
		return -ENXIO;
	return mmapdemo_seal_check_mapping(buffer, mapping->vm_flags);
}

/* The fault handler decides about each page of a mapping with a poisoned one */
static bool mmapdemo_populates(const struct mmapdemo_buffer *buffer,
			       const struct mmapdemo_mapping *mapping)
{
	return !buffer->spec.lazy && mapping->vm_flags & VM_MAYSHARE &&
	       !mmapdemo_pages_poisoned(buffer, mapping->pgoff,
					mapping->npages);
}

/**
 * mmapdemo_mapping_plan() - may this be mapped, and how?
 * @buffer: what is to be mapped
 * @mapping: what was asked for; becomes what is to be made
 *
 * Return: 0; -EINVAL: a private mapping; -EPERM: an executable one, or the
 * buffer is sealed; -ENXIO: not all of it is in the buffer.
 */
int mmapdemo_mapping_plan(const struct mmapdemo_buffer *buffer,
			  struct mmapdemo_mapping *mapping)
{
	const struct mmapdemo_spec *spec = &buffer->spec;
	int ret;

	mmapdemo_drop_implied_exec(mapping);
	ret = mmapdemo_mapping_check(buffer, mapping);
	if (ret)
		return ret;
	mapping->populate = mmapdemo_populates(buffer, mapping);
	mapping->vm_flags &= ~VM_MAYEXEC;
	if (mapping->vm_flags & VM_SHARED && mmapdemo_write_sealed(buffer))
		mapping->vm_flags &= ~VM_MAYWRITE;
	mapping->vm_flags |= spec->backing->vm_flags;
	mapping->prot = mmapdemo_cache_pgprot(mapping->prot, spec->cache);
	return 0;
}
