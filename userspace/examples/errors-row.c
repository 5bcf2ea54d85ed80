// SPDX-License-Identifier: GPL-2.0-only
/* errors: prints a line of the table. */
#define _GNU_SOURCE
#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "errors.h"

int errno_of_mmap(void *address, size_t length, int prot, int flags, int fd,
		  off_t offset)
{
	return mmap(address, length, prot, flags, fd, offset) == MAP_FAILED ?
		       errno :
		       0;
}

void row(const char *what, int expected, int seen)
{
	claim(seen == expected, "%-38s %-10s %s", what,
	      expected ? strerrorname_np(expected) : "works",
	      seen ? strerrorname_np(seen) : "works");
}
