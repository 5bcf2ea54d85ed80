// SPDX-License-Identifier: GPL-2.0-only
/* The file that is checked: how it is opened, and how large it is. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "../message.h"
#include "check.h"

/* More is not tried: a driver that maps at once would need that much page table. */
#define MOST_TRIED (1UL << 30)

size_t page_size(void)
{
	return sysconf(_SC_PAGESIZE);
}

static enum exit_status open_status(void)
{
	if (errno == EACCES || errno == EPERM)
		return EXIT_NO_PERMISSION;
	return errno == EBUSY ? EXIT_FAILED : EXIT_NO_DEVICE;
}

/* "fd:N" is a descriptor that the caller has opened. */
static bool target_given(struct target *target, const char *name)
{
	char *end;
	long fd;

	if (strncmp(name, "fd:", 3))
		return false;
	fd = strtol(name + 3, &end, 10);
	if (end == name + 3 || *end || fd < 0 || fd > INT_MAX)
		die_usage("'%s': fd: is followed by the number of a descriptor",
			  name);
	target->fd = fd;
	target->access = fcntl(fd, F_GETFL);
	if (target->access < 0)
		die(EXIT_USAGE, "%s: %m", name);
	target->access &= O_ACCMODE;
	snprintf(target->path, sizeof(target->path), "/proc/self/fd/%ld", fd);
	return true;
}

void target_open(struct target *target, const char *name)
{
	if (target_given(target, name))
		return;
	snprintf(target->path, sizeof(target->path), "%s", name);
	target->access = O_RDWR;
	target->fd = open(name, O_RDWR | O_CLOEXEC);
	if (target->fd < 0 && (errno == EACCES || errno == EPERM ||
			       errno == EROFS || errno == EINVAL)) {
		target->access = O_RDONLY;
		target->fd = open(name, O_RDONLY | O_CLOEXEC);
	}
	if (target->fd < 0)
		die(open_status(), "%s: %m", name);
}

int target_reopen(const struct target *target, int flags)
{
	int fd = open(target->path, flags | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

size_t target_part(const struct target *target, size_t most)
{
	return target->size && target->size < most ? target->size : most;
}

bool time_left(const struct target *target)
{
	static time_t start;
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	if (!start)
		start = now.tv_sec;
	return now.tv_sec - start < (target->seconds + 1) / 2;
}

/* mmap(3) refuses some offsets by itself, which the kernel shall do here. */
long try_map(int fd, size_t length, int prot, int flags, uint64_t offset)
{
	void *map;

#ifdef SYS_mmap2
	map = (void *)syscall(SYS_mmap2, NULL, length, prot, flags, fd,
			      (unsigned long)(offset >> 12));
#else
	map = (void *)syscall(SYS_mmap, NULL, length, prot, flags, fd, offset);
#endif
	return map == MAP_FAILED ? -errno : (long)map;
}

static bool maps(const struct target *target, size_t length, int prot)
{
	long map = try_map(target->fd, length, prot, MAP_SHARED, 0);

	if (map < 0 && map > -4096)
		return false;
	munmap((void *)map, length);
	return true;
}

/* Returns the size that the file itself reports, or 0. */
static size_t declared_size(const struct target *target)
{
	struct stat st;
	off_t end;

	if (!fstat(target->fd, &st) && st.st_size > 0)
		return st.st_size;
	end = lseek(target->fd, 0, SEEK_END);
	lseek(target->fd, 0, SEEK_SET);
	return end > 0 ? end : 0;
}

/* The most that can be mapped from the start, in bytes; 0: no limit was met */
static size_t find_size(const struct target *target)
{
	size_t page = page_size();
	size_t good = page, bad, middle;

	for (bad = 2 * page; bad <= MOST_TRIED && maps(target, bad, PROT_READ);
	     bad *= 2)
		good = bad;
	if (bad > MOST_TRIED)
		return 0;
	while (bad - good > page) {
		middle = good + (bad - good) / 2 / page * page;
		if (maps(target, middle, PROT_READ))
			good = middle;
		else
			bad = middle;
	}
	return good;
}

void target_measure(struct target *target, size_t told)
{
	size_t page = page_size();

	target->bytes = told ? told : declared_size(target);
	target->size_is_known = target->bytes;
	if (!maps(target, page, PROT_READ))
		die(EXIT_FAILED,
		    "%s: one page cannot be mapped shared and for reading: %m",
		    target->path);
	target->prot = maps(target, page, RW) ? RW : PROT_READ;
	if (!target->bytes)
		target->bytes = find_size(target);
	target->size = (target->bytes + page - 1) / page * page;
}

unsigned char *map_or_skip(const struct target *target, size_t length)
{
	long map = try_map(target->fd, length, target->prot, MAP_SHARED, 0);

	if (map < 0 && map > -4096)
		skip("a shared mapping of %zu bytes fails: %s", length,
		     strerror(-map));
	return (unsigned char *)map;
}
