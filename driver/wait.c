// SPDX-License-Identifier: GPL-2.0-only
/*
 * Waiting for a change of the buffer and telling of one: WAIT, WAKE and poll.
 * Shared futexes are impossible on a driver's pages.
 *
 * A waiter queues itself before it looks at its word; whoever changed a word
 * did so before looking at the queue, with a full barrier in between. So one of
 * the two sees the other. There are many queues, chosen by the word, so that a
 * wake-up does not pass all who wait for other words.
 */
#include <linux/bits.h>
#include <linux/fs.h>
#include <linux/hash.h>
#include <linux/hrtimer.h>
#include <linux/ktime.h>
#include <linux/poll.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/time_namespace.h>

#include "mmapdemo.h"
#include "trace.h"

#define MMAPDEMO_QUEUE_BITS 9
#define MMAPDEMO_QUEUES BIT(MMAPDEMO_QUEUE_BITS)

/* Each buffer has its own, so nobody pays for those who wait on other buffers */
struct mmapdemo_queues {
	wait_queue_head_t head[MMAPDEMO_QUEUES];
};

/**
 * struct mmapdemo_waiter - a sleeping MMAPDEMO_IOC_WAIT, on its stack
 * @entry: in a queue of the buffer
 * @buffer: whose word it is
 * @word: it sleeps until this differs
 * @index: of the word in the buffer
 * @expected: from this
 */
struct mmapdemo_waiter {
	struct wait_queue_entry entry;
	const struct mmapdemo_buffer *buffer;
	const u32 *word;
	u64 index;
	u32 expected;
};

/**
 * struct mmapdemo_change - what a waker tells the waiters
 * @first: index of the first word that may have changed
 * @last: index of the last one
 * @woken: counts who woke up
 */
struct mmapdemo_change {
	u64 first;
	u64 last;
	int woken;
};

static struct mmapdemo_queues *
mmapdemo_queues_get(struct mmapdemo_buffer *buffer)
{
	struct mmapdemo_queues *queues = READ_ONCE(buffer->queues);
	struct mmapdemo_queues *others;
	size_t i;

	if (queues)
		return queues;
	queues = kmalloc(sizeof(*queues), GFP_KERNEL_ACCOUNT);
	if (!queues)
		return NULL;
	for (i = 0; i < MMAPDEMO_QUEUES; i++)
		init_waitqueue_head(&queues->head[i]);
	others = cmpxchg(&buffer->queues, NULL, queues);
	if (!others)
		return queues;
	kfree(queues);
	return others;
}

void mmapdemo_queues_free(struct mmapdemo_buffer *buffer)
{
	kfree(buffer->queues);
}

static wait_queue_head_t *mmapdemo_queue_of(struct mmapdemo_queues *queues,
					    u64 index)
{
	return &queues->head[hash_64(index, MMAPDEMO_QUEUE_BITS)];
}

/* 0; -EINVAL: the word does not lie in the buffer */
static int mmapdemo_word_index(const struct mmapdemo_buffer *buffer, u64 offset,
			       u64 *index)
{
	u64 words = buffer->spec.size / sizeof(u32);

	if (offset % sizeof(u32) || offset / sizeof(u32) >= words)
		return -EINVAL;
	*index = mmapdemo_nospec(offset / sizeof(u32), words);
	return 0;
}

static bool mmapdemo_word_poisoned(const struct mmapdemo_buffer *buffer,
				   u64 index)
{
	return mmapdemo_bytes_poisoned(buffer, index * sizeof(u32),
				       sizeof(u32));
}

/* 0 the word differs, -EHWPOISON, -EAGAIN there is something to wait for */
static inline int mmapdemo_word_look(const struct mmapdemo_waiter *waiter)
{
	if (mmapdemo_word_poisoned(waiter->buffer, waiter->index))
		return -EHWPOISON;
	return READ_ONCE(*waiter->word) == waiter->expected ? -EAGAIN : 0;
}

/* Under the queue's lock. 0 if it goes on sleeping, and then does not count */
static int mmapdemo_waiter_wake(struct wait_queue_entry *entry,
				unsigned int mode, int flags, void *key)
{
	struct mmapdemo_waiter *waiter;
	struct mmapdemo_change *change = key;

	waiter = container_of(entry, struct mmapdemo_waiter, entry);
	if (waiter->index < change->first || waiter->index > change->last)
		return 0;
	if (mmapdemo_word_look(waiter) == -EAGAIN ||
	    !autoremove_wake_function(entry, mode, flags, key))
		return 0;
	change->woken++;
	return 1;
}

/* 0 woken up, -ETIME the time is over, -EINTR a signal is pending */
static int mmapdemo_sleep_once(ktime_t *deadline)
{
	if (signal_pending(current))
		return -EINTR;
	if (!deadline)
		schedule();
	else if (!schedule_hrtimeout_range(deadline, current->timer_slack_ns,
					   HRTIMER_MODE_ABS))
		return -ETIME;
	return 0;
}

/* What mmapdemo_word_look() or, while that is -EAGAIN, mmapdemo_sleep_once() says */
static int mmapdemo_sleep(wait_queue_head_t *queue,
			  struct mmapdemo_waiter *waiter, ktime_t *deadline)
{
	int stopped = 0;
	int ret;

	init_wait(&waiter->entry);
	waiter->entry.func = mmapdemo_waiter_wake;
	do {
		prepare_to_wait_exclusive(queue, &waiter->entry,
					  TASK_INTERRUPTIBLE);
		ret = mmapdemo_word_look(waiter);
		if (ret != -EAGAIN)
			break;
		stopped = mmapdemo_sleep_once(deadline);
		ret = mmapdemo_word_look(waiter);
	} while (ret == -EAGAIN && !stopped);
	finish_wait(queue, &waiter->entry);
	/* Until here a waker may have counted us, and woken nobody else */
	if (ret == -EAGAIN)
		ret = mmapdemo_word_look(waiter);
	return ret == -EAGAIN ? stopped : ret;
}

/* The clock of the caller's time namespace is ahead of ours, or behind it */
static ktime_t mmapdemo_host_time(ktime_t time)
{
	struct timespec64 offset = {};
	s64 ahead;

	timens_add_monotonic(&offset);
	ahead = timespec64_to_ns(&offset);
	if (ahead < 0)
		return ktime_add_safe(time, -ahead);
	return max_t(s64, 0, time - ahead);
}

static ktime_t mmapdemo_deadline(const struct mmapdemo_wait *wait)
{
	ktime_t time = ns_to_ktime(min_t(u64, wait->timeout, KTIME_MAX));

	if (wait->flags & MMAPDEMO_WAIT_ABSOLUTE)
		return mmapdemo_host_time(time);
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

static int mmapdemo_wait_word(struct mmapdemo_buffer *buffer,
			      struct mmapdemo_wait *wait,
			      struct mmapdemo_waiter *waiter)
{
	bool timed = wait->flags & MMAPDEMO_WAIT_TIMEOUT;
	struct mmapdemo_queues *queues = mmapdemo_queues_get(buffer);
	ktime_t deadline = timed ? mmapdemo_deadline(wait) : 0;
	int ret;

	if (!queues)
		return -ENOMEM;
	ret = mmapdemo_sleep(mmapdemo_queue_of(queues, waiter->index), waiter,
			     timed ? &deadline : NULL);
	if (ret == -ETIME)
		return -ETIMEDOUT;
	if (ret == -EINTR)
		return mmapdemo_interrupted(wait, deadline);
	return ret;
}

int mmapdemo_wait(struct mmapdemo_buffer *buffer, struct mmapdemo_wait *wait,
		  bool nonblock)
{
	struct mmapdemo_waiter waiter = {
		.buffer = buffer,
		.expected = wait->expected,
	};
	int ret = mmapdemo_word_index(buffer, wait->offset, &waiter.index);

	if (ret)
		return ret;
	waiter.word = (u32 *)buffer->kaddr + waiter.index;
	ret = mmapdemo_word_look(&waiter);
	if (ret == -EAGAIN && !nonblock)
		ret = mmapdemo_wait_word(buffer, wait, &waiter);
	trace_mmapdemo_wait(wait->offset, wait->expected, ret);
	return ret;
}

static void mmapdemo_wake_pollers(wait_queue_head_t *pollers, void *key)
{
	/* The barrier is that of mmapdemo_generation_moved(); see mmapdemo_poll() */
	if (waitqueue_active(pollers))
		mmapdemo_wake_queue(pollers, 1, key);
}

/*
 * io_uring never finds EPOLLPRI in a key, so whoever asked for it is woken
 * without one. A key keeps the others asleep.
 *
 * Fully ordered: a reader that sees the new generation also sees its bytes, and
 * either we see a queued poller or waiter, or it sees the change.
 */
static void mmapdemo_generation_moved(struct mmapdemo_buffer *buffer)
{
	atomic64_inc_return(&buffer->generation);
	mmapdemo_wake_pollers(&buffer->pollers, NULL);
	mmapdemo_wake_pollers(&buffer->other_pollers, poll_to_key(EPOLLPRI));
	if (READ_ONCE(buffer->fasync))
		kill_fasync(&buffer->fasync, SIGIO, POLL_PRI);
}

static void mmapdemo_wake_one_queue(wait_queue_head_t *queue, int count,
				    struct mmapdemo_change *change)
{
	/* The barrier is that of mmapdemo_generation_moved(), which came first */
	if (waitqueue_active(queue))
		mmapdemo_wake_queue(queue, count, change);
}

/* After storing through a mapping. Returns how many waiters woke up */
int mmapdemo_wake(struct mmapdemo_buffer *buffer,
		  const struct mmapdemo_wake *wake)
{
	struct mmapdemo_change change = {};
	struct mmapdemo_queues *queues;
	int ret = mmapdemo_word_index(buffer, wake->offset, &change.first);

	if (ret)
		return ret;
	if (mmapdemo_word_poisoned(buffer, change.first))
		return -EHWPOISON;
	change.last = change.first;
	mmapdemo_generation_moved(buffer);
	queues = READ_ONCE(buffer->queues);
	if (queues && wake->count)
		mmapdemo_wake_one_queue(mmapdemo_queue_of(queues, change.first),
					min_t(u32, wake->count, INT_MAX),
					&change);
	trace_mmapdemo_wake(wake->offset, 4, change.woken);
	return change.woken;
}

static void mmapdemo_wake_words(struct mmapdemo_queues *queues,
				struct mmapdemo_change *change)
{
	u64 i;

	if (change->last - change->first < MMAPDEMO_QUEUES) {
		for (i = change->first; i <= change->last; i++)
			mmapdemo_wake_one_queue(mmapdemo_queue_of(queues, i), 0,
						change);
		return;
	}
	for (i = 0; i < MMAPDEMO_QUEUES; i++)
		mmapdemo_wake_one_queue(&queues->head[i], 0, change);
}

/* The kernel stored to these bytes: any word that they touch may have changed */
void mmapdemo_wake_range(struct mmapdemo_buffer *buffer, u64 offset, u64 length)
{
	struct mmapdemo_change change = {
		.first = offset / sizeof(u32),
		.last = (offset + length - 1) / sizeof(u32),
	};
	struct mmapdemo_queues *queues;

	mmapdemo_generation_moved(buffer);
	queues = READ_ONCE(buffer->queues);
	if (queues)
		mmapdemo_wake_words(queues, &change);
	trace_mmapdemo_wake(offset, length, change.woken);
}

__poll_t mmapdemo_poll(struct file *file, struct poll_table_struct *table)
{
	struct mmapdemo_file *mf = file->private_data;
	struct mmapdemo_buffer *buffer = mf->buffer;
	__poll_t mask = EPOLLIN | EPOLLRDNORM | EPOLLOUT | EPOLLWRNORM;

	poll_wait(file,
		  poll_requested_events(table) & EPOLLPRI ?
			  &buffer->pollers :
			  &buffer->other_pollers,
		  table);
	/* After being queued; pairs with mmapdemo_generation_moved() */
	smp_mb();
	if (atomic64_read_acquire(&buffer->generation) !=
	    atomic64_read(&mf->seen))
		mask |= EPOLLPRI;
	return mask;
}
