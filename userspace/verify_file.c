// SPDX-License-Identifier: GPL-2.0-only
/* The steps of mmapdemo verify about the buffer as a file. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "verify_steps.h"

#define ALWAYS (POLLIN | POLLOUT)

/* The present events of poll(2), or -1. */
static int events_now(const struct verify *v)
{
	struct pollfd fd = { .fd = v->buffer.fd, .events = ALWAYS | POLLPRI };

	return poll(&fd, 1, 0) < 0 ? -1 : fd.revents;
}

static bool events_are(struct verify *v, const char *when, int expected)
{
	int found = events_now(v);

	if (found < 0)
		return verify_say_errno(v, "poll");
	return verify_say(v, found == expected,
			  "%s: expected events 0x%x, found 0x%x", when,
			  expected, found);
}

/* Writes the first byte with the value that it has, for a new generation. */
bool verify_events(struct verify *v)
{
	struct mmapdemo_info before, after;
	unsigned char byte = v->map[0];

	if (buffer_info(v->buffer.fd, 0, &before))
		return verify_say_errno(v, "MMAPDEMO_IOC_INFO");
	if (!events_are(v, "before", ALWAYS))
		return false;
	if (pwrite(v->buffer.fd, &byte, 1, 0) != 1)
		return verify_say_errno(v, "write");
	if (!events_are(v, "after a write", ALWAYS | POLLPRI))
		return false;
	if (buffer_info(v->buffer.fd, 0, &after))
		return verify_say_errno(v, "MMAPDEMO_IOC_INFO");
	if (!events_are(v, "after INFO", ALWAYS))
		return false;
	return verify_say(v, after.generation == before.generation + 1,
			  "generation %" PRIu64 ", then %" PRIu64,
			  (uint64_t)before.generation,
			  (uint64_t)after.generation);
}

static bool same_file(struct verify *v)
{
	struct stat a, b;

	if (fstat(v->buffer.fd, &a) || fstat(v->again, &b))
		return verify_say_errno(v, "fstat");
	if (a.st_dev != b.st_dev || a.st_ino != b.st_ino)
		return verify_say(v, false, "another file was opened");
	if (v->buffer.private && (uint64_t)a.st_size != v->size)
		return verify_say(v, false,
				  "fstat: expected %" PRIu64
				  " bytes, found %" PRIu64,
				  v->size, (uint64_t)a.st_size);
	return true;
}

static bool only_reads(struct verify *v)
{
	int again = v->again;
	unsigned char byte = v->map[0];
	void *map = mmap(NULL, v->page_size, PROT_READ, MAP_SHARED, again, 0);
	bool same, later;

	if (map == MAP_FAILED)
		return verify_say_errno(v, "mmap for reading");
	same = !memcmp(map, v->map, v->page_size);
	later = !mprotect(map, v->page_size, PROT_READ | PROT_WRITE);
	munmap(map, v->page_size);
	if (!same)
		return verify_say(v, false, "it shows other bytes");
	if (later)
		return verify_say(v, false, "mprotect made it writable");
	if (write(again, &byte, 1) != -1 || errno != EBADF)
		return verify_say(v, false, "write(2) was not EBADF");
	map = mmap(NULL, v->page_size, PROT_READ | PROT_WRITE, MAP_SHARED,
		   again, 0);
	if (map == MAP_FAILED)
		return verify_say(v, errno == EACCES,
				  "read-only: mmap for writing: %s",
				  strerror(errno));
	munmap(map, v->page_size);
	return verify_say(v, false, "it could be mapped for writing");
}

/*
 * The owner may have forbidden it, and /proc may not be mounted. The descriptor
 * is not closed here, since that would drop this process's lock of the buffer.
 */
bool verify_reopen(struct verify *v)
{
	char path[32];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", v->buffer.fd);
	v->again = open(path, O_RDONLY | O_CLOEXEC);
	if (v->again < 0)
		return verify_say(v, errno == EACCES || errno == ENOENT,
				  "not possible here: %s", strerror(errno));
	return same_file(v) && only_reads(v);
}
