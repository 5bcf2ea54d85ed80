// SPDX-License-Identifier: GPL-2.0-only
/*
 * Makes the calls that calls.c decodes, and knows of each page of the arena
 * what a touch must do: no signal where it may be read or stored to, one where
 * not. Of the ioctls it knows which errors the manual gives them.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <zlib.h>

#include <linux/mmapdemo.h>

#include "calls.h"

/* What is known of a page: PROT_READ and PROT_WRITE, or: */
#define PAGE_UNKNOWN 0x80

/* A mapping may reach behind the arena; there it is not looked after. */
#define ARENA_BYTES (CALLS_PAGE * CALLS_ARENA_PAGES)
#define BEHIND_ARENA (2ULL << 20)

static __thread sigjmp_buf touch_env;
static __thread volatile sig_atomic_t touching;

static void touch_signal(int sig)
{
	if (touching)
		siglongjmp(touch_env, sig);
	signal(sig, SIG_DFL); /* a defect of this program */
}

static void touch_prepare(void)
{
	struct sigaction action = { .sa_handler = touch_signal,
				    .sa_flags = SA_NODEFER };

	sigaction(SIGSEGV, &action, NULL);
	sigaction(SIGBUS, &action, NULL);
}

/* The signal that it raises, or 0. */
static int touch(uint64_t address, const unsigned char *store)
{
	volatile unsigned char *at = (void *)(uintptr_t)address;
	int sig = sigsetjmp(touch_env, 0);

	if (!sig) {
		touching = 1;
		if (store)
			*at = *store;
		else
			(void)*at;
	}
	touching = 0;
	return sig;
}

/* what is known of the arena's pages */

/* NULL: not in the arena. */
static unsigned char *page_of(struct calls *calls, uint64_t address)
{
	uint64_t page = (address - calls->place.arena) / CALLS_PAGE;

	return page < CALLS_ARENA_PAGES ? &calls->pages[page] : NULL;
}

static void mark(struct calls *calls, uint64_t address, uint64_t length,
		 unsigned char what)
{
	for (uint64_t at = 0; at < length; at += CALLS_PAGE) {
		unsigned char *page = page_of(calls, address + at);

		if (page)
			*page = what;
	}
}

static unsigned char access_of(uint64_t prot)
{
	return prot & PROT_WRITE ? PROT_READ | PROT_WRITE : prot & PROT_READ;
}

/* Since 6.17 gaps between mappings may be moved over, too, and hide nothing. */
static void mark_moved(struct calls *calls, const struct call *call,
		       uint64_t to)
{
	uint64_t from = call->args[0], old = call->args[1];
	uint64_t new = call->args[2];
	unsigned char moved[CALLS_ARENA_PAGES];
	bool keeps = !old || call->args[3] & MREMAP_DONTUNMAP;

	for (uint64_t i = 0; i < new / CALLS_PAGE; i++) {
		unsigned char *page = page_of(calls, from + i * CALLS_PAGE);

		moved[i] = page && *page != PROT_NONE && !keeps &&
					   i < old / CALLS_PAGE ?
				   *page :
				   PAGE_UNKNOWN;
	}
	mark(calls, from, old, keeps ? PAGE_UNKNOWN : PROT_NONE);
	for (uint64_t i = 0; i < new / CALLS_PAGE; i++)
		mark(calls, to + i * CALLS_PAGE, CALLS_PAGE, moved[i]);
}

/* A call that failed may have done a part of its work. */
static void mark_unknown(struct calls *calls, const struct call *call)
{
	mark(calls, call->args[0], call->args[1], PAGE_UNKNOWN);
	if (call->nr == SYS_mremap)
		mark(calls, call->args[4], call->args[2], PAGE_UNKNOWN);
}

static void follow(struct calls *calls, const struct call *call, long result)
{
	uint64_t at = call->args[0], length = call->args[1];

	switch (call->nr) {
	case SYS_mmap:
	case SYS_munmap:
	case SYS_mprotect:
	case SYS_mremap:
	case SYS_remap_file_pages:
		break;
	default:
		return;
	}
	if (result == -1 || call->nr == SYS_remap_file_pages)
		mark_unknown(calls, call);
	else if (call->nr == SYS_mremap)
		mark_moved(calls, call, result);
	else if (call->nr == SYS_munmap)
		mark(calls, at, length, PROT_NONE);
	else
		mark(calls, at, length, access_of(call->args[2]));
	if (result != -1 && call->args[2] & PROT_EXEC &&
	    (call->nr == SYS_mmap || call->nr == SYS_mprotect) && length)
		calls->finding = "a mapping became executable";
}

/* what must hold */

static void judge_touch(struct calls *calls, uint64_t address, int needs,
			int sig)
{
	const unsigned char *page = page_of(calls, address);

	if (!page || *page == PAGE_UNKNOWN)
		return;
	if (sig && *page & needs)
		calls->finding = sig == SIGBUS ?
					 "SIGBUS in a mapping that allows it" :
					 "SIGSEGV in a mapping that allows it";
	else if (!sig && !(*page & needs))
		calls->finding = "a touch that no mapping allows";
}

/* The errors of a command, by the words of the manual. */
static const int *errors_of(uint32_t cmd)
{
	static const int info[] = { EBADF, EFAULT, EINVAL, E2BIG, 0 };
	static const int mapinfo[] = { EBADF, EFAULT, EINVAL, E2BIG, ENXIO, 0 };
	static const int wait[] = { EBADF, EFAULT,    EINVAL, E2BIG,
				    EINTR, ETIMEDOUT, 0 };
	static const int create[] = { EBADF,  EFAULT, EINVAL, E2BIG,
				      EINTR,  EMFILE, ENFILE, EOPNOTSUPP,
				      ENOSPC, ENOMEM, 0 };

	switch (cmd) {
	case MMAPDEMO_IOC_INFO:
	case MMAPDEMO_IOC_FILL:
	case MMAPDEMO_IOC_CHECKSUM:
	case MMAPDEMO_IOC_WAKE:
		return info;
	case MMAPDEMO_IOC_MAPINFO:
		return mapinfo;
	case MMAPDEMO_IOC_WAIT:
		return wait;
	case MMAPDEMO_IOC_CREATE:
		return create;
	}
	return NULL;
}

static void judge_ioctl(struct calls *calls, const struct call *call, int error)
{
	const int *errors = errors_of(call->args[1]);

	if (!errors)
		return;
	while (*errors && *errors != error)
		errors++;
	if (!*errors)
		calls->finding =
			"an ioctl failed with an error that the manual does not give";
}

/* Read in pieces, mapped, and summed up by the kernel: all must be the same. */
static void judge_contents(struct calls *calls, int fd)
{
	struct mmapdemo_info info = { .size = sizeof(info) };
	struct mmapdemo_checksum sum = { .size = sizeof(sum) };
	unsigned char piece[4096];
	uint32_t read_crc = crc32(0, NULL, 0), map_crc;
	uint64_t at = 0;
	ssize_t n = 0;
	void *map;

	if ((fcntl(fd, F_GETFL) & (O_ACCMODE | O_PATH)) != O_RDWR ||
	    ioctl(fd, MMAPDEMO_IOC_INFO, &info))
		return;
	sum.length = info.buffer_size;
	map = mmap(NULL, info.mapping_size, PROT_READ, MAP_SHARED, fd, 0);
	if (map == MAP_FAILED)
		return;
	__sync_synchronize();
	map_crc = crc32_z(0, map, info.buffer_size);
	munmap(map, info.mapping_size);
	while ((n = pread(fd, piece, sizeof(piece), at)) > 0) {
		read_crc = crc32(read_crc, piece, n);
		at += n;
	}
	if (n < 0 || at != info.buffer_size ||
	    ioctl(fd, MMAPDEMO_IOC_CHECKSUM, &sum))
		calls->finding = "the contents cannot be read";
	else if (read_crc != sum.crc || map_crc != sum.crc)
		calls->finding = "read, mapping and checksum do not agree";
}

/* making the calls */

/* Children die of what they must not touch, which is nothing to look at. */
static void fork_touch(uint64_t address, uint64_t length)
{
	const unsigned char stored = 0x5a;
	pid_t child = fork();

	if (child < 0)
		return;
	if (child) {
		while (waitpid(child, NULL, 0) < 0 && errno == EINTR)
			;
		return;
	}
	for (uint64_t at = 0; at < length; at += CALLS_PAGE) {
		touch(address + at, NULL);
		touch(address + at, &stored);
	}
	_exit(0);
}

static void map_anywhere(const struct call *call)
{
	const uint64_t *args = call->args;
	unsigned char stored = 0xa5;
	void *map = mmap(NULL, args[1], args[2], args[3], args[4], args[5]);

	if (map == MAP_FAILED)
		return;
	touch((uintptr_t)map, NULL);
	touch((uintptr_t)map + args[1] - 1, &stored);
	munmap(map, args[1]);
}

static long system_call(const struct call *call)
{
	const uint64_t *args = call->args;
	uint64_t first = args[0];

	if (call->nr == SYS_process_vm_readv ||
	    call->nr == SYS_process_vm_writev)
		first = getpid();
	return syscall(call->nr, first, args[1], args[2], args[3], args[4],
		       args[5]);
}

static long make(struct calls *calls, const struct call *call)
{
	unsigned char stored = call->args[1];
	uint64_t address = call->args[0];

	switch (call->nr) {
	case CALLS_LOAD:
		judge_touch(calls, address, PROT_READ, touch(address, NULL));
		return 0;
	case CALLS_STORE:
		judge_touch(calls, address, PROT_WRITE,
			    touch(address, &stored));
		return 0;
	case CALLS_FORK_TOUCH:
		fork_touch(address, call->args[1]);
		return 0;
	case CALLS_MAP_ANYWHERE:
		map_anywhere(call);
		return 0;
	default:
		return system_call(call);
	}
}

static void keep(const struct call *call, long fd)
{
	if (fd < 0 || call->keep < 0 || fd == call->keep)
		return;
	dup3(fd, call->keep, O_CLOEXEC);
	close(fd);
}

static void make_one(struct calls *calls, const struct call *call)
{
	long result;

	calls->last = *call;
	if (call->data_length)
		memcpy((void *)(uintptr_t)call->data_at, call->data,
		       call->data_length);
	errno = 0;
	result = make(calls, call);
	calls->made++;
	if (call->nr == SYS_ioctl && result == -1)
		judge_ioctl(calls, call, errno);
	keep(call, result);
	follow(calls, call, result);
}

bool calls_run(struct calls *calls, struct calls_bytes bytes)
{
	struct call call;

	while (!calls->finding && calls_next(&bytes, &calls->place, &call))
		make_one(calls, &call);
	for (int i = 0; !calls->finding && i < CALLS_FILES; i++)
		judge_contents(calls, calls->place.first_descriptor + i);
	return !calls->finding;
}

/* O_NONBLOCK: a pipe may be full, or have nothing. */
static int open_descriptors(int first)
{
	int ends[2], epoll = epoll_create1(EPOLL_CLOEXEC);

	if (epoll < 0)
		return -errno;
	dup3(epoll, first + CALLS_EPOLL, O_CLOEXEC);
	close(epoll);
	if (pipe2(ends, O_NONBLOCK | O_CLOEXEC))
		return -errno;
	dup3(ends[0], first + CALLS_PIPE_OUT, O_CLOEXEC);
	dup3(ends[1], first + CALLS_PIPE_IN, O_CLOEXEC);
	close(ends[0]);
	close(ends[1]);
	return 0;
}

int calls_begin(struct calls *calls, const struct calls_place *place)
{
	void *data = (void *)(uintptr_t)place->data;
	struct call call;
	int error;

	*calls = (struct calls){ .place = *place };
	touch_prepare();
	if (mmap(data, CALLS_DATA_PAGES * CALLS_PAGE, PROT_READ | PROT_WRITE,
		 MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == MAP_FAILED)
		return -errno;
	error = open_descriptors(place->first_descriptor);
	for (unsigned int i = 0; !error && calls_start(i, place, &call); i++)
		make_one(calls, &call);
	return error;
}

void calls_end(struct calls *calls)
{
	const struct calls_place *place = &calls->place;

	munmap((void *)(uintptr_t)place->arena, ARENA_BYTES + BEHIND_ARENA);
	munmap((void *)(uintptr_t)place->data, CALLS_DATA_PAGES * CALLS_PAGE);
	for (int i = 0; i < CALLS_DESCRIPTORS; i++)
		close(place->first_descriptor + i);
}
