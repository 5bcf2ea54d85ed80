// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a call costs, as a ratio to what a memfd costs for the same job in the
 * same run. Only meaningful where the clock counts instructions (QEMU -icount):
 * there the ratios repeat to 1 %. Says nothing about caches.
 *
 * Usage: cost --icount
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "kselftest.h"

#define MAPPED (4UL << 20)
#define BLOCK 4096
#define RUNS 101

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

static void check_ratio(const char *what, int (*job)(const struct side *side),
			const struct side *device, const struct side *memfd,
			double limit)
{
	uint64_t clock = cost(nothing, device);
	uint64_t ours = cost(job, device) - clock;
	uint64_t theirs = cost(job, memfd) - clock;
	double ratio = (double)ours / theirs;

	ksft_print_msg("%s: %lu, memfd %lu instructions\n", what, ours, theirs);
	ksft_test_result(ratio <= limit, "%s: %.3fx a memfd's, at most %.2fx\n",
			 what, ratio, limit);
}

static long faults(void)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	return usage.ru_minflt + usage.ru_majflt;
}

static void check_faults(const struct side *device)
{
	long before = faults();

	map_touch_unmap(device);
	before = faults() - before;
	ksft_test_result(
		!before,
		"map, touch and unmap 4 MiB: %ld faults, none allowed\n",
		before);
}

int main(int argc, char **argv)
{
	struct side device = { .fd = open("/dev/mmapdemo", O_RDWR) };
	struct side memfd = { .fd = memfd_create("cost", 0), MAP_POPULATE };

	ksft_print_header();
	if (argc != 2 || strcmp(argv[1], "--icount"))
		ksft_exit_skip("needs a clock that counts instructions\n");
	if (device.fd < 0 || lseek(device.fd, 0, SEEK_END) < (off_t)MAPPED)
		ksft_exit_skip("needs /dev/mmapdemo with size=4M\n");
	ksft_set_plan(3);
	if (ftruncate(memfd.fd, MAPPED) || map_touch_unmap(&memfd) ||
	    map_touch_unmap(&device))
		ksft_exit_fail_msg("cannot map: %m\n");

	check_faults(&device);
	check_ratio("map, touch and unmap 4 MiB", map_touch_unmap, &device,
		    &memfd, 0.15);
	check_ratio("read 4 KiB", read_block, &device, &memfd, 1.0);
	ksft_finished();
}
