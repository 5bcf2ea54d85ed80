// SPDX-License-Identifier: GPL-2.0-only
/*
 * Pages of a shmem file. They are in a page cache, so they have an identity
 * that shared futexes need.
 *
 * mmap is not forwarded to shmem. Its mapping would let go of the module, and
 * MADV_REMOVE on it would punch holes into the file while the kernel's address
 * still showed the old pages. The file stays the driver's own instead, and
 * pages.c maps its pages. Reclaim and migration cannot find these mappings, so
 * the pages are unevictable and unmovable, and held until the last mapping,
 * which holds the buffer, is gone.
 */
#include <linux/file.h>
#include <linux/pagemap.h>
#include <linux/shmem_fs.h>
#include <linux/vmalloc.h>

#include "compat.h"
#include "mmapdemo.h"

static void mmapdemo_put_pages(struct page **pages, unsigned long npages)
{
	while (npages)
		put_page(pages[--npages]);
}

static int mmapdemo_get_pages(struct mmapdemo_buffer *buffer)
{
	struct page **pages = buffer->pages;
	unsigned long i;

	for (i = 0; i < buffer->npages; i++) {
		if (mmapdemo_killed()) {
			pages[i] = ERR_PTR(-EINTR);
			break;
		}
		pages[i] = shmem_read_mapping_page(buffer->shmem->f_mapping, i);
		if (IS_ERR(pages[i]))
			break;
	}
	if (i == buffer->npages)
		return 0;
	mmapdemo_put_pages(pages, i);
	return PTR_ERR(pages[i]) == -EINTR ? -EINTR : -ENOMEM;
}

static int mmapdemo_map_pages(struct mmapdemo_buffer *buffer)
{
	int ret;

	ret = mmapdemo_get_pages(buffer);
	if (ret)
		return ret;
	buffer->kaddr =
		vmap(buffer->pages, buffer->npages, VM_MAP, PAGE_KERNEL);
	if (buffer->kaddr)
		return 0;
	mmapdemo_put_pages(buffer->pages, buffer->npages);
	return -ENOMEM;
}

static int mmapdemo_shmem_alloc(struct mmapdemo_buffer *buffer)
{
	gfp_t gfp = mmapdemo_buffer_gfp(buffer) & ~(__GFP_ZERO | __GFP_ACCOUNT);
	int ret;

	ret = mmapdemo_page_array_alloc(buffer);
	if (ret)
		return ret;
	buffer->shmem = mmapdemo_shmem_file(mmapdemo_buffer_bytes(buffer));
	if (IS_ERR(buffer->shmem)) {
		ret = PTR_ERR(buffer->shmem);
		/* This is how it calls a missing inode */
		if (ret == -ENOSPC)
			ret = -ENOMEM;
		goto err_pages;
	}
	mapping_set_unevictable(buffer->shmem->f_mapping);
	mapping_set_gfp_mask(buffer->shmem->f_mapping, gfp);

	ret = mmapdemo_map_pages(buffer);
	if (ret)
		goto err_shmem;
	return 0;

err_shmem:
	fput(buffer->shmem);
err_pages:
	mmapdemo_page_array_free(buffer);
	return ret;
}

static void mmapdemo_shmem_free(struct mmapdemo_buffer *buffer)
{
	vunmap(buffer->kaddr);
	mmapdemo_put_pages(buffer->pages, buffer->npages);
	fput(buffer->shmem);
	mmapdemo_page_array_free(buffer);
}

/*
 * The page cache has a reference to each page. A folio on its way to an LRU list
 * is in the batch of a processor, which has one, too. While the buffer is in use
 * that one is not allowed for: MADV_PAGEOUT takes folios off their list, and
 * clears the flag before it takes its reference.
 */
static int mmapdemo_shmem_folio_refs(struct folio *folio, bool in_use)
{
	return folio_nr_pages(folio) + (!in_use && !folio_test_lru(folio));
}

const struct mmapdemo_backing_ops mmapdemo_backing_shmem = {
	.id = MMAPDEMO_BACKING_SHMEM,
	.name = "shmem",
	.max_size = LONG_MAX & PAGE_MASK,
	.allows_private = true,
	.vm_flags = MMAPDEMO_PAGES_VM_FLAGS,
	.unsupported_reason = mmapdemo_wb_unsupported_reason,
	.alloc = mmapdemo_shmem_alloc,
	.free = mmapdemo_shmem_free,
	.fault = mmapdemo_pages_fault,
	.folio_refs = mmapdemo_shmem_folio_refs,
};
