// SPDX-License-Identifier: GPL-2.0-only
/*
 * A page with a hardware memory error, which MADV_HWPOISON simulates: the driver
 * neither reads nor writes it, nor maps it again, but says EHWPOISON or raises
 * SIGBUS. The other pages stay usable, and all else is given back.
 *
 * The kernel logs each such error, so those lines are allowed here. It never uses
 * the page again: a run costs the machine about a hundred pages.
 */
#define DEVICE_SIZE (8 * 4096)

#include <poll.h>
#include <sys/uio.h>
#include <zlib.h>

#include "device.h"
#include "memory_errors.h"
#include "seals.h"

/* the poisoned page, its bytes, and all bytes of the buffer */
#define BAD 2
#define BAD_START (BAD * page_size())
#define BAD_END (BAD_START + page_size())

#define SECOND 1000000000ULL

/* Returns 0 or -errno, which is -ENODATA if the page is not refcounted. */
static long poison(void *at)
{
	long before = meminfo_kb("HardwareCorrupted");
	long rc = poison_page(at);

	if (rc)
		return rc;
	return meminfo_kb("HardwareCorrupted") > before ? 0 : -ENODATA;
}

/* Poisons a page of the mapping, each time another one. */
#define POISON(map, page)                                                \
	do {                                                             \
		long _rc = poison((char *)(map) + (page)*page_size());   \
                                                                         \
		if (_rc == -EINVAL)                                      \
			SKIP(return, "a kernel without MEMORY_FAILURE"); \
		ASSERT_EQ(0, _rc);                                       \
	} while (0)

/* Memory that is mapped by PFN cannot be poisoned this way. It stays unharmed. */
#define NEEDS_PAGES()                                                     \
	do {                                                              \
		long _rc;                                                 \
                                                                          \
		if (backings[variant->kind.backing].pages)                \
			break;                                            \
		touch_pages(self->map, DEVICE_MAPPED, true);              \
		_rc = RC(madvise(self->map, page_size(), MADV_HWPOISON)); \
		if (_rc == -EINVAL)                                       \
			SKIP(return, "a kernel without MEMORY_FAILURE");  \
		EXPECT_EQ(-EFAULT, _rc);                                  \
		EXPECT_EQ(1, pwrite(self->fd, "x", 1, 0));                \
		EXPECT_EQ('x', self->map[0]);                             \
		EXPECT_ONLY_MEMORY_ERRORS(self->log);                     \
		return;                                                   \
	} while (0)

/* What PREPARE() writes to the buffer */
static unsigned char content[DEVICE_SIZE];

/* Writes known bytes to the buffer, then poisons one page. */
#define PREPARE()                                                     \
	do {                                                          \
		NEEDS_PAGES();                                        \
		scramble(content, DEVICE_SIZE, 7);                    \
		ASSERT_EQ(DEVICE_SIZE,                                \
			  pwrite(self->fd, content, DEVICE_SIZE, 0)); \
		POISON(self->map, BAD);                               \
	} while (0)

/* Checks all bytes but those of the page, as read(2) returns them. */
#define EXPECT_THE_REST(fd)                                           \
	do {                                                          \
		unsigned char _seen[DEVICE_SIZE];                     \
                                                                      \
		EXPECT_EQ(BAD_START, pread(fd, _seen, BAD_START, 0)); \
		EXPECT_EQ(0, memcmp(content, _seen, BAD_START));      \
		EXPECT_EQ(DEVICE_SIZE - BAD_END,                      \
			  pread(fd, _seen, DEVICE_SIZE, BAD_END));    \
		EXPECT_EQ(0, memcmp(content + BAD_END, _seen,         \
				    DEVICE_SIZE - BAD_END));          \
	} while (0)

TEST_F(device, read)
{
	unsigned char seen[DEVICE_SIZE];

	PREPARE();
	EXPECT_EQ(BAD_START, RC(pread(self->fd, seen, DEVICE_SIZE, 0)));
	EXPECT_EQ(1, RC(pread(self->fd, seen, 2, BAD_START - 1)));
	EXPECT_EQ(-EHWPOISON, RC(pread(self->fd, seen, 1, BAD_START)));
	EXPECT_EQ(-EHWPOISON,
		  RC(pread(self->fd, seen, DEVICE_SIZE, BAD_START)));
	EXPECT_EQ(-EHWPOISON, RC(pread(self->fd, seen, 2, BAD_END - 1)));
	EXPECT_EQ(0, RC(pread(self->fd, seen, 0, BAD_START)));
	EXPECT_THE_REST(self->fd);

	/* the position stays where the error is */
	EXPECT_EQ(BAD_START, RC(read(self->fd, seen, DEVICE_SIZE)));
	EXPECT_EQ(-EHWPOISON, RC(read(self->fd, seen, 1)));
	EXPECT_EQ(BAD_START, lseek(self->fd, 0, SEEK_CUR));
	EXPECT_ONLY_MEMORY_ERRORS(self->log);
}

TEST_F(device, write)
{
	long long generation;

	PREPARE();
	scramble(content, DEVICE_SIZE, 8);
	EXPECT_EQ(BAD_START, RC(pwrite(self->fd, content, DEVICE_SIZE, 0)));
	generation = fd_generation(self->fd);
	EXPECT_EQ(-EHWPOISON, RC(pwrite(self->fd, content, 1, BAD_START)));
	EXPECT_EQ(-EHWPOISON, RC(pwrite(self->fd, content, 2, BAD_END - 1)));
	EXPECT_EQ(generation, fd_generation(self->fd));
	EXPECT_EQ(DEVICE_SIZE - BAD_END, RC(pwrite(self->fd, content + BAD_END,
						   DEVICE_SIZE, BAD_END)));
	EXPECT_THE_REST(self->fd);
	EXPECT_ONLY_MEMORY_ERRORS(self->log);
}

TEST_F(device, fill)
{
	PREPARE();
	EXPECT_EQ(-EHWPOISON, fill(self->fd, 0, BAD_START, 1, 0));
	EXPECT_EQ(-EHWPOISON, fill(self->fd, 0, BAD_END - 1, 1, 0));
	EXPECT_EQ(-EHWPOISON,
		  fill(self->fd, 0, BAD_END - 1, DEVICE_SIZE - BAD_END, 0));
	EXPECT_EQ(0, fill(self->fd, 0, BAD_START, 0, 0));
	EXPECT_THE_REST(self->fd);

	EXPECT_EQ(0, fill(self->fd, MMAPDEMO_FILL_COUNT, 3, BAD_START - 3, 5));
	fill_expected(content, MMAPDEMO_FILL_COUNT, 3, BAD_START - 3, 5);
	EXPECT_EQ(0, fill(self->fd, 0, BAD_END, DEVICE_SIZE - BAD_END, 6));
	fill_expected(content, 0, BAD_END, DEVICE_SIZE - BAD_END, 6);
	EXPECT_THE_REST(self->fd);
	EXPECT_ONLY_MEMORY_ERRORS(self->log);
}

TEST_F(device, checksum)
{
	__u32 crc;

	PREPARE();
	EXPECT_EQ(-EHWPOISON, checksum(self->fd, 0, DEVICE_SIZE, &crc));
	EXPECT_EQ(-EHWPOISON, checksum(self->fd, BAD_START, 1, &crc));
	EXPECT_EQ(-EHWPOISON, checksum(self->fd, BAD_END - 1, 2, &crc));
	EXPECT_EQ(0, checksum(self->fd, BAD_START, 0, &crc));
	EXPECT_EQ(0, checksum(self->fd, 0, BAD_START, &crc));
	EXPECT_EQ(crc32(0, content, BAD_START), crc);
	EXPECT_EQ(0, checksum(self->fd, BAD_END, DEVICE_SIZE - BAD_END, &crc));
	EXPECT_EQ(crc32(0, content + BAD_END, DEVICE_SIZE - BAD_END), crc);
	EXPECT_ONLY_MEMORY_ERRORS(self->log);
}

TEST_F(device, wait_and_wake)
{
	__u32 value;
	int nonblock;

	PREPARE();
	nonblock = device_open(O_RDWR | O_NONBLOCK);
	memcpy(&value, content + BAD_START, 4);
	EXPECT_EQ(-EHWPOISON, wait_word(self->fd, BAD_START, value, 0));
	EXPECT_EQ(-EHWPOISON, wait_word(self->fd, BAD_START, value + 1, 0));
	EXPECT_EQ(-EHWPOISON,
		  wait_word(self->fd, BAD_END - 4, value, NO_TIMEOUT));
	EXPECT_EQ(-EHWPOISON, wait_word(nonblock, BAD_START, value, 0));
	EXPECT_EQ(-EHWPOISON, wake_word(self->fd, BAD_START, 1));
	EXPECT_EQ(-EHWPOISON, wake_word(self->fd, BAD_END - 4, 0));

	memcpy(&value, content + BAD_END, 4);
	EXPECT_EQ(-ETIMEDOUT, wait_word(self->fd, BAD_END, value, 0));
	EXPECT_EQ(0, wait_word(self->fd, BAD_END, value + 1, 0));
	EXPECT_EQ(0, wake_word(self->fd, BAD_END, 1));
	EXPECT_EQ(0, wake_word(self->fd, BAD_START - 4, 1));
	close(nonblock);
	EXPECT_ONLY_MEMORY_ERRORS(self->log);
}

static pid_t start_waiter(int fd, __u64 offset, __u32 expected, __u64 timeout)
{
	pid_t pid = fork();

	if (!pid)
		_exit(-wait_word(fd, offset, expected, timeout));
	while (!asleep(pid))
		usleep(500);
	return pid;
}

/*
 * A waiter that sleeps when the error comes is not told at once. It does not read the
 * word any more, neither when its time is over nor when a range wakes it.
 */
TEST_F(device, asleep)
{
	pid_t timed, woken;

	NEEDS_PAGES();
	timed = start_waiter(self->fd, BAD_START + 8, 0, SECOND);
	woken = start_waiter(self->fd, BAD_START + 16, 0, 100 * SECOND);
	POISON(self->map, BAD);
	EXPECT_EQ(EHWPOISON, child_status(timed));
	EXPECT_EQ(-EHWPOISON, fill(self->fd, 0, 0, DEVICE_SIZE, 0));
	EXPECT_EQ(EHWPOISON, child_status(woken));
	EXPECT_ONLY_MEMORY_ERRORS(self->log);
}

/* Moves bytes by splice(2). Returns how many were moved, or -errno. */
static long splice_at(int from, long long from_at, int to, long long to_at,
		      size_t length)
{
	loff_t in = from_at, out = to_at;

	return RC(splice(from, from_at < 0 ? NULL : &in, to,
			 to_at < 0 ? NULL : &out, length, 0));
}

TEST_F(device, splice)
{
	unsigned char seen[DEVICE_SIZE];
	int pipes[2];
	size_t done;
	long n;

	PREPARE();
	ASSERT_EQ(0, pipe2(pipes, O_CLOEXEC | O_NONBLOCK));
	for (done = 0; done < BAD_START; done += n) {
		n = splice_at(self->fd, done, pipes[1], -1, DEVICE_SIZE);
		ASSERT_LT(0, n);
		ASSERT_GE(BAD_START, done + n);
		ASSERT_EQ(n, read(pipes[0], seen + done, n));
	}
	EXPECT_EQ(0, memcmp(content, seen, BAD_START));
	EXPECT_EQ(-EHWPOISON, splice_at(self->fd, BAD_START, pipes[1], -1, 1));
	EXPECT_EQ(-EAGAIN, RC(read(pipes[0], seen, 1)));

	scramble(content, DEVICE_SIZE, 9);
	ASSERT_EQ(DEVICE_SIZE, write(pipes[1], content, DEVICE_SIZE));
	EXPECT_EQ(BAD_START, splice_at(pipes[0], -1, self->fd, 0, DEVICE_SIZE));
	EXPECT_EQ(-EHWPOISON,
		  splice_at(pipes[0], -1, self->fd, BAD_START, page_size()));
	ASSERT_EQ(page_size(), read(pipes[0], seen, page_size()));
	EXPECT_EQ(DEVICE_SIZE - BAD_END,
		  splice_at(pipes[0], -1, self->fd, BAD_END, DEVICE_SIZE));
	EXPECT_THE_REST(self->fd);
	close(pipes[0]);
	close(pipes[1]);
	EXPECT_ONLY_MEMORY_ERRORS(self->log);
}

static siginfo_t bus_info;

static void bus_handler(int sig, siginfo_t *info, void *context)
{
	bus_info = *info;
	siglongjmp(touch_env, sig);
}

/* Tells the address and the code of the SIGBUS that a touch raises, or 0. */
static int bus_code(volatile unsigned char *at, bool store)
{
	struct sigaction act = { .sa_sigaction = bus_handler,
				 .sa_flags = SA_SIGINFO },
			 old;
	int sig;

	bus_info.si_code = 0;
	sigaction(SIGBUS, &act, &old);
	sig = sigsetjmp(touch_env, 1);
	if (!sig && store)
		*at = 1;
	else if (!sig)
		(void)*at;
	sigaction(SIGBUS, &old, NULL);
	return bus_info.si_code;
}

#define EXPECT_BUS(at, store)                                       \
	do {                                                        \
		EXPECT_EQ(BUS_MCEERR_AR, bus_code(at, store));      \
		EXPECT_EQ((at), (unsigned char *)bus_info.si_addr); \
	} while (0)

/* Touches each page of a mapping that was made after the error. */
#define EXPECT_ONE_BAD_PAGE(map)                                              \
	do {                                                                  \
		struct mmapdemo_mapinfo _info;                                \
		size_t _at;                                                   \
                                                                              \
		for (_at = 0; _at < DEVICE_SIZE; _at += page_size()) {        \
			if (_at == BAD_START)                                 \
				continue;                                     \
			EXPECT_EQ(content[_at + 9], (map)[_at + 9]);          \
			content[_at + 9]++;                                   \
			(map)[_at + 9]++;                                     \
			EXPECT_MAPINFO(self->fd, (map) + _at, _at, WRITABLE); \
		}                                                             \
		EXPECT_BUS((map) + BAD_START, false);                         \
		EXPECT_BUS((map) + BAD_END - 1, true);                        \
		EXPECT_EQ(0,                                                  \
			  get_mapinfo(self->fd, (map) + BAD_START, &_info));  \
		EXPECT_EQ(0, _info.properties);                               \
	} while (0)

TEST_F(device, mapped_afterwards)
{
	static const int flags[] = { 0, MAP_POPULATE, MAP_LOCKED };
	unsigned char *map;
	size_t i;

	PREPARE();
	for (i = 0; i < ARRAY_SIZE(flags); i++) {
		map = mmap(NULL, DEVICE_SIZE, RW, MAP_SHARED | flags[i],
			   self->fd, 0);
		ASSERT_NE(MAP_FAILED, map);
		EXPECT_ONE_BAD_PAGE(map);
		munmap(map, DEVICE_SIZE);
	}
	EXPECT_THE_REST(self->fd);
	EXPECT_ONLY_MEMORY_ERRORS(self->log);
}

/* A mapping that does not include the page is populated as usual. */
TEST_F(device, mapped_beside)
{
	unsigned char *map, *bad;
	struct mmapdemo_mapinfo info;

	PREPARE();
	map = map_shared(self->fd, DEVICE_SIZE - BAD_END, RW, BAD_END);
	ASSERT_NE(MAP_FAILED, map);
	ASSERT_EQ(0, get_mapinfo(self->fd, map, &info));
	EXPECT_EQ(variant->kind.lazy ? 0 : WRITABLE, info.properties);
	EXPECT_EQ(0, memcmp(content + BAD_END, map, DEVICE_SIZE - BAD_END));
	bad = map_shared(self->fd, page_size(), RW, BAD_START);
	ASSERT_NE(MAP_FAILED, bad);
	EXPECT_BUS(bad, true);
	munmap(map, DEVICE_SIZE - BAD_END);
	munmap(bad, page_size());
	EXPECT_ONLY_MEMORY_ERRORS(self->log);
}

/* An old mapping loses the page once its entry is cleared, and keeps the others. */
TEST_F(device, mapped_again)
{
	PREPARE();
	ASSERT_EQ(0, madvise(self->map, DEVICE_SIZE, MADV_DONTNEED));
	EXPECT_ONE_BAD_PAGE(self->map);
	EXPECT_THE_REST(self->fd);
	EXPECT_ONLY_MEMORY_ERRORS(self->log);
}

/* The bytes are neither copied nor shown. */
TEST_F(device, private_mapping)
{
	unsigned char *map;

	PREPARE();
	if (!backings[variant->kind.backing].copies) {
		EXPECT_ONLY_MEMORY_ERRORS(self->log);
		return;
	}
	map = mmap(NULL, DEVICE_SIZE, RW, MAP_PRIVATE, self->fd, 0);
	ASSERT_NE(MAP_FAILED, map);
	EXPECT_BUS(map + BAD_START + 1, true);
	EXPECT_BUS(map + BAD_START + 1, false);
	EXPECT_EQ(0, memcmp(content, map, BAD_START));
	map[BAD_END]++;
	EXPECT_EQ((unsigned char)(content[BAD_END] + 1), map[BAD_END]);
	EXPECT_THE_REST(self->fd);
	munmap(map, DEVICE_SIZE);
	EXPECT_ONLY_MEMORY_ERRORS(self->log);
}

static void note(int signal)
{
	(void)signal;
}

/*
 * The page of a private mapping is a copy of its own. With an error in it, a
 * debugger must not be given the buffer's bytes instead.
 */
TEST_F(device, private_copy)
{
	unsigned char *map, *copy, byte = 0;
	int mem;

	if (!backings[variant->kind.backing].copies)
		return;
	scramble(content, DEVICE_SIZE, 10);
	ASSERT_EQ(DEVICE_SIZE, pwrite(self->fd, content, DEVICE_SIZE, 0));
	map = mmap(NULL, DEVICE_SIZE, RW, MAP_PRIVATE, self->fd, 0);
	ASSERT_NE(MAP_FAILED, map);
	copy = map + BAD_START;
	copy[0]++;
	signal(SIGBUS, note); /* some kernels tell the owner of a dirty page */
	POISON(map, BAD);
	mem = open("/proc/self/mem", O_RDWR | O_CLOEXEC);
	EXPECT_EQ(-EIO, RC(pread(mem, &byte, 1, (uintptr_t)copy)));
	EXPECT_EQ(-EIO, RC(pwrite(mem, "x", 1, (uintptr_t)copy)));
	EXPECT_EQ(1, pread(self->fd, &byte, 1, BAD_START));
	EXPECT_EQ(content[BAD_START], byte);
	close(mem);
	munmap(map, DEVICE_SIZE);
	EXPECT_ONLY_MEMORY_ERRORS(self->log);
}

/* The kernel loads and stores on behalf of user space. This raises no signal. */
TEST_F(device, system_calls_on_a_mapping)
{
	int file, mem;
	unsigned char *map, seen[DEVICE_SIZE];
	struct iovec ours = { .iov_base = seen, .iov_len = DEVICE_SIZE };
	struct iovec its = { .iov_len = DEVICE_SIZE };

	PREPARE();
	map = map_shared(self->fd, DEVICE_SIZE, RW, 0);
	ASSERT_NE(MAP_FAILED, map);
	its.iov_base = map;
	file = syscall(SYS_memfd_create, "bytes", MFD_CLOEXEC);
	mem = open("/proc/self/mem", O_RDWR | O_CLOEXEC);

	EXPECT_EQ(BAD_START, RC(pwrite(file, map, DEVICE_SIZE, 0)));
	EXPECT_EQ(-EFAULT, RC(pwrite(file, map + BAD_START, 1, 0)));
	ASSERT_EQ(DEVICE_SIZE, pwrite(file, content, DEVICE_SIZE, 0));
	EXPECT_EQ(BAD_START, RC(pread(file, map, DEVICE_SIZE, 0)));
	EXPECT_EQ(-EFAULT, RC(pread(file, map + BAD_START, 1, 0)));
	EXPECT_EQ(BAD_START,
		  RC(process_vm_readv(getpid(), &ours, 1, &its, 1, 0)));
	EXPECT_EQ(0, memcmp(content, seen, BAD_START));
	its.iov_base = map + BAD_START;
	EXPECT_EQ(-EFAULT,
		  RC(process_vm_writev(getpid(), &ours, 1, &its, 1, 0)));
	EXPECT_EQ(-EIO, RC(pread(mem, seen, 1, (uintptr_t)map + BAD_START)));
	EXPECT_EQ(-EIO, RC(pwrite(mem, seen, 1, (uintptr_t)map + BAD_START)));
	EXPECT_EQ(1, RC(pwrite(mem, content, 1, (uintptr_t)map)));
	EXPECT_THE_REST(self->fd);
	munmap(map, DEVICE_SIZE);
	close(file);
	close(mem);
	EXPECT_ONLY_MEMORY_ERRORS(self->log);
}

/* Calls that do not read the page still work and describe it. */
TEST_F(device, described)
{
	struct pollfd poll_in = { .fd = self->fd, .events = POLLIN };
	struct mmapdemo_info info;

	PREPARE();
	EXPECT_EQ(0, get_info(self->fd, &info));
	EXPECT_EQ(DEVICE_SIZE, info.buffer_size);
	EXPECT_EQ(variant->kind.cache, info.cache_effective);
	EXPECT_EQ(1, poll(&poll_in, 1, 0));
	touch(self->map, true);
	EXPECT_EQ(BAD_START, lseek(self->fd, BAD_START, SEEK_DATA));
	EXPECT_MAPINFO(self->fd, self->map, 0, WRITABLE);
	EXPECT_ONLY_MEMORY_ERRORS(self->log);
}

#define PRIVATE_SIZE (4 * MIB)

/* The kernel keeps a reference to the page for ever. That does not count as a pin. */
TEST_F(device, private_buffer)
{
	long before = free_kb();
	unsigned char *map;
	int fd, i;

	NEEDS_PAGES();
	for (i = 0; i < 8; i++) {
		fd = create(self->fd, &variant->kind, PRIVATE_SIZE);
		ASSERT_LE(0, fd);
		map = map_shared(fd, PRIVATE_SIZE, RW, 0);
		ASSERT_NE(MAP_FAILED, map);
		POISON(map, BAD + i);
		POISON(map, BAD + i + 20);
		munmap(map, PRIVATE_SIZE);
		EXPECT_EQ(MMAPDEMO_SEAL_WRITE,
			  buffer_seals(fd, MMAPDEMO_SEAL_WRITE));
		close(fd);
	}
	EXPECT_NONE_LEFT();
	EXPECT_MEMORY_BACK(PRIVATE_SIZE / 1024, before);
	EXPECT_ONLY_MEMORY_ERRORS(self->log);
}

TEST_HARNESS_MAIN
