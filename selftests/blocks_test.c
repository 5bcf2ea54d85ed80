// SPDX-License-Identifier: GPL-2.0-only
/*
 * On x86, wc and uc buffers come from blocks that cover whole entries of the
 * direct map. So nothing splits the direct map, however many buffers there are.
 * Buffers that share a block share nothing else.
 */
#include <pthread.h>
#include <sys/resource.h>
#include <zlib.h>

#include "buffers.h"
#include "device.h"

#define BLOCK (2 * MIB)

/* Other users of memory may change two large entries of the direct map. */
#define TOLERANCE_KB 4096

static const struct kind wc = { MMAPDEMO_BACKING_KMALLOC, MMAPDEMO_CACHE_WC };
static const struct kind uc = { MMAPDEMO_BACKING_KMALLOC, MMAPDEMO_CACHE_UC };

/*
 * Returns how much memory the direct map covers with entries larger than a
 * page, in KiB, or -1.
 */
static long large_kb(void)
{
	static const char *const names[] = { "DirectMap2M", "DirectMap4M",
					     "DirectMap1G" };
	long kb, sum = -1;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(names); i++) {
		kb = meminfo_kb(names[i]);
		if (kb >= 0)
			sum = sum < 0 ? kb : sum + kb;
	}
	return sum;
}

/* Returns how many of the 2 MiB entries were split since boot, or -1. */
static long splits(void)
{
	return vmstat_sum("direct_map_level2_splits");
}

/* clang-format off */
FIXTURE(blocks) {
	int log;
	int fd;
	long large, splits, free;
};
/* clang-format on */

FIXTURE_SETUP(blocks)
{
	if (module_missing())
		SKIP(return, "%s", module_missing());
	if (!kind_possible(&wc) || !kind_possible(&uc))
		SKIP(return, "this machine has no cache=wc for kmalloc");
	if (large_kb() <= TOLERANCE_KB)
		SKIP(return, "the direct map has no large entries");
	if (buffers_missing())
		SKIP(return, "%s", buffers_missing());
	module_taint();
	self->log = log_mark();
	ASSERT_EQ(0, module_gone());
	ASSERT_EQ(0, module_load(""));
	self->fd = device_open(O_RDWR);
	ASSERT_LE(0, self->fd);
	/*
	 * The first buffer also allocates what all others use. Measure after
	 * it.
	 */
	close(create(self->fd, &wc, 1));
	self->large = large_kb();
	self->splits = splits();
	self->free = free_kb();
}

FIXTURE_TEARDOWN(blocks)
{
	EXPECT_EQ(0, used_pages());
	close(self->fd);
	EXPECT_EQ(0, module_gone());
	EXPECT_LOG_SILENT(self->log);
	close(self->log);
}

static void expect_whole(struct __test_metadata *_metadata,
			 FIXTURE_DATA(blocks) * self, const char *when)
{
	TH_LOG("%s: %ld KiB in large entries, %ld splits; before: %ld, %ld",
	       when, large_kb(), splits(), self->large, self->splits);
	EXPECT_GE(TOLERANCE_KB, labs(large_kb() - self->large));
	EXPECT_GE(2, splits() - self->splits);
}

#define MANY 12000
/* A generous estimate of the memory for a buffer and its descriptor */
#define COST_KB 12

/* Returns how many buffers half of the available memory holds, at most MANY. */
static int how_many(void)
{
	long count = meminfo_kb("MemAvailable") / 2 / COST_KB;

	if (kernel_is_instrumented())
		return 1500;
	return count < MANY ? count : MANY;
}

TEST_F_TIMEOUT(blocks, twelve_thousand, 600)
{
	struct rlimit files = { MANY + 100, MANY + 100 };
	int count = how_many(), i;
	static int fds[MANY];

	if (count < MANY)
		TH_LOG("only %d buffers, there is no memory for %d", count,
		       MANY);
	ASSERT_EQ(0, setrlimit(RLIMIT_NOFILE, &files));
	for (i = 0; i < count; i++) {
		fds[i] = create(self->fd, &wc, page_size());
		ASSERT_LE(0, fds[i]);
	}
	expect_whole(_metadata, self, "while they exist");
	EXPECT_EQ((count * page_size() + BLOCK - 1) / BLOCK * BLOCK /
			  page_size(),
		  used_pages());
	for (i = 0; i < count; i++)
		close(fds[i]);
	expect_whole(_metadata, self, "after the last close");
	EXPECT_EQ(0, used_pages());
	EXPECT_MEMORY_BACK(16384, self->free);
}

TEST_F(blocks, a_block_has_one_attribute)
{
	int fd;

	put_number(LIMIT_MB, 2);
	fd = create(self->fd, &wc, 1);
	ASSERT_LE(0, fd);
	EXPECT_EQ(-ENOSPC, create(self->fd, &uc, 1));
	close(create(self->fd, &wc, BLOCK - page_size()));
	EXPECT_EQ(-ENOSPC, create(self->fd, &wc, BLOCK));
	close(fd);
	fd = create(self->fd, &uc, 1);
	EXPECT_LE(0, fd);
	EXPECT_EQ(-ENOSPC, create(self->fd, &wc, 1));
	close(fd);
	fd = create(self->fd, &wc, BLOCK);
	EXPECT_LE(0, fd);
	EXPECT_EQ(-ENOSPC, create(self->fd, &wc, 1));
	close(fd);
	expect_whole(_metadata, self, "after them");
}

/* One buffer of a thread. It is unused if fd is negative. */
struct slot {
	int fd;
	const struct kind *kind;
	size_t size;
	char *map;
	__u64 pattern;
};

#define THREADS 4
#define SLOTS 12
#define STEPS 150

struct thread {
	pthread_t id;
	int device;
	unsigned int seed;
	struct slot slots[SLOTS];
	long made, full;
	const char *wrong;
};

/*
 * Returns a random size from one page to 4 MiB. Small sizes are more frequent,
 * and half of them need not be a power of two.
 */
static size_t random_size(unsigned int *seed)
{
	size_t pages = 1 << rand_r(seed) % 11;

	if (rand_r(seed) % 2)
		pages = 1 + rand_r(seed) % pages;
	return pages * page_size();
}

/* Maps, checks and fills a new buffer. Returns what is wrong, or NULL. */
static const char *slot_fill(struct slot *slot, unsigned int *seed)
{
	size_t at = rand_r(seed) % (slot->size / page_size()) * page_size();
	struct mmapdemo_mapinfo mapinfo;
	struct mmapdemo_info info;

	slot->map = map_shared(slot->fd, slot->size, RW, 0);
	if (slot->map == MAP_FAILED)
		return "mmap failed";
	if (slot->map[0] || memcmp(slot->map, slot->map + 1, slot->size - 1))
		return "not zeroed";
	if (get_info(slot->fd, &info) ||
	    info.cache_effective != slot->kind->cache)
		return "READ_BACK says another attribute";
	if (get_mapinfo(slot->fd, slot->map + at, &mapinfo) ||
	    mapinfo.cache != slot->kind->cache)
		return "MAPINFO says another attribute";
	slot->pattern = (__u64)rand_r(seed) << 32 | rand_r(seed);
	if (fill(slot->fd, MMAPDEMO_FILL_COUNT, 0, slot->size, slot->pattern))
		return "FILL failed";
	return NULL;
}

static const char *slot_check(struct slot *slot)
{
	__u64 at, word;
	const char *wrong = NULL;

	for (at = 0; at < slot->size; at += 8) {
		memcpy(&word, slot->map + at, 8);
		if (word != slot->pattern + at)
			wrong = "somebody else's bytes";
	}
	return wrong;
}

static void slot_empty(struct slot *slot)
{
	munmap(slot->map, slot->size);
	close(slot->fd);
	slot->fd = -1;
}

static void slot_step(struct thread *thread, struct slot *slot)
{
	if (slot->fd >= 0) {
		if (!thread->wrong)
			thread->wrong = slot_check(slot);
		slot_empty(slot);
		return;
	}
	slot->kind = rand_r(&thread->seed) % 2 ? &wc : &uc;
	slot->size = random_size(&thread->seed);
	slot->fd = create(thread->device, slot->kind, slot->size);
	if (slot->fd == -ENOMEM || slot->fd == -ENOSPC) {
		thread->full++;
		return;
	}
	thread->made++;
	thread->wrong = slot->fd < 0 ? "CREATE failed" :
				       slot_fill(slot, &thread->seed);
}

static void *make_and_close(void *arg)
{
	struct thread *thread = arg;
	int i;

	for (i = 0; i < SLOTS; i++)
		thread->slots[i].fd = -1;
	for (i = 0; i < STEPS && !thread->wrong; i++)
		slot_step(thread,
			  &thread->slots[rand_r(&thread->seed) % SLOTS]);
	for (i = 0; i < SLOTS; i++)
		if (thread->slots[i].fd >= 0)
			slot_step(thread, &thread->slots[i]);
	return NULL;
}

TEST_F_TIMEOUT(blocks, at_random_from_many_threads, 600)
{
	static struct thread threads[THREADS];
	long made = 0, full = 0;
	int i;

	for (i = 0; i < THREADS; i++) {
		threads[i].device = self->fd;
		threads[i].seed = 1000 + i;
		ASSERT_EQ(0, pthread_create(&threads[i].id, NULL,
					    make_and_close, &threads[i]));
	}
	for (i = 0; i < THREADS; i++) {
		pthread_join(threads[i].id, NULL);
		EXPECT_EQ(NULL, threads[i].wrong)
		{
			TH_LOG("thread %d: %s", i, threads[i].wrong);
		}
		made += threads[i].made;
		full += threads[i].full;
	}
	TH_LOG("%ld made, %ld times there was no room", made, full);
	EXPECT_LT(full, made);
	EXPECT_LT(THREADS * STEPS / 4, made);
	EXPECT_EQ(0, used_pages());
	expect_whole(_metadata, self, "after the last close");
	EXPECT_MEMORY_BACK(16384, self->free);
}

TEST_HARNESS_MAIN
