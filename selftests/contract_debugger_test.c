// SPDX-License-Identifier: GPL-2.0-only
/*
 * The contract of mmapdemo(4), 7: how a debugger sees a mapping. ptrace(2) and
 * /proc/PID/mem read and write it within its bounds. They give nobody more
 * rights than the mapping itself does. See contract_test.c.
 */
#include <zlib.h>

#include "device.h"

#define WORD ((long)sizeof(long))

static int open_mem(pid_t pid)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/mem", pid);
	return open(path, O_RDWR | O_CLOEXEC);
}

#define READ_MEM(fd, to, n, at) RC(pread(fd, to, n, (off_t)(uintptr_t)(at)))
#define WRITE_MEM(fd, from, n, at) \
	RC(pwrite(fd, from, n, (off_t)(uintptr_t)(at)))

TEST_F(device, ptrace)
{
	pid_t pid = traced_child();
	unsigned char *at;
	long value, want;

	ASSERT_LT(0, pid);
	ASSERT_EQ(0, fill(self->fd, MMAPDEMO_FILL_COUNT, 0, DEVICE_SIZE, 7));
	for (at = self->map; at + WORD <= self->map + DEVICE_MAPPED;
	     at += 499) {
		memcpy(&want, at, WORD);
		errno = 0;
		value = ptrace(PTRACE_PEEKDATA, pid, at, NULL);
		EXPECT_EQ(0, errno);
		EXPECT_EQ(want, value);

		want = ~value;
		EXPECT_EQ(0, ptrace(PTRACE_POKEDATA, pid, at, want));
		fence();
		memcpy(&value, at, WORD);
		EXPECT_EQ(want, value);
	}
	child_gone(pid);
}

TEST_F(device, proc_mem)
{
	int mem = open_mem(getpid());
	unsigned char bytes[DEVICE_SIZE];
	__u32 crc;

	ASSERT_LE(0, mem);
	scramble(self->map, DEVICE_SIZE, 20);
	fence();
	ASSERT_EQ(0, checksum(self->fd, 0, DEVICE_SIZE, &crc));
	ASSERT_EQ(DEVICE_SIZE, READ_MEM(mem, bytes, DEVICE_SIZE, self->map));
	EXPECT_EQ(crc, crc32(0, bytes, DEVICE_SIZE));

	scramble(bytes, sizeof(bytes), 21);
	ASSERT_EQ(DEVICE_SIZE, WRITE_MEM(mem, bytes, DEVICE_SIZE, self->map));
	fence();
	ASSERT_EQ(0, checksum(self->fd, 0, DEVICE_SIZE, &crc));
	EXPECT_EQ(crc32(0, bytes, DEVICE_SIZE), crc);
	EXPECT_EQ(0, memcmp(bytes, self->map, DEVICE_SIZE));
	close(mem);
}

/* Reads and writes another process's mapping around a page boundary. */
TEST_F(device, proc_mem_across_pages)
{
	unsigned char bytes[64], want[64];
	pid_t pid = traced_child();
	int mem = open_mem(pid);
	size_t at, length;

	ASSERT_LE(0, mem);
	ASSERT_EQ(0, fill(self->fd, MMAPDEMO_FILL_COUNT, 0, DEVICE_SIZE, 3));
	for (at = page_size() - 20; at < page_size() + 4; at++) {
		for (length = 1; length <= 40; length += 13) {
			memset(bytes, 0xcc, sizeof(bytes));
			EXPECT_EQ(length,
				  READ_MEM(mem, bytes, length, self->map + at));
			EXPECT_EQ(0, memcmp(self->map + at, bytes, length));
			EXPECT_EQ(0xcc, bytes[length]);

			memcpy(want, self->map + page_size() - 32, 64);
			scramble(bytes, length, at + length);
			memcpy(want + at - (page_size() - 32), bytes, length);
			EXPECT_EQ(length, WRITE_MEM(mem, bytes, length,
						    self->map + at));
			fence();
			EXPECT_EQ(0, memcmp(want, self->map + page_size() - 32,
					    64));
		}
	}
	close(mem);
	child_gone(pid);
}

/* The mapping begins in the middle of the buffer. */
TEST_F(device, proc_mem_offset)
{
	char *second = map_shared(self->fd, page_size(), RW, page_size());
	unsigned char bytes[256];
	int mem = open_mem(getpid());

	ASSERT_NE(MAP_FAILED, second);
	ASSERT_EQ(0, fill(self->fd, MMAPDEMO_FILL_COUNT, 0, DEVICE_SIZE, 9));
	ASSERT_EQ(sizeof(bytes),
		  READ_MEM(mem, bytes, sizeof(bytes), second + 64));
	EXPECT_EQ(0,
		  memcmp(self->map + page_size() + 64, bytes, sizeof(bytes)));
	memset(bytes, 0x99, sizeof(bytes));
	ASSERT_EQ(sizeof(bytes), WRITE_MEM(mem, bytes, sizeof(bytes), second));
	fence();
	EXPECT_EQ(sizeof(bytes), bytes_until_not(self->map + page_size(), 0x99,
						 sizeof(bytes)));
	close(mem);
	munmap(second, page_size());
}

/*
 * A transfer stops at the end of the mapping, even if the buffer goes on. Here
 * the mapping covers only the first page, and nothing is mapped after it.
 */
TEST_F(device, proc_mem_end)
{
	unsigned char bytes[2 * 4096], copy[2 * 4096];
	int mem = open_mem(getpid());
	char *area, *end;
	size_t behind;

	area = mmap(NULL, 4 * page_size(), PROT_NONE,
		    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ASSERT_EQ(area, mmap(area, page_size(), RW, MAP_SHARED | MAP_FIXED,
			     self->fd, 0));
	end = area + page_size();
	ASSERT_EQ(0, munmap(end, 3 * page_size()));
	ASSERT_EQ(0, fill(self->fd, MMAPDEMO_FILL_COUNT, 0, DEVICE_SIZE, 5));
	memcpy(copy, self->map, DEVICE_MAPPED);

	for (behind = 1; behind < 40; behind += 7) {
		memset(bytes, 0xcc, sizeof(bytes));
		EXPECT_EQ(20, READ_MEM(mem, bytes, 20 + behind, end - 20));
		EXPECT_EQ(0, memcmp(copy + page_size() - 20, bytes, 20));
		EXPECT_EQ(behind, bytes_until_not(bytes + 20, 0xcc, behind));
		EXPECT_EQ(20, WRITE_MEM(mem, bytes, 20 + behind, end - 20));
		memcpy(copy + page_size() - 20, bytes, 20);
		fence();
		EXPECT_EQ(0, memcmp(copy, self->map, DEVICE_MAPPED));
	}
	EXPECT_EQ(page_size(), READ_MEM(mem, bytes, 2 * page_size(), area));
	EXPECT_EQ(-EIO, READ_MEM(mem, bytes, 1, end));
	EXPECT_EQ(-EIO, WRITE_MEM(mem, bytes, 1, end));
	close(mem);
	munmap(area, page_size());
}

/*
 * ptrace(2) cannot access a word that begins in the mapping and ends after it.
 */
TEST_F(device, ptrace_end)
{
	pid_t pid;
	char *end;

	munmap(self->map + page_size(), page_size());
	self->mapped = page_size();
	end = mmap(self->map + page_size(), page_size(), PROT_NONE,
		   MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	munmap(end, page_size());
	pid = traced_child();
	ASSERT_LT(0, pid);
	EXPECT_EQ(0, RC(ptrace(PTRACE_POKEDATA, pid, end - WORD, 1)));
	EXPECT_EQ(-EIO, RC(ptrace(PTRACE_PEEKDATA, pid, end - 3, NULL)));
	EXPECT_EQ(-EIO, RC(ptrace(PTRACE_POKEDATA, pid, end - 3, 1)));
	EXPECT_EQ(-EIO, RC(ptrace(PTRACE_PEEKDATA, pid, end, NULL)));
	child_gone(pid);
}

/*
 * As with any shared mapping, a debugger can read a read-only one but cannot
 * force a store into it. Otherwise a process that may only read the device
 * could store to it through /proc/self/mem.
 */
TEST_F(device, no_forced_store)
{
	int fd = device_open(O_RDONLY), mem = open_mem(getpid());
	char *map = map_shared(fd, DEVICE_MAPPED, PROT_READ, 0);
	unsigned char bytes[16];
	long long generation;
	pid_t pid;

	ASSERT_NE(MAP_FAILED, map);
	ASSERT_EQ(0, fill(self->fd, 0, 0, 16, 0x1111111111111111));
	generation = fd_generation(self->fd);
	EXPECT_EQ(16, READ_MEM(mem, bytes, 16, map));
	EXPECT_EQ(16, bytes_until_not(bytes, 0x11, 16));
	memset(bytes, 0x22, 16);
	EXPECT_EQ(-EIO, WRITE_MEM(mem, bytes, 16, map));
	pid = traced_child();
	EXPECT_EQ(0x1111111111111111, ptrace(PTRACE_PEEKDATA, pid, map, NULL));
	EXPECT_EQ(-EIO, RC(ptrace(PTRACE_POKEDATA, pid, map, 0x22)));
	child_gone(pid);
	fence();
	EXPECT_EQ(16, bytes_until_not(self->map, 0x11, 16));
	EXPECT_EQ(generation, fd_generation(self->fd));
	munmap(map, DEVICE_MAPPED);
	close(fd);
	close(mem);
}

/*
 * The same holds after mprotect(2), although the descriptor is open for
 * writing.
 */
TEST_F(device, no_forced_store_after_mprotect)
{
	int mem = open_mem(getpid());
	unsigned char bytes[16];

	ASSERT_EQ(0, fill(self->fd, 0, 0, 16, 0x1111111111111111));
	ASSERT_EQ(0, mprotect(self->map, DEVICE_MAPPED, PROT_READ));
	EXPECT_EQ(16, READ_MEM(mem, bytes, 16, self->map));
	EXPECT_EQ(-EIO, WRITE_MEM(mem, "x", 1, self->map));
	EXPECT_EQ(0x11, self->map[0]);
	ASSERT_EQ(0, mprotect(self->map, DEVICE_MAPPED, RW));
	EXPECT_EQ(1, WRITE_MEM(mem, "x", 1, self->map));
	fence();
	EXPECT_EQ('x', self->map[0]);
	close(mem);
}

TEST_HARNESS_MAIN
