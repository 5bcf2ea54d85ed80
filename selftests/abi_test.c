// SPDX-License-Identifier: GPL-2.0-only
/*
 * The numbers of the ABI: offsets, sizes and constants. This file is built as a
 * 64-bit and as a 32-bit program (abi_test_i386, see Makefile). Both compare
 * their compiler's view of the UAPI header with the same numbers, and then make
 * real calls.
 */
#define _FILE_OFFSET_BITS 64

#include <stddef.h>
#include <sys/time.h>
#include <sys/uio.h>

#include "device.h"

#define GIB4 (1ULL << 32)

/*
 * A 32-bit process has room here, and sign extension would change the address.
 */
#define HIGH ((void *)0xd0000000UL)

/*
 * The fields of each struct in their order, as FIELD(struct, field, offset,
 * size), and then the size of the whole struct, as END(struct, size).
 */
#define LAYOUTS(FIELD, END)                   \
	FIELD(info, size, 0, 4)               \
	FIELD(info, flags, 4, 4)              \
	FIELD(info, buffer_size, 8, 8)        \
	FIELD(info, mapping_size, 16, 8)      \
	FIELD(info, generation, 24, 8)        \
	FIELD(info, page_size, 32, 4)         \
	FIELD(info, backing, 36, 4)           \
	FIELD(info, cache_requested, 40, 4)   \
	FIELD(info, cache_effective, 44, 4)   \
	FIELD(info, cache_available, 48, 4)   \
	FIELD(info, backing_available, 52, 4) \
	FIELD(info, properties, 56, 4)        \
	FIELD(info, seals, 60, 4)             \
	END(info, 64)                         \
	FIELD(mapinfo, size, 0, 4)            \
	FIELD(mapinfo, flags, 4, 4)           \
	FIELD(mapinfo, address, 8, 8)         \
	FIELD(mapinfo, offset, 16, 8)         \
	FIELD(mapinfo, cache, 24, 4)          \
	FIELD(mapinfo, entry_size, 28, 4)     \
	FIELD(mapinfo, properties, 32, 4)     \
	FIELD(mapinfo, reserved, 36, 4)       \
	END(mapinfo, 40)                      \
	FIELD(fill, size, 0, 4)               \
	FIELD(fill, flags, 4, 4)              \
	FIELD(fill, offset, 8, 8)             \
	FIELD(fill, length, 16, 8)            \
	FIELD(fill, pattern, 24, 8)           \
	END(fill, 32)                         \
	FIELD(checksum, size, 0, 4)           \
	FIELD(checksum, flags, 4, 4)          \
	FIELD(checksum, offset, 8, 8)         \
	FIELD(checksum, length, 16, 8)        \
	FIELD(checksum, crc, 24, 4)           \
	FIELD(checksum, reserved, 28, 4)      \
	END(checksum, 32)                     \
	FIELD(create, size, 0, 4)             \
	FIELD(create, flags, 4, 4)            \
	FIELD(create, buffer_size, 8, 8)      \
	FIELD(create, backing, 16, 4)         \
	FIELD(create, cache, 20, 4)           \
	END(create, 24)                       \
	FIELD(wait, size, 0, 4)               \
	FIELD(wait, flags, 4, 4)              \
	FIELD(wait, offset, 8, 8)             \
	FIELD(wait, timeout, 16, 8)           \
	FIELD(wait, expected, 24, 4)          \
	FIELD(wait, reserved, 28, 4)          \
	END(wait, 32)                         \
	FIELD(wake, size, 0, 4)               \
	FIELD(wake, flags, 4, 4)              \
	FIELD(wake, offset, 8, 8)             \
	FIELD(wake, count, 16, 4)             \
	FIELD(wake, reserved, 20, 4)          \
	END(wake, 24)                         \
	FIELD(seal, size, 0, 4)               \
	FIELD(seal, flags, 4, 4)              \
	FIELD(seal, add, 8, 4)                \
	FIELD(seal, seals, 12, 4)             \
	END(seal, 16)

static const struct layout {
	const char *name;
	size_t offset, want_offset;
	size_t size, want_size;
	bool end; /* the row is about the whole struct */
} layouts[] = {
#define FIELD(s, f, at, bytes)                              \
	{ #s "." #f, offsetof(struct mmapdemo_##s, f),      \
	  at,	     sizeof(((struct mmapdemo_##s *)0)->f), \
	  bytes,     false },
#define END(s, bytes) { #s, 0, 0, sizeof(struct mmapdemo_##s), bytes, true },
	LAYOUTS(FIELD, END)
#undef FIELD
#undef END
};

TEST(structs)
{
	const struct layout *l;
	size_t end = 0;

	for (l = layouts; l < layouts + ARRAY_SIZE(layouts); l++) {
		EXPECT_EQ(l->want_offset, l->offset)
		{
			TH_LOG("offset of %s", l->name);
		}
		EXPECT_EQ(l->want_size, l->size)
		{
			TH_LOG("size of %s", l->name);
		}
		/* Finds padding, and fields that are not listed. */
		EXPECT_EQ(end, l->end ? l->size : l->offset)
		{
			TH_LOG("something else stands before %s%s",
			       l->end ? "the end of " : "", l->name);
		}
		end = l->end ? 0 : l->offset + l->size;
	}
}

/* kinds_list.h lists the constants in the order of their values. */
TEST(kinds)
{
	static const unsigned int backing_ids[] = { FOR_EACH_BACKING(KIND_ID) };
	static const unsigned int cache_ids[] = { FOR_EACH_CACHE(KIND_ID) };

	for (unsigned int i = 0; i < BACKING_COUNT; i++)
		EXPECT_EQ(i, backing_ids[i]);
	for (unsigned int i = 0; i < CACHE_COUNT; i++)
		EXPECT_EQ(i, cache_ids[i]);
}

TEST(constants)
{
	EXPECT_EQ(0xf700, MMAPDEMO_IOC_INFO);
	EXPECT_EQ(0xf701, MMAPDEMO_IOC_MAPINFO);
	EXPECT_EQ(0xf702, MMAPDEMO_IOC_FILL);
	EXPECT_EQ(0xf703, MMAPDEMO_IOC_CHECKSUM);
	EXPECT_EQ(0xf704, MMAPDEMO_IOC_CREATE);
	EXPECT_EQ(0xf705, MMAPDEMO_IOC_WAIT);
	EXPECT_EQ(0xf706, MMAPDEMO_IOC_WAKE);
	EXPECT_EQ(0xf707, MMAPDEMO_IOC_SEAL);
	EXPECT_EQ(254, MMAPDEMO_CACHE_UNKNOWN);
	EXPECT_EQ(255, MMAPDEMO_CACHE_MIXED);
	EXPECT_EQ(1, MMAPDEMO_INFO_READ_BACK);
	EXPECT_EQ(1, MMAPDEMO_INFO_LAZY);
	EXPECT_EQ(2, MMAPDEMO_INFO_PRIVATE);
	EXPECT_EQ(1, MMAPDEMO_MAPINFO_PRESENT);
	EXPECT_EQ(2, MMAPDEMO_MAPINFO_WRITE);
	EXPECT_EQ(1, MMAPDEMO_FILL_COUNT);
	EXPECT_EQ(1, MMAPDEMO_CREATE_LAZY);
	EXPECT_EQ(1, MMAPDEMO_WAIT_TIMEOUT);
	EXPECT_EQ(2, MMAPDEMO_WAIT_ABSOLUTE);
	EXPECT_EQ(1, MMAPDEMO_SEAL_SEAL);
	EXPECT_EQ(2, MMAPDEMO_SEAL_WRITE);
	EXPECT_EQ(4, MMAPDEMO_SEAL_FUTURE_WRITE);
}

/* Each of the two programs has the pointers and types of its width. */
TEST(width)
{
#ifdef __i386__
	EXPECT_EQ(4, sizeof(void *));
	EXPECT_EQ(4, sizeof(long));
	EXPECT_EQ(4, _Alignof(struct mmapdemo_info));
#else
	EXPECT_EQ(8, sizeof(void *));
	EXPECT_EQ(8, sizeof(long));
	EXPECT_EQ(8, _Alignof(struct mmapdemo_info));
#endif
	EXPECT_EQ(8, sizeof(off_t));
}

TEST_F(device, info)
{
	struct mmapdemo_info info;

	ASSERT_EQ(0, get_info(self->fd, &info));
	EXPECT_EQ(64, info.size);
	EXPECT_EQ(DEVICE_SIZE, info.buffer_size);
	EXPECT_EQ(DEVICE_MAPPED, info.mapping_size);
	EXPECT_EQ(0, info.generation);
	EXPECT_EQ(page_size(), info.page_size);
	EXPECT_EQ(variant->kind.backing, info.backing);
	EXPECT_EQ(variant->kind.cache, info.cache_effective);
	EXPECT_EQ((1 << BACKING_COUNT) - 1, info.backing_available);
}

/*
 * MAPINFO accepts an address with bit 31 set, and does not cut a 64-bit address
 * to 32 bits.
 */
TEST_F(device, mapinfo)
{
	struct mmapdemo_mapinfo info;
	unsigned char *map;

	map = mmap(HIGH, self->mapped, RW, MAP_SHARED, self->fd, 0);
	ASSERT_TRUE(map == HIGH);
	touch_pages(map, self->mapped, true);
	ASSERT_EQ(0, get_mapinfo(self->fd, map + page_size() + 1, &info));
	EXPECT_EQ(40, info.size);
	EXPECT_EQ(0xd0000001 + page_size(), info.address);
	EXPECT_EQ(page_size() + 1, info.offset);
	EXPECT_EQ(variant->kind.cache, info.cache);
	EXPECT_EQ(page_size(), info.entry_size);

	info.size = sizeof(info);
	info.flags = 0;
	info.address = GIB4 + (uintptr_t)map;
	EXPECT_EQ(-ENXIO, RC(ioctl(self->fd, MMAPDEMO_IOC_MAPINFO, &info)));
	munmap(map, self->mapped);
}

TEST_F(device, create)
{
	struct mmapdemo_info info;
	int fd;

	/*
	 * This must fail, although the lower half of the size alone would fit.
	 */
	EXPECT_GT(0,
		  create(self->fd, &variant->kind, DEVICE_SIZE + (1ULL << 48)));
	fd = create(self->fd, &variant->kind, DEVICE_SIZE);
	ASSERT_LE(0, fd);
	ASSERT_EQ(0, get_info(fd, &info));
	EXPECT_EQ(DEVICE_SIZE, info.buffer_size);
	EXPECT_EQ(variant->kind.backing, info.backing);
	EXPECT_EQ(variant->kind.cache, info.cache_requested);
	EXPECT_EQ(MMAPDEMO_INFO_PRIVATE |
			  (variant->kind.lazy ? MMAPDEMO_INFO_LAZY : 0),
		  info.properties);
	close(fd);
}

TEST_F(device, fill)
{
	size_t i;

	ASSERT_EQ(0, fill(self->fd, 0, 3, 4090, 0x8877665544332211));
	EXPECT_EQ(0, self->map[2]);
	for (i = 3; i < 4093; i++)
		ASSERT_EQ(0x11 * (i % 8 + 1), self->map[i]);
	EXPECT_EQ(0, self->map[4093]);
	ASSERT_EQ(0, fill(self->fd, MMAPDEMO_FILL_COUNT, 8, 8, GIB4 << 8));
	EXPECT_EQ(0, memcmp(self->map + 8, "\10\0\0\0\0\1\0\0", 8));
	EXPECT_EQ(-EINVAL, fill(self->fd, 0, GIB4, 8, 0));
	EXPECT_EQ(-EINVAL, fill(self->fd, 0, 0, GIB4 + 8, 0));
}

/* 0xcbf43926 is the published check value of CRC-32 for these nine digits. */
TEST_F(device, checksum)
{
	__u32 crc;

	ASSERT_EQ(9, pwrite(self->fd, "123456789", 9, 4090));
	ASSERT_EQ(0, checksum(self->fd, 4090, 9, &crc));
	EXPECT_EQ(0xcbf43926, crc);
	EXPECT_EQ(-EINVAL, checksum(self->fd, GIB4, 9, &crc));
	EXPECT_EQ(-EINVAL, checksum(self->fd, 0, GIB4 + 9, &crc));
}

/*
 * The timeout is longer than 2^32 ns. Its lower half is 1 ns, so a driver that
 * saw only that half would time out at once.
 */
TEST_F(device, wait_and_wake)
{
	pid_t pid = fork();
	int i, woken = 0;

	if (!pid)
		_exit(-wait_word(self->fd, 4092, 0, 10 * GIB4 + 1));
	while (!asleep(pid))
		usleep(500);
	EXPECT_EQ(-ETIMEDOUT, wait_word(self->fd, 4092, 0, 1));
	*(volatile __u32 *)(self->map + 4092) = 0x80000000;
	fence();
	for (i = 0; i < 1000 && !woken; i++)
		woken = wake_word(self->fd, 4092, 0x80000000);
	EXPECT_EQ(1, woken);
	EXPECT_EQ(0, child_status(pid));
	EXPECT_EQ(-EINVAL, wait_word(self->fd, GIB4, 0, 1));
	EXPECT_EQ(-EINVAL, wake_word(self->fd, GIB4, 1));
}

static void nothing(int sig)
{
}

/* An interrupted WAIT writes the remaining time back, with all 64 bits. */
TEST_F(device, wait_interrupted)
{
	struct sigaction act = { .sa_handler = nothing }, old;
	struct itimerval soon = { .it_value.tv_usec = 50000 };
	struct mmapdemo_wait arg = {
		.size = sizeof(arg),
		.flags = MMAPDEMO_WAIT_TIMEOUT,
		.timeout = 100 * GIB4,
	};

	sigaction(SIGALRM, &act, &old);
	setitimer(ITIMER_REAL, &soon, NULL);
	EXPECT_EQ(-EINTR, RC(ioctl(self->fd, MMAPDEMO_IOC_WAIT, &arg)));
	sigaction(SIGALRM, &old, NULL);
	EXPECT_EQ(32, arg.size);
	EXPECT_GT(100 * GIB4, arg.timeout);
	EXPECT_LT(90 * GIB4, arg.timeout);
}

/*
 * The kernel restarts WAIT after a signal with SA_RESTART. 32-bit system calls
 * take another path for that.
 */
TEST_F(device, wait_restarted)
{
	struct sigaction act = { .sa_handler = nothing,
				 .sa_flags = SA_RESTART };
	pid_t pid = fork();

	if (!pid) {
		sigaction(SIGUSR1, &act, NULL);
		_exit(-wait_word(self->fd, 0, 0, NO_TIMEOUT));
	}
	while (!asleep(pid))
		usleep(500);
	kill(pid, SIGUSR1);
	usleep(20000);
	while (!asleep(pid))
		usleep(500);
	EXPECT_EQ(4, pwrite(self->fd, "\1\0\0\0", 4, 0));
	EXPECT_EQ(0, child_status(pid));
}

/* Maps one page at the offset. Returns its first byte, or -errno. */
static long map_at(int fd, __u64 offset)
{
	void *map = mmap(NULL, page_size(), RW, MAP_SHARED, fd, offset);
	long byte;

	if (map == MAP_FAILED)
		return -errno;
	byte = *(unsigned char *)map;
	munmap(map, page_size());
	return byte;
}

TEST_F(device, mmap)
{
	self->map[0] = 1;
	self->map[page_size()] = 2;
	fence();
	EXPECT_EQ(1, map_at(self->fd, 0));
	EXPECT_EQ(2, map_at(self->fd, page_size()));
	EXPECT_EQ(-ENXIO, map_at(self->fd, 2 * page_size()));
	EXPECT_EQ(-ENXIO, map_at(self->fd, GIB4));
	EXPECT_EQ(-ENXIO, map_at(self->fd, GIB4 + page_size()));
	EXPECT_EQ(-ENXIO, map_at(self->fd, (GIB4 - 1) * page_size()));
}

TEST_F(device, positions)
{
	char byte;

	EXPECT_EQ(1, pwrite(self->fd, "x", 1, DEVICE_SIZE - 1));
	EXPECT_EQ(1, pread(self->fd, &byte, 1, DEVICE_SIZE - 1));
	EXPECT_EQ('x', byte);
	EXPECT_EQ(0, pread(self->fd, &byte, 1, DEVICE_SIZE));
	EXPECT_EQ(0, pread(self->fd, &byte, 1, GIB4));
	EXPECT_EQ(0, pread(self->fd, &byte, 1, GIB4 << 30));
	EXPECT_EQ(-ENOSPC, RC(pwrite(self->fd, "x", 1, GIB4)));
	EXPECT_EQ(-ENOSPC, RC(pwrite(self->fd, "x", 1, GIB4 + 1)));
	EXPECT_EQ(DEVICE_SIZE, lseek(self->fd, 0, SEEK_END));
	EXPECT_EQ(7, lseek(self->fd, 7, SEEK_SET));
	EXPECT_EQ(-EINVAL, RC(lseek(self->fd, GIB4, SEEK_SET)));
	EXPECT_EQ(-EINVAL, RC(lseek(self->fd, GIB4, SEEK_CUR)));
	EXPECT_EQ(7, lseek(self->fd, 0, SEEK_CUR));
}

TEST_F(device, vectors)
{
	char first[3], second[4];
	struct iovec out[] = { { "abc", 3 }, { "defg", 4 } };
	struct iovec in[] = { { first, 3 }, { second, 4 } };

	EXPECT_EQ(7, pwritev(self->fd, out, 2, 4093));
	EXPECT_EQ(7, preadv(self->fd, in, 2, 4093));
	EXPECT_EQ(0, memcmp(first, "abc", 3));
	EXPECT_EQ(0, memcmp(second, "defg", 4));
	EXPECT_EQ(0, preadv(self->fd, in, 2, GIB4));
}

TEST_HARNESS_MAIN
