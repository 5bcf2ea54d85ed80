// SPDX-License-Identifier: GPL-2.0-only
/*
 * Two threads at a mapping: one takes its page table entries away, the other
 * uses it. A sequence of calls of one thread would never see such moments.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include <linux/mmapdemo.h>
#include <linux/userfaultfd.h>

#include "calls_do.h"

#define RACE_ROUNDS 64
#define RACE_COPY 64
/* A moment that is missed is waited for again, but no longer than that. */
#define RACE_CYCLES 64
#define RACE_MOST_NS 100000000
/*
 * Pages whose index is small: a walk of page tables that lost one, and takes
 * what is at physical address 0 for it, meets interrupt vectors there, which
 * look like entries.
 */
#define RACE_PAGES 64

/**
 * struct race - a buffer, its mapping, and the thread that disturbs it
 * @fd: of the buffer
 * @map: address of the mapping, CALLS_HUGE bytes
 * @cache: the attribute that every entry must have
 * @may_fault: a touch may raise SIGSEGV, or a call not find the mapping
 * @sink: a pipe, for pins, or -1
 * @uffd: or -1
 * @clear_refs: or -1
 * @disturb: what the thread does until @stop is set
 * @cycles: how often it did
 */
struct race {
	int fd;
	uint64_t map;
	uint32_t cache;
	bool may_fault;
	int sink[2];
	int uffd;
	int clear_refs;
	void (*disturb)(struct race *race);
	unsigned int cycles;
	int stop;
};

static void *race_map(const struct race *race)
{
	return (void *)(uintptr_t)race->map;
}

/* what disturbs */

/* An empty page table is freed, and made again by the touch. */
static void race_discard(struct race *race)
{
	madvise(race_map(race), CALLS_HUGE, MADV_DONTNEED);
	do_touch(race->map, -1);
}

static void race_protect(struct race *race)
{
	mprotect(race_map(race), CALLS_HUGE, PROT_READ);
	mprotect(race_map(race), CALLS_HUGE, PROT_READ | PROT_WRITE);
}

static void race_track(struct race *race)
{
	if (write(race->clear_refs, "4", 1) == 1)
		race_discard(race);
}

static void race_map_again(struct race *race)
{
	mmap(race_map(race), CALLS_HUGE, PROT_READ | PROT_WRITE,
	     MAP_SHARED | MAP_FIXED, race->fd, 0);
}

static void race_move(struct race *race)
{
	void *other = (void *)(uintptr_t)(race->map + CALLS_HUGE);

	mremap(race_map(race), CALLS_HUGE, CALLS_HUGE,
	       MREMAP_MAYMOVE | MREMAP_FIXED, other);
	mremap(other, CALLS_HUGE, CALLS_HUGE, MREMAP_MAYMOVE | MREMAP_FIXED,
	       race_map(race));
}

static void race_write_protect(struct race *race)
{
	struct uffdio_writeprotect protect = {
		.range = { race->map, CALLS_HUGE },
		.mode = UFFDIO_WRITEPROTECT_MODE_WP,
	};

	ioctl(race->uffd, UFFDIO_WRITEPROTECT, &protect);
}

static void race_reclaim(struct race *race)
{
	static const int advice[] = { MADV_COLD, MADV_PAGEOUT, MADV_HUGEPAGE,
				      25 /* COLLAPSE */, MADV_NOHUGEPAGE };

	for (unsigned int i = 0; i < sizeof(advice) / sizeof(advice[0]); i++)
		madvise(race_map(race), CALLS_HUGE, advice[i]);
}

static void race_pin(struct race *race)
{
	struct iovec pages = { race_map(race), 4 * CALLS_PAGE };
	char bytes[CALLS_PAGE];

	vmsplice(race->sink[1], &pages, 1, SPLICE_F_NONBLOCK);
	race_discard(race);
	while (read(race->sink[0], bytes, sizeof(bytes)) > 0)
		;
}

/* An entry that is repeated is chosen more often. */
static const struct {
	void (*disturb)(struct race *race);
	bool may_fault;
} disturbances[16] = {
	{ race_discard, false },   { race_protect, true },
	{ race_track, false },	   { race_map_again, false },
	{ race_move, true },	   { race_write_protect, false },
	{ race_reclaim, false },   { race_pin, false },
	{ race_discard, false },   { race_discard, false },
	{ race_discard, false },   { race_discard, false },
	{ race_track, false },	   { race_track, false },
	{ race_map_again, false }, { race_protect, true },
};

static void *race_thread(void *argument)
{
	struct race *race = argument;

	while (!__atomic_load_n(&race->stop, __ATOMIC_RELAXED)) {
		race->disturb(race);
		__atomic_add_fetch(&race->cycles, 1, __ATOMIC_RELAXED);
	}
	return NULL;
}

/* what is disturbed: once, at a page; what must not happen, or NULL */

static const char *race_touch(const struct race *race, uint64_t at, int store)
{
	int sig = do_touch(at, store);

	if (!sig || (sig == SIGSEGV && race->may_fault))
		return NULL;
	return sig == SIGBUS ? "SIGBUS in a mapping that is disturbed" :
			       "SIGSEGV in a mapping that is disturbed";
}

static const char *race_load(struct race *race, uint64_t at)
{
	return race_touch(race, at, -1);
}

static const char *race_store(struct race *race, uint64_t at)
{
	return race_touch(race, at, 1);
}

static const char *race_mapinfo(struct race *race, uint64_t at)
{
	struct mmapdemo_mapinfo info = { .size = sizeof(info), .address = at };

	if (ioctl(race->fd, MMAPDEMO_IOC_MAPINFO, &info))
		return errno == EOPNOTSUPP || race->may_fault ?
			       NULL :
			       "MAPINFO does not find a mapping";
	if (info.offset != at - race->map)
		return "MAPINFO tells another offset";
	if (!(info.properties & MMAPDEMO_MAPINFO_PRESENT))
		return info.cache || info.entry_size ?
			       "MAPINFO describes an entry that is not there" :
			       NULL;
	if (info.cache != race->cache)
		return "MAPINFO tells another cache attribute";
	return NULL;
}

/* A copy may end early where a touch may fail. */
static bool race_copied(const struct race *race, ssize_t n)
{
	return n == RACE_COPY ||
	       (race->may_fault && (n > 0 || errno == EFAULT));
}

/* The kernel stores to the mapping, and loads from it. */
static const char *race_read(struct race *race, uint64_t at)
{
	ssize_t n = pread(race->fd, (void *)(uintptr_t)at, RACE_COPY, 0);

	return race_copied(race, n) ?
		       NULL :
		       "read(2) into a mapping that is disturbed";
}

static const char *race_write(struct race *race, uint64_t at)
{
	ssize_t n = pwrite(race->fd, (void *)(uintptr_t)at, RACE_COPY, 0);

	return race_copied(race, n) ?
		       NULL :
		       "write(2) from a mapping that is disturbed";
}

static const char *race_look(struct race *race, uint64_t at)
{
	struct mmapdemo_info info = { .size = sizeof(info),
				      .flags = MMAPDEMO_INFO_READ_BACK };

	if (ioctl(race->fd, MMAPDEMO_IOC_INFO, &info))
		return "INFO of a mapping that is disturbed";
	if (info.cache_effective != race->cache &&
	    info.cache_effective != MMAPDEMO_CACHE_UNKNOWN)
		return "INFO tells another cache attribute";
	return race_touch(race, at, -1);
}

static const char *race_fork(struct race *race, uint64_t at)
{
	const char *finding;

	finding = do_touch_in_child(at, CALLS_PAGE, DO_CHILD_TRACKS, race->fd);
	return finding ? finding : race_touch(race, at, -1);
}

static const struct {
	const char *(*use)(struct race *race, uint64_t at);
	unsigned int rounds;
} uses[8] = {
	{ race_mapinfo, RACE_ROUNDS },
	{ race_load, RACE_ROUNDS },
	{ race_store, RACE_ROUNDS },
	{ race_read, RACE_ROUNDS },
	{ race_write, RACE_ROUNDS },
	{ race_mapinfo, RACE_ROUNDS },
	{ race_look, 4 },
	{ race_fork, 2 },
};

/*
 * Every kind that can be this large. Those with small entries are chosen most
 * often.
 */
static int race_buffer(int device, unsigned int kind)
{
	static const unsigned int backings[] = {
		MMAPDEMO_BACKING_VMALLOC,
		MMAPDEMO_BACKING_SHMEM,
		MMAPDEMO_BACKING_KMALLOC,
		MMAPDEMO_BACKING_VMALLOC,
	};
	struct mmapdemo_create create = {
		.size = sizeof(create),
		.flags = kind & 4 ? 0 : MMAPDEMO_CREATE_LAZY,
		.buffer_size = CALLS_HUGE,
		.backing = backings[kind % 4],
	};

	return ioctl(device, MMAPDEMO_IOC_CREATE, &create);
}

static bool race_begin(struct race *race, unsigned int kind)
{
	struct uffdio_register range = {
		.range = { race->map, CALLS_HUGE },
		.mode = UFFDIO_REGISTER_MODE_WP,
	};
	struct mmapdemo_info info = { .size = sizeof(info) };

	if (ioctl(race->fd, MMAPDEMO_IOC_INFO, &info) ||
	    mmap(race_map(race), CALLS_HUGE, PROT_READ | PROT_WRITE,
		 MAP_SHARED | MAP_FIXED, race->fd, 0) == MAP_FAILED)
		return false;
	race->cache = info.cache_requested;
	race->disturb = disturbances[kind % 16].disturb;
	race->may_fault = disturbances[kind % 16].may_fault;
	if (race->disturb == race_pin)
		return !pipe2(race->sink, O_NONBLOCK | O_CLOEXEC);
	if (race->disturb == race_track)
		race->clear_refs =
			open("/proc/self/clear_refs", O_WRONLY | O_CLOEXEC);
	if (race->disturb == race_write_protect) {
		race->uffd =
			do_uffd_open(DO_UFFD_WP_ASYNC | DO_UFFD_WP_UNPOPULATED);
		ioctl(race->uffd, UFFDIO_REGISTER, &range);
	}
	return true;
}

static uint64_t nanoseconds(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec * 1000000000ULL + time.tv_nsec;
}

/* MAPINFO takes so little time that few of its calls meet the other thread. */
static bool race_goes_on(const struct race *race, unsigned int use,
			 unsigned int round, uint64_t until)
{
	if (round < uses[use].rounds || round % RACE_ROUNDS)
		return true;
	return uses[use].use == race_mapinfo &&
	       __atomic_load_n(&race->cycles, __ATOMIC_RELAXED) < RACE_CYCLES &&
	       nanoseconds() < until;
}

static const char *race_run(struct race *race, unsigned int use)
{
	uint64_t until = nanoseconds() + RACE_MOST_NS;
	const char *finding = NULL;
	pthread_t thread;
	uint64_t page;

	if (pthread_create(&thread, NULL, race_thread, race))
		return NULL;
	for (unsigned int i = 0; !finding && race_goes_on(race, use, i, until);
	     i++) {
		page = i % RACE_PAGES;
		finding = uses[use].use(race, race->map + page * CALLS_PAGE);
	}
	__atomic_store_n(&race->stop, 1, __ATOMIC_RELAXED);
	pthread_join(thread, NULL);
	return finding;
}

const char *do_race(int device, uint64_t address, unsigned int kind)
{
	struct race race = {
		.map = address, .sink = { -1, -1 }, .uffd = -1, .clear_refs = -1
	};
	const char *finding = NULL;

	race.fd = race_buffer(device, kind / 128);
	if (race.fd < 0)
		return NULL;
	if (race_begin(&race, kind))
		finding = race_run(&race, kind / 16 % 8);
	munmap(race_map(&race), 2 * CALLS_HUGE);
	close(race.sink[0]);
	close(race.sink[1]);
	close(race.uffd);
	close(race.clear_refs);
	close(race.fd);
	return finding;
}
