// SPDX-License-Identifier: GPL-2.0-only
/*
 * Entries of 2 MiB, which a lazy buffer can have. They need few page faults.
 * Contents and MAPINFO stay right when a part is unmapped, protected or moved.
 * Other kinds pass the same tests with entries of one page.
 */
#define DEVICE_SIZE (4 << 20)

#include <sys/resource.h>

#include "device.h"

/* The first eight bytes of each page hold its offset in the buffer. */
#define EXPECT_CONTENTS(map, offset, length)                        \
	do {                                                        \
		size_t _at;                                         \
		__u64 _word;                                        \
                                                                    \
		for (_at = 0; _at < (length); _at += page_size()) { \
			memcpy(&_word, (char *)(map) + _at, 8);     \
			ASSERT_EQ((offset) + _at, _word);           \
		}                                                   \
	} while (0)

/*
 * Stores only these bytes by FILL. All others would take seconds under KCSAN.
 */
static int fill_pages(int fd)
{
	size_t at;
	int rc = 0;

	for (at = 0; !rc && at < DEVICE_SIZE; at += page_size())
		rc = fill(fd, MMAPDEMO_FILL_COUNT, at, 8, 0);
	return rc;
}

/*
 * Marks and populates all pages, and checks that entries are as large as
 * possible.
 */
#define PREPARE()                                                   \
	do {                                                        \
		ASSERT_EQ(0, fill_pages(self->fd));                 \
		touch_pages(self->map, DEVICE_SIZE, true);          \
		EXPECT_ENTRY(self->fd, self->map, 0, WRITABLE,      \
			     large_entry(&variant->kind));          \
		EXPECT_ENTRY(self->fd, self->map + DEVICE_SIZE - 1, \
			     DEVICE_SIZE - 1, WRITABLE,             \
			     large_entry(&variant->kind));          \
	} while (0)

static long faults(void)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	return usage.ru_minflt;
}

TEST_F(device, at_most_two_faults)
{
	long before = faults(), took;

	touch_pages(self->map, DEVICE_SIZE, true);
	took = faults() - before;
	if (large_entry(&variant->kind) == HUGE_ENTRY) {
		EXPECT_GE(2, took);
	} else {
		EXPECT_EQ(variant->kind.lazy ? DEVICE_SIZE / page_size() : 0,
			  took);
	}
}

/* Entries cover one page each unless address and offset match in alignment. */
TEST_F(device, unaligned)
{
	char *area, *at;
	size_t size = DEVICE_SIZE - page_size();

	PREPARE();
	area = mmap(NULL, 3 * HUGE_ENTRY + DEVICE_SIZE, PROT_NONE,
		    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, area);
	at = (char *)(((uintptr_t)area + HUGE_ENTRY) & -HUGE_ENTRY);

	/* Only the address is unaligned. */
	ASSERT_EQ(at + page_size(), mmap(at + page_size(), DEVICE_SIZE, RW,
					 MAP_SHARED | MAP_FIXED, self->fd, 0));
	touch_pages((void *)(at + page_size()), DEVICE_SIZE, false);
	EXPECT_ENTRY(self->fd, at + page_size(), 0, WRITABLE, page_size());
	EXPECT_ENTRY(self->fd, at + HUGE_ENTRY, HUGE_ENTRY - page_size(),
		     WRITABLE, page_size());
	EXPECT_CONTENTS(at + page_size(), 0, DEVICE_SIZE);

	/* Only the offset is unaligned. */
	ASSERT_EQ(at, mmap(at, size, RW, MAP_SHARED | MAP_FIXED, self->fd,
			   page_size()));
	touch_pages((void *)at, size, false);
	EXPECT_ENTRY(self->fd, at, page_size(), WRITABLE, page_size());
	EXPECT_ENTRY(self->fd, at + HUGE_ENTRY, HUGE_ENTRY + page_size(),
		     WRITABLE, page_size());
	EXPECT_CONTENTS(at, page_size(), size);

	/*
	 * Both are unaligned by the same amount, so a large entry fits in
	 * between.
	 */
	ASSERT_EQ(at + page_size(),
		  mmap(at + page_size(), size, RW, MAP_SHARED | MAP_FIXED,
		       self->fd, page_size()));
	touch_pages((void *)(at + page_size()), size, false);
	EXPECT_ENTRY(self->fd, at + page_size(), page_size(), WRITABLE,
		     page_size());
	EXPECT_ENTRY(self->fd, at + HUGE_ENTRY, HUGE_ENTRY, WRITABLE,
		     large_entry(&variant->kind));
	EXPECT_CONTENTS(at + page_size(), page_size(), size);

	/* The mapping is shorter than a large entry. */
	ASSERT_EQ(at, mmap(at, HUGE_ENTRY - page_size(), RW,
			   MAP_SHARED | MAP_FIXED, self->fd, 0));
	touch_pages((void *)at, HUGE_ENTRY - page_size(), false);
	EXPECT_ENTRY(self->fd, at, 0, WRITABLE, page_size());
	munmap(area, 3 * HUGE_ENTRY + DEVICE_SIZE);
}

/*
 * The kernel chooses an aligned address, also for the second half of the
 * buffer.
 */
TEST_F(device, second_half)
{
	unsigned char *map = map_shared(self->fd, HUGE_ENTRY, RW, HUGE_ENTRY);

	ASSERT_NE(MAP_FAILED, map);
	PREPARE();
	touch_pages(map, HUGE_ENTRY, true);
	EXPECT_ENTRY(self->fd, map, HUGE_ENTRY, WRITABLE,
		     large_entry(&variant->kind));
	EXPECT_CONTENTS(map, HUGE_ENTRY, HUGE_ENTRY);
	munmap(map, HUGE_ENTRY);
}

TEST_F(device, munmap_of_a_part)
{
	unsigned char *hole = self->map + 64 * page_size();

	PREPARE();
	ASSERT_EQ(0, munmap(hole, page_size()));
	EXPECT_EQ(SIGSEGV, touch(hole, false));
	EXPECT_CONTENTS(self->map, 0, 64 * page_size());
	EXPECT_CONTENTS(hole + page_size(), 65 * page_size(),
			DEVICE_SIZE - 65 * page_size());
	EXPECT_ENTRY(self->fd, hole - 1, 64 * page_size() - 1, WRITABLE,
		     page_size());
	EXPECT_ENTRY(self->fd, self->map + HUGE_ENTRY, HUGE_ENTRY, WRITABLE,
		     large_entry(&variant->kind));
	ASSERT_EQ(hole, mmap(hole, page_size(), PROT_NONE,
			     MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0));
}

TEST_F(device, mprotect_of_a_part)
{
	unsigned char *part = self->map + 100 * page_size();

	PREPARE();
	ASSERT_EQ(0, mprotect(part, page_size(), PROT_READ));
	EXPECT_EQ(SIGSEGV, touch(part, true));
	EXPECT_EQ(0, touch(part, false));
	EXPECT_EQ(0, touch(part - 1, true));
	EXPECT_EQ(0, touch(part + page_size(), true));
	EXPECT_ENTRY(self->fd, part, 100 * page_size(), READABLE, page_size());
	EXPECT_ENTRY(self->fd, part + page_size(), 101 * page_size(), WRITABLE,
		     page_size());
	EXPECT_CONTENTS(self->map, 0, DEVICE_SIZE);
	ASSERT_EQ(0, mprotect(part, page_size(), RW));
	EXPECT_EQ(0, touch(part, true));
	EXPECT_CONTENTS(self->map, 0, DEVICE_SIZE);
}

/* Protecting the whole mapping does not split its entries. */
TEST_F(device, mprotect_of_all)
{
	PREPARE();
	ASSERT_EQ(0, mprotect(self->map, DEVICE_SIZE, PROT_READ));
	EXPECT_EQ(SIGSEGV, touch(self->map, true));
	touch_pages(self->map, DEVICE_SIZE, false);
	EXPECT_ENTRY(self->fd, self->map, 0, READABLE,
		     large_entry(&variant->kind));
	ASSERT_EQ(0, mprotect(self->map, DEVICE_SIZE, RW));
	EXPECT_EQ(0, touch(self->map, true));
	EXPECT_CONTENTS(self->map, 0, DEVICE_SIZE);
}

/* Moves a part of the mapping to an address with another alignment. */
TEST_F(device, mremap_of_a_part)
{
	const size_t from = 10 * page_size(), length = 20 * page_size();
	char *area = mmap(NULL, length, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS,
			  -1, 0);

	PREPARE();
	ASSERT_EQ(area, mremap(self->map + from, length, length,
			       MREMAP_MAYMOVE | MREMAP_FIXED, area));
	touch_pages((void *)area, length, false);
	EXPECT_CONTENTS(area, from, length);
	EXPECT_ENTRY(self->fd, area + 77, from + 77, WRITABLE, page_size());
	EXPECT_EQ(SIGSEGV, touch(self->map + from, false));
	EXPECT_CONTENTS(self->map + from + length, from + length,
			DEVICE_SIZE - from - length);
	munmap(area, length);
}

TEST_F(device, fork)
{
	pid_t pid;

	PREPARE();
	pid = fork();
	if (!pid) {
		self->map[DEVICE_SIZE - 1] = 0x5d;
		munmap(self->map, page_size());
		fence();
		_exit(0);
	}
	EXPECT_EQ(0, child_status(pid));
	EXPECT_EQ(0x5d, self->map[DEVICE_SIZE - 1]);
	EXPECT_CONTENTS(self->map, 0, DEVICE_SIZE);
	EXPECT_ENTRY(self->fd, self->map, 0, WRITABLE,
		     large_entry(&variant->kind));
}

/*
 * Only stores. touch_pages() loads first, so it never takes a fault for a store
 * on an empty entry.
 */
static void store_pages(unsigned char *map, size_t length)
{
	size_t at;

	for (at = 0; at < length; at += page_size())
		*(volatile unsigned char *)(map + at) = 0x5e;
}

/*
 * Even if shmem has huge pages, entries cover one page each. Unmapping drops
 * all page references and map counts, so the memory is freed.
 */
TEST_F(device, shmem_of_huge_pages)
{
	long before = free_kb();
	unsigned char *map;
	int fd, i;
	pid_t pid;

	if (variant->kind.backing != MMAPDEMO_BACKING_SHMEM ||
	    !shmem_huge_pages(true))
		SKIP(return, "no huge pages in shmem");
	for (i = 0; i < 8; i++) {
		fd = create(self->fd, &variant->kind, DEVICE_SIZE);
		ASSERT_LE(0, fd);
		map = mmap(NULL, DEVICE_SIZE, RW,
			   i % 2 ? MAP_SHARED : MAP_PRIVATE, fd, 0);
		ASSERT_NE(MAP_FAILED, map);
		touch_pages(map, DEVICE_SIZE, false);
		ASSERT_EQ(0, madvise(map, DEVICE_SIZE, MADV_DONTNEED));
		if (i & 2)
			store_pages(map, HUGE_ENTRY);
		touch_pages(map, DEVICE_SIZE, true);
		EXPECT_ENTRY(fd, map + 5, 5, WRITABLE, page_size());
		pid = fork();
		if (!pid) {
			touch_pages(map, DEVICE_SIZE, true);
			_exit(0);
		}
		EXPECT_EQ(0, child_status(pid));
		munmap(map, DEVICE_SIZE);
		close(fd);
	}
	shmem_huge_pages(false);
	EXPECT_NONE_LEFT();
	EXPECT_MEMORY_BACK(DEVICE_SIZE / 1024, before);
}

TEST_HARNESS_MAIN
