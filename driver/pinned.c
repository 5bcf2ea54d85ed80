// SPDX-License-Identifier: GPL-2.0-only
/*
 * Buffers that nobody can use any more, but whose pages somebody has pinned:
 * vmsplice, O_DIRECT, io_uring fixed buffers. They are kept, and with them what
 * they are charged for, until the last page is released. The kernel does not tell
 * when that is, so a worker looks once a second.
 */
#include <linux/cpu.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/workqueue.h>

#include "compat.h"
#include "mmapdemo.h"

/* How often a mapped folio is looked at before it counts as not pinned */
#define MMAPDEMO_LOOKS 16

static void mmapdemo_pinned_work(struct work_struct *work);

static DECLARE_DELAYED_WORK(mmapdemo_pinned_worker, mmapdemo_pinned_work);

/* From taking buffers out of the list until they are freed */
static DEFINE_MUTEX(mmapdemo_pinned_mutex);

/* How many pages from index on are in the same folio */
static unsigned long mmapdemo_folio_run(const struct mmapdemo_buffer *buffer,
					unsigned long index)
{
	struct folio *folio = page_folio(buffer->pages[index]);
	unsigned long n = 1;

	while (index + n < buffer->npages &&
	       page_folio(buffer->pages[index + n]) == folio)
		n++;
	return n;
}

/*
 * References to a folio but those of page tables: read-only mappings may be there
 * when a buffer is sealed. A page that is mapped or unmapped meanwhile makes the
 * result too large, since the smaller count is believed. One that is unmapped and
 * then mapped again between the looks makes it too small.
 */
static int mmapdemo_folio_refs(const struct mmapdemo_buffer *buffer,
			       unsigned long index, unsigned long n,
			       int *mapped)
{
	struct page *page = buffer->pages[index];
	int refs;

	*mapped = mmapdemo_mapcount(page, n);
	/* The references are read between two looks at the map counts */
	smp_rmb();
	refs = folio_ref_count(page_folio(page));
	/* And before the second look */
	smp_rmb();
	*mapped = min(*mapped, mmapdemo_mapcount(page, n));
	return refs - *mapped;
}

/*
 * A mapped folio has to look unpinned each time. The handler of memory errors
 * keeps a reference to a poisoned page for ever, and the page is never used
 * again: it is nobody's pin.
 */
static bool mmapdemo_folio_pinned(const struct mmapdemo_buffer *buffer,
				  unsigned long index, unsigned long n,
				  bool in_use)
{
	struct folio *folio = page_folio(buffer->pages[index]);
	int looks = MMAPDEMO_LOOKS;
	int mapped, refs;

	if (mmapdemo_pages_poisoned(buffer, index, n))
		return false;
	do {
		refs = mmapdemo_folio_refs(buffer, index, n, &mapped);
		refs -= buffer->spec.backing->folio_refs(folio, in_use);
		if (refs > (int)n)
			return true;
	} while (mapped && --looks);
	return false;
}

static bool mmapdemo_any_pinned(const struct mmapdemo_buffer *buffer,
				bool in_use)
{
	unsigned long i, n;

	if (!buffer->spec.backing->folio_refs)
		return false;
	for (i = 0; i < buffer->npages; i += n) {
		n = mmapdemo_folio_run(buffer, i);
		if (mmapdemo_folio_pinned(buffer, i, n, in_use))
			return true;
		cond_resched();
	}
	return false;
}

static long mmapdemo_drain_cpu(void *unused)
{
	mmapdemo_lru_add_drain();
	return 0;
}

/* Processors keep references to pages on their way to an LRU list */
static void mmapdemo_drain_cpus(void)
{
	int cpu;

	cpus_read_lock();
	for_each_online_cpu(cpu)
		work_on_cpu(cpu, mmapdemo_drain_cpu, NULL);
	cpus_read_unlock();
}

/*
 * True if somebody else has a reference to a page, also if others map it, unmap
 * it and move it between lists meanwhile. May sleep.
 */
bool mmapdemo_pinned_in_use(const struct mmapdemo_buffer *buffer)
{
	if (!mmapdemo_any_pinned(buffer, true))
		return false;
	mmapdemo_drain_cpus();
	return mmapdemo_any_pinned(buffer, true);
}

/* Takes the pinned buffers that nothing pins any more, or all, out of the list */
static bool mmapdemo_pinned_collect(struct list_head *to, bool all)
{
	struct list_head *list = mmapdemo_buffer_list_lock();
	struct mmapdemo_buffer *buffer, *next;
	bool left = false;

	list_for_each_entry_safe(buffer, next, list, entry) {
		if (!buffer->pinned)
			continue;
		if (all || !mmapdemo_any_pinned(buffer, false))
			list_move(&buffer->entry, to);
		else
			left = true;
	}
	mmapdemo_buffer_list_unlock();
	return left;
}

/*
 * Frees the pinned buffers that nothing pins any more, or all. True if some are
 * left. What another task is just freeing is free when this returns, too.
 */
static bool mmapdemo_pinned_sweep(bool all)
{
	struct mmapdemo_buffer *buffer, *next;
	LIST_HEAD(list);
	bool left;

	mutex_lock(&mmapdemo_pinned_mutex);
	left = mmapdemo_pinned_collect(&list, all);
	list_for_each_entry_safe(buffer, next, &list, entry)
		mmapdemo_buffer_free(buffer);
	mutex_unlock(&mmapdemo_pinned_mutex);
	return left;
}

void mmapdemo_pinned_free(void)
{
	mmapdemo_pinned_sweep(false);
}

static void mmapdemo_pinned_work(struct work_struct *work)
{
	if (mmapdemo_pinned_sweep(false))
		schedule_delayed_work(&mmapdemo_pinned_worker, HZ);
}

/* Nobody can use it any more: free it, now or when its last pin goes */
void mmapdemo_buffer_release(struct mmapdemo_buffer *buffer)
{
	bool pinned = mmapdemo_any_pinned(buffer, false);

	mmapdemo_buffer_list_lock();
	buffer->mapping = NULL;
	buffer->pinned = pinned;
	if (!pinned)
		list_del(&buffer->entry);
	mmapdemo_buffer_list_unlock();
	if (pinned)
		schedule_delayed_work(&mmapdemo_pinned_worker, HZ);
	else
		mmapdemo_buffer_free(buffer);
}

/* The module goes, and its limit with it: the pages go when they are released */
void mmapdemo_pinned_exit(void)
{
	cancel_delayed_work_sync(&mmapdemo_pinned_worker);
	mmapdemo_pinned_sweep(true);
}
