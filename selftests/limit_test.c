// SPDX-License-Identifier: GPL-2.0-only
/*
 * limit_mb: what is charged to it, how much and for how long. A request that
 * fails is never charged, not even for a moment. Pinned memory stays charged
 * until it is released.
 */
#include <pthread.h>
#include <sys/uio.h>

#include "buffers.h"
#include "cgroup.h"
#include "descriptors.h"
#include "device.h"
#include "uring.h"

#define BLOCK (2 * MIB)

static const struct kind small = { MMAPDEMO_BACKING_KMALLOC };
static const struct kind pages = { MMAPDEMO_BACKING_VMALLOC };

/* clang-format off */
FIXTURE(limit) {
	int log;
	int fd;
};
/* clang-format on */

FIXTURE_SETUP(limit)
{
	if (module_missing())
		SKIP(return, "%s", module_missing());
	if (buffers_missing())
		SKIP(return, "%s", buffers_missing());
	module_taint();
	self->fd = -1;
	self->log = log_mark();
	ASSERT_EQ(0, module_gone());
}

FIXTURE_TEARDOWN(limit)
{
	if (self->fd >= 0) {
		EXPECT_EQ(0, used_pages());
		close(self->fd);
	}
	EXPECT_EQ(0, module_gone());
	EXPECT_LOG_SILENT(self->log);
	close(self->log);
}

static int load_and_open(const char *params)
{
	long rc = module_load(params);

	return rc ? rc : device_open(O_RDWR);
}

#define LOAD(params)                              \
	do {                                      \
		self->fd = load_and_open(params); \
		ASSERT_LE(0, self->fd);           \
	} while (0)

TEST_F(limit, unset_is_half_of_memory)
{
	unsigned long mib = meminfo_kb("MemTotal") / 2048;
	struct buffer_list list;

	LOAD("");
	EXPECT_EQ(mib, get_number(LIMIT_MB));
	ASSERT_TRUE(read_buffers(&list));
	EXPECT_EQ(mib * (MIB / page_size()), list.limit_pages);
	EXPECT_EQ(0, list.used_pages);
}

/* A limit of zero is as valid as any other. */
TEST_F(limit, zero)
{
	struct kind kind = {};
	int fd;

	LOAD("limit_mb=0");
	EXPECT_EQ(0, get_number(LIMIT_MB));
	for (kind.backing = 0; kind.backing < BACKING_COUNT; kind.backing++) {
		kind.cache = kind_of(kind.backing).cache;
		if (!kind_possible(&kind))
			continue;
		EXPECT_EQ(-ENOSPC, create(self->fd, &kind, 1));
		put_number(LIMIT_MB, 1);
		fd = create(self->fd, &kind, 1);
		EXPECT_LE(0, fd);
		put_number(LIMIT_MB, 0);
		EXPECT_EQ(-ENOSPC, create(self->fd, &kind, 1));
		close(fd);
		EXPECT_EQ(-ENOSPC, create(self->fd, &kind, 1));
	}
}

/* The number of threads that ask for more than the limit */
#define HOPELESS 3

static struct {
	int fd;
	const struct kind *kind;
	bool stop;
	long refused, other;
} hopeless;

static void *ask_for_too_much(void *arg)
{
	while (!__atomic_load_n(&hopeless.stop, __ATOMIC_RELAXED)) {
		if (create(hopeless.fd, hopeless.kind, 4 * MIB) == -ENOSPC)
			__atomic_add_fetch(&hopeless.refused, 1,
					   __ATOMIC_RELAXED);
		else
			hopeless.other++;
	}
	return NULL;
}

/*
 * Reads used_pages often while every request fails. Returns how often it was
 * not 0. A read at offset 0 generates the list again.
 */
static long times_taken(int count)
{
	int file = open(BUFFERS, O_RDONLY | O_CLOEXEC);
	char text[80];
	long used, taken = 0;
	ssize_t n;

	while (count--) {
		n = pread(file, text, sizeof(text) - 1, 0);
		text[n > 0 ? n : 0] = '\0';
		if (sscanf(text, "limit_pages %*u used_pages %ld", &used) != 1)
			used = -1;
		taken += used != 0;
	}
	close(file);
	return taken;
}

static long small_ones_that_fail(int fd, int count)
{
	long failed = 0;
	int one;

	while (count--) {
		one = create(fd, &small, 1);
		failed += one < 0;
		if (one >= 0)
			close(one);
	}
	return failed;
}

/*
 * A mistake shows only if two tasks meet within a few instructions, so there
 * are many tries.
 */
TEST_F_TIMEOUT(limit, hopeless_requests_disturb_nobody, 300)
{
	const int tries = kernel_is_instrumented() ? 500 : 10000;
	pthread_t threads[HOPELESS];
	size_t k;
	int i;

	LOAD("limit_mb=3");
	for (k = 0; k < 2; k++) {
		memset(&hopeless, 0, sizeof(hopeless));
		hopeless.fd = self->fd;
		hopeless.kind = k ? &pages : &small;
		for (i = 0; i < HOPELESS; i++)
			ASSERT_EQ(0, pthread_create(&threads[i], NULL,
						    ask_for_too_much, NULL));
		while (!__atomic_load_n(&hopeless.refused, __ATOMIC_RELAXED))
			usleep(1000);
		EXPECT_EQ(0, times_taken(5 * tries));
		EXPECT_EQ(0, small_ones_that_fail(self->fd, tries));
		__atomic_store_n(&hopeless.stop, true, __ATOMIC_RELAXED);
		for (i = 0; i < HOPELESS; i++)
			pthread_join(threads[i], NULL);
		EXPECT_EQ(0, hopeless.other);
		TH_LOG("%s: %ld refused", backings[hopeless.kind->backing].name,
		       hopeless.refused);
	}
}

/*
 * The manual says: kmalloc and dma are charged for a power of two of pages, the
 * other backings for their pages.
 */
TEST_F(limit, what_a_buffer_counts)
{
	static const struct {
		unsigned long bytes_in_pages, pages, contiguous;
	} tries[] = {
		{ 1, 1, 1 }, { 2, 2, 2 },    { 3, 3, 4 },
		{ 5, 5, 8 }, { 64, 64, 64 }, { 65, 65, 128 },
	};
	struct kind kind = {};
	unsigned long want;
	size_t i;
	int fd;

	LOAD("limit_mb=16");
	for (kind.backing = 0; kind.backing < BACKING_COUNT; kind.backing++) {
		kind.cache = kind_of(kind.backing).cache;
		if (!kind_possible(&kind))
			continue;
		for (i = 0; i < ARRAY_SIZE(tries); i++) {
			/* One byte in the last page charges the whole page. */
			fd = create(self->fd, &kind,
				    (tries[i].bytes_in_pages - 1) *
						    page_size() +
					    1);
			ASSERT_LE(0, fd);
			want = backings[kind.backing].pages ?
				       tries[i].pages :
				       tries[i].contiguous;
			EXPECT_EQ(want, used_pages())
			{
				TH_LOG("%s, %lu pages",
				       backings[kind.backing].name,
				       tries[i].bytes_in_pages);
			}
			close(fd);
			EXPECT_EQ(0, used_pages());
		}
	}
}

static const struct kind wc = { MMAPDEMO_BACKING_KMALLOC, MMAPDEMO_CACHE_WC };
static const struct kind uc = { MMAPDEMO_BACKING_KMALLOC, MMAPDEMO_CACHE_UC };

#define REQUIRE_BLOCKS()                                                 \
	do {                                                             \
		if (!kind_possible(&wc))                                 \
			SKIP(return, "this machine has no cache=wc for " \
				     "kmalloc");                         \
	} while (0)

TEST_F(limit, blocks_count_as_a_whole)
{
	const long block = BLOCK / page_size();
	int fds[4];
	size_t i;

	REQUIRE_BLOCKS();
	LOAD("limit_mb=16");
	fds[0] = create(self->fd, &wc, 1);
	EXPECT_EQ(block, used_pages());
	fds[1] = create(self->fd, &wc, BLOCK - page_size());
	EXPECT_EQ(block, used_pages());
	fds[2] = create(self->fd, &uc, 1);
	EXPECT_EQ(2 * block, used_pages());
	/* A buffer larger than a block needs one of the next power of two. */
	fds[3] = create(self->fd, &wc, BLOCK + 1);
	EXPECT_EQ(4 * block, used_pages());
	for (i = 0; i < ARRAY_SIZE(fds); i++)
		EXPECT_LE(0, fds[i]);
	close(fds[0]);
	EXPECT_EQ(4 * block, used_pages());
	close(fds[1]);
	EXPECT_EQ(3 * block, used_pages());
	close(fds[2]);
	EXPECT_EQ(2 * block, used_pages());
	close(fds[3]);
}

/*
 * Called in a child. Creates two buffers in a memory cgroup of its own. After
 * each of them all buffers together must use this many pages.
 */
static int two_in_the_cgroup(int fd, long pages)
{
	int first, second;

	put_number(CGROUP "/cgroup.procs", getpid());
	first = create(fd, &wc, 1);
	if (first < 0 || used_pages() != pages)
		return 1;
	second = create(fd, &wc, 1);
	if (second < 0 || used_pages() != pages)
		return 2;
	return 0;
}

/*
 * Memory cgroups do not share blocks, so the one that uses a block is charged
 * for it.
 */
TEST_F(limit, blocks_belong_to_a_cgroup)
{
	const long block = BLOCK / page_size();
	int fd, i;
	pid_t pid;

	REQUIRE_BLOCKS();
	if (cgroup_missing())
		SKIP(return, "%s", cgroup_missing());
	LOAD("limit_mb=16");
	fd = create(self->fd, &wc, 1);
	EXPECT_LE(0, fd);
	EXPECT_EQ(block, used_pages());
	pid = fork();
	if (!pid)
		_exit(two_in_the_cgroup(self->fd, 2 * block));
	EXPECT_EQ(0, child_status(pid));
	for (i = 0; i < 100 && used_pages() != block; i++)
		usleep(20000);
	EXPECT_EQ(block, used_pages());
	close(fd);
	for (i = 0; i < 100 && rmdir(CGROUP); i++)
		usleep(20000);
	EXPECT_NE(0, access(CGROUP, F_OK));
}

#define SHARERS 4

static int shared_fd;

/* Returns the number of buffers that could not be created. */
static void *share_a_block(void *arg)
{
	long failed = 0;
	int i, fd;

	for (i = 0; i < 200; i++) {
		fd = create(shared_fd, &wc, 1);
		failed += fd < 0;
		if (fd >= 0)
			close(fd);
	}
	return (void *)failed;
}

/*
 * One block has room for all threads, even while it is being allocated or
 * freed.
 */
TEST_F_TIMEOUT(limit, one_block_serves_all, 120)
{
	pthread_t threads[SHARERS];
	void *failed;
	int i;

	REQUIRE_BLOCKS();
	LOAD("limit_mb=2");
	shared_fd = self->fd;
	for (i = 0; i < SHARERS; i++)
		ASSERT_EQ(0, pthread_create(&threads[i], NULL, share_a_block,
					    NULL));
	for (i = 0; i < SHARERS; i++) {
		pthread_join(threads[i], &failed);
		EXPECT_EQ(0, (long)failed);
	}
}

/* Kinds with refcounted pages, which can be pinned */
static const struct kind pinnable[] = {
	{ MMAPDEMO_BACKING_VMALLOC, MMAPDEMO_CACHE_WB, false },
	{ MMAPDEMO_BACKING_SHMEM, MMAPDEMO_CACHE_WB, false },
	{ MMAPDEMO_BACKING_VMALLOC, MMAPDEMO_CACHE_WB, true },
	{ MMAPDEMO_BACKING_SHMEM, MMAPDEMO_CACHE_WB, true },
};

#define PINNED_PAGES 3
#define PINNED_AT (100 * page_size())

/*
 * Creates a buffer of this size, puts its pages at PINNED_AT in the pipe, and
 * unmaps and closes it. Returns its id, or 0.
 */
static unsigned long long leave_in_pipe(int device, const struct kind *kind,
					size_t size, int to)
{
	int fd = create(device, kind, size);
	char *map = map_shared(fd, size, RW, 0);
	struct iovec from = { map + PINNED_AT, PINNED_PAGES * page_size() };
	unsigned long long id = id_of(fd);
	long rc;

	if (map == MAP_FAILED)
		return 0;
	scramble(from.iov_base, from.iov_len, 77);
	rc = vmsplice(to, &from, 1, 0);
	munmap(map, size);
	close(fd);
	return rc == (long)from.iov_len ? id : 0;
}

static bool pipe_has_the_bytes(int from)
{
	size_t size = PINNED_PAGES * page_size(), done = 0;
	char want[PINNED_PAGES * page_size()], bytes[size];
	ssize_t n;

	scramble(want, size, 77);
	while (done < size) {
		n = read(from, bytes + done, size - done);
		if (n <= 0)
			return false;
		done += n;
	}
	return !memcmp(want, bytes, size);
}

#define PINNED_SIZE (3 * MIB)

static void expect_pinned(struct __test_metadata *_metadata, int device,
			  unsigned long long id)
{
	const struct buffer_line *line;
	struct buffer_list list;

	EXPECT_EQ(-ENOSPC, create(device, &small, 1));
	ASSERT_TRUE(read_buffers(&list));
	EXPECT_EQ(PINNED_SIZE / page_size(), list.used_pages);
	line = find_buffer(&list, id);
	ASSERT_NE(NULL, line);
	EXPECT_EQ(1, line->pinned);
	EXPECT_EQ(0, line->mappings);
}

/*
 * Checks that the whole limit is available at once, without waiting for the
 * worker that runs each second.
 */
static void expect_all_of_the_limit(struct __test_metadata *_metadata,
				    int device, const struct kind *kind)
{
	int fd = create(device, kind, PINNED_SIZE);

	EXPECT_LE(0, fd);
	if (fd >= 0)
		close(fd);
	EXPECT_EQ(0, used_pages());
}

TEST_F_TIMEOUT(limit, pinned_memory_counts, 120)
{
	unsigned long long id;
	int pipes[2];
	size_t i, closed;

	LOAD("limit_mb=3");
	for (i = 0; i < 2 * ARRAY_SIZE(pinnable); i++) {
		const struct kind *kind = &pinnable[i / 2];

		closed = i % 2;
		ASSERT_EQ(0, pipe(pipes));
		id = leave_in_pipe(self->fd, kind, PINNED_SIZE, pipes[1]);
		ASSERT_NE(0, id);
		expect_pinned(_metadata, self->fd, id);
		/*
		 * The worker looks once a second. It must find the pages still
		 * pinned.
		 */
		if (!i)
			sleep(3);
		expect_pinned(_metadata, self->fd, id);
		if (!closed)
			EXPECT_TRUE(pipe_has_the_bytes(pipes[0]));
		close(pipes[0]);
		close(pipes[1]);
		expect_all_of_the_limit(_metadata, self->fd, kind);
	}
}

/* Released memory is freed even if nobody requests memory. */
TEST_F_TIMEOUT(limit, released_memory_is_freed, 120)
{
	int pipes[2], i;

	LOAD("limit_mb=3");
	ASSERT_EQ(0, pipe(pipes));
	ASSERT_NE(0,
		  leave_in_pipe(self->fd, &pinnable[0], PINNED_SIZE, pipes[1]));
	close(pipes[0]);
	close(pipes[1]);
	for (i = 0; i < 600 && used_pages(); i++)
		usleep(50000);
	EXPECT_EQ(0, used_pages());
}

TEST_F_TIMEOUT(limit, pinned_memory_outlives_the_module, 120)
{
	int pipes[2];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(pinnable); i++) {
		LOAD("limit_mb=3");
		ASSERT_EQ(0, pipe(pipes));
		ASSERT_NE(0, leave_in_pipe(self->fd, &pinnable[i], PINNED_SIZE,
					   pipes[1]));
		close(self->fd);
		self->fd = -1;
		EXPECT_EQ(0, module_gone());
		/*
		 * If the pages had been freed, this buffer could get and zero
		 * them.
		 */
		LOAD("limit_mb=64");
		close(create(self->fd, &pinnable[0], 32 * MIB));
		EXPECT_TRUE(pipe_has_the_bytes(pipes[0]));
		close(pipes[0]);
		close(pipes[1]);
		EXPECT_EQ(0, used_pages());
		close(self->fd);
		self->fd = -1;
		EXPECT_EQ(0, module_gone());
	}
}

#define TAKERS 4
#define TAKE (8 * MIB)

static struct {
	int fd;
	pthread_barrier_t barrier;
} takers;

static void *take_a_part(void *arg)
{
	pthread_barrier_wait(&takers.barrier);
	return (void *)(long)create(takers.fd, &pinnable[0], TAKE);
}

/*
 * Several threads wait for memory. What is being freed for one of them makes
 * room for the others as well.
 */
TEST_F_TIMEOUT(limit, released_memory_serves_all, 300)
{
	pthread_t threads[TAKERS];
	int pipes[2], i, round;
	void *fd;

	LOAD("limit_mb=32");
	takers.fd = self->fd;
	pthread_barrier_init(&takers.barrier, NULL, TAKERS + 1);
	for (round = 0; round < 8; round++) {
		ASSERT_EQ(0, pipe(pipes));
		ASSERT_NE(0, leave_in_pipe(self->fd, &pinnable[0],
					   TAKERS * TAKE, pipes[1]));
		for (i = 0; i < TAKERS; i++)
			ASSERT_EQ(0, pthread_create(&threads[i], NULL,
						    take_a_part, NULL));
		close(pipes[0]);
		close(pipes[1]);
		pthread_barrier_wait(&takers.barrier);
		for (i = 0; i < TAKERS; i++) {
			pthread_join(threads[i], &fd);
			EXPECT_LE(0, (long)fd);
			if ((long)fd >= 0)
				close((long)fd);
		}
	}
	pthread_barrier_destroy(&takers.barrier);
}

/* Closing the ring releases its pages later, in a worker of the kernel. */
TEST_F_TIMEOUT(limit, io_uring_buffers_count, 120)
{
	struct ring ring;
	size_t i;
	void *map;
	int fd, n;

	LOAD("limit_mb=3");
	for (i = 0; i < ARRAY_SIZE(pinnable); i++) {
		RING_OPEN(&ring, 0);
		fd = create(self->fd, &pinnable[i], PINNED_SIZE);
		map = map_shared(fd, PINNED_SIZE, RW, 0);
		ASSERT_NE(MAP_FAILED, map);
		n = ring_register(&ring, map, PINNED_SIZE);
		if (!n)
			n = id_of(fd);
		munmap(map, PINNED_SIZE);
		close(fd);
		if (n > 0)
			expect_pinned(_metadata, self->fd, n);
		ring_close(&ring);
		if (n == -EOPNOTSUPP)
			SKIP(return, "this kernel registers no such pages");
		ASSERT_LT(0, n);
		for (n = 0; n < 600 && used_pages(); n++)
			usleep(50000);
		EXPECT_EQ(0, used_pages());
	}
}

TEST_HARNESS_MAIN
