// SPDX-License-Identifier: GPL-2.0-only
/*
 * CREATE: which requests fail and leave nothing behind, what a private buffer
 * can do, and how it is charged to limit_mb and to the memory cgroup. See
 * contract_lifetime_test.c for what keeps it alive.
 */
#include <sys/mount.h>
#include <sys/resource.h>
#include <zlib.h>

#include "cgroup.h"
#include "device.h"

/* Exactly the combinations in the manual's first table are supported. */
TEST_F(device, every_combination)
{
	struct kind kind;
	unsigned int lazy;
	long rc, want;

	for (kind.backing = 0; kind.backing < BACKING_COUNT; kind.backing++) {
		for (kind.cache = 0; kind.cache < CACHE_COUNT; kind.cache++) {
			for (lazy = 0; lazy < 2; lazy++) {
				kind.lazy = lazy;
				want = kind_possible(&kind) ? 0 : -EOPNOTSUPP;
				rc = create(self->fd, &kind, 1);
				if (rc >= 0)
					rc = RC(close(rc));
				EXPECT_EQ(want, rc)
				{
					TH_LOG("backing %u cache %u lazy %u",
					       kind.backing, kind.cache, lazy);
				}
			}
		}
	}
	EXPECT_NONE_LEFT();
}

TEST_F(device, no_such_thing)
{
	static const __u32 others[] = {
		5, 16, 254, 256, 4096, 0x7fffffff, 0x80000000, 0xffffffff
	};
	__u32 backing = variant->kind.backing, cache = variant->kind.cache;
	size_t i;

	EXPECT_EQ(-EINVAL, create_raw(self->fd, 0, 1, BACKING_COUNT, 0));
	EXPECT_EQ(-EINVAL, create_raw(self->fd, 0, 1, backing, 4));
	EXPECT_EQ(-EINVAL,
		  create_raw(self->fd, 0, 1, backing, MMAPDEMO_CACHE_MIXED));
	EXPECT_EQ(-EINVAL,
		  create_raw(self->fd, 0, 1, backing, MMAPDEMO_CACHE_UNKNOWN));
	for (i = 0; i < ARRAY_SIZE(others); i++) {
		EXPECT_EQ(-EINVAL,
			  create_raw(self->fd, 0, 1, others[i], cache));
		EXPECT_EQ(-EINVAL,
			  create_raw(self->fd, 0, 1, backing, others[i]));
	}
	for (i = 1; i < 32; i++)
		EXPECT_EQ(-EINVAL,
			  create_raw(self->fd, 1U << i, 1, backing, cache));
	EXPECT_NONE_LEFT();
}

TEST_F(device, sizes)
{
	static const __u64 too_large[] = { ~0ULL, 1ULL << 63, ~0ULL - 4095,
					   (1ULL << 63) - 1 };
	static const __u64 good[] = { 1, 4095, 4096, 4097, 4 << 20 };
	struct mmapdemo_info info;
	size_t i;
	int fd;

	EXPECT_EQ(-EINVAL, create(self->fd, &variant->kind, 0));
	for (i = 0; i < ARRAY_SIZE(too_large); i++)
		EXPECT_EQ(-EINVAL,
			  create(self->fd, &variant->kind, too_large[i]));
	for (i = 0; i < ARRAY_SIZE(good); i++) {
		fd = create(self->fd, &variant->kind, good[i]);
		ASSERT_LE(0, fd);
		EXPECT_EQ(0, get_info(fd, &info));
		EXPECT_EQ(good[i], info.buffer_size);
		EXPECT_EQ(round_up_to_pages(good[i]), info.mapping_size);
		close(fd);
	}
	fd = create(self->fd, &variant->kind, (4 << 20) + 1);
	if (variant->kind.backing == MMAPDEMO_BACKING_KMALLOC) {
		EXPECT_EQ(-EINVAL, fd);
	} else {
		/* dma needs one free piece of this size, which CMA may have. */
		if (variant->kind.backing != MMAPDEMO_BACKING_DMA ||
		    fd != -ENOMEM)
			EXPECT_LE(0, fd);
		close(fd);
		EXPECT_GT(0, create(self->fd, &variant->kind, 1ULL << 50));
	}
	EXPECT_NONE_LEFT();
}

/*
 * A private buffer's descriptor supports every call that /dev/mmapdemo does.
 * The calls leave the device's own buffer alone.
 */
TEST_F(device, does_all_that_the_device_does)
{
	int fd = create(self->fd, &variant->kind, DEVICE_SIZE);
	unsigned char bytes[DEVICE_SIZE + 1], *map;
	struct mmapdemo_mapinfo mapinfo;
	struct mmapdemo_info info;
	__u32 crc;

	ASSERT_LE(0, fd);
	EXPECT_EQ(O_RDWR, fcntl(fd, F_GETFL) & O_ACCMODE);
	ASSERT_EQ(0, get_info(fd, &info));
	EXPECT_EQ(variant->kind.backing, info.backing);
	EXPECT_EQ(variant->kind.cache, info.cache_requested);
	EXPECT_EQ(variant->kind.cache, info.cache_effective);
	EXPECT_EQ(MMAPDEMO_INFO_PRIVATE |
			  (variant->kind.lazy ? MMAPDEMO_INFO_LAZY : 0),
		  info.properties);
	EXPECT_EQ(0, info.generation);

	map = map_shared(fd, DEVICE_MAPPED, RW, 0);
	ASSERT_NE(MAP_FAILED, map);
	EXPECT_EQ(DEVICE_MAPPED, bytes_until_not(map, 0, DEVICE_MAPPED));
	EXPECT_EQ(-ENXIO, get_mapinfo(self->fd, map, &mapinfo));
	EXPECT_EQ(-ENXIO, get_mapinfo(fd, self->map, &mapinfo));
	EXPECT_EQ(0, get_mapinfo(fd, map, &mapinfo));
	EXPECT_EQ(variant->kind.cache, mapinfo.cache);

	scramble(bytes, DEVICE_SIZE, 51);
	EXPECT_EQ(DEVICE_SIZE, write(fd, bytes, sizeof(bytes)));
	EXPECT_EQ(-ENOSPC, RC(write(fd, bytes, 1)));
	EXPECT_EQ(0, memcmp(map, bytes, DEVICE_SIZE));
	EXPECT_EQ(1000, lseek(fd, 1000, SEEK_SET));
	EXPECT_EQ(DEVICE_SIZE - 1000, read(fd, bytes, sizeof(bytes)));
	EXPECT_EQ(0, memcmp(map + 1000, bytes, DEVICE_SIZE - 1000));
	EXPECT_EQ(0, checksum(fd, 0, 500, &crc));
	EXPECT_EQ(crc32(0, map, 500), crc);
	EXPECT_EQ(0, fill(fd, 0, 0, 8, 0x7171717171717171));
	EXPECT_EQ(0x71, map[7]);
	EXPECT_EQ(-ETIMEDOUT, wait_word(fd, 0, 0x71717171, 1000));
	EXPECT_EQ(0, wake_word(fd, 0, 1));
	EXPECT_EQ(3, fd_generation(fd));
	EXPECT_EQ(DEVICE_MAPPED, bytes_until_not(self->map, 0, DEVICE_MAPPED));
	EXPECT_EQ(0, fd_generation(self->fd));
	munmap(map, DEVICE_MAPPED);
	close(fd);
}

TEST_F(device, limit)
{
	const size_t unit = limit_unit(&variant->kind);
	int fds[4];
	size_t i;

	EXPECT_EQ(meminfo_kb("MemTotal") / 2048, get_number(LIMIT_MB));
	put_number(LIMIT_MB, 4 * unit / MIB);
	for (i = 0; i < ARRAY_SIZE(fds); i++) {
		fds[i] = create(self->fd, &variant->kind, unit);
		ASSERT_LE(0, fds[i]);
	}
	EXPECT_EQ(-ENOSPC, create(self->fd, &variant->kind, 1));
	EXPECT_EQ(-ENOSPC, create(self->fd, &variant->kind, unit));
	/* What is freed becomes available again, to the page. */
	close(fds[1]);
	EXPECT_EQ(-ENOSPC, create(self->fd, &variant->kind, unit + 1));
	fds[1] = create(self->fd, &variant->kind, unit);
	EXPECT_LE(0, fds[1]);
	/*
	 * With a limit below what is in use, buffers stay but no new one is
	 * possible.
	 */
	put_number(LIMIT_MB, 2 * unit / MIB);
	EXPECT_EQ(-ENOSPC, create(self->fd, &variant->kind, 1));
	EXPECT_EQ(1, write(fds[3], "x", 1));
	close(fds[0]);
	close(fds[1]);
	EXPECT_EQ(-ENOSPC, create(self->fd, &variant->kind, 1));
	close(fds[2]);
	fds[0] = create(self->fd, &variant->kind, unit);
	EXPECT_LE(0, fds[0]);
	put_number(LIMIT_MB, ~0UL);
	fds[1] = create(self->fd, &variant->kind, unit);
	EXPECT_LE(0, fds[1]);
	put_number(LIMIT_MB, 0);
	EXPECT_EQ(-ENOSPC, create(self->fd, &variant->kind, 1));
	close(fds[0]);
	close(fds[1]);
	close(fds[3]);
	EXPECT_NONE_LEFT();
}

/* Returns how much the manual says is allocated for this many bytes. */
static size_t cost_of(const struct kind *kind, size_t size)
{
	size_t least = limit_unit(kind), cost;

	if (backings[kind->backing].pages)
		return round_up_to_pages(size);
	for (cost = least > MIB ? least : page_size(); cost < size;)
		cost *= 2;
	return cost;
}

/*
 * CREATE charges to limit_mb exactly what it allocates. It fails if less is
 * left, and takes no more.
 */
TEST_F(device, what_counts)
{
	static const size_t sizes[] = { 1,	     MIB,     MIB + 1, 2 * MIB,
					2 * MIB + 1, 3 * MIB, 4 * MIB };
	size_t i, cost, mib;
	int fd, rest;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		cost = cost_of(&variant->kind, sizes[i]);
		mib = (cost + MIB - 1) / MIB;
		put_number(LIMIT_MB, mib - 1);
		EXPECT_EQ(-ENOSPC, create(self->fd, &variant->kind, sizes[i]))
		{
			TH_LOG("%zu bytes", sizes[i]);
		}
		put_number(LIMIT_MB, mib);
		fd = create(self->fd, &variant->kind, sizes[i]);
		EXPECT_LE(0, fd)
		{
			TH_LOG("%zu bytes", sizes[i]);
		}
		/*
		 * Probes what is left with vmalloc, which allocates any number
		 * of pages.
		 */
		rest = create_raw(self->fd, 0, mib * MIB - cost + 1,
				  MMAPDEMO_BACKING_VMALLOC, MMAPDEMO_CACHE_WB);
		EXPECT_EQ(-ENOSPC, rest);
		if (mib * MIB > cost) {
			rest = create_raw(self->fd, 0, mib * MIB - cost,
					  MMAPDEMO_BACKING_VMALLOC,
					  MMAPDEMO_CACHE_WB);
			EXPECT_LE(0, rest);
			close(rest);
		}
		close(fd);
	}
	EXPECT_NONE_LEFT();
}

/* wc and uc buffers share a block, but no two of them share a page. */
TEST_F(device, blocks_are_shared)
{
	const size_t unit = limit_unit(&variant->kind);
	int fds[512], more, last;
	unsigned char byte;
	size_t i, count;

	if (unit == MIB)
		SKIP(return, "only wc and uc memory comes in blocks");
	count = unit / page_size();
	ASSERT_GE(ARRAY_SIZE(fds), count);
	put_number(LIMIT_MB, unit / MIB);
	for (i = 0; i < count; i++) {
		fds[i] = create(self->fd, &variant->kind, 1);
		ASSERT_LE(0, fds[i]);
		ASSERT_EQ(0, fill(fds[i], 0, 0, 1, i % 255 + 1));
	}
	EXPECT_EQ(-ENOSPC, create(self->fd, &variant->kind, 1));
	for (i = 0; i < count; i++) {
		ASSERT_EQ(1, pread(fds[i], &byte, 1, 0));
		ASSERT_EQ(i % 255 + 1, byte);
	}
	/*
	 * Two adjacent free pages make room for a buffer of two pages. It is
	 * zeroed.
	 */
	close(fds[100]);
	EXPECT_EQ(-ENOSPC, create(self->fd, &variant->kind, page_size() + 1));
	close(fds[101]);
	more = create(self->fd, &variant->kind, page_size() + 1);
	EXPECT_LE(0, more);
	EXPECT_EQ(1, pread(more, &byte, 1, 0));
	EXPECT_EQ(0, byte);
	EXPECT_EQ(1, pread(more, &byte, 1, page_size()));
	EXPECT_EQ(0, byte);
	close(more);
	/* A single buffer of one page keeps the whole block. */
	last = fds[count - 1];
	for (i = 0; i < count - 1; i++)
		if (i != 100 && i != 101)
			close(fds[i]);
	EXPECT_EQ(-ENOSPC, create(self->fd, &variant->kind, unit));
	close(last);
	EXPECT_NONE_LEFT();
}

/*
 * limit_mb takes effect at load. The device's own buffer is not charged to it.
 */
TEST(limit_at_load)
{
	static const struct kind kind;
	int fd, first;

	REQUIRE_MODULE();
	ASSERT_EQ(0, module_gone());
	ASSERT_EQ(0, module_load("limit_mb=1 size=4M"));
	fd = device_open(O_RDONLY);
	first = create(fd, &kind, MIB);
	EXPECT_LE(0, first);
	EXPECT_EQ(-ENOSPC, create(fd, &kind, 1));
	close(first);
	close(fd);
	EXPECT_EQ(0, module_gone());
}

TEST_F(device, no_descriptor_left)
{
	struct rlimit old, few = { .rlim_cur = 0 };

	getrlimit(RLIMIT_NOFILE, &old);
	few.rlim_cur = dup(self->fd);
	close(few.rlim_cur);
	few.rlim_max = old.rlim_max;
	ASSERT_EQ(0, setrlimit(RLIMIT_NOFILE, &few));
	EXPECT_EQ(-EMFILE, create(self->fd, &variant->kind, MIB));
	ASSERT_EQ(0, setrlimit(RLIMIT_NOFILE, &old));
	EXPECT_NONE_LEFT();
}

/*
 * As with ntsync, the new descriptor is close-on-exec until the caller changes
 * it.
 */
TEST_F(device, cloexec)
{
	int fd = create(self->fd, &variant->kind, 1);

	ASSERT_LE(0, fd);
	EXPECT_EQ(FD_CLOEXEC, fcntl(fd, F_GETFD));
	EXPECT_EQ(0, fcntl(fd, F_SETFD, 0));
	EXPECT_EQ(0, fcntl(fd, F_GETFD));
	close(fd);
}

/*
 * The new descriptor does not inherit the access mode and flags of the
 * descriptor that CREATE is called on.
 */
TEST_F(device, any_descriptor_will_do)
{
	static const int flags[] = { O_RDONLY, O_WRONLY, O_RDWR,
				     O_RDONLY | O_NONBLOCK | O_APPEND };
	size_t i;
	int fd, made;

	for (i = 0; i < ARRAY_SIZE(flags); i++) {
		fd = device_open(flags[i]);
		made = create(fd, &variant->kind, 8);
		ASSERT_LE(0, made);
		EXPECT_EQ(O_RDWR, fcntl(made, F_GETFL) &
					  (O_ACCMODE | O_NONBLOCK | O_APPEND));
		EXPECT_EQ(8, write(made, "\1\1\1\1\1\1\1\1", 8));
		close(made);
		close(fd);
	}
	EXPECT_EQ(0, fd_generation(self->fd));
}

/* CREATE works on the descriptor of a private buffer, too. */
TEST_F(device, made_by_a_private_one)
{
	int first = create(self->fd, &variant->kind, 1);
	int second = create(first, &variant->kind, 2);
	struct mmapdemo_info info;

	close(first);
	ASSERT_LE(0, second);
	EXPECT_EQ(0, get_info(second, &info));
	EXPECT_EQ(2, info.buffer_size);
	close(second);
}

/*
 * vmalloc allocates far more than kmalloc can, and the last page is as good as
 * the first.
 */
TEST_F_TIMEOUT(device, a_gibibyte, 120)
{
	const __u64 size = 1ULL << 30;
	unsigned char *map;
	__u64 at, word;
	int fd;

	if (variant->kind.backing != MMAPDEMO_BACKING_VMALLOC) {
		if (variant->kind.backing == MMAPDEMO_BACKING_KMALLOC) {
			EXPECT_EQ(-EINVAL,
				  create(self->fd, &variant->kind, size));
		}
		return;
	}
	if (kernel_is_instrumented())
		SKIP(return, "takes minutes where each access is looked at");
	if (meminfo_kb("MemAvailable") < 1200 << 10)
		SKIP(return, "needs 1.2 GiB of free memory, e.g. --mem 2G");
	put_number(LIMIT_MB, 2048);
	fd = create(self->fd, &variant->kind, size);
	ASSERT_LE(0, fd);
	map = map_shared(fd, size, RW, 0);
	ASSERT_NE(MAP_FAILED, map);
	ASSERT_EQ(0, fill(fd, MMAPDEMO_FILL_COUNT, 0, size, 5));
	for (at = 0; at < size; at += 1 << 20) {
		memcpy(&word, map + at, 8);
		ASSERT_EQ(at + 5, word);
	}
	map[size - 1] = 0x77;
	EXPECT_EQ(1, pread(fd, &word, 1, size - 1));
	EXPECT_EQ(0x77, word & 0xff);
	munmap(map, size);
	close(fd);
}

/*
 * Called in a child. A buffer beyond the cgroup's limit fails with ENOMEM, and
 * no process is killed.
 */
static int within_the_cgroup(int fd, const struct kind *kind)
{
	unsigned long before, with;
	int small, i;

	put_number(CGROUP "/cgroup.procs", getpid());
	close(create(fd, kind, MIB));
	before = get_number(CGROUP "/memory.current");
	small = create(fd, kind, 4 * MIB);
	if (small < 0)
		return 1;
	with = get_number(CGROUP "/memory.current");
	if (with < before + 3 * MIB)
		return 2;
	for (i = 0; i < 20; i++) {
		int rc = create(fd, kind, 4 * MIB);

		if (rc == -ENOMEM)
			break;
		if (rc < 0)
			return 3;
	}
	if (i == 20)
		return 4;
	if (create(fd, kind, 4 * MIB) != -ENOMEM)
		return 5;
	return 0;
}

TEST_F(device, memory_cgroup)
{
	unsigned long left = ~0UL;
	pid_t pid;
	int i;

	if (cgroup_missing())
		SKIP(return, "%s", cgroup_missing());
	if (variant->kind.backing == MMAPDEMO_BACKING_DMA &&
	    meminfo_kb("CmaTotal") > 0)
		SKIP(return, "the pages of CMA are charged to nobody");
	put_number(CGROUP "/memory.max", 24 * MIB);
	pid = fork();
	if (!pid)
		_exit(within_the_cgroup(self->fd, &variant->kind));
	EXPECT_EQ(0, child_status(pid));
	EXPECT_EQ(0, cgroup_event("oom_kill"));
	/* Memory may be uncharged from the cgroup with a delay. */
	for (i = 0; i < 100 && left > 2 * MIB; i++) {
		left = get_number(CGROUP "/memory.current");
		usleep(20000);
	}
	EXPECT_GT(2 * MIB, left);
	EXPECT_EQ(0, rmdir(CGROUP));
	EXPECT_NONE_LEFT();
}

TEST_HARNESS_MAIN
