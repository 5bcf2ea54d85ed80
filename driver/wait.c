// SPDX-License-Identifier: GPL-2.0-only
/*
 * Who waits for a change of the buffer and who tells of one: WAIT, WAKE and
 * poll. Shared futexes cannot be had on a driver's pages.
 *
 * A waiter queues itself before it looks at its word; whoever changed a word
 * did so before taking the queue's lock. So one of the two sees the other.
 */
#include <linux/hrtimer.h>
#include <linux/ktime.h>
#include <linux/poll.h>
#include <linux/sched/signal.h>

#include "mmapdemo.h"

/**
 * struct mmapdemo_waiter - a sleeping MMAPDEMO_IOC_WAIT, on its stack
 * @entry: in the buffer's waiters
 * @word: it sleeps until this differs
 * @expected: from this
 */
struct mmapdemo_waiter {
	struct wait_queue_entry entry;
	const u32 *word;
	u32 expected;
};

/**
 * struct mmapdemo_change - what a waker tells the waiters
 * @word: this one may have changed; NULL: any may
 * @woken: counts who woke up
 */
struct mmapdemo_change {
	const u32 *word;
	int woken;
};

/* NULL if it does not lie in the buffer */
static const u32 *mmapdemo_word_at(const struct mmapdemo_buffer *buffer,
				   u64 offset)
{
	u64 size = buffer->spec.size;

	if (offset % sizeof(u32) || size < sizeof(u32) ||
	    offset > size - sizeof(u32))
		return NULL;
	return buffer->kaddr + offset;
}

static bool mmapdemo_differs(const struct mmapdemo_waiter *waiter)
{
	return READ_ONCE(*waiter->word) != waiter->expected;
}

/* Under the queue's lock. 0 if it goes on sleeping, and then does not count */
static int mmapdemo_waiter_wake(struct wait_queue_entry *entry,
				unsigned int mode, int flags, void *key)
{
	struct mmapdemo_waiter *waiter;
	struct mmapdemo_change *change = key;

	waiter = container_of(entry, struct mmapdemo_waiter, entry);
	if (change->word && change->word != waiter->word)
		return 0;
	if (!mmapdemo_differs(waiter) ||
	    !autoremove_wake_function(entry, mode, flags, key))
		return 0;
	change->woken++;
	return 1;
}

/* 0 the word differs, -ETIME the time is over, -EINTR a signal is pending */
static int mmapdemo_sleep(struct mmapdemo_buffer *buffer,
			  struct mmapdemo_waiter *waiter, ktime_t *deadline)
{
	int ret = 0;

	init_wait(&waiter->entry);
	waiter->entry.func = mmapdemo_waiter_wake;
	do {
		prepare_to_wait_exclusive(&buffer->waiters, &waiter->entry,
					  TASK_INTERRUPTIBLE);
		if (mmapdemo_differs(waiter))
			break;
		if (signal_pending(current))
			ret = -EINTR;
		else if (!schedule_hrtimeout_range(deadline,
						   current->timer_slack_ns,
						   HRTIMER_MODE_ABS))
			ret = -ETIME;
	} while (!ret && !mmapdemo_differs(waiter));
	finish_wait(&buffer->waiters, &waiter->entry);
	return mmapdemo_differs(waiter) ? 0 : ret;
}

static ktime_t mmapdemo_deadline(const struct mmapdemo_wait *wait)
{
	ktime_t time = ns_to_ktime(min_t(u64, wait->timeout, KTIME_MAX));

	if (wait->flags & MMAPDEMO_WAIT_ABSOLUTE)
		return time;
	return ktime_add_safe(ktime_get(), time);
}

/*
 * The call is not continued by a restart block: that would call into a module
 * which may be gone by then. It is made again, for the time that is left.
 */
static int mmapdemo_interrupted(struct mmapdemo_wait *wait, ktime_t deadline)
{
	if (!(wait->flags & MMAPDEMO_WAIT_TIMEOUT))
		return -ERESTARTSYS;
	if (!(wait->flags & MMAPDEMO_WAIT_ABSOLUTE))
		wait->timeout = max_t(s64, 0, ktime_sub(deadline, ktime_get()));
	return -ERESTARTNOHAND;
}

int mmapdemo_wait(struct mmapdemo_buffer *buffer, struct mmapdemo_wait *wait)
{
	bool timed = wait->flags & MMAPDEMO_WAIT_TIMEOUT;
	struct mmapdemo_waiter waiter = {
		.word = mmapdemo_word_at(buffer, wait->offset),
		.expected = wait->expected,
	};
	ktime_t deadline = timed ? mmapdemo_deadline(wait) : 0;
	int ret;

	if (!waiter.word)
		return -EINVAL;
	ret = mmapdemo_sleep(buffer, &waiter, timed ? &deadline : NULL);
	if (ret == -ETIME)
		return -ETIMEDOUT;
	if (ret == -EINTR)
		return mmapdemo_interrupted(wait, deadline);
	return ret;
}

/* _return, which orders: who sees the number sees the bytes it stands for */
static void mmapdemo_generation_moved(struct mmapdemo_buffer *buffer)
{
	atomic64_inc_return(&buffer->generation);
	/* Who polls is seen here, or sees the number; pairs with mmapdemo_poll() */
	if (waitqueue_active(&buffer->pollers))
		wake_up_interruptible_poll(&buffer->pollers,
					   EPOLLIN | EPOLLRDNORM);
}

/* A mapping's user stored to a word. Returns how many waiters woke up */
int mmapdemo_wake(struct mmapdemo_buffer *buffer,
		  const struct mmapdemo_wake *wake)
{
	struct mmapdemo_change change = {
		.word = mmapdemo_word_at(buffer, wake->offset),
	};

	if (!change.word)
		return -EINVAL;
	mmapdemo_generation_moved(buffer);
	if (wake->count)
		__wake_up(&buffer->waiters, TASK_NORMAL,
			  min_t(u32, wake->count, INT_MAX), &change);
	return change.woken;
}

/* The kernel stored to the buffer: any word may have changed */
void mmapdemo_changed(struct mmapdemo_buffer *buffer)
{
	struct mmapdemo_change change = {};

	mmapdemo_generation_moved(buffer);
	__wake_up(&buffer->waiters, TASK_NORMAL, 0, &change);
}
