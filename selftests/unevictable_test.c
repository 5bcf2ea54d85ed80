// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reclaim cannot find the mappings of a shmem buffer, so its pages must not be on
 * the lists that reclaim goes through. The kernel counts them as Unevictable. The
 * pages of the other backings are on no such list at all.
 */
#include "device.h"

#define SIZE (16 * MIB)
#define SIZE_KB ((long)(SIZE / 1024))

static long unevictable_kb(void)
{
	return meminfo_kb("Unevictable");
}

/* Each processor may keep a few pages that are on no list yet. */
TEST(pages_of_shmem)
{
	const struct kind shmem = kind_of(MMAPDEMO_BACKING_SHMEM);
	long before, made, closed;
	int device, fd;

	REQUIRE_MODULE();
	before = unevictable_kb();
	if (before < 0)
		SKIP(return, "no Unevictable in /proc/meminfo");
	ASSERT_EQ(0, device_load(page_size(), &shmem));
	device = device_open(O_RDWR);
	fd = create(device, &shmem, SIZE);
	ASSERT_LE(0, fd);
	made = unevictable_kb() - before;
	close(fd);
	closed = unevictable_kb() - before;
	TH_LOG("%ld KiB more of %ld, %ld after the close", made, SIZE_KB,
	       closed);
	EXPECT_LT(SIZE_KB * 3 / 4, made);
	EXPECT_GT(SIZE_KB / 4, closed);
	close(device);
	EXPECT_EQ(0, module_gone());
}

TEST_HARNESS_MAIN
