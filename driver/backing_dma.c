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

/* From module load to unload; NULL: it could not be set up, and there is no dma */
static struct platform_device *mmapdemo_dma_device;

/* Bit 1 << enum mmapdemo_cache: those that the DMA layer gives when asked */
static u32 mmapdemo_dma_caches;

static const char *mmapdemo_dma_unsupported_reason(enum mmapdemo_cache cache)
{
	if (!mmapdemo_dma_device)
		return "the device that owns DMA memory could not be set up; use backing=kmalloc";
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

	buffer->kaddr = dma_alloc_attrs(&mmapdemo_dma_device->dev, bytes,
					&buffer->dma, gfp,
					mmapdemo_dma_attrs(buffer));
	return buffer->kaddr ? 0 : -ENOMEM;
}

static void mmapdemo_dma_free(struct mmapdemo_buffer *buffer)
{
	dma_free_attrs(&mmapdemo_dma_device->dev, mmapdemo_buffer_bytes(buffer),
		       buffer->kaddr, buffer->dma, mmapdemo_dma_attrs(buffer));
}

static int mmapdemo_dma_map(struct mmapdemo_buffer *buffer,
			    struct vm_area_struct *vma)
{
	return dma_mmap_attrs(&mmapdemo_dma_device->dev, vma, buffer->kaddr,
			      buffer->dma, mmapdemo_buffer_bytes(buffer),
			      mmapdemo_dma_attrs(buffer));
}

/* Asks for a page with the attribute and looks at what came */
static void mmapdemo_dma_try(enum mmapdemo_cache cache)
{
	struct mmapdemo_buffer page = { .spec.cache = cache, .npages = 1 };

	if (mmapdemo_dma_alloc(&page))
		return;
	if (mmapdemo_cache_effective(&page) == cache)
		mmapdemo_dma_caches |= BIT(cache);
	mmapdemo_dma_free(&page);
}

static bool mmapdemo_dma_available(void)
{
	return mmapdemo_dma_device;
}

/* Whatever fails here costs this backing alone */
void mmapdemo_dma_init(void)
{
	const struct platform_device_info info = {
		.name = "mmapdemo",
		.id = PLATFORM_DEVID_NONE,
		.dma_mask = DMA_BIT_MASK(64),
	};
	struct platform_device *device = platform_device_register_full(&info);

	if (IS_ERR(device)) {
		pr_warn("backing=dma is missing: no device to own its memory: error %ld\n",
			PTR_ERR(device));
		return;
	}
	mmapdemo_dma_device = device;
	if (!mmapdemo_cache_readable())
		return;
	mmapdemo_dma_try(MMAPDEMO_CACHE_WB);
	mmapdemo_dma_try(MMAPDEMO_CACHE_WC);
}

void mmapdemo_dma_exit(void)
{
	platform_device_unregister(mmapdemo_dma_device);
}

const struct mmapdemo_backing_ops mmapdemo_backing_dma = {
	.id = MMAPDEMO_BACKING_DMA,
	.name = "dma",
	.max_size = LONG_MAX & PAGE_MASK,
	.vm_flags = VM_DONTEXPAND | VM_DONTDUMP,
	.available = mmapdemo_dma_available,
	.unsupported_reason = mmapdemo_dma_unsupported_reason,
	.lazy_unsupported_reason =
		"DMA memory is mapped at once; use populate=now",
	.cost = mmapdemo_dma_cost,
	.alloc = mmapdemo_dma_alloc,
	.free = mmapdemo_dma_free,
	.map = mmapdemo_dma_map,
};
