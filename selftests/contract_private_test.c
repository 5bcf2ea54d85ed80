// SPDX-License-Identifier: GPL-2.0-only
/*
 * The contract of mmapdemo(4), 6: MAP_PRIVATE. Where the backing supports it,
 * the mapping shows the buffer. A store copies the page and leaves the buffer
 * alone. Other backings return EINVAL, whatever else is requested. See
 * contract_test.c.
 */
#include "device.h"

/* Ends the test on backings without MAP_PRIVATE, which must return EINVAL. */
#define NEEDS_COPIES()                                                   \
	do {                                                             \
		if (backings[variant->kind.backing].copies)              \
			break;                                           \
		EXPECT_EQ(MAP_FAILED, map_private(self->fd, PROT_READ)); \
		EXPECT_EQ(EINVAL, errno);                                \
		EXPECT_EQ(MAP_FAILED, map_private(self->fd, RW));        \
		EXPECT_EQ(EINVAL, errno);                                \
		return;                                                  \
	} while (0)

static void *map_private(int fd, int prot)
{
	return mmap(NULL, DEVICE_MAPPED, prot, MAP_PRIVATE, fd, 0);
}

TEST_F(device, map_private)
{
	struct mmapdemo_mapinfo info;
	long long generation;
	unsigned char *map;

	NEEDS_COPIES();
	map = map_private(self->fd, RW);
	ASSERT_NE(MAP_FAILED, map);
	scramble(self->map, DEVICE_MAPPED, 41);
	EXPECT_EQ(0, memcmp(self->map, map, DEVICE_MAPPED));
	self->map[5] = 1;
	EXPECT_EQ(1, map[5]);
	ASSERT_EQ(0, get_mapinfo(self->fd, map, &info));
	EXPECT_EQ(MMAPDEMO_MAPINFO_PRESENT, info.properties);

	generation = fd_generation(self->fd);
	map[5] = 2;
	EXPECT_EQ(1, self->map[5]);
	EXPECT_EQ(generation, fd_generation(self->fd));
	self->map[5] = 3;
	self->map[page_size()] = 4;
	EXPECT_EQ(2, map[5]);
	EXPECT_EQ(4, map[page_size()]);
	ASSERT_EQ(0, get_mapinfo(self->fd, map, &info));
	EXPECT_EQ(MMAPDEMO_MAPINFO_PRESENT | MMAPDEMO_MAPINFO_WRITE,
		  info.properties);
	EXPECT_EQ(MMAPDEMO_CACHE_WB, info.cache);
	munmap(map, DEVICE_MAPPED);
}

/* Storing to a private mapping needs no write access to the buffer. */
TEST_F(device, private_of_read_only_descriptor)
{
	unsigned char *map;
	pid_t pid;
	int fd;

	NEEDS_COPIES();
	fd = device_open(O_RDONLY);
	map = map_private(fd, RW);
	ASSERT_NE(MAP_FAILED, map);
	map[0] = 9;
	EXPECT_EQ(9, map[0]);
	EXPECT_EQ(0, self->map[0]);
	/*
	 * A debugger's store into a read-only private mapping copies the page,
	 * too.
	 */
	ASSERT_EQ(0, mprotect(map, DEVICE_MAPPED, PROT_READ));
	pid = traced_child();
	ASSERT_LT(0, pid);
	EXPECT_EQ(0, ptrace(PTRACE_POKEDATA, pid, map + page_size(), 7));
	EXPECT_EQ(7, ptrace(PTRACE_PEEKDATA, pid, map + page_size(), NULL));
	child_gone(pid);
	EXPECT_EQ(0, self->map[page_size()]);
	munmap(map, DEVICE_MAPPED);
	close(fd);
}

TEST_F(device, private_madvise_dontneed)
{
	unsigned char *map;

	NEEDS_COPIES();
	map = map_private(self->fd, RW);
	ASSERT_NE(MAP_FAILED, map);
	self->map[0] = 1;
	map[0] = 2;
	ASSERT_EQ(0, madvise(map, DEVICE_MAPPED, MADV_DONTNEED));
	EXPECT_EQ(1, map[0]);
	self->map[0] = 3;
	EXPECT_EQ(3, map[0]);
	munmap(map, DEVICE_MAPPED);
}

/* MAP_POPULATE copies all pages of a writable private mapping at once. */
TEST_F(device, private_map_populate)
{
	unsigned char *map;

	NEEDS_COPIES();
	self->map[0] = 1;
	map = mmap(NULL, DEVICE_MAPPED, RW, MAP_PRIVATE | MAP_POPULATE,
		   self->fd, 0);
	ASSERT_NE(MAP_FAILED, map);
	self->map[0] = 2;
	EXPECT_EQ(1, map[0]);
	munmap(map, DEVICE_MAPPED);
}

/* After fork(2), a store by the child does not change what the parent sees. */
TEST_F(device, private_fork)
{
	unsigned char *map;
	pid_t pid;

	NEEDS_COPIES();
	map = map_private(self->fd, RW);
	ASSERT_NE(MAP_FAILED, map);
	map[0] = 1;
	pid = fork();
	if (!pid) {
		if (map[0] != 1)
			_exit(1);
		map[0] = 2;
		map[page_size()] = 2;
		_exit(map[0] != 2);
	}
	EXPECT_EQ(0, child_status(pid));
	EXPECT_EQ(1, map[0]);
	EXPECT_EQ(0, map[page_size()]);
	EXPECT_EQ(0, self->map[0]);
	munmap(map, DEVICE_MAPPED);
}

/* The bounds, protections and growth of a shared mapping apply here, too. */
TEST_F(device, private_bounds)
{
	unsigned char *map;

	NEEDS_COPIES();
	map = map_private(self->fd, PROT_READ);
	ASSERT_NE(MAP_FAILED, map);
	EXPECT_EQ(-EACCES,
		  RC(mprotect(map, page_size(), PROT_READ | PROT_EXEC)));
	EXPECT_EQ(-EPERM, RC(mmap(NULL, page_size(), PROT_READ | PROT_EXEC,
				  MAP_PRIVATE, self->fd, 0)));
	EXPECT_EQ(-ENXIO, RC(mmap(NULL, DEVICE_MAPPED + 1, PROT_READ,
				  MAP_PRIVATE, self->fd, 0)));
	EXPECT_EQ(-ENXIO, RC(mmap(NULL, page_size(), PROT_READ, MAP_PRIVATE,
				  self->fd, DEVICE_MAPPED)));
	EXPECT_EQ(-EFAULT, RC(mremap(map, DEVICE_MAPPED, 4 * DEVICE_MAPPED,
				     MREMAP_MAYMOVE)));
	munmap(map, DEVICE_MAPPED);
}

/* The copy remains after the buffer's last descriptor is closed. */
TEST_F(device, private_close_before_munmap)
{
	unsigned char *map;
	int fd;

	NEEDS_COPIES();
	fd = create(self->fd, &variant->kind, DEVICE_SIZE);
	ASSERT_LE(0, fd);
	ASSERT_EQ(0, fill(fd, 0, 0, DEVICE_SIZE, 0x4444444444444444));
	map = map_private(fd, RW);
	ASSERT_NE(MAP_FAILED, map);
	map[0] = 1;
	close(fd);
	EXPECT_EQ(1, map[0]);
	EXPECT_EQ(0x44, map[page_size()]);
	EXPECT_EQ(-EWOULDBLOCK, module_unload());
	munmap(map, DEVICE_MAPPED);
}

TEST_HARNESS_MAIN
