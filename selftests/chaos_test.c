// SPDX-License-Identifier: GPL-2.0-only
/*
 * Everything at once. Processes create buffers of all kinds and make every call
 * on them, alone and in pairs. Others are killed in the middle, or reach the
 * limit of their memory cgroup. While a buffer is used, a thread makes the
 * kernel change its page table entries in every way, and memory is short. Some
 * pages get a memory error. The number of rounds is limited. Afterwards only
 * the pages with a memory error are missing.
 */
#include <poll.h>
#include <pthread.h>

#include "cgroup.h"
#include "device.h"
#include "memory_errors.h"
#include "store_tracking.h"

#define WORKERS 6
#define ROUNDS 60
#define KILLS 40
/* The machine loses each page that gets a memory error. */
#define ERRORS 24
/* FILL covers only the end of a buffer: KCSAN takes 1 us for each word. */
#define FILLED (64 << 10)

static const struct kind kinds[] = {
	{ MMAPDEMO_BACKING_KMALLOC, MMAPDEMO_CACHE_WB, false },
	{ MMAPDEMO_BACKING_KMALLOC, MMAPDEMO_CACHE_WB, true },
	{ MMAPDEMO_BACKING_KMALLOC, MMAPDEMO_CACHE_WC, true },
	{ MMAPDEMO_BACKING_KMALLOC, MMAPDEMO_CACHE_UC, false },
	{ MMAPDEMO_BACKING_VMALLOC, MMAPDEMO_CACHE_WB, false },
	{ MMAPDEMO_BACKING_VMALLOC, MMAPDEMO_CACHE_WB, true },
	{ MMAPDEMO_BACKING_SHMEM, MMAPDEMO_CACHE_WB, false },
	{ MMAPDEMO_BACKING_SHMEM, MMAPDEMO_CACHE_WB, true },
	{ MMAPDEMO_BACKING_DMA, MMAPDEMO_CACHE_WB, false },
	{ MMAPDEMO_BACKING_DMA, MMAPDEMO_CACHE_WC, false },
};

/*
 * Returns a kind whose memory is charged to the memory cgroup. That excludes
 * dma, because memory from CMA is not charged.
 */
static const struct kind *charged_kind(unsigned int n)
{
	const struct kind *kind = &kinds[n % ARRAY_SIZE(kinds)];

	return kind->backing != MMAPDEMO_BACKING_DMA && kind_possible(kind) ?
		       kind :
		       &kinds[0];
}

static __u64 size_of_round(unsigned int round)
{
	static const __u64 sizes[] = { 1, 5000, 70000, 1 << 20, 4 << 20 };

	return sizes[round % ARRAY_SIZE(sizes)];
}

/* Starts a child that waits for the word at 0 and then writes the one at 4. */
static pid_t start_partner(int fd)
{
	pid_t pid = fork();
	__u32 one = 1;

	if (pid)
		return pid;
	if (wait_word(fd, 0, 0, 20000000000ULL))
		_exit(1);
	_exit(pwrite(fd, &one, 4, 4) != 4);
}

/* Makes the calls on a buffer. Returns 0, or a number for what went wrong. */
static int use(int fd, unsigned char *map, __u64 size)
{
	struct pollfd p = { .fd = fd, .events = POLLIN | POLLOUT };
	__u64 end = size < FILLED ? size : FILLED;
	struct mmapdemo_mapinfo info;
	unsigned char byte;
	pid_t partner;
	__u32 crc;

	if (fill(fd, 0, size - end, end, 0x5a5a5a5a5a5a5a5a) ||
	    map[size - 1] != 0x5a)
		return 20;
	map[0] = 0x5b;
	fence();
	if (pread(fd, &byte, 1, 0) != 1 || byte != 0x5b)
		return 21;
	if (get_mapinfo(fd, map, &info) || checksum(fd, 0, size, &crc))
		return 22;
	if (poll(&p, 1, 0) != 1 || p.revents != (POLLIN | POLLOUT))
		return 23;
	if (size < 8)
		return 0;
	if (fill(fd, 0, 0, 8, 0))
		return 24;
	partner = start_partner(fd);
	if (partner < 0)
		return 0;
	map[0] = 1;
	fence();
	if (wake_word(fd, 0, 1) < 0 || wait_word(fd, 4, 0, 20000000000ULL))
		return 25;
	return child_status(partner) ? 26 : 0;
}

/* The mapping that a worker uses, and the thread that disturbs it */
struct treatment {
	char *map;
	size_t length;
	unsigned int next;
	bool has_pages;
	int uffd;
	volatile bool over;
	pthread_t thread;
};

static void treat_soft_dirty(struct treatment *t)
{
	clear_soft_dirty();
}

/*
 * Without a struct page, the marker that write-protection leaves in an entry
 * would make the next store fail.
 */
static void treat_uffd(struct treatment *t)
{
	if (!t->has_pages)
		return;
	if (t->uffd < 0)
		t->uffd = uffd_for_stores(t->map, t->length);
	if (t->uffd >= 0)
		uffd_protect(t->uffd, t->map, t->length);
}

/*
 * Splits large entries. Leaves the first page alone, because the worker stores
 * to it meanwhile.
 */
static void treat_mprotect(struct treatment *t)
{
	size_t page = page_size();

	if (t->length < 2 * page)
		return;
	mprotect(t->map + page, page, PROT_READ);
	mprotect(t->map + page, page, RW);
}

static void treat_madvise(struct treatment *t)
{
	static const int advice[] = {
		MADV_DONTNEED, MADV_COLD,	MADV_PAGEOUT,
		MADV_WILLNEED, MADV_NOHUGEPAGE, MADV_HUGEPAGE,
	};

	madvise(t->map, t->length, advice[t->next / 8 % ARRAY_SIZE(advice)]);
}

/* Copies the page table entries to a child, which exits at once. */
static void treat_fork(struct treatment *t)
{
	pid_t pid = fork();

	if (!pid)
		_exit(t->map[t->length - 1] == 1);
	if (pid > 0)
		waitpid(pid, NULL, 0);
}

static void (*const treatments[])(struct treatment *t) = {
	treat_soft_dirty, treat_uffd, treat_mprotect, treat_madvise, treat_fork,
};

/*
 * Disturbs the mapping until over is set. The order is pseudo-random, but the
 * same for the same round.
 */
static void *treat(void *arg)
{
	struct treatment *t = arg;

	while (!t->over) {
		t->next = t->next * 1103515245 + 12345;
		treatments[(t->next >> 16) % ARRAY_SIZE(treatments)](t);
	}
	return NULL;
}

/*
 * Starts the thread that disturbs the mapping. Soft-dirty tracking is on before
 * that, so it sees the first store.
 */
static bool treatment_starts(struct treatment *t, const struct kind *kind,
			     char *map, size_t length, unsigned int round)
{
	*t = (struct treatment){
		.map = map,
		.length = length,
		.next = round,
		.has_pages = backings[kind->backing].pages,
		.uffd = -1,
	};
	treat_soft_dirty(t);
	return !pthread_create(&t->thread, NULL, treat, t);
}

static void treatment_ends(struct treatment *t)
{
	t->over = true;
	pthread_join(t->thread, NULL);
	close(t->uffd);
}

/* The number of pages that may still get a memory error, for all workers */
static int *errors_left;

/*
 * Gives the second page a memory error. Nobody can use it any more, but all
 * other pages remain usable.
 */
static int give_memory_error(int fd, char *map)
{
	size_t page = page_size();
	char byte;

	if (__sync_fetch_and_sub(errors_left, 1) <= 0)
		return 0;
	if (poison_page(map + page) == -EINVAL)
		return 0;
	if (RC(pread(fd, &byte, 1, page)) != -EHWPOISON ||
	    RC(pwrite(fd, &byte, 1, page)) != -EHWPOISON)
		return 30;
	return pread(fd, &byte, 1, page - 1) == 1 ? 0 : 31;
}

static int use_mapped(int fd, const struct kind *kind, char *map, __u64 size,
		      unsigned int round)
{
	struct treatment treatment;
	int rc;

	if (!treatment_starts(&treatment, kind, map, round_up_to_pages(size),
			      round))
		return 0;
	rc = use(fd, (unsigned char *)map, size);
	if (!rc && treatment.has_pages && size > 2 * page_size() &&
	    round % 4 == 3)
		rc = give_memory_error(fd, map);
	treatment_ends(&treatment);
	return rc;
}

static int one_round(int device, unsigned int round)
{
	const struct kind *kind = &kinds[round % ARRAY_SIZE(kinds)];
	__u64 size = size_of_round(round / ARRAY_SIZE(kinds) + round);
	size_t mapped = round_up_to_pages(size);
	char *map;
	int fd, rc;

	if (!kind_possible(kind))
		return 0;
	fd = create(device, kind, size);
	if (fd == -ENOMEM || fd == -ENOSPC)
		return 0;
	if (fd < 0)
		return 10;
	map = map_shared(fd, mapped, RW, 0);
	if (map == MAP_FAILED) {
		rc = errno == ENOMEM ? 0 : 11;
		close(fd);
		return rc;
	}
	rc = use_mapped(fd, kind, map, size, round);
	if (round % 2)
		close(fd);
	munmap(map, mapped);
	if (!(round % 2))
		close(fd);
	return rc;
}

/*
 * Starts a worker in a process group of its own, so that its partners can be
 * killed with it. If rounds is 0, it runs until it is killed.
 */
static pid_t start_worker(int device, unsigned int seed, unsigned int rounds)
{
	pid_t pid = fork();
	unsigned int i;
	int rc = 0;

	if (pid) {
		setpgid(pid, pid);
		return pid;
	}
	setpgid(0, 0);
	for (i = 0; !rc && (!rounds || i < rounds); i++)
		rc = one_round(device, seed + i);
	_exit(rc);
}

/*
 * Starts a process that uses up its memory cgroup and frees everything again,
 * many times.
 */
static pid_t start_glutton(int device)
{
	pid_t pid = fork();
	int fds[64], i, n, refused = 0;

	if (pid)
		return pid;
	put_number(CGROUP "/cgroup.procs", getpid());
	for (i = 0; i < ROUNDS / 4; i++) {
		for (n = 0; n < 64; n++) {
			fds[n] = create(device, charged_kind(n), 1 << 20);
			if (fds[n] < 0)
				break;
		}
		refused += n < 64 && fds[n] == -ENOMEM;
		while (n)
			close(fds[--n]);
	}
	_exit(refused == ROUNDS / 4 ? 0 : 1);
}

#define DROP_CACHES "/proc/sys/vm/drop_caches"

/*
 * Starts a process that disturbs memory until it is killed. Dropping caches and
 * compaction affect the pages of all processes.
 */
static pid_t start_squeezer(void)
{
	pid_t pid = fork();
	char *map;

	if (pid)
		return pid;
	for (;;) {
		map = mmap(NULL, 16 * MIB, RW,
			   MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
		put_number(DROP_CACHES, 3);
		put_number("/proc/sys/vm/compact_memory", 1);
		madvise(map, 16 * MIB, MADV_PAGEOUT);
		munmap(map, 16 * MIB);
		usleep(200000);
	}
}

FIXTURE(chaos)
{
	int log;
	int fd;
};

FIXTURE_SETUP(chaos)
{
	static const struct kind plain;

	if (module_missing())
		SKIP(return, "%s", module_missing());
	module_taint();
	put_number(DROP_CACHES, 4); /* later writes are not logged */
	self->log = log_mark();
	ASSERT_EQ(0, device_load(DEVICE_SIZE, &plain));
	self->fd = device_open(O_RDWR);
	ASSERT_LE(0, self->fd);
	errors_left = mmap(NULL, sizeof(*errors_left), RW,
			   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, (void *)errors_left);
}

FIXTURE_TEARDOWN(chaos)
{
	close(self->fd);
	EXPECT_EQ(0, module_gone());
	EXPECT_ONLY_MEMORY_ERRORS(self->log);
	close(self->log);
}

TEST_F_TIMEOUT(chaos, everything_at_once, 250)
{
	pid_t pids[WORKERS], victims[2], glutton = -1, squeezer;
	unsigned int i, v;
	long before;

	/*
	 * Lets the kernel fill its own caches before free memory is measured.
	 */
	for (i = 0; i < 2 * ARRAY_SIZE(kinds); i++)
		ASSERT_EQ(0, one_round(self->fd, i));
	before = free_kb();
	*errors_left = ERRORS;
	squeezer = start_squeezer();

	if (!cgroup_missing()) {
		put_number(CGROUP "/memory.max", 20 * MIB);
		glutton = start_glutton(self->fd);
	}
	for (i = 0; i < WORKERS; i++)
		pids[i] = start_worker(self->fd, i * 7, ROUNDS);
	for (v = 0; v < ARRAY_SIZE(victims); v++)
		victims[v] = start_worker(self->fd, v, 0);
	for (i = 0; i < KILLS; i++) {
		v = i % ARRAY_SIZE(victims);
		usleep(2000 + i % 11 * 1700);
		kill(-victims[v], SIGKILL);
		EXPECT_EQ(-SIGKILL, child_status(victims[v]));
		victims[v] = start_worker(self->fd, i * 3, 0);
	}
	for (v = 0; v < ARRAY_SIZE(victims); v++) {
		kill(-victims[v], SIGKILL);
		EXPECT_EQ(-SIGKILL, child_status(victims[v]));
	}
	for (i = 0; i < WORKERS; i++) {
		EXPECT_EQ(0, child_status(pids[i]))
		{
			TH_LOG("worker %u", i);
		}
	}
	kill(squeezer, SIGKILL);
	EXPECT_EQ(-SIGKILL, child_status(squeezer));
	if (glutton > 0) {
		EXPECT_EQ(0, child_status(glutton));
		EXPECT_EQ(0, rmdir(CGROUP));
	}
	EXPECT_MEMORY_BACK(8 << 10, before);
}

TEST_HARNESS_MAIN
