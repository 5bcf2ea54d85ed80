// SPDX-License-Identifier: GPL-2.0-only
/*
 * vmalloc memory: any size, and pages that can be pinned. Not vmalloc_user(),
 * whose pages cannot be charged to a memory cgroup.
 */
#include <linux/vmalloc.h>

#include "mmapdemo.h"

static int mmapdemo_vmalloc_alloc(struct mmapdemo_buffer *buffer)
{
	buffer->kaddr = __vmalloc(mmapdemo_buffer_bytes(buffer),
				  mmapdemo_buffer_gfp(buffer));
	return buffer->kaddr ? 0 : -ENOMEM;
}

static void mmapdemo_vmalloc_free(struct mmapdemo_buffer *buffer)
{
	vfree(buffer->kaddr);
}

const struct mmapdemo_backing_ops mmapdemo_backing_vmalloc = {
	.id = MMAPDEMO_BACKING_VMALLOC,
	.name = "vmalloc",
	.max_size = LONG_MAX & PAGE_MASK,
	.refusal = mmapdemo_wb_refusal,
	.alloc = mmapdemo_vmalloc_alloc,
	.free = mmapdemo_vmalloc_free,
	.map = mmapdemo_pages_map,
	.fault = mmapdemo_pages_fault,
};
