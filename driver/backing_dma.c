// SPDX-License-Identifier: GPL-2.0-only
/*
 * Coherent DMA memory of a device that only exists to own it. The DMA layer
 * knows which attribute keeps its memory coherent and maps it with that one.
 */
#include <linux/dma-mapping.h>
#include <linux/platform_device.h>

#include "mmapdemo.h"

/* From module load to unload */
static struct platform_device *mmapdemo_device;

int mmapdemo_dma_init(void)
{
	const struct platform_device_info info = {
		.name = "mmapdemo",
		.id = PLATFORM_DEVID_NONE,
		.dma_mask = DMA_BIT_MASK(64),
	};

	mmapdemo_device = platform_device_register_full(&info);
	return PTR_ERR_OR_ZERO(mmapdemo_device);
}

void mmapdemo_dma_exit(void)
{
	platform_device_unregister(mmapdemo_device);
}

static unsigned long mmapdemo_dma_cost(const struct mmapdemo_buffer *buffer)
{
	return mmapdemo_contiguous_cost(mmapdemo_buffer_bytes(buffer));
}

static int mmapdemo_dma_alloc(struct mmapdemo_buffer *buffer)
{
	size_t bytes = mmapdemo_buffer_bytes(buffer);
	gfp_t gfp = mmapdemo_buffer_gfp(buffer);

	buffer->kaddr = dma_alloc_attrs(&mmapdemo_device->dev, bytes,
					&buffer->dma, gfp, DMA_ATTR_NO_WARN);
	return buffer->kaddr ? 0 : -ENOMEM;
}

static void mmapdemo_dma_free(struct mmapdemo_buffer *buffer)
{
	dma_free_attrs(&mmapdemo_device->dev, mmapdemo_buffer_bytes(buffer),
		       buffer->kaddr, buffer->dma, DMA_ATTR_NO_WARN);
}

static int mmapdemo_dma_map(struct mmapdemo_buffer *buffer,
			    struct vm_area_struct *vma)
{
	return dma_mmap_attrs(&mmapdemo_device->dev, vma, buffer->kaddr,
			      buffer->dma, mmapdemo_buffer_bytes(buffer), 0);
}

const struct mmapdemo_backing_ops mmapdemo_backing_dma = {
	.id = MMAPDEMO_BACKING_DMA,
	.name = "dma",
	.max_size = LONG_MAX & PAGE_MASK,
	.refusal = mmapdemo_dma_refusal,
	.lazy_refusal = "DMA memory is mapped at once; use populate=now",
	.cost = mmapdemo_dma_cost,
	.alloc = mmapdemo_dma_alloc,
	.free = mmapdemo_dma_free,
	.map = mmapdemo_dma_map,
};
