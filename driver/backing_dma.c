// SPDX-License-Identifier: GPL-2.0-only
/*
 * Coherent DMA memory of a device that only exists to own it. The DMA layer
 * knows which attribute keeps its memory coherent, maps it with that one
 * whatever it was asked for, and does not tell which it is.
 */
#include <linux/bits.h>
#include <linux/dma-mapping.h>
#include <linux/platform_device.h>

#include "mmapdemo.h"

/* Both from module load to unload */
static struct platform_device *mmapdemo_device;

/* Bit 1 << enum mmapdemo_cache: those that the DMA layer gives when asked */
static u32 mmapdemo_dma_caches;

static const char *mmapdemo_dma_refusal(enum mmapdemo_cache cache)
{
	if (mmapdemo_dma_caches & BIT(cache))
		return NULL;
	if (mmapdemo_dma_caches & BIT(MMAPDEMO_CACHE_WB))
		return "DMA memory can only be wb on this machine; use wb, or backing=kmalloc";
	if (mmapdemo_dma_caches & BIT(MMAPDEMO_CACHE_WC))
		return "DMA memory can only be wc on this machine; use wc, or backing=kmalloc";
	return "which attribute DMA memory has on this machine is not known; use backing=kmalloc";
}

static unsigned long mmapdemo_dma_attrs(const struct mmapdemo_buffer *buffer)
{
	if (buffer->spec.cache == MMAPDEMO_CACHE_WC)
		return DMA_ATTR_NO_WARN | DMA_ATTR_WRITE_COMBINE;
	return DMA_ATTR_NO_WARN;
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
					&buffer->dma, gfp,
					mmapdemo_dma_attrs(buffer));
	return buffer->kaddr ? 0 : -ENOMEM;
}

static void mmapdemo_dma_free(struct mmapdemo_buffer *buffer)
{
	dma_free_attrs(&mmapdemo_device->dev, mmapdemo_buffer_bytes(buffer),
		       buffer->kaddr, buffer->dma, mmapdemo_dma_attrs(buffer));
}

static int mmapdemo_dma_map(struct mmapdemo_buffer *buffer,
			    struct vm_area_struct *vma)
{
	return dma_mmap_attrs(&mmapdemo_device->dev, vma, buffer->kaddr,
			      buffer->dma, mmapdemo_buffer_bytes(buffer),
			      mmapdemo_dma_attrs(buffer));
}

/* Asks for a page with the attribute and looks at what came */
static int mmapdemo_dma_try(enum mmapdemo_cache cache)
{
	struct mmapdemo_buffer page = { .spec.cache = cache, .npages = 1 };
	int ret = mmapdemo_dma_alloc(&page);

	if (ret)
		return ret;
	if (mmapdemo_cache_effective(&page) == cache)
		mmapdemo_dma_caches |= BIT(cache);
	mmapdemo_dma_free(&page);
	return 0;
}

int mmapdemo_dma_init(void)
{
	const struct platform_device_info info = {
		.name = "mmapdemo",
		.id = PLATFORM_DEVID_NONE,
		.dma_mask = DMA_BIT_MASK(64),
	};
	int ret;

	mmapdemo_device = platform_device_register_full(&info);
	if (IS_ERR(mmapdemo_device))
		return PTR_ERR(mmapdemo_device);
	if (!mmapdemo_cache_readable())
		return 0;
	ret = mmapdemo_dma_try(MMAPDEMO_CACHE_WB);
	if (!ret)
		ret = mmapdemo_dma_try(MMAPDEMO_CACHE_WC);
	if (ret)
		mmapdemo_dma_exit();
	return ret;
}

void mmapdemo_dma_exit(void)
{
	platform_device_unregister(mmapdemo_device);
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
