/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The only place that knows kernels differ. Kbuild looks into the headers and
 * defines HAVE_*, since stable trees and distributions move features between
 * versions.
 *
 * what                missing in   line can go when the oldest kernel is
 * vm_flags_clear()    6.1, 6.2     6.3
 * copy_splice_read()  6.1 to 6.4   6.5
 */
#ifndef _MMAPDEMO_COMPAT_H
#define _MMAPDEMO_COMPAT_H

#include <linux/fs.h>
#include <linux/mm.h>

#ifndef HAVE_VM_FLAGS_CLEAR
static inline void vm_flags_clear(struct vm_area_struct *vma,
				  unsigned long flags)
{
	vma->vm_flags &= ~flags;
}
#endif

#ifndef HAVE_COPY_SPLICE_READ
#define copy_splice_read generic_file_splice_read
#endif

#endif /* _MMAPDEMO_COMPAT_H */
