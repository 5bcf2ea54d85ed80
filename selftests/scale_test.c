// SPDX-License-Identifier: GPL-2.0-only
/*
 * Many at once: 1,000 private buffers and 10,000 mappings, each with contents
 * of its own; what one costs beside its pages, the same for the first and the
 * last; and that all memory is back afterwards.
 */
#include <limits.h>
#include <sys/mman.h>
#include <sys/resource.h>

#include "device.h"

#define BUFFERS 1000
#define MAPPINGS_EACH 10
#define ROUNDS 4

/* Slabs return to the system in whole pages only, and others use them, too. */
#define TOLERANCE_KB 2048

static int fds[BUFFERS], more_fds[BUFFERS / 2];
static char *maps[BUFFERS][MAPPINGS_EACH];

static int open_more_files(void)
{
	struct rlimit limit = { 3 * BUFFERS, 3 * BUFFERS };

	return setrlimit(RLIMIT_NOFILE, &limit);
}

/*
 * Objects of a slab cache that are in use, all caches whose name begins so;
 * smaller than a page, since a buffer's pages come from such
 * caches as well; with their size as factor. -1 if nobody says.
 */
static long slab_bytes(const char *name)
{
	unsigned long active, size;
	char line[512], cache[64];
	long bytes = -1;
	FILE *f = fopen("/proc/slabinfo", "re");

	while (f && fgets(line, sizeof(line), f)) {
		if (sscanf(line, "%63s %lu %*u %lu", cache, &active, &size) !=
		    3)
			continue;
		if (!strncmp(cache, name, strlen(name)) && size < page_size())
			bytes = (bytes < 0 ? 0 : bytes) + active * size;
	}
	if (f)
		fclose(f);
	return bytes;
}

static long slab_kb(void)
{
	return meminfo_kb("Slab");
}

/* Returns 0 or -errno. */
static int create_all(int fd, const struct kind *kind, int *to, int count)
{
	int i;

	for (i = 0; i < count; i++) {
		to[i] = create(fd, kind, page_size());
		if (to[i] < 0)
			return to[i];
	}
	return 0;
}

static void close_all(void)
{
	int i;

	for (i = 0; i < BUFFERS; i++)
		close(fds[i]);
}

/* Maps the buffers first to last - 1, each several times. */
static int map_some(int first, int last)
{
	int i, m;

	for (i = first; i < last; i++) {
		for (m = 0; m < MAPPINGS_EACH; m++) {
			maps[i][m] = map_shared(fds[i], page_size(), RW, 0);
			if (maps[i][m] == MAP_FAILED)
				return -errno;
		}
	}
	return 0;
}

/* What the kernel allocates for each mapping, and its page tables */
static long mapping_bytes(void)
{
	return slab_bytes("vm_area_struct") + slab_bytes("maple_node") +
	       meminfo_kb("PageTables") * 1024;
}

/* Returns how many mappings do not show their own buffer. */
static int misplaced(void)
{
	int i, m, wrong = 0;

	for (i = 0; i < BUFFERS; i++)
		*(volatile int *)maps[i][i % MAPPINGS_EACH] = i + 1;
	fence();
	for (i = 0; i < BUFFERS; i++)
		for (m = 0; m < MAPPINGS_EACH; m++)
			wrong += *(volatile int *)maps[i][m] != i + 1;
	return wrong;
}

static void unmap_all(void)
{
	int i, m;

	for (i = 0; i < BUFFERS; i++)
		for (m = 0; m < MAPPINGS_EACH; m++)
			munmap(maps[i][m], page_size());
}

/* Returns 0, or a number that tells what went wrong. Frees everything. */
static int one_round(int fd, const struct kind *kind)
{
	if (create_all(fd, kind, fds, BUFFERS))
		return 1;
	if (map_some(0, BUFFERS))
		return 2;
	close_all();
	if (misplaced())
		return 3;
	unmap_all();
	return 0;
}

/* A debug kernel uses more memory. Whether some is lost is known from kmemleak. */
#define NEEDS_PLAIN_KERNEL()                                        \
	do {                                                        \
		if (kernel_is_instrumented())                       \
			SKIP(return, "the kernel is instrumented"); \
	} while (0)

/* The first round fills the kernel's own caches. */
TEST_F_TIMEOUT(device, all_memory_comes_back, 120)
{
	long free_before, slab_before, lost, slab;
	int i;

	NEEDS_PLAIN_KERNEL();
	ASSERT_EQ(0, open_more_files());
	for (i = 0; i < 2; i++)
		ASSERT_EQ(0, one_round(self->fd, &variant->kind));
	usleep(200000);
	free_before = free_kb();
	slab_before = slab_kb();
	for (i = 0; i < 8; i++)
		ASSERT_EQ(0, one_round(self->fd, &variant->kind));
	/* Memory freed by RCU comes back late, and later on a busy machine. */
	for (i = 0; i < 50; i++) {
		usleep(200000);
		lost = free_before - free_kb();
		slab = slab_kb() - slab_before;
		if (lost < 2 * TOLERANCE_KB && slab < TOLERANCE_KB)
			break;
	}
	TH_LOG("%ld KiB less are free, Slab is %ld KiB more", lost, slab);
	/*
	 * 8 rounds of 1,000 buffers that leave 512 bytes each lose 4 MiB of
	 * slabs, and 32 MiB if a page each. Others use memory, too.
	 */
	EXPECT_GT(TOLERANCE_KB, slab);
	EXPECT_MEMORY_BACK(2 * TOLERANCE_KB, free_before);
}

/*
 * The driver's objects are a struct mmapdemo_buffer and a struct mmapdemo_file,
 * of the kernel's kmalloc caches. The first buffers only use up what the slabs
 * have left over. The kernel's objects are in the next test.
 */
TEST_F_TIMEOUT(device, cost_of_a_buffer, 120)
{
	long start, middle, end, slab, first, second;
	size_t i;

	NEEDS_PLAIN_KERNEL();
	if (variant->kind.backing != MMAPDEMO_BACKING_KMALLOC)
		return;
	ASSERT_EQ(0, open_more_files());
	ASSERT_EQ(0, create_all(self->fd, &variant->kind, more_fds,
				ARRAY_SIZE(more_fds)));
	start = slab_bytes("kmalloc-");
	if (start < 0)
		SKIP(return, "no /proc/slabinfo");
	slab = slab_kb();
	ASSERT_EQ(0, create_all(self->fd, &variant->kind, fds, BUFFERS / 2));
	middle = slab_bytes("kmalloc-");
	ASSERT_EQ(0, create_all(self->fd, &variant->kind, fds + BUFFERS / 2,
				BUFFERS / 2));
	end = slab_bytes("kmalloc-");
	slab = slab_kb() - slab;
	first = (middle - start) / (BUFFERS / 2);
	second = (end - middle) / (BUFFERS / 2);
	TH_LOG("first half %ld, second half %ld bytes each; all of Slab, with a page or four: %ld",
	       first, second, slab * 1024 / BUFFERS);
	EXPECT_GE(512, first);
	EXPECT_GE(512, second);
	EXPECT_GE(128, labs(first - second));
	close_all();
	for (i = 0; i < ARRAY_SIZE(more_fds); i++)
		close(more_fds[i]);
}

/* Bytes for the inodes and the names of all files */
static long file_bytes(void)
{
	return slab_bytes("inode_cache") + slab_bytes("shmem_inode_cache") +
	       slab_bytes("dentry");
}

static int memfd_all(int *to)
{
	int i;

	for (i = 0; i < BUFFERS; i++) {
		to[i] = memfd_create("control", MFD_CLOEXEC);
		if (to[i] < 0 || ftruncate(to[i], page_size()))
			return -errno;
	}
	return 0;
}

/*
 * A private buffer is a file as a memfd is, and the kernel's objects for it take
 * no more than those of a memfd. The mount is one for all of them.
 */
TEST_F_TIMEOUT(device, file_costs_no_more_than_a_memfd, 120)
{
	long start, middle, end, control, device;
	static int memfds[BUFFERS];
	int i;

	NEEDS_PLAIN_KERNEL();
	if (variant->kind.backing != MMAPDEMO_BACKING_KMALLOC)
		return;
	ASSERT_EQ(0, open_more_files());
	start = file_bytes();
	if (slab_bytes("inode_cache") < 0)
		SKIP(return, "no inode_cache in /proc/slabinfo");
	ASSERT_EQ(0, memfd_all(memfds));
	middle = file_bytes();
	ASSERT_EQ(0, create_all(self->fd, &variant->kind, fds, BUFFERS));
	end = file_bytes();
	control = (middle - start) / BUFFERS;
	device = (end - middle) / BUFFERS;
	TH_LOG("%ld bytes each, %ld of a memfd", device, control);
	EXPECT_LT(256, device);
	EXPECT_GE(control + 64, device);
	close_all();
	for (i = 0; i < BUFFERS; i++)
		close(memfds[i]);
}

/* Returns the bytes of kmalloc objects for each mapping, over all descriptors. */
static int kmalloc_of_mappings(double *bytes)
{
	long start = slab_bytes("kmalloc-");
	int ret = map_some(0, BUFFERS);

	*bytes = (double)(slab_bytes("kmalloc-") - start) /
		 (BUFFERS * MAPPINGS_EACH);
	unmap_all();
	close_all();
	return ret;
}

/*
 * Since 6.16 the kernel itself, where memory has attributes, keeps a counter in
 * 32 bytes for each mapping of frames.
 */
static int kernel_keeps(const struct kind *kind)
{
	if (backings[kind->backing].pages || kind->lazy)
		return 0;
	return file_has_word("/proc/kallsyms", "", "pfnmap_track_ctx_release") ?
		       32 :
		       0;
}

/*
 * The driver keeps nothing of a mapping; the kernel does, the same of each.
 * Objects of kmalloc, too: once there is a memory cgroup, the owners of each
 * VMA and maple node stand in arrays of that kind. A memfd's mappings cost the
 * same of it, whatever it is.
 */
TEST_F_TIMEOUT(device, driver_keeps_nothing_of_a_mapping, 120)
{
	double device, control, kept = -kernel_keeps(&variant->kind);
	int round;

	NEEDS_PLAIN_KERNEL();
	if (slab_bytes("kmalloc-") < 0)
		SKIP(return, "no /proc/slabinfo");
	ASSERT_EQ(0, open_more_files());
	for (round = 0; round < ROUNDS; round++) {
		ASSERT_EQ(0, memfd_all(fds));
		ASSERT_EQ(0, kmalloc_of_mappings(&control));
		ASSERT_EQ(0,
			  create_all(self->fd, &variant->kind, fds, BUFFERS));
		ASSERT_EQ(0, kmalloc_of_mappings(&device));
		TH_LOG("%.1f bytes each, %.1f of a memfd", device, control);
		kept += (device - control) / ROUNDS;
	}
	/* The smallest object has 8 bytes */
	EXPECT_GT(4, kept);
}

/* Waits for at most 5 seconds until RCU has freed what the last round left. */
static void let_mappings_go(void)
{
	long before, now = mapping_bytes();
	int i;

	for (i = 0; i < 50; i++) {
		before = now;
		usleep(100000);
		now = mapping_bytes();
		if (now >= before)
			return;
	}
}

/*
 * Returns the bytes for each mapping, separately for the first and the second
 * half.
 */
static int measure_mappings(long *first, long *second)
{
	const long mappings = BUFFERS / 2 * MAPPINGS_EACH;
	long start, middle;
	int ret;

	start = mapping_bytes();
	ret = map_some(0, BUFFERS / 2);
	middle = mapping_bytes();
	if (!ret)
		ret = map_some(BUFFERS / 2, BUFFERS);
	*first = (middle - start) / mappings;
	*second = (mapping_bytes() - middle) / mappings;
	return ret;
}

#define MAPPING_BYTES_MOST 512

/*
 * What others allocate meanwhile is counted, too, so a round that exceeds the
 * bound is repeated. A mapping that costs more exceeds it in each round.
 */
TEST_F_TIMEOUT(device, cost_of_a_mapping, 120)
{
	long first = LONG_MAX, second = LONG_MAX;
	int round;

	NEEDS_PLAIN_KERNEL();
	if (slab_bytes("kmalloc-") < 0)
		SKIP(return, "no /proc/slabinfo");
	ASSERT_EQ(0, open_more_files());
	ASSERT_EQ(0, create_all(self->fd, &variant->kind, fds, BUFFERS));
	for (round = 0; round < ROUNDS; round++) {
		ASSERT_EQ(0, measure_mappings(&first, &second));
		TH_LOG("first half %ld, second half %ld bytes each", first,
		       second);
		unmap_all();
		if (first <= MAPPING_BYTES_MOST && second <= MAPPING_BYTES_MOST)
			break;
		let_mappings_go();
	}
	/* The first mappings use the free lists of the slabs, or fill them. */
	EXPECT_GE(MAPPING_BYTES_MOST, first);
	EXPECT_GE(MAPPING_BYTES_MOST, second);
	close_all();
}

TEST_HARNESS_MAIN
