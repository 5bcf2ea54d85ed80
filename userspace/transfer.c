// SPDX-License-Identifier: GPL-2.0-only
/* Repeats system calls that may transfer less than requested. */
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "message.h"
#include "transfer.h"

typedef ssize_t transfer(int fd, void *bytes, size_t length, off_t offset);

static ssize_t read_once(int fd, void *bytes, size_t length, off_t offset)
{
	(void)offset;
	return read(fd, bytes, length);
}

static ssize_t pwrite_once(int fd, void *bytes, size_t length, off_t offset)
{
	return pwrite(fd, bytes, length, offset);
}

static size_t transfer_all(transfer *once, int fd, void *bytes, size_t length,
			   off_t offset)
{
	size_t done = 0;

	while (done < length) {
		ssize_t n = once(fd, (char *)bytes + done, length - done,
				 offset + done);

		if (n < 0 && errno == EINTR)
			continue;
		if (!n)
			errno = 0;
		if (n <= 0)
			break;
		done += n;
	}
	return done;
}

size_t read_all(int fd, void *to, size_t length)
{
	return transfer_all(read_once, fd, to, length, 0);
}

size_t pread_all(int fd, void *to, size_t length, off_t offset)
{
	return transfer_all(pread, fd, to, length, offset);
}

size_t pwrite_all(int fd, const void *from, size_t length, off_t offset)
{
	return transfer_all(pwrite_once, fd, (void *)from, length, offset);
}

void *allocate(size_t length)
{
	void *memory = malloc(length ? length : 1);

	if (!memory)
		die(EXIT_FAILED, "no memory for %zu bytes", length);
	return memory;
}
