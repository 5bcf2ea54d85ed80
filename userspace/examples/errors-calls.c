// SPDX-License-Identifier: GPL-2.0-only
/* The errors of mmap that its arguments alone cause, and what flags do. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "errors.h"

/* Kinds of descriptors; they are negative to differ from real ones. */
enum {
	NONE = -1,
	CLOSED = -2,
	READABLE = -3,
	WRITABLE = -4,
	FOLDER = -5
};

#define PAGE ((size_t)4096 * 16) /* a multiple of every page size */
#define READ PROT_READ
#define BOTH (PROT_READ | PROT_WRITE)
#define UNKNOWN (1 << 24) /* no flag has this bit */
#define ANON (MAP_PRIVATE | MAP_ANONYMOUS)
/* the last page that an offset can name; offset + length is 2^63 */
#define HIGHEST (INT64_MAX - (off_t)PAGE + 1)
#define LONGEST (~(size_t)0 - PAGE + 1)

static const struct {
	const char *what;
	size_t length;
	int prot, flags, fd;
	off_t offset;
	int expected;
} calls[] = {
	{ "a closed descriptor", PAGE, READ, MAP_SHARED, CLOSED, 0, EBADF },
	{ "a descriptor that cannot be read", PAGE, READ, MAP_SHARED, WRITABLE,
	  0, EACCES },
	{ "shared stores, opened O_RDONLY", PAGE, BOTH, MAP_SHARED, READABLE, 0,
	  EACCES },
	{ "private stores, opened O_RDONLY", PAGE, BOTH, MAP_PRIVATE, READABLE,
	  0, 0 },
	{ "length 0", 0, READ, ANON, NONE, 0, EINVAL },
	{ "offset inside a page", PAGE, READ, MAP_SHARED, READABLE, 1, EINVAL },
	{ "neither shared nor private", PAGE, READ, MAP_ANONYMOUS, NONE, 0,
	  EINVAL },
	{ "a folder", PAGE, READ, MAP_SHARED, FOLDER, 0, ENODEV },
	{ "all of the address space", LONGEST, READ, ANON, NONE, 0, ENOMEM },
	{ "offset + length over a file's largest", PAGE, READ, MAP_SHARED,
	  READABLE, HIGHEST, EOVERFLOW },
	{ "FIXED_NOREPLACE, something is there", PAGE, READ,
	  ANON | MAP_FIXED_NOREPLACE, NONE, 0, EEXIST },
	{ "SHARED_VALIDATE, unknown flag", PAGE, READ,
	  MAP_SHARED_VALIDATE | UNKNOWN, READABLE, 0, EOPNOTSUPP },
	{ "SHARED, the same flag is ignored", PAGE, READ, MAP_SHARED | UNKNOWN,
	  READABLE, 0, 0 },
	{ "DENYWRITE, ignored (was ETXTBSY)", PAGE, READ,
	  MAP_PRIVATE | MAP_DENYWRITE, READABLE, 0, 0 },
	{ "FIXED, replaces what is there", PAGE, READ, ANON | MAP_FIXED, NONE,
	  0, 0 },
	{ "POPULATE, all pages at once", PAGE, READ, ANON | MAP_POPULATE, NONE,
	  0, 0 },
	{ "LOCKED, within the limit", PAGE, READ, ANON | MAP_LOCKED, NONE, 0,
	  0 },
};

/* Opens a descriptor of this kind, of an empty file or a folder. */
static int real_descriptor(int kind)
{
	char path[] = "/tmp/errors-XXXXXX";
	int fd = kind == FOLDER ? open("/", O_RDONLY) : mkstemp(path);
	int other = -1;

	if (fd < 0)
		die("/tmp: %m");
	if (kind != FOLDER) {
		other = open(path, kind == WRITABLE ? O_WRONLY : O_RDONLY);
		unlink(path);
		close(fd);
		fd = other;
	}
	if (kind == CLOSED)
		close(fd);
	return fd;
}

/* taken: a page that is mapped already, for MAP_FIXED. */
static int errno_of_call(size_t i, void *taken)
{
	int fd = calls[i].fd == NONE ? -1 : real_descriptor(calls[i].fd);
	int fixed = calls[i].flags & (MAP_FIXED | MAP_FIXED_NOREPLACE);

	return errno_of_mmap(fixed ? taken : NULL, calls[i].length,
			     calls[i].prot, calls[i].flags, fd,
			     calls[i].offset);
}

void rows_of_calls(void)
{
	void *taken = mmap(NULL, PAGE, READ, ANON, -1, 0);

	if (taken == MAP_FAILED)
		die("anonymous memory: %m");
	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++)
		row(calls[i].what, calls[i].expected, errno_of_call(i, taken));
}
