// SPDX-License-Identifier: GPL-2.0-only
/* Checks what must hold after a call, whatever was called before it. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>
#include <zlib.h>

#include <linux/mmapdemo.h>

#include "calls_judge.h"

#ifndef EHWPOISON
#define EHWPOISON 133
#endif

/*
 * At the end of a sequence this many bytes at each end of a buffer are compared.
 */
#define COMPARED (32 << 10)

/* The errors of a command, by the words of the manual. */
static const int *errors_of(uint32_t cmd)
{
	static const int info[] = { EBADF, EFAULT, EINVAL, E2BIG, 0 };
	static const int mapinfo[] = { EBADF, EFAULT, EINVAL, E2BIG, ENXIO, 0 };
	static const int fill[] = { EBADF, EFAULT, EINVAL,    E2BIG,
				    EPERM, EINTR,  EHWPOISON, 0 };
	static const int checksum[] = { EBADF, EFAULT,	  EINVAL, E2BIG,
					EINTR, EHWPOISON, 0 };
	static const int create[] = { EBADF,  EFAULT, EINVAL, E2BIG,
				      EINTR,  EMFILE, ENFILE, EOPNOTSUPP,
				      ENOSPC, ENOMEM, 0 };
	static const int wait[] = { EBADF,  EFAULT,    EINVAL, E2BIG,	  EINTR,
				    EAGAIN, ETIMEDOUT, ENOMEM, EHWPOISON, 0 };
	static const int wake[] = {
		EBADF, EFAULT, EINVAL, E2BIG, EHWPOISON, 0
	};
	static const int seal[] = { EBADF, EFAULT, EINVAL, E2BIG,
				    EPERM, EBUSY,  0 };

	switch (cmd) {
	case MMAPDEMO_IOC_INFO:
		return info;
	case MMAPDEMO_IOC_MAPINFO:
		return mapinfo;
	case MMAPDEMO_IOC_FILL:
		return fill;
	case MMAPDEMO_IOC_CHECKSUM:
		return checksum;
	case MMAPDEMO_IOC_CREATE:
		return create;
	case MMAPDEMO_IOC_WAIT:
		return wait;
	case MMAPDEMO_IOC_WAKE:
		return wake;
	case MMAPDEMO_IOC_SEAL:
		return seal;
	}
	return NULL;
}

static void judge_ioctl_error(struct calls *calls, const struct call *call,
			      int error)
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

/* The struct that went back to the data */
static void *reported(const struct call *call)
{
	return (void *)(uintptr_t)call->args[2];
}

static bool in_data(const struct calls *calls, const struct call *call)
{
	return call->args[2] == calls->place.data;
}

static void judge_mapinfo(struct calls *calls, const struct call *call)
{
	const struct mmapdemo_mapinfo *entry = reported(call);
	struct mmapdemo_info info = { .size = sizeof(info) };

	if (entry->size != sizeof(*entry) ||
	    ioctl(call->args[0], MMAPDEMO_IOC_INFO, &info))
		return;
	if (entry->offset >= info.mapping_size)
		calls->finding = "MAPINFO tells an offset outside the buffer";
	else if (!(entry->properties & MMAPDEMO_MAPINFO_PRESENT))
		return;
	else if (entry->cache != info.cache_requested)
		calls->finding = "MAPINFO tells another cache attribute";
	else if (entry->entry_size != CALLS_PAGE &&
		 entry->entry_size != CALLS_HUGE)
		calls->finding = "MAPINFO tells no size that an entry has";
}

/* A store of no bytes is refused if any other would be. */
static void judge_seal(struct calls *calls, const struct call *call)
{
	const struct mmapdemo_seal *seal = reported(call);
	struct mmapdemo_fill fill = { .size = sizeof(fill) };
	bool refused, sealed;

	if (seal->size != sizeof(*seal))
		return;
	sealed = seal->seals &
		 (MMAPDEMO_SEAL_WRITE | MMAPDEMO_SEAL_FUTURE_WRITE);
	refused = ioctl(call->args[0], MMAPDEMO_IOC_FILL, &fill);
	if (refused && errno == EBADF)
		return;
	if (refused != sealed)
		calls->finding = sealed ? "FILL of a sealed buffer" :
					  "FILL fails without a seal";
}

static void judge_ioctl(struct calls *calls, const struct call *call,
			long result, int error)
{
	uint32_t cmd = call->args[1];

	if (result == -1)
		judge_ioctl_error(calls, call, error);
	else if (cmd == MMAPDEMO_IOC_MAPINFO && in_data(calls, call))
		judge_mapinfo(calls, call);
	else if (cmd == MMAPDEMO_IOC_SEAL && in_data(calls, call))
		judge_seal(calls, call);
}

/* Reading and writing never block, and poll(2) says so. */
static void judge_poll(struct calls *calls, const struct call *call)
{
	const struct pollfd *fds = (const void *)(uintptr_t)call->args[0];
	short always;

	for (uint64_t i = 0; i < call->args[1]; i++) {
		always = fds[i].events & (POLLIN | POLLOUT);
		if (!(fds[i].revents & POLLNVAL) &&
		    (fds[i].revents & always) != always)
			calls->finding =
				"poll(2) says that a buffer would block";
	}
}

static void judge_failure(struct calls *calls, const struct call *call,
			  int error)
{
	bool vector = call->nr == SYS_preadv2 || call->nr == SYS_pwritev2;

	if (error == EHWPOISON && !calls->poisoned)
		calls->finding = "a memory error where there is none";
	else if (vector && call->args[5] == RWF_NOWAIT &&
		 (error == EAGAIN || error == EOPNOTSUPP))
		calls->finding = "RWF_NOWAIT is not honoured";
	else if (call->nr == SYS_openat && error == ENXIO)
		calls->finding = "a buffer cannot be opened again";
}

void judge_call(struct calls *calls, const struct call *call, long result,
		int error)
{
	if (result == -1)
		judge_failure(calls, call, error);
	if (call->nr == SYS_ioctl)
		judge_ioctl(calls, call, result, error);
	else if (call->nr == SYS_ppoll && result >= 0)
		judge_poll(calls, call);
	else if (call->nr == SYS_fallocate && !result)
		calls->finding = "fallocate(2) of a buffer";
}

/* contents */

/* Read, mapped, and summed up by the kernel: all must be the same. */
static const char *compare(int fd, const unsigned char *map, uint64_t at,
			   uint64_t length)
{
	struct mmapdemo_checksum sum = { .size = sizeof(sum),
					 .offset = at,
					 .length = length };
	static __thread unsigned char bytes[COMPARED];
	ssize_t n = pread(fd, bytes, length, at);
	bool error = n < 0 && errno == EHWPOISON;

	if (ioctl(fd, MMAPDEMO_IOC_CHECKSUM, &sum))
		return errno == EHWPOISON && n < (ssize_t)length ?
			       NULL :
			       "the contents cannot be summed up";
	if (error || n != (ssize_t)length)
		return "the contents cannot be read";
	__sync_synchronize();
	if (crc32_z(0, bytes, length) != sum.crc ||
	    crc32_z(0, map + at, length) != sum.crc)
		return "read, mapping and checksum do not agree";
	return NULL;
}

/*
 * A sealed buffer can only be mapped by a descriptor that is not open for writing.
 */
static unsigned char *map_to_compare(int fd, uint64_t length)
{
	char path[32];
	void *map = mmap(NULL, length, PROT_READ, MAP_SHARED, fd, 0);
	int again;

	if (map != MAP_FAILED || errno != EPERM)
		return map;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	again = open(path, O_RDONLY | O_CLOEXEC);
	if (again < 0)
		return MAP_FAILED;
	map = mmap(NULL, length, PROT_READ, MAP_SHARED, again, 0);
	close(again);
	return map;
}

static void judge_size(struct calls *calls, int fd,
		       const struct mmapdemo_info *info)
{
	struct stat stat;

	if (info->properties & MMAPDEMO_INFO_PRIVATE && !fstat(fd, &stat) &&
	    (uint64_t)stat.st_size != info->buffer_size)
		calls->finding = "fstat(2) tells another size than INFO";
}

void judge_contents(struct calls *calls, int fd)
{
	struct mmapdemo_info info = { .size = sizeof(info) };
	uint64_t length, end;
	unsigned char *map;

	if ((fcntl(fd, F_GETFL) & (O_ACCMODE | O_PATH)) != O_RDWR ||
	    ioctl(fd, MMAPDEMO_IOC_INFO, &info))
		return;
	judge_size(calls, fd, &info);
	map = map_to_compare(fd, info.mapping_size);
	if (map == MAP_FAILED)
		return;
	length = info.buffer_size < COMPARED ? info.buffer_size : COMPARED;
	end = info.buffer_size - length;
	if (!calls->finding)
		calls->finding = compare(fd, map, 0, length);
	if (!calls->finding && end)
		calls->finding = compare(fd, map, end, length);
	munmap(map, info.mapping_size);
}
