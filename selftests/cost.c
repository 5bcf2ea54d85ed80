// SPDX-License-Identifier: GPL-2.0-only
/*
 * Measures what a call costs, as a ratio to what other calls cost for the same
 * job in the same run. The clock must count instructions (QEMU -icount): then
 * the ratios repeat to 1 %. They say nothing about caches.
 *
 * Usage: cost --icount
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <linux/mmapdemo.h>

#include "kselftest.h"

#define MAPPED (4UL << 20)
#define BLOCK 4096
#define RUNS 101
#define ROUNDS 300
#define BATCHES 15
#define GIB (1UL << 30)

static char block[BLOCK];

/* One side of a comparison: a descriptor and the mmap flags that suit it */
struct side {
	int fd;
	int flags;
};

static uint64_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000ULL + t.tv_nsec;
}

static int map_touch_unmap(const struct side *side)
{
	const size_t page = sysconf(_SC_PAGESIZE);
	volatile char *map;
	size_t i;

	map = mmap(NULL, MAPPED, PROT_READ | PROT_WRITE,
		   MAP_SHARED | side->flags, side->fd, 0);
	if (map == MAP_FAILED)
		return -1;
	for (i = 0; i < MAPPED; i += page)
		map[i] = 1;
	return munmap((void *)map, MAPPED);
}

static int read_block(const struct side *side)
{
	return pread(side->fd, block, BLOCK, 0) == BLOCK ? 0 : -1;
}

static int nothing(const struct side *side)
{
	return 0;
}

static int compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

/* Returns the median time of a job. The first runs warm up and do not count. */
static uint64_t cost(int (*job)(const struct side *side),
		     const struct side *side)
{
	static uint64_t runs[RUNS];
	uint64_t start;
	int i;

	for (i = -5; i < RUNS; i++) {
		start = now();
		if (job(side))
			ksft_exit_fail_msg("the job failed: %m\n");
		if (i >= 0)
			runs[i] = now() - start;
	}
	qsort(runs, RUNS, sizeof(runs[0]), compare);
	return runs[RUNS / 2];
}

static void check_limit(const char *what, double ratio, const char *other,
			double limit)
{
	ksft_test_result(ratio <= limit, "%s: %.3fx %s, at most %.2fx\n", what,
			 ratio, other, limit);
}

static void check_job(const char *what, int (*job)(const struct side *side),
		      const struct side *ours, const struct side *memfd,
		      double limit)
{
	uint64_t clock = cost(nothing, ours);
	uint64_t cost_ours = cost(job, ours) - clock;
	uint64_t cost_memfd = cost(job, memfd) - clock;

	ksft_print_msg("%s: %lu instructions, a memfd's: %lu\n", what,
		       cost_ours, cost_memfd);
	check_limit(what, (double)cost_ours / cost_memfd, "a memfd's", limit);
}

static long faults(void)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	return usage.ru_minflt + usage.ru_majflt;
}

static void check_faults(const char *what, const struct side *side, long limit)
{
	long count = faults();

	map_touch_unmap(side);
	count = faults() - count;
	ksft_test_result(count <= limit, "%s: %ld faults, at most %ld\n", what,
			 count, limit);
}

/*
 * A way for two processes to take turns: word 0 is the parent's, word 1 the
 * child's.
 */
struct turns {
	void (*post)(const struct turns *turns, int who, uint32_t round);
	void (*await)(const struct turns *turns, int who, uint32_t round);
	volatile uint32_t *words;
	int fd;
	int pipes[2][2];
};

static void futex_post(const struct turns *turns, int who, uint32_t round)
{
	turns->words[who] = round;
	syscall(SYS_futex, &turns->words[who], FUTEX_WAKE, 1, NULL, NULL, 0);
}

static void futex_await(const struct turns *turns, int who, uint32_t round)
{
	while (turns->words[who] != round)
		syscall(SYS_futex, &turns->words[who], FUTEX_WAIT, round - 1,
			NULL, NULL, 0);
}

static void device_post(const struct turns *turns, int who, uint32_t round)
{
	struct mmapdemo_wake wake = {
		.size = sizeof(wake),
		.offset = 4 * who,
		.count = 1,
	};

	turns->words[who] = round;
	ioctl(turns->fd, MMAPDEMO_IOC_WAKE, &wake);
}

static void device_await(const struct turns *turns, int who, uint32_t round)
{
	struct mmapdemo_wait wait = {
		.size = sizeof(wait),
		.offset = 4 * who,
		.expected = round - 1,
	};

	while (turns->words[who] != round)
		ioctl(turns->fd, MMAPDEMO_IOC_WAIT, &wait);
}

static void pipe_post(const struct turns *turns, int who, uint32_t round)
{
	if (write(turns->pipes[who][1], "", 1) != 1)
		ksft_exit_fail_msg("write to a pipe: %m\n");
}

static void pipe_await(const struct turns *turns, int who, uint32_t round)
{
	if (read(turns->pipes[who][0], block, 1) != 1)
		ksft_exit_fail_msg("read from a pipe: %m\n");
}

static void take_turns(const struct turns *turns, int who)
{
	uint32_t round;

	for (round = 1; round <= ROUNDS; round++) {
		if (who == 0)
			turns->post(turns, 0, round);
		turns->await(turns, !who, round);
		if (who == 1)
			turns->post(turns, 1, round);
	}
}

/* Returns the number of instructions for a round trip. */
static double ping_pong(const struct turns *turns)
{
	uint64_t start = now();
	pid_t child = fork();

	if (child == 0) {
		take_turns(turns, 1);
		_exit(0);
	}
	take_turns(turns, 0);
	waitpid(child, NULL, 0);
	if (turns->words)
		memset((void *)turns->words, 0, 2 * sizeof(turns->words[0]));
	return (double)(now() - start) / ROUNDS;
}

static volatile uint32_t *map_words(int fd)
{
	void *map =
		mmap(NULL, BLOCK, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	if (map == MAP_FAILED)
		ksft_exit_fail_msg("cannot map: %m\n");
	memset(map, 0, BLOCK);
	return map;
}

/*
 * Compares the cheapest of several batches of each way. Other work of the
 * scheduler can double the cost of all ways for a while.
 */
static void check_turns(int device, int memfd)
{
	struct turns ways[] = {
		{ device_post, device_await, map_words(device), device },
		{ futex_post, futex_await, map_words(memfd) },
		{ pipe_post, pipe_await },
	};
	double cost, least[ARRAY_SIZE(ways)] = { 0 };
	unsigned int i, batch;

	if (pipe(ways[2].pipes[0]) || pipe(ways[2].pipes[1]))
		ksft_exit_fail_msg("cannot make pipes: %m\n");
	for (batch = 0; batch < BATCHES; batch++) {
		for (i = 0; i < ARRAY_SIZE(ways); i++) {
			cost = ping_pong(&ways[i]);
			if (!batch || cost < least[i])
				least[i] = cost;
		}
	}
	ksft_print_msg(
		"WAIT and WAKE in turns: %.0f, a futex %.0f, a pipe %.0f\n",
		least[0], least[1], least[2]);
	check_limit("WAIT and WAKE in turns", least[0] / least[1], "a futex's",
		    1.3);
	check_limit("WAIT and WAKE in turns", least[0] / least[2], "a pipe's",
		    1.0);
}

static int create_of(int fd, uint32_t flags, uint64_t size, uint32_t backing)
{
	struct mmapdemo_create create = {
		.size = sizeof(create),
		.flags = flags,
		.buffer_size = size,
		.backing = backing,
	};

	fd = ioctl(fd, MMAPDEMO_IOC_CREATE, &create);
	if (fd < 0)
		ksft_exit_fail_msg("cannot create a buffer: %m\n");
	return fd;
}

static int create(int fd, uint32_t flags)
{
	return create_of(fd, flags, MAPPED, MMAPDEMO_BACKING_KMALLOC);
}

static int acknowledge(const struct side *side)
{
	struct mmapdemo_info info = { .size = sizeof(info) };

	return ioctl(side->fd, MMAPDEMO_IOC_INFO, &info);
}

/* INFO must not look at each page, so its cost must not grow with the size. */
static void check_acknowledge(int device)
{
	struct side small = { .fd = create_of(device, 0, BLOCK,
					      MMAPDEMO_BACKING_VMALLOC) };
	struct side large = { .fd = create_of(device, 0, GIB,
					      MMAPDEMO_BACKING_VMALLOC) };
	uint64_t clock = cost(nothing, &small);
	uint64_t cost_small = cost(acknowledge, &small) - clock;
	uint64_t cost_large = cost(acknowledge, &large) - clock;

	ksft_print_msg("INFO: %lu instructions for 4 KiB, %lu for 1 GiB\n",
		       cost_small, cost_large);
	check_limit("INFO of 1 GiB", (double)cost_large / cost_small,
		    "that of 4 KiB", 1.2);
	close(small.fd);
	close(large.fd);
}

/*
 * A thread that waits. Each has a word of its own, after words 0 and 1, which
 * are left to the calls that are measured.
 */
struct waiter {
	pthread_t thread;
	int fd;
	uint64_t offset;
};

static void *wait_for_ever(void *arg)
{
	const struct waiter *waiter = arg;
	struct mmapdemo_wait wait = {
		.size = sizeof(wait),
		.offset = waiter->offset,
	};

	ioctl(waiter->fd, MMAPDEMO_IOC_WAIT, &wait);
	return NULL;
}

static void start_waiters(int fd, struct waiter *waiters, int from, int to)
{
	pthread_attr_t attr;
	int i;

	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, 16 << 10);
	for (i = from; i < to; i++) {
		waiters[i].fd = fd;
		waiters[i].offset = 8 + 4 * i;
		errno = pthread_create(&waiters[i].thread, &attr, wait_for_ever,
				       &waiters[i]);
		if (errno)
			ksft_exit_fail_msg("only %d waiters: %m\n", i);
	}
	sleep(2);
}

static int wake_nobody(const struct side *side)
{
	struct mmapdemo_wake wake = { .size = sizeof(wake), .count = 1 };

	return ioctl(side->fd, MMAPDEMO_IOC_WAKE, &wake);
}

static int write_word(const struct side *side)
{
	return pwrite(side->fd, block, 4, 0) == 4 ? 0 : -1;
}

/* Waiters for other words must make a wake-up hardly more expensive. */
static void check_waiters(int device)
{
	static const struct {
		int count;
		double limit;
	} steps[] = { { 0, 1 }, { 100, 1.2 }, { 5000, 2 } };
	static struct waiter waiters[5000];
	const struct side side = { .fd = create(device, 0) };
	uint64_t wake[ARRAY_SIZE(steps)], write[ARRAY_SIZE(steps)], clock;
	unsigned int i;
	char other[64];

	clock = cost(nothing, &side);
	for (i = 0; i < ARRAY_SIZE(steps); i++) {
		if (i)
			start_waiters(side.fd, waiters, steps[i - 1].count,
				      steps[i].count);
		wake[i] = cost(wake_nobody, &side) - clock;
		write[i] = cost(write_word, &side) - clock;
		ksft_print_msg("%d waiters: WAKE %lu, write(2) %lu\n",
			       steps[i].count, wake[i], write[i]);
		if (!i)
			continue;
		snprintf(other, sizeof(other), "that without %d waiters",
			 steps[i].count);
		check_limit("WAKE of another word", (double)wake[i] / wake[0],
			    other, steps[i].limit);
		check_limit("write(2) to another word",
			    (double)write[i] / write[0], other, steps[i].limit);
	}
}

/* Does this kernel map 2 MiB of a lazy mapping with one entry? */
static int huge_entries(int fd)
{
	char *map = mmap(NULL, MAPPED, PROT_READ, MAP_SHARED, fd, 0);
	struct mmapdemo_mapinfo info = {
		.size = sizeof(info),
		.address = (uintptr_t)map,
	};

	if (map == MAP_FAILED)
		ksft_exit_fail_msg("cannot map: %m\n");
	(void)*(volatile char *)map;
	ioctl(fd, MMAPDEMO_IOC_MAPINFO, &info);
	munmap(map, MAPPED);
	return info.entry_size > sysconf(_SC_PAGESIZE);
}

static void check_lazy(int device, const struct side *memfd)
{
	struct side lazy = { .fd = create(device, MMAPDEMO_CREATE_LAZY) };

	if (!huge_entries(lazy.fd)) {
		ksft_test_result_skip(
			"LAZY: no entries of 2 MiB, so no few faults\n");
		ksft_test_result_skip(
			"LAZY: no entries of 2 MiB, so not cheap\n");
		return;
	}
	check_faults("map, touch and unmap 4 MiB LAZY", &lazy, 2);
	check_job("map, touch and unmap 4 MiB LAZY", map_touch_unmap, &lazy,
		  memfd, 0.03);
}

int main(int argc, char **argv)
{
	int device = open("/dev/mmapdemo", O_RDWR);
	struct side memfd = { .fd = memfd_create("cost", 0), MAP_POPULATE };
	struct side ours;

	ksft_print_header();
	if (argc != 2 || strcmp(argv[1], "--icount"))
		ksft_exit_skip("needs a clock that counts instructions\n");
	if (device < 0)
		ksft_exit_skip("needs /dev/mmapdemo\n");
	ksft_set_plan(12);
	ours = (struct side){ .fd = create(device, 0) };
	if (ftruncate(memfd.fd, MAPPED) || map_touch_unmap(&memfd) ||
	    map_touch_unmap(&ours))
		ksft_exit_fail_msg("cannot map: %m\n");

	check_faults("map, touch and unmap 4 MiB", &ours, 0);
	check_job("map, touch and unmap 4 MiB", map_touch_unmap, &ours, &memfd,
		  0.15);
	check_job("read 4 KiB", read_block, &ours, &memfd, 1.0);
	check_lazy(device, &memfd);
	check_turns(ours.fd, memfd.fd);
	check_acknowledge(device);
	check_waiters(device); /* last, since they wait until the end */
	ksft_finished();
}
