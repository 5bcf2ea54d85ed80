// SPDX-License-Identifier: GPL-2.0-only
/*
 * The ABI in figures. They are written down here once, and this file is built
 * for 64-bit and for 32-bit processes (abi_test_i386, see Makefile): both
 * compare what their compiler makes of the header with the same figures, and
 * then make real calls.
 */
#define _FILE_OFFSET_BITS 64

#include <stddef.h>
#include <sys/time.h>
#include <sys/uio.h>

#include "device.h"

#define RW (PROT_READ | PROT_WRITE)
#define GIB4 (1ULL << 32)

/* Wherever a process of 32 bits has room: so high that a sign would show. */
#define HIGH ((void *)0xd0000000UL)

/*
 * Each struct's fields in their order, each with its offset and its size, and at
 * the end the struct's own size.
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
	END(info, 56)                         \
	FIELD(mapinfo, size, 0, 4)            \
	FIELD(mapinfo, flags, 4, 4)           \
	FIELD(mapinfo, address, 8, 8)         \
	FIELD(mapinfo, offset, 16, 8)         \
	FIELD(mapinfo, cache, 24, 4)          \
	FIELD(mapinfo, entry_size, 28, 4)     \
	END(mapinfo, 32)                      \
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
	END(wake, 24)

static const struct layout {
	const char *name;
	size_t offset, want_offset;
	size_t size, want_size;
	bool end; /* the struct as a whole */
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
		/* Fields that are not listed, and holes, would show here. */
		EXPECT_EQ(end, l->end ? l->size : l->offset)
		{
			TH_LOG("something else stands before %s%s",
			       l->end ? "the end of " : "", l->name);
		}
		end = l->end ? 0 : l->offset + l->size;
	}
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
	EXPECT_EQ(0, MMAPDEMO_BACKING_KMALLOC);
	EXPECT_EQ(1, MMAPDEMO_BACKING_VMALLOC);
	EXPECT_EQ(2, MMAPDEMO_BACKING_SHMEM);
	EXPECT_EQ(3, MMAPDEMO_BACKING_DMA);
	EXPECT_EQ(0, MMAPDEMO_CACHE_WB);
	EXPECT_EQ(1, MMAPDEMO_CACHE_WC);
	EXPECT_EQ(2, MMAPDEMO_CACHE_UC);
	EXPECT_EQ(3, MMAPDEMO_CACHE_WT);
	EXPECT_EQ(255, MMAPDEMO_CACHE_MIXED);
	EXPECT_EQ(1, MMAPDEMO_INFO_LAZY);
	EXPECT_EQ(1, MMAPDEMO_MAPINFO_PRESENT);
	EXPECT_EQ(2, MMAPDEMO_MAPINFO_WRITE);
	EXPECT_EQ(1, MMAPDEMO_FILL_COUNT);
	EXPECT_EQ(1, MMAPDEMO_CREATE_LAZY);
	EXPECT_EQ(2, MMAPDEMO_CREATE_CLOEXEC);
	EXPECT_EQ(1, MMAPDEMO_WAIT_TIMEOUT);
	EXPECT_EQ(2, MMAPDEMO_WAIT_ABSOLUTE);
}

/* That the one built for 32 bits is what it is said to be. */
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
	EXPECT_EQ(56, info.size);
	EXPECT_EQ(DEVICE_SIZE, info.buffer_size);
	EXPECT_EQ(DEVICE_MAPPED, info.mapping_size);
	EXPECT_EQ(0, info.generation);
	EXPECT_EQ(page_size(), info.page_size);
	EXPECT_EQ(variant->kind.backing, info.backing);
	EXPECT_EQ(variant->kind.cache, info.cache_effective);
	EXPECT_EQ(15, info.backing_available);
}

/* At an address with the highest bit of 32, and never one cut to 32 bits. */
TEST_F(device, mapinfo)
{
	struct mmapdemo_mapinfo info;
	unsigned char *map;

	map = mmap(HIGH, self->mapped, RW, MAP_SHARED, self->fd, 0);
	ASSERT_TRUE(map == HIGH);
	touch_pages(map, self->mapped, true);
	ASSERT_EQ(0, get_mapinfo(self->fd, map + page_size() + 1, &info));
	EXPECT_EQ(32, info.size);
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

	/* What would fit if only the lower half arrived */
	EXPECT_GT(0,
		  create(self->fd, &variant->kind, DEVICE_SIZE + (1ULL << 48)));
	fd = create(self->fd, &variant->kind, DEVICE_SIZE);
	ASSERT_LE(0, fd);
	ASSERT_EQ(0, get_info(fd, &info));
	EXPECT_EQ(DEVICE_SIZE, info.buffer_size);
	EXPECT_EQ(variant->kind.backing, info.backing);
	EXPECT_EQ(variant->kind.cache, info.cache_requested);
	EXPECT_EQ(variant->kind.lazy, info.flags);
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

/* The check value that CRC-32 is known by. */
TEST_F(device, checksum)
{
	__u32 crc;

	ASSERT_EQ(9, pwrite(self->fd, "123456789", 9, 4090));
	ASSERT_EQ(0, checksum(self->fd, 4090, 9, &crc));
	EXPECT_EQ(0xcbf43926, crc);
	EXPECT_EQ(-EINVAL, checksum(self->fd, GIB4, 9, &crc));
	EXPECT_EQ(-EINVAL, checksum(self->fd, 0, GIB4 + 9, &crc));
}

/* Longer than 2^32 ns, of which the lower half is over at once. */
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

/* The kernel writes the struct back, and all of the 64 bits of what is left. */
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

/* Such a call is made again by the kernel's entry of 32-bit system calls. */
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

/* A page of the buffer, or the errno. */
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
