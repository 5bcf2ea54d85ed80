// SPDX-License-Identifier: GPL-2.0-only
/*
 * Recognises the paths of descriptors, and duplicates a descriptor of this
 * process or of another one. A duplicate needs no permission to open the file,
 * but has the access mode of the original.
 */
#define _GNU_SOURCE
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "descriptor.h"

/* What follows the prefix; NULL if it is not there. */
static const char *after(const char *text, const char *prefix)
{
	size_t length = strlen(prefix);

	return strncmp(text, prefix, length) ? NULL : text + length;
}

/* What follows the digits; NULL if there are none or too many. */
static const char *number(const char *text, int *value)
{
	unsigned long parsed;
	char *end;

	if (!isdigit((unsigned char)*text))
		return NULL;
	errno = 0;
	parsed = strtoul(text, &end, 10);
	if (errno || parsed > INT_MAX)
		return NULL;
	*value = parsed;
	return end;
}

bool descriptor_parse(const char *path, struct descriptor *descriptor)
{
	static const char *const own[] = { "fd:", "/dev/fd/",
					   "/proc/self/fd/" };
	const char *rest = NULL;

	descriptor->pid = 0;
	for (size_t i = 0; !rest && i < sizeof(own) / sizeof(own[0]); i++)
		rest = after(path, own[i]);
	if (!rest) {
		rest = after(path, "/proc/");
		rest = rest ? number(rest, &descriptor->pid) : NULL;
		rest = rest ? after(rest, "/fd/") : NULL;
	}
	rest = rest ? number(rest, &descriptor->fd) : NULL;
	return rest && !*rest;
}

/* The C library of Debian 12 has no function for these system calls. */
static int take_from_process(const struct descriptor *descriptor)
{
	int pidfd = syscall(SYS_pidfd_open, descriptor->pid, 0);
	int fd, error;

	if (pidfd < 0)
		return -errno;
	fd = syscall(SYS_pidfd_getfd, pidfd, descriptor->fd, 0);
	error = errno;
	close(pidfd);
	return fd < 0 ? -error : fd;
}

int descriptor_take(const struct descriptor *descriptor)
{
	int fd;

	if (descriptor->pid)
		return take_from_process(descriptor);
	fd = fcntl(descriptor->fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
	return fd < 0 ? -errno : fd;
}
