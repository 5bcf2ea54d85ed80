// SPDX-License-Identifier: GPL-2.0-only
/*
 * read(2), write(2), lseek(2) and their relatives: a file of DEVICE_SIZE bytes
 * that cannot grow. Short at the end, ENOSPC behind it, EFAULT only if nothing
 * could be copied.
 */
#include <sys/sendfile.h>
#include <sys/uio.h>

#include "device.h"

/* The model: what the buffer should hold */
static unsigned char model[DEVICE_SIZE];

/* Writes different bytes to each place, in the buffer and in the model. */
static long set_up(int fd, uint32_t seed)
{
	scramble(model, sizeof(model), seed);
	return RC(pwrite(fd, model, sizeof(model), 0));
}

#define EXPECT_MODEL()                                                   \
	do {                                                             \
		fence();                                                 \
		EXPECT_EQ(0, memcmp(model, self->map, DEVICE_SIZE));     \
		EXPECT_EQ(DEVICE_MAPPED - DEVICE_SIZE,                   \
			  bytes_until_not(self->map + DEVICE_SIZE, 0,    \
					  DEVICE_MAPPED - DEVICE_SIZE)); \
	} while (0)

/* Returns a page that can be accessed, followed by one that cannot. */
static unsigned char *half_bad(void)
{
	unsigned char *p = mmap(NULL, 2 * page_size(), RW,
				MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	mprotect(p + page_size(), page_size(), PROT_NONE);
	return p;
}

TEST_F(device, read_to_the_end)
{
	unsigned char bytes[DEVICE_SIZE + 100];

	ASSERT_EQ(DEVICE_SIZE, set_up(self->fd, 1));
	EXPECT_EQ(100, read(self->fd, bytes, 100));
	EXPECT_EQ(0, memcmp(model, bytes, 100));
	EXPECT_EQ(DEVICE_SIZE - 100, read(self->fd, bytes, sizeof(bytes)));
	EXPECT_EQ(0, memcmp(model + 100, bytes, DEVICE_SIZE - 100));
	EXPECT_EQ(DEVICE_SIZE, lseek(self->fd, 0, SEEK_CUR));
	EXPECT_EQ(0, read(self->fd, bytes, sizeof(bytes)));
	EXPECT_EQ(0, read(self->fd, bytes, 0));
	EXPECT_EQ(DEVICE_SIZE, lseek(self->fd, 0, SEEK_CUR));
}

TEST_F(device, write_to_the_end)
{
	unsigned char bytes[DEVICE_SIZE + 100];

	ASSERT_EQ(DEVICE_SIZE, set_up(self->fd, 2));
	scramble(bytes, sizeof(bytes), 3);
	EXPECT_EQ(100, write(self->fd, bytes, 100));
	EXPECT_EQ(DEVICE_SIZE - 100, write(self->fd, bytes, sizeof(bytes)));
	memcpy(model, bytes, 100);
	memcpy(model + 100, bytes, DEVICE_SIZE - 100);
	EXPECT_MODEL();
	EXPECT_EQ(DEVICE_SIZE, lseek(self->fd, 0, SEEK_CUR));
	EXPECT_EQ(-ENOSPC, RC(write(self->fd, bytes, sizeof(bytes))));
	EXPECT_EQ(-ENOSPC, RC(write(self->fd, bytes, 1)));
	EXPECT_EQ(0, write(self->fd, bytes, 0));
	EXPECT_EQ(DEVICE_SIZE, lseek(self->fd, 0, SEEK_CUR));
	EXPECT_MODEL();
}

/* Tries each position near a boundary with each length. */
TEST_F(device, pread_and_pwrite_at_borders)
{
	static const off_t at[] = { 0,		 1,
				    4095,	 4096,
				    4097,	 DEVICE_SIZE - 1,
				    DEVICE_SIZE, DEVICE_SIZE + 1,
				    8191,	 8192 };
	static const size_t lengths[] = { 0,	1,	     2,
					  4096, DEVICE_SIZE, DEVICE_SIZE + 1,
					  10000 };
	unsigned char bytes[10000];
	size_t a, l;
	long want;

	ASSERT_EQ(DEVICE_SIZE, set_up(self->fd, 4));
	for (a = 0; a < ARRAY_SIZE(at); a++) {
		for (l = 0; l < ARRAY_SIZE(lengths); l++) {
			want = at[a] < DEVICE_SIZE ? DEVICE_SIZE - at[a] : 0;
			if (want > (long)lengths[l])
				want = lengths[l];
			memset(bytes, 0xcc, sizeof(bytes));
			EXPECT_EQ(want,
				  pread(self->fd, bytes, lengths[l], at[a]))
			{
				TH_LOG("%zu at %ld", lengths[l], at[a]);
			}
			EXPECT_EQ(0, memcmp(model + at[a] % DEVICE_SIZE, bytes,
					    want));
			EXPECT_EQ(sizeof(bytes) - want,
				  bytes_until_not(bytes + want, 0xcc,
						  sizeof(bytes) - want));

			scramble(bytes, sizeof(bytes), a * 100 + l);
			if (want)
				memcpy(model + at[a], bytes, want);
			if (at[a] >= DEVICE_SIZE && lengths[l])
				want = -ENOSPC;
			EXPECT_EQ(want, RC(pwrite(self->fd, bytes, lengths[l],
						  at[a])))
			{
				TH_LOG("%zu at %ld", lengths[l], at[a]);
			}
			EXPECT_MODEL();
		}
	}
	EXPECT_EQ(0, lseek(self->fd, 0, SEEK_CUR));
}

TEST_F(device, positions_far_behind_the_end)
{
	static const off_t at[] = {
		0x7fffffff,  0x80000000, 0xffffffff, 0x100000000,
		0x100000001, 1L << 40,	 1L << 62,   0x7ffffffffffffffe,
	};
	unsigned char byte = 0xcc;
	size_t i;

	ASSERT_EQ(DEVICE_SIZE, set_up(self->fd, 5));
	for (i = 0; i < ARRAY_SIZE(at); i++) {
		EXPECT_EQ(0, pread(self->fd, &byte, 1, at[i]))
		{
			TH_LOG("at %#lx", at[i]);
		}
		EXPECT_EQ(0xcc, byte);
		EXPECT_EQ(-ENOSPC, RC(pwrite(self->fd, &byte, 1, at[i])))
		{
			TH_LOG("at %#lx", at[i]);
		}
	}
	EXPECT_EQ(-EINVAL, RC(pread(self->fd, &byte, 1, -1)));
	EXPECT_EQ(-EINVAL, RC(pwrite(self->fd, &byte, 1, -1)));
	EXPECT_EQ(-EINVAL, RC(pread(self->fd, &byte, 1, 0x7fffffffffffffff)));
	EXPECT_MODEL();
}

TEST_F(device, readv_and_writev)
{
	unsigned char a[100], b[DEVICE_SIZE];
	struct iovec both[] = { { a, sizeof(a) },
				{ NULL, 0 },
				{ b, sizeof(b) } };

	ASSERT_EQ(DEVICE_SIZE, set_up(self->fd, 6));
	EXPECT_EQ(DEVICE_SIZE, preadv(self->fd, both, 3, 0));
	EXPECT_EQ(0, memcmp(model, a, sizeof(a)));
	EXPECT_EQ(0, memcmp(model + sizeof(a), b, DEVICE_SIZE - sizeof(a)));

	scramble(a, sizeof(a), 7);
	scramble(b, sizeof(b), 8);
	EXPECT_EQ(DEVICE_SIZE - 50, pwritev(self->fd, both, 3, 50));
	memcpy(model + 50, a, sizeof(a));
	memcpy(model + 150, b, DEVICE_SIZE - 150);
	EXPECT_MODEL();
}

TEST_F(device, lseek)
{
	static const struct {
		off_t offset;
		int whence;
		off_t result;
	} seeks[] = {
		{ 0, SEEK_SET, 0 },
		{ 1, SEEK_SET, 1 },
		{ DEVICE_SIZE, SEEK_SET, DEVICE_SIZE },
		{ DEVICE_SIZE + 1, SEEK_SET, -EINVAL },
		{ -1, SEEK_SET, -EINVAL },
		{ 0x7fffffffffffffff, SEEK_SET, -EINVAL },
		{ 0, SEEK_CUR, DEVICE_SIZE },
		{ 1, SEEK_CUR, -EINVAL },
		{ 0x7fffffffffffffff, SEEK_CUR, -EINVAL },
		{ -DEVICE_SIZE, SEEK_CUR, 0 },
		{ -1, SEEK_CUR, -EINVAL },
		{ 77, SEEK_CUR, 77 },
		{ 0, SEEK_END, DEVICE_SIZE },
		{ 1, SEEK_END, -EINVAL },
		{ 0x7fffffffffffffff, SEEK_END, -EINVAL },
		{ -DEVICE_SIZE, SEEK_END, 0 },
		{ -DEVICE_SIZE - 1, SEEK_END, -EINVAL },
		{ -1, SEEK_END, DEVICE_SIZE - 1 },
		{ 0, 99, -EINVAL },
		{ 0, -1, -EINVAL },
	};
	off_t position = 0;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(seeks); i++) {
		EXPECT_EQ(seeks[i].result,
			  RC(lseek(self->fd, seeks[i].offset, seeks[i].whence)))
		{
			TH_LOG("seek %zu", i);
		}
		if (seeks[i].result >= 0)
			position = seeks[i].result;
		EXPECT_EQ(position, lseek(self->fd, 0, SEEK_CUR));
	}
}

TEST_F(device, position_belongs_to_the_open_file)
{
	int other = device_open(O_RDWR), same = dup(self->fd);

	EXPECT_EQ(9, lseek(self->fd, 9, SEEK_SET));
	EXPECT_EQ(9, lseek(same, 0, SEEK_CUR));
	EXPECT_EQ(0, lseek(other, 0, SEEK_CUR));
	close(other);
	close(same);
}

TEST_F(device, bad_pointers)
{
	unsigned char *bad = half_bad() + page_size();
	void *volatile null = NULL;
	long long generation;

	ASSERT_EQ(DEVICE_SIZE, set_up(self->fd, 9));
	generation = fd_generation(self->fd);
	EXPECT_EQ(-EFAULT, RC(read(self->fd, bad, 10)));
	EXPECT_EQ(-EFAULT, RC(write(self->fd, bad, 10)));
	EXPECT_EQ(-EFAULT, RC(read(self->fd, null, 10)));
	EXPECT_EQ(-EFAULT, RC(write(self->fd, null, DEVICE_SIZE)));
	EXPECT_EQ(-EFAULT, RC(pread(self->fd, bad, 10, DEVICE_SIZE - 1)));
	EXPECT_EQ(-EFAULT, RC(pwrite(self->fd, bad, 10, DEVICE_SIZE - 1)));
	/* Here there is nothing to copy. */
	EXPECT_EQ(0, read(self->fd, bad, 0));
	EXPECT_EQ(0, write(self->fd, bad, 0));
	EXPECT_EQ(0, pread(self->fd, bad, 10, DEVICE_SIZE));
	EXPECT_EQ(-ENOSPC, RC(pwrite(self->fd, bad, 10, DEVICE_SIZE)));
	EXPECT_EQ(0, lseek(self->fd, 0, SEEK_CUR));
	EXPECT_EQ(generation, fd_generation(self->fd));
	EXPECT_MODEL();
	munmap(bad - page_size(), 2 * page_size());
}

/* x86 copies each byte before a bad page. Other machines may stop earlier. */
#if defined(__x86_64__) || defined(__i386__)
#define COPIED_LEAST 100
#else
#define COPIED_LEAST 1
#endif

/* Checks how many bytes were copied, and that the position is after them. */
TEST_F(device, partly_bad_pointers)
{
	unsigned char *page = half_bad(), *good = page + page_size() - 100;
	struct iovec second_bad[] = { { good, 60 },
				      { page + page_size(), 60 } };
	long long generation;
	ssize_t in, out;

	ASSERT_EQ(DEVICE_SIZE, set_up(self->fd, 10));
	generation = fd_generation(self->fd);
	in = read(self->fd, good, 300);
	ASSERT_LE(COPIED_LEAST, in);
	ASSERT_GE(100, in);
	EXPECT_EQ(0, memcmp(model, good, in));
	EXPECT_EQ(in, lseek(self->fd, 0, SEEK_CUR));
	EXPECT_EQ(60, preadv(self->fd, second_bad, 2, 1000));
	EXPECT_EQ(0, memcmp(model + 1000, good, 60));
	EXPECT_EQ(generation, fd_generation(self->fd));

	scramble(good, 100, 11);
	out = write(self->fd, good, 300);
	ASSERT_LE(COPIED_LEAST, out);
	ASSERT_GE(100, out);
	memcpy(model + in, good, out);
	EXPECT_EQ(in + out, lseek(self->fd, 0, SEEK_CUR));
	EXPECT_MODEL();
	EXPECT_NE(generation, fd_generation(self->fd));
	EXPECT_EQ(60, pwritev(self->fd, second_bad, 2, 1000));
	memcpy(model + 1000, good, 60);
	EXPECT_MODEL();
	munmap(page, 2 * page_size());
}

TEST_F(device, modes_of_the_descriptor)
{
	int r = device_open(O_RDONLY), w = device_open(O_WRONLY);
	char byte = 1;

	EXPECT_EQ(1, read(r, &byte, 1));
	EXPECT_EQ(-EBADF, RC(write(r, &byte, 1)));
	EXPECT_EQ(1, write(w, &byte, 1));
	EXPECT_EQ(-EBADF, RC(read(w, &byte, 1)));
	close(r);
	close(w);
}

/* open(2) does not change the contents. */
TEST_F(device, open_flags)
{
	static const int flags[] = { O_TRUNC, O_CREAT, O_NONBLOCK, O_SYNC };
	size_t i;

	ASSERT_EQ(DEVICE_SIZE, set_up(self->fd, 12));
	for (i = 0; i < ARRAY_SIZE(flags); i++) {
		int fd = device_open(O_RDWR | flags[i]);

		EXPECT_LE(0, fd);
		close(fd);
		EXPECT_MODEL();
	}
}

/* O_APPEND is ignored, as it is by a block device. */
TEST_F(device, append_has_no_effect)
{
	int fd = device_open(O_RDWR | O_APPEND);

	ASSERT_EQ(DEVICE_SIZE, set_up(self->fd, 19));
	ASSERT_LE(0, fd);
	EXPECT_EQ(5, write(fd, "first", 5));
	memcpy(model, "first", 5);
	EXPECT_EQ(6, pwrite(fd, "second", 6, 1000));
	memcpy(model + 1000, "second", 6);
	EXPECT_EQ(5, lseek(fd, 0, SEEK_CUR));
	EXPECT_MODEL();
	ASSERT_EQ(0, fcntl(self->fd, F_SETFL, O_APPEND));
	EXPECT_EQ(5, write(self->fd, "third", 5));
	memcpy(model, "third", 5);
	EXPECT_MODEL();
	close(fd);
}

TEST_F(device, splice_out)
{
	unsigned char bytes[DEVICE_SIZE];
	loff_t at = 10;
	int pipes[2];
	long n, done;

	ASSERT_EQ(DEVICE_SIZE, set_up(self->fd, 13));
	ASSERT_EQ(0, pipe(pipes));
	for (done = 0; at < DEVICE_SIZE; done += n) {
		n = RC(splice(self->fd, &at, pipes[1], NULL, DEVICE_SIZE, 0));
		ASSERT_LT(0, n);
		ASSERT_EQ(n, read(pipes[0], bytes + done, n));
	}
	EXPECT_EQ(DEVICE_SIZE - 10, done);
	EXPECT_EQ(0, memcmp(model + 10, bytes, done));
	EXPECT_EQ(0, splice(self->fd, &at, pipes[1], NULL, DEVICE_SIZE, 0));
	close(pipes[0]);
	close(pipes[1]);
}

TEST_F(device, splice_in)
{
	loff_t at = DEVICE_SIZE - 50;
	unsigned char bytes[100];
	long long generation;
	int pipes[2];

	ASSERT_EQ(DEVICE_SIZE, set_up(self->fd, 14));
	generation = fd_generation(self->fd);
	ASSERT_EQ(0, pipe(pipes));
	scramble(bytes, sizeof(bytes), 15);
	ASSERT_EQ(sizeof(bytes), write(pipes[1], bytes, sizeof(bytes)));
	EXPECT_EQ(50, splice(pipes[0], NULL, self->fd, &at, 50, 0));
	memcpy(model + DEVICE_SIZE - 50, bytes, 50);
	EXPECT_MODEL();
	EXPECT_EQ(-ENOSPC, RC(splice(pipes[0], NULL, self->fd, &at, 50, 0)));
	EXPECT_MODEL();
	EXPECT_NE(generation, fd_generation(self->fd));
	close(pipes[0]);
	close(pipes[1]);
}

TEST_F(device, sendfile_both_ways)
{
	int file = memfd_create("file", MFD_CLOEXEC);
	unsigned char bytes[DEVICE_SIZE + 1];

	ASSERT_EQ(DEVICE_SIZE, set_up(self->fd, 16));
	ASSERT_EQ(DEVICE_SIZE, sendfile(file, self->fd, NULL, 2 * DEVICE_SIZE));
	EXPECT_EQ(DEVICE_SIZE, pread(file, bytes, sizeof(bytes), 0));
	EXPECT_EQ(0, memcmp(model, bytes, DEVICE_SIZE));

	scramble(model, sizeof(model), 17);
	ASSERT_EQ(DEVICE_SIZE, pwrite(file, model, DEVICE_SIZE, 0));
	ASSERT_EQ(0, lseek(self->fd, 0, SEEK_SET));
	ASSERT_EQ(0, lseek(file, 0, SEEK_SET));
	EXPECT_EQ(DEVICE_SIZE, sendfile(self->fd, file, NULL, DEVICE_SIZE));
	EXPECT_MODEL();
	close(file);
}

TEST_HARNESS_MAIN
