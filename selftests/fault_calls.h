/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _MMAPDEMO_SELFTEST_FAULT_CALLS_H
#define _MMAPDEMO_SELFTEST_FAULT_CALLS_H

/*
 * Each system call of the driver in a few lines: how it is made, what it may
 * fail with, and what has to be true then. The table is at the end.
 */
#include <poll.h>
#include <sys/epoll.h>
#include <sys/sendfile.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <zlib.h>

/* Three pages, so that there is one in the middle, and the end in the last. */
#define DEVICE_SIZE 9000

#include "device.h"

#define PIECES 3

/* Within a page, as the kernel may go from page to page. */
#define PART 3000

#define POLLED 64
#define HELD_FIRST 16
#define HELD_MAX 40

static const struct kind plain_kind = { .backing = MMAPDEMO_BACKING_KMALLOC };

/* What a call works on. */
struct scene {
	const struct kind *kind;
	int log;
	int fd;		    /* of the device's own buffer */
	unsigned char *map; /* all of it, every page entered */
	size_t mapped;
	unsigned char content[DEVICE_SIZE]; /* what the buffer should hold */
	unsigned char scratch[DEVICE_SIZE];
	int made;  /* descriptor of a private buffer */
	int other; /* and of something else */
	int pipe[2];
	unsigned char *at; /* a mapping beside map */
	pid_t child;
	struct pollfd polled[POLLED];
	struct epoll_event event;
	struct mmapdemo_wait wait;
	struct mmapdemo_info info;
	struct mmapdemo_mapinfo mapinfo;
	__u32 crc;
	int held[HELD_MAX]; /* buffers that keep their memory from the next */
	size_t held_count;
	long wc_bytes; /* of the direct map, that are not write-back */
	long rc;       /* of the call */
};

/*
 * One call. Before it and after it nothing fails. It returns -errno, and what
 * it returns when all went well is @result; a part of that only if @partial.
 * after() undoes what the call did, or has failed to do, and says what is
 * wrong, or NULL.
 */
struct call {
	const char *name;
	bool (*possible)(const struct kind *kind);
	void (*before)(struct scene *s);
	long (*run)(struct scene *s);
	const char *(*after)(struct scene *s);
	long result;
	bool partial;
	bool fresh_memory; /* see LARGE_SIZE */
	bool only_driver;
	const char *only_function; /* of the kernel */
	int errors[3];
};

/*
 * Addresses far from all else, so that page tables are made for a mapping and
 * go with it. It starts in the last page that an entry of the highest level
 * covers, so it needs two tables of each level. Those of its first page are
 * there already: kernels before 6.16 warn when remap_pfn_range() lacks memory
 * before it entered a page.
 */
static unsigned char *place(unsigned int number)
{
	uint64_t top = sizeof(long) == 8 ? 1ULL << 44 : 1ULL << 30;

	return (unsigned char *)(uintptr_t)(top + number * (top >> 3) -
					    page_size());
}

/* Has the page tables before a place made, for good. */
static void prepare_place(unsigned int number)
{
	touch_pages(mmap(place(number) - page_size(), page_size(),
			 PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1,
			 0),
		    page_size(), true);
}

static long map_there(struct scene *s, int fd, int type)
{
	s->at = mmap(place(0), s->mapped, PROT_READ | PROT_WRITE,
		     type | MAP_FIXED_NOREPLACE, fd, 0);
	return s->at == MAP_FAILED ? -errno : 0;
}

static void map_untouched(struct scene *s)
{
	map_there(s, s->fd, MAP_SHARED);
}

static void map_touched(struct scene *s)
{
	map_untouched(s);
	touch_pages(s->at, s->mapped, false);
}

static bool shows_content(const struct scene *s, const unsigned char *at)
{
	return !memcmp(at, s->content, DEVICE_SIZE);
}

/* What the call did to the mapping at s->at, all of it ends here. */
static const char *unmap_there(struct scene *s)
{
	bool right = shows_content(s, s->at);

	munmap(s->at, s->mapped);
	return right ? NULL : "the mapping shows something else";
}

static bool can_be_lazy(const struct kind *kind)
{
	return kind->lazy;
}

static bool copies(const struct kind *kind)
{
	return backings[kind->backing].copies;
}

static bool pins(const struct kind *kind)
{
	return backings[kind->backing].pages;
}

static bool is_huge(const struct kind *kind)
{
	return large_entry(kind) == HUGE_ENTRY;
}

static bool has_attribute(const struct kind *kind)
{
	return kind->cache != MMAPDEMO_CACHE_WB && !kind->lazy;
}

/* open(2) and close(2) */

static long open_run(struct scene *s)
{
	s->made = device_open(O_RDWR);
	return s->made < 0 ? s->made : 0;
}

static const char *open_after(struct scene *s)
{
	if (!s->rc)
		close(s->made);
	return NULL;
}

static void close_before(struct scene *s)
{
	s->made = create(s->fd, s->kind, DEVICE_SIZE);
}

static long close_run(struct scene *s)
{
	return RC(close(s->made));
}

/* read(2), write(2) and their relatives */

static void split_scratch(struct scene *s, struct iovec *pieces)
{
	size_t length = DEVICE_SIZE / PIECES;
	int i;

	for (i = 0; i < PIECES; i++)
		pieces[i] = (struct iovec){ s->scratch + i * length, length };
}

static void read_before(struct scene *s)
{
	lseek(s->fd, 0, SEEK_SET);
	memset(s->scratch, 0, sizeof(s->scratch));
}

static long read_run(struct scene *s)
{
	return RC(read(s->fd, s->scratch, DEVICE_SIZE));
}

static long preadv_run(struct scene *s)
{
	struct iovec pieces[PIECES];

	split_scratch(s, pieces);
	return RC(preadv(s->fd, pieces, PIECES, 0));
}

/* What a call has read is in scratch. */
static const char *compare_scratch(struct scene *s)
{
	if (s->rc > 0 && memcmp(s->scratch, s->content, s->rc))
		return "it read something else";
	return NULL;
}

static const char *read_after(struct scene *s)
{
	if (lseek(s->fd, 0, SEEK_CUR) != (s->rc > 0 ? s->rc : 0))
		return "the position is not behind what was read";
	return compare_scratch(s);
}

static void scramble_scratch(struct scene *s)
{
	static uint32_t seed;

	scramble(s->scratch, sizeof(s->scratch), ++seed);
}

static void write_before(struct scene *s)
{
	lseek(s->fd, 0, SEEK_SET);
	scramble_scratch(s);
}

static long write_run(struct scene *s)
{
	return RC(write(s->fd, s->scratch, DEVICE_SIZE));
}

static long pwritev_run(struct scene *s)
{
	struct iovec pieces[PIECES];

	split_scratch(s, pieces);
	return RC(pwritev(s->fd, pieces, PIECES, 0));
}

/* As much of scratch as the call says is in the buffer now, and no more. */
static const char *scratch_was_written(struct scene *s)
{
	if (s->rc > 0)
		memcpy(s->content, s->scratch, s->rc);
	return NULL;
}

static const char *write_after(struct scene *s)
{
	if (lseek(s->fd, 0, SEEK_CUR) != (s->rc > 0 ? s->rc : 0))
		return "the position is not behind what was written";
	return scratch_was_written(s);
}

static long llseek_run(struct scene *s)
{
	return RC(lseek(s->fd, 0, SEEK_END));
}

/* splice(2) and sendfile(2) */

static void memfd_before(struct scene *s)
{
	s->other = memfd_create("fault_test", MFD_CLOEXEC);
	lseek(s->fd, 0, SEEK_SET);
}

static void full_memfd_before(struct scene *s)
{
	memfd_before(s);
	scramble_scratch(s);
	if (pwrite(s->other, s->scratch, DEVICE_SIZE, 0) != DEVICE_SIZE)
		memset(s->scratch, 0, DEVICE_SIZE);
}

static long sendfile_out_run(struct scene *s)
{
	return RC(sendfile(s->other, s->fd, NULL, DEVICE_SIZE));
}

static long sendfile_in_run(struct scene *s)
{
	return RC(sendfile(s->fd, s->other, NULL, DEVICE_SIZE));
}

/* What has arrived in the file is what the call says. */
static const char *memfd_after(struct scene *s)
{
	long there = pread(s->other, s->scratch, DEVICE_SIZE, 0);

	close(s->other);
	if (s->rc > 0 && there < s->rc)
		return "not all of it has arrived";
	return compare_scratch(s);
}

static const char *full_memfd_after(struct scene *s)
{
	close(s->other);
	return scratch_was_written(s);
}

static void pipe_before(struct scene *s)
{
	lseek(s->fd, 0, SEEK_SET);
	if (pipe2(s->pipe, O_CLOEXEC | O_NONBLOCK))
		s->pipe[0] = s->pipe[1] = -1;
}

static void full_pipe_before(struct scene *s)
{
	pipe_before(s);
	scramble_scratch(s);
	if (write(s->pipe[1], s->scratch, PART) != PART)
		memset(s->scratch, 0, DEVICE_SIZE);
}

static long splice_out_run(struct scene *s)
{
	return RC(splice(s->fd, NULL, s->pipe[1], NULL, PART, 0));
}

static long splice_in_run(struct scene *s)
{
	return RC(splice(s->pipe[0], NULL, s->fd, NULL, PART, 0));
}

static void close_pipe(struct scene *s)
{
	close(s->pipe[0]);
	close(s->pipe[1]);
}

static const char *pipe_after(struct scene *s)
{
	long there = read(s->pipe[0], s->scratch, PART);

	close_pipe(s);
	if (s->rc > 0 && there != s->rc)
		return "not all of it has arrived";
	return compare_scratch(s);
}

static const char *full_pipe_after(struct scene *s)
{
	close_pipe(s);
	return scratch_was_written(s);
}

/* mmap(2) and what comes after it */

static long mmap_run(struct scene *s)
{
	return map_there(s, s->fd, MAP_SHARED);
}

static long mmap_private_run(struct scene *s)
{
	return map_there(s, s->fd, MAP_PRIVATE);
}

/* Every page is there, with the right attribute, or none is yet. */
static const char *check_entries(struct scene *s, bool present)
{
	struct mmapdemo_mapinfo info;
	size_t at;

	for (at = 0; at < s->mapped; at += page_size()) {
		if (get_mapinfo(s->fd, s->at + at, &info) ||
		    !!(info.flags & MMAPDEMO_MAPINFO_PRESENT) != present)
			return present ? "a page is not there" :
					 "a page is there too early";
		if (present && info.cache != s->kind->cache)
			return "a page has another attribute";
	}
	return NULL;
}

static const char *mmap_after(struct scene *s)
{
	const char *wrong;

	if (s->rc)
		return NULL;
	wrong = check_entries(s, !s->kind->lazy);
	if (wrong) {
		munmap(s->at, s->mapped);
		return wrong;
	}
	touch_pages(s->at, s->mapped, false);
	wrong = check_entries(s, true);
	return unmap_there(s) ?: wrong;
}

static const char *mmap_private_after(struct scene *s)
{
	const char *wrong;

	if (s->rc)
		return NULL;
	wrong = check_entries(s, false);
	return unmap_there(s) ?: wrong;
}

/* The mapping is the last that a buffer has. */
static void munmap_before(struct scene *s)
{
	s->made = create(s->fd, s->kind, s->mapped);
	map_there(s, s->made, MAP_SHARED);
	touch_pages(s->at, s->mapped, true);
	close(s->made);
}

static long munmap_run(struct scene *s)
{
	return RC(munmap(s->at, s->mapped));
}

static const char *munmap_after(struct scene *s)
{
	if (!s->rc)
		return NULL;
	return munmap(s->at, s->mapped) ? "it cannot be unmapped" : NULL;
}

static long munmap_middle_run(struct scene *s)
{
	return RC(munmap(s->at + page_size(), page_size()));
}

static const char *munmap_middle_after(struct scene *s)
{
	if (touch((char *)s->at + page_size(), false) != (s->rc ? 0 : SIGSEGV))
		return "the page in the middle is not what the call said";
	if (s->rc)
		return unmap_there(s);
	munmap(s->at, s->mapped);
	return NULL;
}

static long mremap_run(struct scene *s)
{
	void *to = mremap(s->at, s->mapped, s->mapped,
			  MREMAP_MAYMOVE | MREMAP_FIXED, place(1));

	if (to == MAP_FAILED)
		return -errno;
	s->at = to;
	return 0;
}

static long mremap_shrink_run(struct scene *s)
{
	void *to = mremap(s->at, s->mapped, page_size(), 0);

	return to == MAP_FAILED ? -errno : 0;
}

static const char *mremap_shrink_after(struct scene *s)
{
	bool right = !memcmp(s->at, s->content, page_size());

	munmap(s->at, s->mapped);
	return right ? NULL : "the page that stays shows something else";
}

static long mprotect_run(struct scene *s)
{
	return RC(mprotect(s->at + page_size(), page_size(), PROT_READ));
}

static const char *mprotect_after(struct scene *s)
{
	int sig = touch((char *)s->at + page_size(), true);
	const char *wrong = unmap_there(s);

	if (sig != (s->rc ? 0 : SIGSEGV))
		return "the page's protection is not what the call said";
	return wrong;
}

static long fork_run(struct scene *s)
{
	s->child = fork();
	if (!s->child)
		_exit(!shows_content(s, s->map));
	return s->child < 0 ? -errno : 0;
}

/* The fork has made the parent's pages such that stores to them fault. */
static const char *fork_after(struct scene *s)
{
	mlockall(MCL_CURRENT);
	return !s->rc && child_status(s->child) ?
		       "the child sees something else" :
		       NULL;
}

/* Page faults. When it lacks memory, the kernel lets the user try again. */

static long touch_run(struct scene *s)
{
	memcpy(s->scratch, s->at, DEVICE_SIZE);
	return 0;
}

static const char *touch_after(struct scene *s)
{
	bool right = shows_content(s, s->scratch);

	return unmap_there(s) ?: right ? NULL : "a touch gave something else";
}

static void copy_before(struct scene *s)
{
	map_there(s, s->fd, MAP_PRIVATE);
	scramble_scratch(s);
}

static long copy_run(struct scene *s)
{
	memcpy(s->at, s->scratch, DEVICE_SIZE);
	return 0;
}

static const char *copy_after(struct scene *s)
{
	bool right = !memcmp(s->at, s->scratch, DEVICE_SIZE);

	munmap(s->at, s->mapped);
	return right ? NULL : "the copy has lost something";
}

/* From inside of another call it cannot be tried again. */
static void kernel_touch_before(struct scene *s)
{
	memfd_before(s);
	map_untouched(s);
}

static long kernel_touch_run(struct scene *s)
{
	return RC(pwrite(s->other, s->at, DEVICE_SIZE, 0));
}

static const char *kernel_touch_after(struct scene *s)
{
	const char *wrong = memfd_after(s);

	return unmap_there(s) ?: wrong;
}

static void huge_before(struct scene *s)
{
	s->made = create(s->fd, s->kind, HUGE_ENTRY);
	s->at = mmap(place(0) + page_size(), HUGE_ENTRY, PROT_READ | PROT_WRITE,
		     MAP_SHARED | MAP_FIXED_NOREPLACE, s->made, 0);
}

static long huge_run(struct scene *s)
{
	return touch((char *)s->at, true);
}

static const char *huge_after(struct scene *s)
{
	int rc = get_mapinfo(s->made, s->at, &s->mapinfo);

	munmap(s->at, HUGE_ENTRY);
	close(s->made);
	if (rc || s->mapinfo.cache != s->kind->cache)
		return "the entry has another attribute";
	return s->mapinfo.entry_size == HUGE_ENTRY ? NULL :
						     "the entry is small";
}

/* The memory of a process, for others */

static void mem_before(struct scene *s)
{
	s->other = open("/proc/self/mem", O_RDWR | O_CLOEXEC);
	map_untouched(s);
	scramble_scratch(s);
}

static long mem_read_run(struct scene *s)
{
	return RC(pread(s->other, s->scratch, PART, (uintptr_t)s->at));
}

static long mem_write_run(struct scene *s)
{
	return RC(pwrite(s->other, s->scratch, PART, (uintptr_t)s->at));
}

static const char *mem_read_after(struct scene *s)
{
	close(s->other);
	return compare_scratch(s) ?: unmap_there(s);
}

static const char *mem_write_after(struct scene *s)
{
	close(s->other);
	scratch_was_written(s);
	return unmap_there(s);
}

static long vm_readv_run(struct scene *s)
{
	struct iovec to = { s->scratch, DEVICE_SIZE };
	struct iovec from = { s->at, DEVICE_SIZE };

	return RC(process_vm_readv(getpid(), &to, 1, &from, 1, 0));
}

static const char *vm_readv_after(struct scene *s)
{
	return compare_scratch(s) ?: unmap_there(s);
}

/* /proc/PID/fdinfo/FD */

static void fdinfo_before(struct scene *s)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", s->fd);
	s->other = open(path, O_RDONLY | O_CLOEXEC);
	memset(s->scratch, 0, sizeof(s->scratch));
}

static long fdinfo_run(struct scene *s)
{
	long rc = RC(pread(s->other, s->scratch, DEVICE_SIZE - 1, 0));

	return rc < 0 ? rc : 0;
}

static const char *fdinfo_after(struct scene *s)
{
	close(s->other);
	if (s->rc || strstr((char *)s->scratch, "mmapdemo-generation:"))
		return NULL;
	return "it has no line of the driver";
}

/* poll(2) and epoll(7) */

static void poll_before(struct scene *s)
{
	size_t i;

	for (i = 0; i < POLLED; i++)
		s->polled[i] = (struct pollfd){ s->fd, POLLOUT, 0 };
}

static long poll_run(struct scene *s)
{
	return RC(poll(s->polled, POLLED, 0));
}

static void epoll_before(struct scene *s)
{
	s->other = epoll_create1(EPOLL_CLOEXEC);
	s->event = (struct epoll_event){ .events = EPOLLOUT };
}

static long epoll_run(struct scene *s)
{
	return RC(epoll_ctl(s->other, EPOLL_CTL_ADD, s->fd, &s->event));
}

static const char *epoll_after(struct scene *s)
{
	int count = epoll_wait(s->other, &s->event, 1, 0);

	close(s->other);
	return count == !s->rc ? NULL : "it waits for something else";
}

/* ioctl(2) */

static long info_run(struct scene *s)
{
	return get_info(s->fd, &s->info);
}

static const char *info_after(struct scene *s)
{
	if (s->rc || (s->info.buffer_size == DEVICE_SIZE &&
		      s->info.cache_effective == s->kind->cache))
		return NULL;
	return "it describes something else";
}

static long mapinfo_run(struct scene *s)
{
	return get_mapinfo(s->fd, s->map, &s->mapinfo);
}

static const char *mapinfo_after(struct scene *s)
{
	if (s->rc || ((s->mapinfo.flags & MMAPDEMO_MAPINFO_PRESENT) &&
		      s->mapinfo.cache == s->kind->cache))
		return NULL;
	return "it describes something else";
}

#define PATTERN 0x0123456789abcdefULL

static long fill_run(struct scene *s)
{
	return fill(s->fd, MMAPDEMO_FILL_COUNT, 0, DEVICE_SIZE, PATTERN);
}

static const char *fill_after(struct scene *s)
{
	if (!s->rc)
		fill_expected(s->content, MMAPDEMO_FILL_COUNT, 0, DEVICE_SIZE,
			      PATTERN);
	return NULL;
}

static long checksum_run(struct scene *s)
{
	return checksum(s->fd, 0, DEVICE_SIZE, &s->crc);
}

static const char *checksum_after(struct scene *s)
{
	if (s->rc || s->crc == crc32(0, s->content, DEVICE_SIZE))
		return NULL;
	return "it is the checksum of something else";
}

static long create_run(struct scene *s)
{
	s->made = create(s->fd, s->kind, DEVICE_SIZE);
	return s->made < 0 ? s->made : 0;
}

static const char *create_after(struct scene *s)
{
	struct mmapdemo_info info;
	int rc;

	if (s->rc)
		return NULL;
	rc = get_info(s->made, &info);
	close(s->made);
	if (rc || info.cache_effective != s->kind->cache ||
	    info.backing != s->kind->backing)
		return "it made something else";
	return NULL;
}

/*
 * A buffer in one piece that covers one entry of the direct map whole, and of
 * the next one a part, for which that has to be split: if there is no memory
 * for this, the attribute was set for the first part only. A split stays, so
 * each run gets other memory. First in line is what was given back last.
 */
#define LARGE_SIZE (3UL << 20)

static void hold_one(struct scene *s)
{
	int fd = create(s->fd, &plain_kind, LARGE_SIZE);

	if (fd >= 0 && s->held_count < HELD_MAX)
		s->held[s->held_count++] = fd;
	else if (fd >= 0)
		close(fd);
}

/* More at first than a test before this may have split. */
static void hold_memory(struct scene *s)
{
	size_t count = s->held_count ? 1 : HELD_FIRST;

	while (count--)
		hold_one(s);
}

static void release_memory(struct scene *s)
{
	size_t i;

	for (i = 0; i < s->held_count; i++)
		close(s->held[i]);
	s->held_count = 0;
}

static long create_large_run(struct scene *s)
{
	s->made = create(s->fd, s->kind, LARGE_SIZE);
	return s->made < 0 ? s->made : 0;
}

static void wait_before(struct scene *s)
{
	s->wait = (struct mmapdemo_wait){ .size = sizeof(s->wait) };
	memcpy(&s->wait.expected, s->content, sizeof(s->wait.expected));
}

static long wait_run(struct scene *s)
{
	return RC(ioctl(s->fd, MMAPDEMO_IOC_WAIT, &s->wait));
}

static void wait_changed_before(struct scene *s)
{
	wait_before(s);
	s->wait.expected++;
}

static void wait_timeout_before(struct scene *s)
{
	wait_before(s);
	s->wait.flags = MMAPDEMO_WAIT_TIMEOUT;
	s->wait.timeout = 1;
}

static long wait_timeout_run(struct scene *s)
{
	long rc = wait_run(s);

	return rc == -ETIMEDOUT ? 0 : rc;
}

#define TEN_SECONDS 10000000000ULL

static void alarm_rings(int sig)
{
}

/* Rings until the wait has begun. */
static void wait_signal_before(struct scene *s)
{
	static const struct itimerval often = { { 0, 20000 }, { 0, 20000 } };
	static const struct sigaction act = { .sa_handler = alarm_rings };

	wait_before(s);
	s->wait.flags = MMAPDEMO_WAIT_TIMEOUT;
	s->wait.timeout = TEN_SECONDS;
	sigaction(SIGALRM, &act, NULL);
	setitimer(ITIMER_REAL, &often, NULL);
}

static long wait_signal_run(struct scene *s)
{
	long rc = wait_run(s);

	return rc == -EINTR ? 0 : rc;
}

/* It tells what is left of the time, unless that very copy failed. */
static const char *wait_signal_after(struct scene *s)
{
	static const struct itimerval never;

	setitimer(ITIMER_REAL, &never, NULL);
	signal(SIGALRM, SIG_DFL);
	return s->wait.timeout <= TEN_SECONDS ? NULL : "more time is left";
}

static long wake_run(struct scene *s)
{
	return wake_word(s->fd, 0, 1);
}

/* clang-format off */
static const struct call calls[] = {
	{ "open", .run = open_run, .after = open_after,
	  .errors = { ENOMEM, EFAULT } },
	{ "close", .before = close_before, .run = close_run },
	{ "read", .before = read_before, .run = read_run, .after = read_after,
	  .result = DEVICE_SIZE, .errors = { EFAULT } },
	{ "preadv", .before = read_before, .run = preadv_run,
	  .after = compare_scratch, .result = DEVICE_SIZE, .partial = true,
	  .errors = { ENOMEM, EFAULT } },
	{ "write", .before = write_before, .run = write_run,
	  .after = write_after, .result = DEVICE_SIZE, .errors = { EFAULT } },
	{ "pwritev", .before = write_before, .run = pwritev_run,
	  .after = scratch_was_written, .result = DEVICE_SIZE, .partial = true,
	  .errors = { ENOMEM, EFAULT } },
	{ "llseek", .run = llseek_run, .result = DEVICE_SIZE },
	{ "sendfile_out", .before = memfd_before, .run = sendfile_out_run,
	  .after = memfd_after, .result = DEVICE_SIZE, .partial = true,
	  .errors = { ENOMEM, EFAULT } },
	{ "sendfile_in", .before = full_memfd_before, .run = sendfile_in_run,
	  .after = full_memfd_after, .result = DEVICE_SIZE, .partial = true,
	  .errors = { ENOMEM, EFAULT } },
	{ "splice_out", .before = pipe_before, .run = splice_out_run,
	  .after = pipe_after, .result = PART, .partial = true,
	  .errors = { ENOMEM, EFAULT } },
	{ "splice_in", .before = full_pipe_before, .run = splice_in_run,
	  .after = full_pipe_after, .result = PART, .partial = true,
	  .errors = { ENOMEM, EFAULT } },
	{ "mmap", .run = mmap_run, .after = mmap_after,
	  .errors = { ENOMEM } },
	{ "mmap_private", .possible = copies, .run = mmap_private_run,
	  .after = mmap_private_after, .errors = { ENOMEM } },
	{ "munmap", .before = munmap_before, .run = munmap_run,
	  .after = munmap_after, .errors = { ENOMEM } },
	{ "munmap_middle", .before = map_touched, .run = munmap_middle_run,
	  .after = munmap_middle_after, .errors = { ENOMEM } },
	{ "mremap", .before = map_touched, .run = mremap_run,
	  .after = unmap_there, .errors = { ENOMEM } },
	{ "mremap_shrink", .before = map_touched, .run = mremap_shrink_run,
	  .after = mremap_shrink_after, .errors = { ENOMEM } },
	{ "mprotect", .before = map_touched, .run = mprotect_run,
	  .after = mprotect_after, .errors = { ENOMEM } },
	{ "fork", .run = fork_run, .after = fork_after,
	  .only_function = "copy_page_range",
	  .errors = { ENOMEM } },
	{ "touch", .possible = can_be_lazy, .before = map_untouched,
	  .run = touch_run, .after = touch_after },
	{ "touch_private", .possible = copies, .before = copy_before,
	  .run = copy_run, .after = copy_after },
	{ "touch_huge", .possible = is_huge, .before = huge_before,
	  .run = huge_run, .after = huge_after },
	{ "touch_by_kernel", .before = kernel_touch_before,
	  .run = kernel_touch_run, .after = kernel_touch_after,
	  .result = DEVICE_SIZE, .partial = true,
	  .errors = { ENOMEM, EFAULT } },
	{ "mem_read", .before = mem_before, .run = mem_read_run,
	  .after = mem_read_after, .result = PART,
	  .errors = { ENOMEM, EFAULT, EIO } },
	{ "mem_write", .before = mem_before, .run = mem_write_run,
	  .after = mem_write_after, .result = PART,
	  .errors = { ENOMEM, EFAULT, EIO } },
	{ "process_vm_readv", .possible = pins, .before = map_untouched,
	  .run = vm_readv_run, .after = vm_readv_after, .result = DEVICE_SIZE,
	  .partial = true, .errors = { ENOMEM, EFAULT } },
	{ "fdinfo", .before = fdinfo_before, .run = fdinfo_run,
	  .after = fdinfo_after, .errors = { ENOMEM, EFAULT } },
	{ "poll", .before = poll_before, .run = poll_run, .result = POLLED,
	  .errors = { ENOMEM, EFAULT } },
	{ "epoll", .before = epoll_before, .run = epoll_run,
	  .after = epoll_after, .errors = { ENOMEM, EFAULT } },
	{ "INFO", .run = info_run, .after = info_after, .errors = { EFAULT } },
	{ "MAPINFO", .run = mapinfo_run, .after = mapinfo_after,
	  .errors = { EFAULT } },
	{ "FILL", .run = fill_run, .after = fill_after, .errors = { EFAULT } },
	{ "CHECKSUM", .run = checksum_run, .after = checksum_after,
	  .errors = { EFAULT } },
	{ "CREATE", .run = create_run, .after = create_after,
	  .errors = { ENOMEM, EFAULT } },
	{ "CREATE_large", .possible = has_attribute, .run = create_large_run,
	  .after = create_after, .fresh_memory = true,
	  .errors = { ENOMEM, EFAULT } },
	{ "WAIT", .before = wait_changed_before, .run = wait_run,
	  .errors = { EFAULT } },
	{ "WAIT_timeout", .before = wait_timeout_before,
	  .run = wait_timeout_run, .errors = { EFAULT } },
	{ "WAIT_signal", .before = wait_signal_before, .run = wait_signal_run,
	  .after = wait_signal_after, .only_driver = true,
	  .errors = { EFAULT } },
	{ "WAKE", .run = wake_run, .errors = { EFAULT } },
};
/* clang-format on */

#endif /* _MMAPDEMO_SELFTEST_FAULT_CALLS_H */
