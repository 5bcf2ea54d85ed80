// SPDX-License-Identifier: GPL-2.0-only
/*
 * The contract of mmapdemo(4), 5: futexes. Shared futexes, and what the C
 * library builds on them, need pages that belong to a file's page cache. Only
 * shmem has those; with other backings the kernel returns EFAULT. Private
 * futexes work with every backing. See contract_test.c.
 */
#include <linux/futex.h>
#include <pthread.h>
#include <semaphore.h>
#include <time.h>

#include "device.h"

static long futex_wait(void *word, unsigned int expected)
{
	struct timespec limit = { .tv_sec = 20 };

	return RC(syscall(SYS_futex, word, FUTEX_WAIT, expected, &limit, NULL,
			  0));
}

static long futex_wake(void *word, int count)
{
	return RC(syscall(SYS_futex, word, FUTEX_WAKE, count, NULL, NULL, 0));
}

#define futexes backings[variant->kind.backing].futexes

TEST_F(device, futex_shared)
{
	EXPECT_EQ(futexes ? 0 : -EFAULT, futex_wake(self->map, 1));
	EXPECT_EQ(futexes ? -EAGAIN : -EFAULT, futex_wait(self->map, 1));
}

/* A thread that waits until the word is no longer 0. */
static void *private_waiter(void *word)
{
	struct timespec limit = { .tv_sec = 20 };
	long rc = 0;

	while (!*(volatile unsigned int *)word && rc != -ETIMEDOUT)
		rc = RC(syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, 0, &limit,
				NULL, 0));
	return rc == -ETIMEDOUT ? word : NULL;
}

/*
 * The kernel identifies a private futex by its address alone, so it works with
 * any memory.
 */
TEST_F(device, futex_private)
{
	volatile unsigned int *word = (void *)self->map;
	long woken = 0;
	pthread_t thread;
	void *late;
	int i;

	EXPECT_EQ(-EAGAIN, RC(syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, 1,
				      NULL, NULL, 0)));
	ASSERT_EQ(0,
		  pthread_create(&thread, NULL, private_waiter, (void *)word));
	for (i = 0; i < 1000 && !woken; i++) {
		usleep(1000);
		woken = RC(syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, 1, NULL,
				   NULL, 0));
	}
	EXPECT_EQ(1, woken);
	*word = 1;
	fence();
	syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
	ASSERT_EQ(0, pthread_join(thread, &late));
	EXPECT_EQ(NULL, late);
}

/* Two processes map the word at different addresses. */
TEST_F(device, futex_between_processes)
{
	volatile unsigned int *word = (void *)self->map, *own;
	long woken = 0;
	pid_t pid;
	int i;

	if (!futexes)
		return;
	pid = fork();
	if (!pid) {
		own = map_shared(self->fd, DEVICE_MAPPED, RW, 0);
		if (own == MAP_FAILED || own == word)
			_exit(1);
		munmap((void *)word, DEVICE_MAPPED);
		while (!*own)
			if (futex_wait((void *)own, 0) == -ETIMEDOUT)
				_exit(2);
		_exit(*own == 7 ? 0 : 3);
	}
	while (!asleep(pid))
		usleep(1000);
	*word = 7;
	for (i = 0; i < 1000 && !woken; i++) {
		woken = futex_wake((void *)word, 1);
		usleep(1000);
	}
	EXPECT_EQ(1, woken);
	EXPECT_EQ(0, child_status(pid));
}

TEST_F(device, semaphore)
{
	sem_t *sem = (void *)self->map;
	int value, i;
	pid_t pid;

	if (!futexes)
		return;
	ASSERT_EQ(0, sem_init(sem, 1, 0));
	ASSERT_EQ(0, sem_init(sem + 1, 1, 0));
	pid = fork();
	if (!pid) {
		alarm(20);
		for (i = 0; i < 500; i++)
			if (sem_wait(sem) || sem_post(sem + 1))
				_exit(1);
		_exit(0);
	}
	alarm(20);
	for (i = 0; i < 500; i++) {
		ASSERT_EQ(0, sem_post(sem));
		ASSERT_EQ(0, sem_wait(sem + 1));
	}
	EXPECT_EQ(0, child_status(pid));
	EXPECT_EQ(0, sem_getvalue(sem, &value));
	EXPECT_EQ(0, value);
}

struct shared {
	pthread_mutex_t mutex;
	unsigned long count;
};

static int shared_init(struct shared *s)
{
	pthread_mutexattr_t attr;

	pthread_mutexattr_init(&attr);
	pthread_mutexattr_setpshared(&attr, PTHREAD_PROCESS_SHARED);
	pthread_mutexattr_setrobust(&attr, PTHREAD_MUTEX_ROBUST);
	s->count = 0;
	return pthread_mutex_init(&s->mutex, &attr);
}

static int count_up(struct shared *s, int rounds)
{
	for (; rounds; rounds--) {
		if (pthread_mutex_lock(&s->mutex))
			return 1;
		s->count++;
		if (pthread_mutex_unlock(&s->mutex))
			return 2;
	}
	return 0;
}

TEST_F(device, mutex)
{
	struct shared *s = (void *)self->map + 128;
	pid_t pids[3];
	size_t i;

	if (!futexes)
		return;
	ASSERT_EQ(0, shared_init(s));
	for (i = 0; i < ARRAY_SIZE(pids); i++) {
		pids[i] = fork();
		if (!pids[i]) {
			alarm(25);
			_exit(count_up(s, 20000));
		}
	}
	for (i = 0; i < ARRAY_SIZE(pids); i++)
		EXPECT_EQ(0, child_status(pids[i]));
	EXPECT_EQ(3 * 20000, s->count);
}

/* The kernel walks the dead owner's list and finds the word in the buffer. */
TEST_F(device, robust_mutex)
{
	struct shared *s = (void *)self->map;
	int ready[2];
	pid_t pid;
	char c;

	if (!futexes)
		return;
	ASSERT_EQ(0, shared_init(s));
	ASSERT_EQ(0, pipe(ready));
	pid = fork();
	if (!pid) {
		pthread_mutex_lock(&s->mutex);
		if (write(ready[1], "r", 1) == 1)
			pause();
		_exit(0);
	}
	ASSERT_EQ(1, read(ready[0], &c, 1));
	EXPECT_EQ(EBUSY, pthread_mutex_trylock(&s->mutex));
	kill(pid, SIGKILL);
	alarm(20);
	EXPECT_EQ(EOWNERDEAD, pthread_mutex_lock(&s->mutex));
	EXPECT_EQ(0, pthread_mutex_consistent(&s->mutex));
	EXPECT_EQ(0, pthread_mutex_unlock(&s->mutex));
	EXPECT_EQ(-SIGKILL, child_status(pid));
	EXPECT_EQ(0, count_up(s, 1));
}

TEST_HARNESS_MAIN
