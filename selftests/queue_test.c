// SPDX-License-Identifier: GPL-2.0-only
/*
 * WAKE of thousands of waiters. The driver handles a long queue in steps, with
 * interrupts on in between and marks in the queue: everybody still wakes up once,
 * the longest waiting first, no more than were asked for, and others can run.
 */
#include <dirent.h>
#include <pthread.h>
#include <sched.h>
#include <time.h>

#include "device.h"

#define MOST 10000
#define THREADS_MAX "/proc/sys/kernel/threads-max"
#define STACK (16 << 10)
/* What a thread costs the kernel and its stack, rounded up, in KiB. */
#define THREAD_KB 64

struct waiter {
	pthread_t thread;
	int fd;
	__u64 offset;
	int rc;
	volatile bool done;
};

static struct waiter waiters[MOST];

static void *wait_for_a_change(void *arg)
{
	struct waiter *waiter = arg;

	waiter->rc = wait_word(waiter->fd, waiter->offset, 0, NO_TIMEOUT);
	waiter->done = true;
	return NULL;
}

/* As many as fit into memory. */
static int most_waiters(void)
{
	long fit = meminfo_kb("MemAvailable") / 2 / THREAD_KB;

	return fit < MOST ? fit : MOST;
}

static int start_waiter(int i, int fd, __u64 offset)
{
	pthread_attr_t attr;

	waiters[i] = (struct waiter){ .fd = fd, .offset = offset };
	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, STACK);
	return pthread_create(&waiters[i].thread, &attr, wait_for_a_change,
			      &waiters[i]);
}

static bool thread_sleeps(const char *tid)
{
	char path[64], state = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/self/task/%.16s/stat", tid);
	f = fopen(path, "re");
	if (f && fscanf(f, "%*d (%*[^)]) %c", &state) != 1)
		state = 0;
	if (f)
		fclose(f);
	return state == 'S';
}

/* Threads of this process that sleep, which the one that asks does not. */
static int sleeping(void)
{
	DIR *dir = opendir("/proc/self/task");
	struct dirent *entry;
	int count = 0;

	while (dir && (entry = readdir(dir)))
		if (entry->d_name[0] != '.')
			count += thread_sleeps(entry->d_name);
	if (dir)
		closedir(dir);
	return count;
}

static bool all_sleep(int n)
{
	int i;

	for (i = 0; i < 300 && sleeping() < n; i++)
		usleep(100000);
	return i < 300;
}

static int count_done(int from, int to)
{
	int i, n = 0;

	for (i = from; i < to; i++)
		n += waiters[i].done;
	return n;
}

/* Joins all; how many of them did not return 0. */
static int join_waiters(int n)
{
	int i, wrong = 0;

	for (i = 0; i < n; i++) {
		pthread_join(waiters[i].thread, NULL);
		wrong += waiters[i].rc != 0;
	}
	return wrong;
}

static void change_word(unsigned char *map, __u64 offset)
{
	__atomic_store_n((__u32 *)(map + offset), 1, __ATOMIC_SEQ_CST);
}

/* Which clang-format takes for functions */
/* clang-format off */
FIXTURE(queue) {
	int log;
	int fd;
	unsigned char *map;
	unsigned long threads_max;
	int n;
};
/* clang-format on */

FIXTURE_SETUP(queue)
{
	static const struct kind kind;

	if (module_missing())
		SKIP(return, "%s", module_missing());
	module_taint();
	self->log = log_mark();
	ASSERT_LE(0, self->log);
	ASSERT_EQ(0, device_load(page_size(), &kind));
	self->fd = device_open(O_RDWR);
	ASSERT_LE(0, self->fd);
	self->map =
		map_shared(self->fd, page_size(), PROT_READ | PROT_WRITE, 0);
	ASSERT_NE(MAP_FAILED, self->map);
	self->threads_max = get_number(THREADS_MAX);
	put_number(THREADS_MAX, 2 * MOST + 1000);
	self->n = most_waiters() / (run_is_short() ? 20 : 1);
	if (self->n < 500)
		SKIP(return, "no memory for 500 threads");
}

FIXTURE_TEARDOWN(queue)
{
	put_number(THREADS_MAX, self->threads_max);
	munmap(self->map, page_size());
	close(self->fd);
	EXPECT_EQ(0, module_gone());
	EXPECT_LOG_SILENT(self->log);
	close(self->log);
}

TEST_F_TIMEOUT(queue, all_of_thousands, 300)
{
	int i;

	for (i = 0; i < self->n; i++)
		ASSERT_EQ(0, start_waiter(i, self->fd, 4));
	ASSERT_TRUE(all_sleep(self->n));
	EXPECT_EQ(0, wake_word(self->fd, 4, ~0U));
	EXPECT_EQ(0, wake_word(self->fd, 8, ~0U));
	EXPECT_EQ(0, count_done(0, self->n));
	change_word(self->map, 4);
	EXPECT_EQ(self->n, wake_word(self->fd, 4, ~0U));
	EXPECT_EQ(0, join_waiters(self->n));
	TH_LOG("%d waiters", self->n);
}

/* By a write, which has no count, and wakes those of all words that it covers. */
TEST_F_TIMEOUT(queue, all_by_a_write, 300)
{
	__u32 ones[4] = { 1, 1, 1, 1 };
	int i, n = self->n < 2000 ? self->n : 2000;

	for (i = 0; i < n; i++)
		ASSERT_EQ(0, start_waiter(i, self->fd, i % 4 * 4));
	ASSERT_TRUE(all_sleep(n));
	ASSERT_EQ(sizeof(ones), pwrite(self->fd, ones, sizeof(ones), 0));
	EXPECT_EQ(0, join_waiters(n));
}

#define IN_ORDER 400
#define AT_ONCE 150

/* More than one step each time. */
TEST_F_TIMEOUT(queue, longest_waiting_first, 300)
{
	int i, from = 0, end, tries;

	for (i = 0; i < IN_ORDER; i++) {
		ASSERT_EQ(0, start_waiter(i, self->fd, 4));
		if (i % 20 == 0 || i == IN_ORDER - 1)
			ASSERT_TRUE(all_sleep(i + 1));
	}
	change_word(self->map, 4);
	for (; from < IN_ORDER; from = end) {
		end = from + AT_ONCE < IN_ORDER ? from + AT_ONCE : IN_ORDER;
		EXPECT_EQ(end - from, wake_word(self->fd, 4, AT_ONCE));
		for (tries = 0; tries < 3000 && count_done(0, end) < end;
		     tries++)
			usleep(10000);
		/* The order of those that were started together is open. */
		EXPECT_EQ(end, count_done(0, IN_ORDER));
		EXPECT_LE(end - 20, count_done(0, end));
	}
	EXPECT_EQ(0, join_waiters(IN_ORDER));
}

struct waker {
	int fd;
	__u32 count;
	volatile int *left;
	int woken;
	int most;
};

static void *wake_until_none_is_left(void *arg)
{
	struct waker *waker = arg;
	int rc;

	while (__atomic_load_n(waker->left, __ATOMIC_SEQ_CST) > 0) {
		rc = wake_word(waker->fd, 4, waker->count);
		if (rc < 0)
			break;
		if (rc > waker->most)
			waker->most = rc;
		waker->woken += rc;
		__atomic_fetch_sub(waker->left, rc, __ATOMIC_SEQ_CST);
	}
	return NULL;
}

#define WAKERS 4

/* They come across each other's marks; each waiter is woken by one of them. */
TEST_F_TIMEOUT(queue, wakers_in_parallel, 300)
{
	static const __u32 counts[WAKERS] = { 1, 70, 130, 200 };
	int n = self->n < 4000 ? self->n : 4000;
	volatile int left = n;
	struct waker wakers[WAKERS];
	pthread_t threads[WAKERS];
	int i, woken = 0;

	for (i = 0; i < n; i++)
		ASSERT_EQ(0, start_waiter(i, self->fd, 4));
	ASSERT_TRUE(all_sleep(n));
	change_word(self->map, 4);
	for (i = 0; i < WAKERS; i++) {
		wakers[i] = (struct waker){ self->fd, counts[i], &left };
		pthread_create(&threads[i], NULL, wake_until_none_is_left,
			       &wakers[i]);
	}
	for (i = 0; i < WAKERS; i++) {
		pthread_join(threads[i], NULL);
		woken += wakers[i].woken;
		EXPECT_GE(counts[i], wakers[i].most);
	}
	EXPECT_EQ(n, woken);
	EXPECT_EQ(0, join_waiters(n));
}

/*
 * A thread with a higher priority than everybody's, on the waker's processor: it
 * can only run there while a step of the walk is over.
 */
struct ticker {
	volatile bool ready;
	volatile bool stop;
	volatile bool walking;
	volatile int ticks;
};

static void pin_to_first_cpu(void)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(0, &set);
	sched_setaffinity(0, sizeof(set), &set);
}

/* Of this thread and those that it starts. False if there is no other one */
static bool leave_first_cpu(void)
{
	cpu_set_t set;

	if (sched_getaffinity(0, sizeof(set), &set))
		return false;
	CPU_CLR(0, &set);
	return !sched_setaffinity(0, sizeof(set), &set);
}

static void *tick(void *arg)
{
	struct sched_param param = { .sched_priority = 50 };
	struct timespec pause = { .tv_nsec = 100000 };
	struct ticker *ticker = arg;

	pin_to_first_cpu();
	if (sched_setscheduler(0, SCHED_FIFO, &param))
		perror("# sched_setscheduler");
	ticker->ready = true;
	while (!ticker->stop) {
		nanosleep(&pause, NULL);
		if (ticker->walking)
			ticker->ticks++;
	}
	return NULL;
}

/*
 * Nothing handles the whole queue with interrupts off: of about 150 steps, at
 * least a few end with the ticker's turn. It would have none in one step. The
 * threads that wake up run on other processors: on the waker's one they would
 * delay its return, and so give the ticker turns that no step gave it.
 */
TEST_F_TIMEOUT(queue, others_run_during_the_walk, 300)
{
	struct ticker ticker = { 0 };
	pthread_t thread;
	int i, woken;

	if (self->n < 4000)
		SKIP(return, "no memory for 4000 threads");
	if (!leave_first_cpu())
		SKIP(return, "needs two processors");
	for (i = 0; i < self->n; i++)
		ASSERT_EQ(0, start_waiter(i, self->fd, 4));
	ASSERT_TRUE(all_sleep(self->n));
	ASSERT_EQ(0, pthread_create(&thread, NULL, tick, &ticker));
	while (!ticker.ready)
		usleep(1000);
	pin_to_first_cpu();
	change_word(self->map, 4);
	ticker.walking = true;
	woken = wake_word(self->fd, 4, ~0U);
	ticker.walking = false;
	ticker.stop = true;
	EXPECT_EQ(self->n, woken);
	TH_LOG("%d ticks while %d woke up", ticker.ticks, woken);
	EXPECT_LE(10, ticker.ticks);
	pthread_join(thread, NULL);
	EXPECT_EQ(0, join_waiters(self->n));
}

TEST_HARNESS_MAIN
