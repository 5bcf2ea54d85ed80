// SPDX-License-Identifier: GPL-2.0-only
/*
 * mmap(2): each guard with its errno, every range around the end of the buffer.
 * What is promised about a mapping that exists: contract_*test.c.
 */
#include <sched.h>
#include <sys/mount.h>
#include <sys/personality.h>
#include <sys/statvfs.h>
#include <zlib.h>

#include "device.h"

#define RX (PROT_READ | PROT_EXEC)

/* On a mount with noexec the kernel itself refuses PROT_EXEC. */
static bool is_noexec(const char *path)
{
	struct statvfs fs;

	return !statvfs(path, &fs) && fs.f_flag & ST_NOEXEC;
}

TEST_F(device, private)
{
	static const int modes[] = { O_RDWR, O_RDONLY };
	static const int prots[] = { PROT_READ, RW, PROT_WRITE, PROT_NONE };
	long want = backings[variant->kind.backing].copies ? 0 : -EINVAL;
	size_t m, p;

	for (m = 0; m < ARRAY_SIZE(modes); m++) {
		int fd = device_open(modes[m]);

		for (p = 0; p < ARRAY_SIZE(prots); p++) {
			EXPECT_EQ(want, try_map(fd, page_size(), prots[p],
						MAP_PRIVATE, 0))
			{
				TH_LOG("mode %d prot %d", modes[m], prots[p]);
			}
		}
		close(fd);
	}
	EXPECT_EQ(0,
		  try_map(self->fd, page_size(), RW, MAP_SHARED_VALIDATE, 0));
}

TEST_F(device, modes_of_the_descriptor)
{
	static const struct {
		int mode;
		int prot;
		int rc;
	} cases[] = {
		{ O_RDONLY, PROT_NONE, 0 },
		{ O_RDONLY, PROT_READ, 0 },
		{ O_RDONLY, PROT_WRITE, -EACCES },
		{ O_RDONLY, RW, -EACCES },
		{ O_WRONLY, PROT_NONE, -EACCES },
		{ O_WRONLY, PROT_READ, -EACCES },
		{ O_WRONLY, PROT_WRITE, -EACCES },
		{ O_WRONLY, RW, -EACCES },
		{ O_RDWR, PROT_NONE, 0 },
		{ O_RDWR, PROT_READ, 0 },
		{ O_RDWR, PROT_WRITE, 0 },
		{ O_RDWR, RW, 0 },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		int fd = device_open(cases[i].mode);

		EXPECT_EQ(cases[i].rc, try_map(fd, page_size(), cases[i].prot,
					       MAP_SHARED, 0))
		{
			TH_LOG("mode %d prot %d", cases[i].mode, cases[i].prot);
		}
		close(fd);
	}
}

/*
 * With noexec the kernel refuses, otherwise the driver does. The answer is the same.
 */
TEST_F(device, exec_is_refused_on_any_mount)
{
	static const int mounts[] = { 0, MS_NOEXEC };
	char node[] = "/tmp/mmapdemo.XXXXXX";
	size_t i;
	void *map;
	int fd;

	close(mkstemp(node));
	ASSERT_EQ(0, unshare(CLONE_NEWNS));
	ASSERT_EQ(0, mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL));
	ASSERT_EQ(0, mount(DEVICE, node, NULL, MS_BIND, NULL));
	for (i = 0; i < ARRAY_SIZE(mounts); i++) {
		ASSERT_EQ(0, mount(NULL, node, NULL,
				   MS_BIND | MS_REMOUNT | mounts[i], NULL));
		fd = open(node, O_RDWR | O_CLOEXEC);
		ASSERT_LE(0, fd);
		EXPECT_EQ(-EPERM, try_map(fd, page_size(), RX, MAP_SHARED, 0));
		map = map_shared(fd, page_size(), PROT_READ, 0);
		EXPECT_EQ(-EACCES, RC(mprotect(map, page_size(), RX)));
		munmap(map, page_size());
		close(fd);
	}
	umount(node);
	unlink(node);
}

/*
 * An old program for which the kernel adds PROT_EXEC to PROT_READ: it gets its
 * mapping, which is not executable and never will be. What it asks for without
 * PROT_READ is its own wish. On a mount of its own, since the kernel adds nothing
 * where it may not execute.
 */
TEST_F(device, read_implies_exec)
{
	static const int prots[] = { PROT_READ, RW };
	char node[] = "/tmp/mmapdemo.XXXXXX";
	char *map;
	size_t i;
	int fd;

	close(mkstemp(node));
	ASSERT_EQ(0, unshare(CLONE_NEWNS));
	ASSERT_EQ(0, mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL));
	ASSERT_EQ(0, mount(DEVICE, node, NULL, MS_BIND, NULL));
	ASSERT_EQ(0, mount(NULL, node, NULL, MS_BIND | MS_REMOUNT, NULL));
	fd = open(node, O_RDWR | O_CLOEXEC);
	ASSERT_LE(0, fd);
	EXPECT_FALSE(is_noexec(node));
	ASSERT_LE(0, personality(READ_IMPLIES_EXEC));
	for (i = 0; i < ARRAY_SIZE(prots); i++) {
		map = map_shared(fd, page_size(), prots[i], 0);
		ASSERT_NE(MAP_FAILED, map);
		EXPECT_EQ(0, touch(map, prots[i] & PROT_WRITE));
		EXPECT_FALSE(vma_has_flag(map, "ex"));
		EXPECT_FALSE(vma_has_flag(map, "me"));
		EXPECT_EQ(-EACCES, RC(mprotect(map, page_size(), RX)));
		EXPECT_EQ(0, mprotect(map, page_size(), PROT_READ));
		EXPECT_FALSE(vma_has_flag(map, "ex"));
		EXPECT_MAPINFO(fd, map, 0, READABLE);
		munmap(map, page_size());
	}
	EXPECT_EQ(-EPERM, try_map(fd, page_size(), PROT_EXEC, MAP_SHARED, 0));
	EXPECT_EQ(-EPERM, try_map(fd, page_size(), PROT_WRITE | PROT_EXEC,
				  MAP_SHARED, 0));
	EXPECT_EQ(0, try_map(fd, page_size(), PROT_WRITE, MAP_SHARED, 0));
	personality(0);
	EXPECT_EQ(-EPERM, try_map(fd, page_size(), RX, MAP_SHARED, 0));
	close(fd);
	umount(node);
	unlink(node);
}

TEST_F(device, ranges_around_the_end)
{
	unsigned long pages = DEVICE_MAPPED / page_size(), first, count;

	for (first = 0; first <= pages + 2; first++) {
		for (count = 1; count <= pages + 2; count++) {
			int want = first + count <= pages ? 0 : -ENXIO;

			EXPECT_EQ(want,
				  try_map(self->fd, count * page_size(), RW,
					  MAP_SHARED, first * page_size()))
			{
				TH_LOG("%lu pages from %lu", count, first);
			}
			EXPECT_EQ(want, try_map(self->fd,
						(count - 1) * page_size() + 1,
						PROT_READ, MAP_SHARED,
						first * page_size()))
			{
				TH_LOG("%lu pages from %lu", count, first);
			}
		}
		EXPECT_EQ(-EINVAL, try_map(self->fd, 0, RW, MAP_SHARED,
					   first * page_size()));
	}
	EXPECT_EQ(-EINVAL, try_map(self->fd, page_size(), RW, MAP_SHARED, 1));
	EXPECT_EQ(-EINVAL, try_map(self->fd, page_size(), RW, MAP_SHARED,
				   page_size() / 2));
}

/*
 * The kernel itself refuses a range that reaches 2^64. The driver has to refuse all
 * below.
 */
TEST_F(device, ranges_that_could_wrap)
{
	static const unsigned long offsets[] = {
		1UL << 31,	    1UL << 32,		1UL << 33,
		1UL << 43,	    1UL << 44,		1UL << 51,
		1UL << 52,	    1UL << 62,		1UL << 63,
		(1UL << 32) + 4096, (1UL << 63) - 4096, (1UL << 63) + 4096,
		-(1UL << 32),	    -(4UL << 20),
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(offsets); i++) {
		EXPECT_EQ(-ENXIO, try_map(self->fd, page_size(), RW, MAP_SHARED,
					  offsets[i]))
		{
			TH_LOG("offset %#lx", offsets[i]);
		}
		EXPECT_EQ(-ENXIO, try_map(self->fd, 2 * page_size(), RW,
					  MAP_SHARED, offsets[i]))
		{
			TH_LOG("offset %#lx", offsets[i]);
		}
	}
	EXPECT_EQ(-ENXIO, try_map(self->fd, page_size(), RW, MAP_SHARED,
				  -2 * page_size()));
	EXPECT_EQ(-EOVERFLOW,
		  try_map(self->fd, page_size(), RW, MAP_SHARED, -page_size()));
	EXPECT_EQ(-EOVERFLOW, try_map(self->fd, 2 * page_size(), RW, MAP_SHARED,
				      -2 * page_size()));
	EXPECT_EQ(-ENXIO, try_map(self->fd, 1UL << 40, RW, MAP_SHARED, 0));
	EXPECT_EQ(-ENXIO,
		  try_map(self->fd, 1UL << 40, RW, MAP_SHARED, page_size()));
}

TEST_F(device, flags_of_mmap)
{
	static const int flags[] = { MAP_POPULATE, MAP_LOCKED, MAP_NONBLOCK,
				     MAP_NORESERVE };
	void *area = mmap(NULL, DEVICE_MAPPED, PROT_NONE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	size_t i;

	for (i = 0; i < ARRAY_SIZE(flags); i++) {
		EXPECT_EQ(0, try_map(self->fd, DEVICE_MAPPED, RW,
				     MAP_SHARED | flags[i], 0))
		{
			TH_LOG("flags %#x", flags[i]);
		}
	}
	ASSERT_EQ(area, mmap(area, DEVICE_MAPPED, RW, MAP_SHARED | MAP_FIXED,
			     self->fd, 0));
	ASSERT_EQ(0, fill(self->fd, 0, 0, 8, 0x6161616161616161));
	EXPECT_EQ('a', *(char *)area);
	EXPECT_EQ(0, mlock(area, DEVICE_MAPPED));
	EXPECT_EQ(0, munlock(area, DEVICE_MAPPED));
	EXPECT_EQ(0, msync(area, DEVICE_MAPPED, MS_ASYNC));
	EXPECT_EQ('a', *(char *)area);
	munmap(area, DEVICE_MAPPED);
}

TEST_F(device, flags_of_the_vma)
{
	static const char *const always[] = { "rd", "wr", "sh", "de", "dd" };
	bool pages = backings[variant->kind.backing].pages;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(always); i++) {
		EXPECT_TRUE(vma_has_flag(self->map, always[i]))
		{
			TH_LOG("VmFlags: no %s", always[i]);
		}
	}
	EXPECT_EQ(!pages, vma_has_flag(self->map, "pf"));
	EXPECT_EQ(!pages, vma_has_flag(self->map, "io"));
	EXPECT_EQ(pages, vma_has_flag(self->map, "mm"));
	EXPECT_FALSE(vma_has_flag(self->map, "ex"));
	EXPECT_FALSE(vma_has_flag(self->map, "me"));
}

TEST_HARNESS_MAIN
