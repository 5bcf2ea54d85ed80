// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memory is used up, or free in small pieces only. A load and a CREATE that
 * need more fail with ENOMEM. The load logs one line, CREATE logs none. No
 * process is killed, the kernel does not warn, and nothing is left behind.
 */
#include <limits.h>

#include "device.h"

/* Left free for other processes while the test runs */
#define RESERVE_KB (64 * 1024)

/* Allocates locked memory. The fixture also keeps compaction from moving it. */
static void *take_memory(size_t length)
{
	void *p = mmap(NULL, length, RW, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED || madvise(p, length, MADV_NOHUGEPAGE) ||
	    mlock(p, length))
		return NULL;
	return p;
}

/*
 * Allocates memory until only this much is free. It is freed when the test's
 * process ends.
 */
static bool take_all_but(long kb)
{
	while (free_kb() > kb + 8 * 1024)
		if (!take_memory(8 * MIB))
			return false;
	while (free_kb() > kb)
		if (!take_memory(MIB / 4))
			return false;
	return true;
}

/* Frees every second page, so that no two free pages are adjacent. */
static bool free_every_second_page(char *p, size_t length)
{
	size_t at;

	for (at = 0; at < length; at += 2 * page_size())
		if (munmap(p + at, page_size()))
			return false;
	return true;
}

/* Is this much memory free? Waits up to 5 seconds for it. */
static bool is_free(long kb)
{
	int i;

	for (i = 0; i < 50 && free_kb() < kb; i++)
		usleep(100000);
	return free_kb() >= kb;
}

static long oom_kills(void)
{
	return vmstat_sum("oom_kill");
}

/* How often somebody had to free memory before an allocation could go on */
static long stalls(void)
{
	return vmstat_sum("allocstall");
}

#define COMPACT "/proc/sys/vm/compact_unevictable_allowed"
#define MIN_FREE "/proc/sys/vm/min_free_kbytes"
#define PCP_HIGH "/proc/sys/vm/percpu_pagelist_high_fraction"

FIXTURE(machine)
{
	int log;
	long kills;
	unsigned long compact, min_free, pcp_high;
};

FIXTURE_SETUP(machine)
{
	if (module_missing())
		SKIP(return, "%s", module_missing());
	module_taint();
	ASSERT_EQ(0, module_gone());
	if (access(COMPACT, F_OK))
		SKIP(return, "no " COMPACT);
	if (kernel_is_instrumented())
		SKIP(return,
			   "what looks for mistakes kills for its own memory");
	self->compact = get_number(COMPACT);
	self->min_free = get_number(MIN_FREE);
	self->pcp_high = get_number(PCP_HIGH);
	/* Keep locked memory in place, and the kernel's reserve small. */
	put_number(COMPACT, 0);
	put_number(MIN_FREE, 8192);
	/*
	 * Keep the lists of each CPU short: no other CPU can use their pages.
	 */
	put_number(PCP_HIGH, INT_MAX);
	self->log = log_mark();
	self->kills = oom_kills();
	ASSERT_LE(0, self->kills);
}

FIXTURE_TEARDOWN(machine)
{
	put_number(COMPACT, self->compact);
	put_number(MIN_FREE, self->min_free);
	put_number(PCP_HIGH, self->pcp_high);
	EXPECT_EQ(0, module_gone());
	EXPECT_EQ(self->kills, oom_kills());
	EXPECT_LOG_SILENT(self->log);
	close(self->log);
}

/*
 * Checks that a load fails with ENOMEM, logs one line and leaves nothing
 * behind.
 */
static void expect_no_memory(struct __test_metadata *_metadata, int log,
			     const char *params, const char *hint)
{
	char lines[1024];

	EXPECT_EQ(-ENOMEM, module_load(params))
	{
		TH_LOG("%s", params);
	}
	EXPECT_EQ(1, log_lines(log, lines, sizeof(lines)))
	{
		TH_LOG("%s: %s", params, lines);
	}
	EXPECT_NE(NULL, strstr(lines, MODULE_NAME ": size="));
	EXPECT_NE(NULL, strstr(lines, "error -12"));
	EXPECT_NE(NULL, strstr(lines, hint))
	{
		TH_LOG("%s: %s", params, lines);
	}
	EXPECT_FALSE(module_loaded());
	EXPECT_NE(0, access(DEVICE, F_OK));
}

#define IN_ONE_PIECE "not that much memory is free in one piece"
#define NOT_SO_MUCH "not that much memory is free; use a smaller size"

/*
 * The size is more than is free but less than all memory. The load fails before
 * it takes what others need.
 */
TEST_F_TIMEOUT(machine, load_with_more_than_is_free, 120)
{
	static const struct {
		unsigned int backing;
		const char *hint;
	} tries[] = {
		{ MMAPDEMO_BACKING_VMALLOC, NOT_SO_MUCH },
		{ MMAPDEMO_BACKING_SHMEM, NOT_SO_MUCH },
		{ MMAPDEMO_BACKING_DMA, IN_ONE_PIECE },
	};
	long size_mib, before, stalled;
	char params[64];
	size_t i;

	ASSERT_TRUE(take_all_but(2 * RESERVE_KB));
	size_mib = meminfo_kb("MemTotal") / 1024 * 3 / 4;
	stalled = stalls();
	ASSERT_LE(0, stalled);
	for (i = 0; i < ARRAY_SIZE(tries); i++) {
		before = free_kb();
		snprintf(params, sizeof(params),
			 "size=%ldM backing=%s cache=%s", size_mib,
			 backings[tries[i].backing].name,
			 cache_names[kind_of(tries[i].backing).cache]);
		expect_no_memory(_metadata, self->log, params, tries[i].hint);
		EXPECT_TRUE(is_free(before - RESERVE_KB / 4))
		{
			TH_LOG("%s: %ld KiB are free, then %ld", params, before,
			       free_kb());
		}
	}
	EXPECT_EQ(stalled, stalls());
	EXPECT_EQ(0, module_load("size=1M backing=vmalloc"));
}

/* The same for CREATE, with limit_mb too large to refuse it. */
TEST_F_TIMEOUT(machine, create_with_more_than_is_free, 120)
{
	const struct kind kinds[] = {
		kind_of(MMAPDEMO_BACKING_VMALLOC),
		kind_of(MMAPDEMO_BACKING_SHMEM),
		kind_of(MMAPDEMO_BACKING_DMA),
	};
	char params[64];
	long before;
	size_t i;
	int fd;

	snprintf(params, sizeof(params), "limit_mb=%ld",
		 meminfo_kb("MemTotal") / 1024 * 4);
	ASSERT_EQ(0, module_load(params));
	fd = device_open(O_RDWR);
	ASSERT_LE(0, fd);
	ASSERT_TRUE(take_all_but(2 * RESERVE_KB));
	for (i = 0; i < ARRAY_SIZE(kinds); i++) {
		before = free_kb();
		EXPECT_EQ(-ENOMEM,
			  create(fd, &kinds[i],
				 meminfo_kb("MemTotal") * 1024UL * 3 / 4));
		EXPECT_TRUE(is_free(before - RESERVE_KB / 4))
		{
			TH_LOG("%s: %ld KiB are free, then %ld",
			       backings[kinds[i].backing].name, before,
			       free_kb());
		}
	}
	close(fd);
}

#define PIECE (4 * MIB)
#define PIECES_MAX 256

/*
 * Enough memory is free, but not in one piece. Contiguous buffers can be
 * created until the kernel neither has such a piece nor can make one by moving
 * pages. After that vmalloc still works.
 */
TEST_F_TIMEOUT(machine, fragmented, 200)
{
	const struct kind kinds[] = {
		kind_of(MMAPDEMO_BACKING_DMA),
		{ MMAPDEMO_BACKING_KMALLOC, MMAPDEMO_CACHE_WB, true },
		{ MMAPDEMO_BACKING_KMALLOC, MMAPDEMO_CACHE_UC, false },
		kind_of(MMAPDEMO_BACKING_KMALLOC),
	};
	const struct kind pages = kind_of(MMAPDEMO_BACKING_VMALLOC);
	size_t stretch = 2 * RESERVE_KB * 1024, i, count = 0;
	int fds[PIECES_MAX], fd;
	char *p;

	ASSERT_EQ(0, module_load("backing=vmalloc"));
	fd = device_open(O_RDWR);
	p = take_memory(stretch);
	ASSERT_NE(NULL, p);
	ASSERT_TRUE(take_all_but(RESERVE_KB));
	ASSERT_TRUE(free_every_second_page(p, stretch));
	for (i = 0; i < ARRAY_SIZE(kinds); i++) {
		if (!cache_possible(kinds[i].backing, kinds[i].cache))
			continue;
		do {
			ASSERT_GT(PIECES_MAX, count);
			fds[count] = create(fd, &kinds[i], PIECE);
		} while (fds[count] >= 0 && ++count);
		EXPECT_EQ(-ENOMEM, fds[count]);
	}
	TH_LOG("%zu pieces, then %ld KiB are free", count, free_kb());
	EXPECT_LT(2 * PIECE / 1024, free_kb());
	fds[count] = create(fd, &pages, PIECE);
	EXPECT_LE(0, fds[count]);
	for (i = 0; i <= count; i++)
		close(fds[i]);
	close(fd);
}

TEST_HARNESS_MAIN
