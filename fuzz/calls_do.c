// SPDX-License-Identifier: GPL-2.0-only
/* Calls that take more than one system call: see calls_do.h. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <linux/io_uring.h>
#include <linux/mmapdemo.h>
#include <linux/userfaultfd.h>

#include "calls_do.h"

#ifndef MADV_SOFT_OFFLINE
#define MADV_SOFT_OFFLINE 101
#endif

#ifndef EHWPOISON
#define EHWPOISON 133
#endif

/* No child touches this many pages. */
#define MOST_FAULTS 100000

unsigned int *do_poison_left;

static __thread sigjmp_buf touch_env;
static __thread volatile sig_atomic_t touching;

static void touch_signal(int sig)
{
	if (touching)
		siglongjmp(touch_env, sig);
	signal(sig, SIG_DFL); /* a defect of this program */
}

/* The handler for O_ASYNC. The signal only has to interrupt a call that sleeps. */
static void ignore_signal(int sig)
{
	(void)sig;
}

static void prepare_signals(void)
{
	struct sigaction action = { .sa_handler = touch_signal,
				    .sa_flags = SA_NODEFER };

	sigaction(SIGSEGV, &action, NULL);
	sigaction(SIGBUS, &action, NULL);
	action = (struct sigaction){ .sa_handler = ignore_signal,
				     .sa_flags = SA_RESTART };
	sigaction(SIGIO, &action, NULL);
}

void do_keep(int fd, long value)
{
	if (value < 0 || value == fd)
		return;
	dup3(value, fd, O_CLOEXEC);
	close(value);
}

/* O_NONBLOCK: a pipe may be full, or have nothing. */
static int prepare_descriptors(int first)
{
	int ends[2], epoll = epoll_create1(EPOLL_CLOEXEC);

	if (epoll < 0)
		return -errno;
	do_keep(first + CALLS_EPOLL, epoll);
	if (pipe2(ends, O_NONBLOCK | O_CLOEXEC))
		return -errno;
	do_keep(first + CALLS_PIPE_OUT, ends[0]);
	do_keep(first + CALLS_PIPE_IN, ends[1]);
	do_keep(first + CALLS_UFFD,
		do_uffd_open(DO_UFFD_WP_ASYNC | DO_UFFD_WP_UNPOPULATED));
	do_keep(first + CALLS_PIDFD, syscall(SYS_pidfd_open, getpid(), 0));
	do_keep(first + CALLS_CLEAR_REFS,
		open("/proc/self/clear_refs", O_WRONLY | O_CLOEXEC));
	do_keep(first + CALLS_PAGEMAP,
		open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC));
	do_keep(first + CALLS_SMAPS,
		open("/proc/self/smaps", O_RDONLY | O_CLOEXEC));
	do_keep(first + CALLS_MEM, open("/proc/self/mem", O_RDWR | O_CLOEXEC));
	return 0;
}

static int prepare_pages(uint64_t address, uint64_t pages)
{
	void *map = mmap((void *)(uintptr_t)address, pages * CALLS_PAGE,
			 PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);

	return map == MAP_FAILED ? -errno : 0;
}

int do_prepare(int first, uint64_t data, uint64_t scratch)
{
	int error;

	prepare_signals();
	error = prepare_pages(data, CALLS_DATA_PAGES);
	if (!error)
		error = prepare_pages(scratch, CALLS_SCRATCH_PAGES);
	return error ? error : prepare_descriptors(first);
}

int do_touch(uint64_t address, int store)
{
	volatile unsigned char *at = (void *)(uintptr_t)address;
	int sig = sigsetjmp(touch_env, 0);

	if (!sig) {
		touching = 1;
		if (store >= 0)
			*at = store;
		else
			(void)*at;
	}
	touching = 0;
	return sig;
}

/* madvise(2), which may raise a signal by itself */
static int advise(uint64_t address, uint64_t length, int advice)
{
	int error = -1;

	if (!sigsetjmp(touch_env, 0)) {
		touching = 1;
		error = madvise((void *)(uintptr_t)address, length, advice);
	}
	touching = 0;
	return error;
}

/* Switches write notification on for all of the process. */
static void track_writes(void)
{
	int fd = open("/proc/self/clear_refs", O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		return;
	if (write(fd, "4", 1) != 1)
		errno = 0; /* a kernel that does not track */
	close(fd);
}

static void child_prepares(uint64_t address, uint64_t length, unsigned int how,
			   int fd)
{
	void *map = (void *)(uintptr_t)address;

	if (how & DO_CHILD_PROTECTS)
		mprotect(map, length, PROT_READ | PROT_WRITE);
	if (how & DO_CHILD_DISCARDS)
		madvise(map, length, MADV_DONTNEED);
	if (how & DO_CHILD_TRACKS)
		track_writes();
	if (how & DO_CHILD_READS && pread(fd, map, length, 0) < 0)
		errno = 0; /* any error will do */
}

static void __attribute__((noreturn))
child_touches(uint64_t address, uint64_t length, unsigned int how, int fd)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	child_prepares(address, length, how, fd);
	for (uint64_t at = 0; at < length; at += CALLS_PAGE) {
		do_touch(address + at, -1);
		do_touch(address + at, 0x5a);
	}
	if (how & DO_CHILD_UNMAPS)
		munmap((void *)(uintptr_t)address, length);
	_exit(0);
}

/* The page faults of a process, 0 if it has ended */
static unsigned long faults_of(pid_t pid)
{
	unsigned long faults = 0;
	char path[32], line[512];
	const char *rest;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	file = fopen(path, "re");
	if (!file)
		return 0;
	rest = fgets(line, sizeof(line), file) ? strrchr(line, ')') : NULL;
	fclose(file);
	if (!rest ||
	    sscanf(rest, ") %*c %*d %*d %*d %*d %*d %*u %lu", &faults) != 1)
		return 0;
	return faults;
}

/* Looked at only if it takes long */
static const char *wait_for_child(pid_t child)
{
	struct timespec pause = { .tv_nsec = 100000 };
	unsigned int pauses = 0;
	pid_t ended;

	while ((ended = waitpid(child, NULL, WNOHANG)) != child) {
		if (ended < 0 && errno != EINTR)
			return NULL;
		if (++pauses > 100)
			pause.tv_nsec = 10000000;
		if (pauses > 200 && faults_of(child) > MOST_FAULTS) {
			kill(child, SIGKILL);
			return "a child faults without end";
		}
		nanosleep(&pause, NULL);
	}
	return NULL;
}

/* Children die of what they must not touch, which is nothing to look at. */
const char *do_touch_in_child(uint64_t address, uint64_t length,
			      unsigned int how, int fd)
{
	pid_t child = fork();

	if (child < 0)
		return NULL;
	if (!child)
		child_touches(address, length, how, fd);
	return wait_for_child(child);
}

void do_map_anywhere(uint64_t length, int prot, int flags, int fd,
		     uint64_t offset)
{
	void *map = mmap(NULL, length, prot, flags, fd, offset);

	if (map == MAP_FAILED)
		return;
	do_touch((uintptr_t)map, -1);
	do_touch((uintptr_t)map + length - 1, 0xa5);
	munmap(map, length);
}

/*
 * Some features would make other calls wait for a reader of the userfaultfd. There
 * is none.
 */
int do_uffd_open(uint64_t features)
{
	struct uffdio_api api = { .api = UFFD_API };
	int uffd;

	api.features =
		(features | UFFD_FEATURE_SIGBUS) &
		~(uint64_t)(UFFD_FEATURE_EVENT_FORK | UFFD_FEATURE_EVENT_REMAP |
			    UFFD_FEATURE_EVENT_REMOVE |
			    UFFD_FEATURE_EVENT_UNMAP);
	uffd = syscall(SYS_userfaultfd,
		       O_CLOEXEC | O_NONBLOCK | UFFD_USER_MODE_ONLY);
	if (uffd < 0 || !ioctl(uffd, UFFDIO_API, &api))
		return uffd;
	close(uffd);
	return -1;
}

/* io_uring, with one request at a time */

struct do_ring {
	int fd;
	struct io_uring_params params;
	char *rings;
	size_t rings_bytes;
	struct io_uring_sqe *sqe;
};

static uint32_t *ring_word(const struct do_ring *ring, uint32_t offset)
{
	return (uint32_t *)(ring->rings + offset);
}

/* Both queues are in one mapping since 5.4. */
static bool ring_open(struct do_ring *ring)
{
	struct io_uring_params *p = &ring->params;

	memset(ring, 0, sizeof(*ring));
	ring->fd = syscall(SYS_io_uring_setup, 1, p);
	if (ring->fd < 0)
		return false;
	ring->rings_bytes =
		p->cq_off.cqes + p->cq_entries * sizeof(struct io_uring_cqe);
	if (ring->rings_bytes < p->sq_off.array + sizeof(uint32_t))
		ring->rings_bytes = p->sq_off.array + sizeof(uint32_t);
	ring->rings = mmap(NULL, ring->rings_bytes, PROT_READ | PROT_WRITE,
			   MAP_SHARED, ring->fd, IORING_OFF_SQ_RING);
	ring->sqe = mmap(NULL, CALLS_PAGE, PROT_READ | PROT_WRITE, MAP_SHARED,
			 ring->fd, IORING_OFF_SQES);
	return ring->rings != MAP_FAILED && ring->sqe != MAP_FAILED;
}

static void ring_close(struct do_ring *ring)
{
	if (ring->fd < 0)
		return;
	if (ring->rings != MAP_FAILED)
		munmap(ring->rings, ring->rings_bytes);
	if (ring->sqe != MAP_FAILED)
		munmap(ring->sqe, CALLS_PAGE);
	close(ring->fd);
}

static void ring_describe(struct do_ring *ring, unsigned int operation, int fd,
			  uint64_t address, uint32_t length, uint64_t offset)
{
	static const uint8_t codes[] = {
		[DO_URING_READ] = IORING_OP_READ,
		[DO_URING_WRITE] = IORING_OP_WRITE,
		[DO_URING_READ_FIXED] = IORING_OP_READ_FIXED,
		[DO_URING_WRITE_FIXED] = IORING_OP_WRITE_FIXED,
		[DO_URING_POLL] = IORING_OP_POLL_ADD,
	};

	memset(ring->sqe, 0, sizeof(*ring->sqe));
	ring->sqe->opcode = codes[operation % DO_URING_OPERATIONS];
	ring->sqe->fd = fd;
	if (ring->sqe->opcode == IORING_OP_POLL_ADD) {
		ring->sqe->poll32_events = EPOLLIN | EPOLLPRI;
		return;
	}
	ring->sqe->addr = address;
	ring->sqe->len = length;
	ring->sqe->off = offset;
}

static void ring_register(struct do_ring *ring, uint64_t address,
			  uint32_t length)
{
	struct {
		uint64_t base, length;
	} buffer = { address, length };

	syscall(SYS_io_uring_register, ring->fd, IORING_REGISTER_BUFFERS,
		&buffer, 1);
}

/* False if nothing came for far longer than any request can take. */
static bool ring_completes(struct do_ring *ring)
{
	struct __kernel_timespec most = { .tv_sec = 20 };
	struct io_uring_getevents_arg arg = { .ts = (uintptr_t)&most };
	uint32_t *tail = ring_word(ring, ring->params.sq_off.tail);
	uint32_t *done = ring_word(ring, ring->params.cq_off.tail);
	uint32_t submit = 1;
	long ret;

	*ring_word(ring, ring->params.sq_off.array) = 0;
	__atomic_store_n(tail, *tail + 1, __ATOMIC_RELEASE);
	do {
		ret = syscall(SYS_io_uring_enter, ring->fd, submit, 1,
			      IORING_ENTER_GETEVENTS | IORING_ENTER_EXT_ARG,
			      &arg, sizeof(arg));
		submit = 0;
	} while (!__atomic_load_n(done, __ATOMIC_ACQUIRE) &&
		 (ret >= 0 || errno == EINTR));
	return __atomic_load_n(done, __ATOMIC_ACQUIRE) || errno != ETIME;
}

const char *do_uring(unsigned int operation, int fd, uint64_t address,
		     uint32_t length, uint64_t offset, unsigned int flags)
{
	const char *finding = NULL;
	struct do_ring ring;

	operation %= DO_URING_OPERATIONS;
	if (ring_open(&ring)) {
		if (operation == DO_URING_READ_FIXED ||
		    operation == DO_URING_WRITE_FIXED)
			ring_register(&ring, address, length);
		ring_describe(&ring, operation, fd, address, length, offset);
		ring.sqe->flags = flags & 1 ? IOSQE_ASYNC : 0;
		if (!ring_completes(&ring))
			finding = "an io_uring request does not complete";
	}
	ring_close(&ring);
	return finding;
}

/* pages with a memory error */

#define PAGE_FLAG_HWPOISON 19

/* Number i of a file of such numbers; 0 if it cannot be read. */
static uint64_t number_in(const char *path, uint64_t i)
{
	uint64_t number = 0;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return 0;
	if (pread(fd, &number, sizeof(number), i * sizeof(number)) !=
	    sizeof(number))
		number = 0;
	close(fd);
	return number;
}

/* Returns 0 if it is unknown. Only root can read it. */
static uint64_t frame_of(uint64_t address)
{
	uint64_t entry = number_in("/proc/self/pagemap", address / CALLS_PAGE);

	return entry >> 63 ? entry & ((1ULL << 55) - 1) : 0;
}

static bool frame_has_error(uint64_t frame)
{
	return number_in("/proc/kpageflags", frame) >> PAGE_FLAG_HWPOISON & 1;
}

static bool may_poison(void)
{
	unsigned int left;

	if (!do_poison_left)
		return false;
	left = __atomic_load_n(do_poison_left, __ATOMIC_RELAXED);
	while (left)
		if (__atomic_compare_exchange_n(do_poison_left, &left, left - 1,
						true, __ATOMIC_RELAXED,
						__ATOMIC_RELAXED))
			return true;
	return false;
}

/* Returns true if the page can be mapped again and read there. */
static bool maps_anew(int fd, uint64_t offset, int flags)
{
	void *map = mmap(NULL, CALLS_PAGE, PROT_READ, flags, fd, offset);
	int sig;

	if (map == MAP_FAILED)
		return false;
	sig = do_touch((uintptr_t)map, -1);
	munmap(map, CALLS_PAGE);
	return !sig;
}

/* Every access to the bytes must fail with this error. */
static const char *judge_error(int fd, uint64_t offset)
{
	struct mmapdemo_checksum sum = { .size = sizeof(sum),
					 .offset = offset,
					 .length = 1 };
	struct mmapdemo_wait wait = { .size = sizeof(wait),
				      .flags = MMAPDEMO_WAIT_TIMEOUT,
				      .offset = offset };
	unsigned char byte;

	if (pread(fd, &byte, 1, offset) >= 0 || errno != EHWPOISON)
		return "read(2) of a page with a memory error";
	if (!ioctl(fd, MMAPDEMO_IOC_CHECKSUM, &sum) || errno != EHWPOISON)
		return "CHECKSUM of a page with a memory error";
	/* EINVAL: the buffer ends before the word does */
	if (!ioctl(fd, MMAPDEMO_IOC_WAIT, &wait) ||
	    (errno != EHWPOISON && errno != EINVAL))
		return "WAIT in a page with a memory error";
	if (maps_anew(fd, offset, MAP_SHARED) ||
	    maps_anew(fd, offset, MAP_SHARED | MAP_POPULATE))
		return "a page with a memory error is mapped again";
	return NULL;
}

static const char *judge_stores(int fd, uint64_t offset)
{
	struct mmapdemo_fill fill = { .size = sizeof(fill),
				      .offset = offset,
				      .length = 1 };
	unsigned char byte = 0;

	if (pwrite(fd, &byte, 1, offset) >= 0 ||
	    (errno != EHWPOISON && errno != EPERM))
		return "write(2) to a page with a memory error";
	if (!ioctl(fd, MMAPDEMO_IOC_FILL, &fill) ||
	    (errno != EHWPOISON && errno != EPERM))
		return "FILL of a page with a memory error";
	return NULL;
}

/* Only the private copy has the error. The buffer is unchanged. */
static const char *judge_copy(int fd, uint64_t offset)
{
	unsigned char byte;

	if (pread(fd, &byte, 1, offset) != 1)
		return "an error in a copy of a page reached the page";
	return NULL;
}

static const char *poison_mapped(int fd, uint64_t offset, uint64_t map,
				 unsigned int how)
{
	const char *finding = NULL;
	bool copy = how & DO_POISON_COPY;
	uint64_t frame;

	if (do_touch(map, copy ? 0xee : -1))
		return NULL;
	frame = frame_of(map);
	if (!frame || frame_has_error(frame) || !may_poison())
		return NULL;
	advise(map, CALLS_PAGE,
	       how & DO_POISON_SOFT ? MADV_SOFT_OFFLINE : MADV_HWPOISON);
	if (copy)
		return judge_copy(fd, offset);
	if (!frame_has_error(frame))
		return NULL;
	finding = judge_error(fd, offset);
	if (!finding && (fcntl(fd, F_GETFL) & O_ACCMODE) == O_RDWR)
		finding = judge_stores(fd, offset);
	return finding;
}

const char *do_poison(int fd, uint64_t page, unsigned int how)
{
	struct mmapdemo_info info = { .size = sizeof(info) };
	int copy = how & DO_POISON_COPY;
	const char *finding;
	uint64_t offset;
	void *map;

	if (!do_poison_left || ioctl(fd, MMAPDEMO_IOC_INFO, &info) ||
	    !(info.properties & MMAPDEMO_INFO_PRIVATE))
		return NULL;
	offset = page % (info.mapping_size / CALLS_PAGE) * CALLS_PAGE;
	map = mmap(NULL, CALLS_PAGE, copy ? PROT_READ | PROT_WRITE : PROT_READ,
		   copy ? MAP_PRIVATE : MAP_SHARED, fd, offset);
	if (map == MAP_FAILED)
		return NULL;
	finding = poison_mapped(fd, offset, (uintptr_t)map, how);
	munmap(map, CALLS_PAGE);
	return finding;
}
