// SPDX-License-Identifier: GPL-2.0-only
/*
 * Waking a wait queue of any length with interrupts off for only a few of its
 * entries at a time. __wake_up() keeps them off for the whole queue since 6.12,
 * and users decide how long a queue is.
 *
 * A long queue gets two marks for the walk: one stands after the entries that
 * were handled, the other one for the end, so that entries queued meanwhile
 * cannot prolong the walk.
 */
#include <linux/sched.h>
#include <linux/wait.h>

#include "mmapdemo.h"

/* Entries handled with interrupts off */
#define MMAPDEMO_WAKE_BATCH 64

/* A mark that another walk comes across */
static int mmapdemo_mark_func(struct wait_queue_entry *entry, unsigned int mode,
			      int flags, void *key)
{
	return 0;
}

/**
 * struct mmapdemo_walk - a walk through a queue
 * @next: the entry to be handled next, or the end
 * @end: what stands after the last entry to be handled
 * @nr_exclusive: exclusive entries still to wake; 0: all
 * @key: passed to each entry's function
 */
struct mmapdemo_walk {
	struct list_head *next;
	struct list_head *end;
	int nr_exclusive;
	void *key;
};

/* An entry may only take itself out of the queue. True: enough are awake */
static bool mmapdemo_wake_next(struct mmapdemo_walk *walk)
{
	struct wait_queue_entry *entry =
		list_entry(walk->next, struct wait_queue_entry, entry);
	unsigned int flags = entry->flags;
	int ret;

	walk->next = walk->next->next;
	ret = entry->func(entry, TASK_NORMAL, 0, walk->key);
	return ret < 0 ||
	       (ret && flags & WQ_FLAG_EXCLUSIVE && !--walk->nr_exclusive);
}

/* True: the walk is over */
static bool mmapdemo_wake_some(struct mmapdemo_walk *walk)
{
	int n;

	for (n = 0; n < MMAPDEMO_WAKE_BATCH; n++)
		if (walk->next == walk->end || mmapdemo_wake_next(walk))
			return true;
	return walk->next == walk->end;
}

/* Goes on with a queue of which some entries were handled */
static void mmapdemo_wake_rest(struct wait_queue_head *queue,
			       struct mmapdemo_walk *walk)
{
	struct wait_queue_entry here = { .func = mmapdemo_mark_func };
	struct wait_queue_entry end = { .func = mmapdemo_mark_func };

	list_add_tail(&end.entry, &queue->head);
	walk->end = &end.entry;
	do {
		list_add_tail(&here.entry, walk->next);
		spin_unlock_irq(&queue->lock);
		cond_resched();
		spin_lock_irq(&queue->lock);
		walk->next = here.entry.next;
		list_del(&here.entry);
	} while (!mmapdemo_wake_some(walk));
	list_del(&end.entry);
}

/**
 * mmapdemo_wake_queue() - do what __wake_up() does, in steps
 * @queue: only this function wakes it
 * @nr_exclusive: exclusive entries to wake; 0: all
 * @key: passed to each entry's function
 *
 * May sleep. Called with interrupts on.
 */
void mmapdemo_wake_queue(struct wait_queue_head *queue, int nr_exclusive,
			 void *key)
{
	struct mmapdemo_walk walk = {
		.nr_exclusive = nr_exclusive,
		.key = key,
		.end = &queue->head,
	};

	spin_lock_irq(&queue->lock);
	walk.next = queue->head.next;
	if (!mmapdemo_wake_some(&walk))
		mmapdemo_wake_rest(queue, &walk);
	spin_unlock_irq(&queue->lock);
}
