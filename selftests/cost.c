// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a call costs, as a ratio to what others cost for the same job in the
 * same run. Only meaningful where the clock counts instructions (QEMU -icount):
 * there the ratios repeat to 1 %. Says nothing about caches.
 *
 * Usage: cost --icount
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
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

/* Median over the runs; the first ones warm up */
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

/* A way for two processes to take turns: word 0 is the parent's, 1 the child's */
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

/* Instructions for a turn there and back */
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
 * The cheapest of some batches of each: what else the scheduler has to do
 * doubles the cost of a turn for a while, and of everybody's.
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

static int create(int fd, uint32_t flags)
{
	struct mmapdemo_create create = {
		.size = sizeof(create),
		.flags = flags,
		.buffer_size = MAPPED,
	};

	fd = ioctl(fd, MMAPDEMO_IOC_CREATE, &create);
	if (fd < 0)
		ksft_exit_fail_msg("cannot create a buffer: %m\n");
	return fd;
}

/* Does this kernel enter 2 MiB at a time into a lazy mapping? */
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
	ksft_set_plan(7);
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
	ksft_finished();
}
