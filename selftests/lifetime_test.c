// SPDX-License-Identifier: GPL-2.0-only
/*
 * From load to unload. Unloading frees the memory and makes it write-back
 * again, and each load creates a new buffer. See contract_lifetime_test.c for
 * what keeps a buffer.
 */
#include "device.h"

/*
 * This much may be missing after 50 times 4 MiB, because others use memory,
 * too.
 */
#define TOLERANCE_KB (24 * 1024)

/*
 * Loads the module, uses both ends of the mapping, and unloads it. Returns 0 or
 * -errno.
 */
static long cycle(size_t size, const struct kind *kind)
{
	long rc = device_load(size, kind);
	unsigned char *map;
	int fd;

	if (rc)
		return rc;
	fd = device_open(O_RDWR);
	if (fd < 0)
		return fd;
	map = map_shared(fd, round_up_to_pages(size), RW, 0);
	if (map == MAP_FAILED)
		return -errno;
	if (map[0] || map[size - 1])
		return -EUCLEAN;
	map[0] = 1;
	map[size - 1] = 1;
	close(fd);
	munmap(map, round_up_to_pages(size));
	return module_unload();
}

TEST_F_TIMEOUT(device, load_and_unload_many_times, 60)
{
	int i, cycles = kernel_is_instrumented() || run_is_short() ? 10 : 50;
	long before;

	device_release(self);
	ASSERT_EQ(0, module_gone());
	ASSERT_EQ(0, cycle(4 << 20, &variant->kind));
	before = free_kb();
	for (i = 0; i < cycles; i++) {
		ASSERT_EQ(0, cycle(4 << 20, &variant->kind))
		{
			TH_LOG("cycle %d", i);
		}
	}
	EXPECT_MEMORY_BACK(TOLERANCE_KB, before);
	ASSERT_EQ(0, device_renew(self, DEVICE_SIZE, &variant->kind));
}

/*
 * Returns how much is allocated for the device's own buffer, which is alone in
 * its block.
 */
static size_t allocated(size_t size, const struct kind *kind)
{
	size_t bytes = limit_unit(kind);

	if (bytes == MIB)
		return size;
	while (bytes < size)
		bytes *= 2;
	return bytes;
}

/*
 * Memory that was wc or uc becomes write-back again. The allocator reuses first
 * what was freed last, so a load with cache=wb and the same size gets the same
 * pages. If they still had their old attribute, INFO would find it in the
 * kernel's page tables. The sizes cover slabs, pages and blocks.
 */
TEST_F_TIMEOUT(device, memory_is_ordinary_again, 60)
{
	static const struct kind ordinary = { MMAPDEMO_BACKING_KMALLOC,
					      MMAPDEMO_CACHE_WB, false };
	static const size_t sizes[] = { 4096,	  8192,	   5 * 4096,
					64 << 10, 1 << 20, 4 << 20 };
	struct mmapdemo_mapinfo user;
	struct mmapdemo_info info;
	int again, times = kernel_is_instrumented() ? 1 : 3;
	size_t i, at;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		for (again = 0; again < times; again++) {
			RENEW(sizes[i]);
			EXPECT_EQ(0, get_info(self->fd, &info));
			EXPECT_EQ(variant->kind.cache, info.cache_effective);

			device_release(self);
			ASSERT_EQ(0, device_renew(self,
						  allocated(sizes[i],
							    &variant->kind),
						  &ordinary));
			EXPECT_EQ(0, get_info(self->fd, &info));
			EXPECT_EQ(MMAPDEMO_CACHE_WB, info.cache_effective);
			for (at = 0; at < self->mapped; at += page_size()) {
				EXPECT_EQ(0,
					  get_mapinfo(self->fd, self->map + at,
						      &user));
				EXPECT_EQ(MMAPDEMO_CACHE_WB, user.cache);
			}
		}
	}
}

TEST_HARNESS_MAIN
