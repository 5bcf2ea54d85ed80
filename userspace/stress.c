// SPDX-License-Identifier: GPL-2.0-only
/*
 * One process of mmapdemo stress. Its first thread checks: a stripe of the
 * device's buffer that is this process's alone, private buffers that it makes,
 * and those that others passed on. Its other threads, and with --threads 1 the
 * same one, make the calls that calls.c decodes from random bytes; they open
 * the device for reading only, so that no stripe is theirs to change.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>
#include <zlib.h>

#include "buffer.h"
#include "calls.h"
#include "message.h"
#include "stress.h"
#include "transfer.h"

#define LARGEST_PRIVATE (64 << 10)
#define BYTES_PER_SEQUENCE 256

/* A thread with its decisions. */
struct worker {
	struct stress *shared;
	unsigned int process, life, thread;
	uint64_t random;
	bool checks, calls; /* what it does */
	bool stored;	    /* once; the stripe is what own_pattern says */
	uint64_t own_pattern;
};

/* A part of a buffer, whose contents are known. */
struct part {
	int fd;
	uint64_t at, length;
	const unsigned char *want;
	const char *what;
};

/* splitmix64 */
uint64_t stress_random(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

static uint64_t decide(struct worker *w, uint64_t choices)
{
	return stress_random(&w->random) % choices;
}

static void count(uint64_t *counter, uint64_t n)
{
	__atomic_add_fetch(counter, n, __ATOMIC_RELAXED);
}

static bool stopped(const struct worker *w)
{
	return __atomic_load_n(&w->shared->stop, __ATOMIC_RELAXED);
}

/* Says where the decisions came from, so that they can be made again. */
static void mismatch(struct worker *w, const char *format, ...)
{
	char text[256];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	complain("stress: seed %" PRIu64 ", process %u, life %u, thread %u: %s",
		 w->shared->seed, w->process, w->life, w->thread, text);
	count(&w->shared->mismatches, 1);
}

/* checking a part of a buffer by each way that there is */

static void compare(struct worker *w, const struct part *part,
		    const unsigned char *seen, const char *way)
{
	uint64_t i = 0;

	if (!memcmp(seen, part->want, part->length))
		return;
	while (seen[i] == part->want[i])
		i++;
	mismatch(w, "%s: byte %" PRIu64 " is %#x by %s, not %#x", part->what,
		 part->at + i, seen[i], way, part->want[i]);
}

/* From the page that the part starts in. */
static unsigned char *map_part(struct worker *w, const struct part *part,
			       int prot)
{
	uint64_t skip = part->at % sysconf(_SC_PAGESIZE);
	unsigned char *map = mmap(NULL, skip + part->length, prot, MAP_SHARED,
				  part->fd, part->at - skip);

	if (map == MAP_FAILED) {
		if (errno != ENOMEM)
			mismatch(w, "%s: mmap: %s", part->what,
				 strerror(errno));
		return NULL;
	}
	return map + skip;
}

static void unmap_part(const struct part *part, unsigned char *map)
{
	uint64_t skip = part->at % sysconf(_SC_PAGESIZE);

	munmap(map - skip, skip + part->length);
}

static void check_by_mapping(struct worker *w, const struct part *part)
{
	unsigned char *map = map_part(w, part, PROT_READ);

	if (!map)
		return;
	store_fence();
	compare(w, part, map, "its mapping");
	unmap_part(part, map);
}

static void check_by_read(struct worker *w, const struct part *part)
{
	unsigned char *seen = allocate(part->length);

	if (pread_all(part->fd, seen, part->length, part->at) != part->length)
		mismatch(w, "%s: pread: %s", part->what, strerror(errno));
	else
		compare(w, part, seen, "read(2)");
	free(seen);
}

static void check_by_checksum(struct worker *w, const struct part *part)
{
	struct range range = { part->at, part->length };
	uint32_t crc, want = crc32_z(0, part->want, part->length);

	if (buffer_checksum(part->fd, &range, &crc))
		mismatch(w, "%s: CHECKSUM: %s", part->what, strerror(errno));
	else if (crc != want)
		mismatch(w, "%s: CHECKSUM is %08" PRIx32 ", not %08" PRIx32,
			 part->what, crc, want);
}

static void check_part(struct worker *w, const struct part *part)
{
	check_by_mapping(w, part);
	check_by_read(w, part);
	check_by_checksum(w, part);
	count(&w->shared->checks, 1);
}

/* storing to it by each way that there is */

static void store_by_mapping(struct worker *w, const struct part *part)
{
	unsigned char *map = map_part(w, part, PROT_READ | PROT_WRITE);

	if (!map)
		return;
	memcpy(map, part->want, part->length);
	store_fence();
	unmap_part(part, map);
}

static void store_by_write(struct worker *w, const struct part *part)
{
	if (pwrite_all(part->fd, part->want, part->length, part->at) !=
	    part->length)
		mismatch(w, "%s: pwrite: %s", part->what, strerror(errno));
}

/* want is what MMAPDEMO_FILL_COUNT makes of this number. */
static void want_count(unsigned char *want, uint64_t at, uint64_t length,
		       uint64_t pattern)
{
	for (uint64_t i = 0; i < length; i++) {
		uint64_t o = at + i, number = pattern + o - o % 8;

		want[i] = number >> 8 * (o % 8);
	}
}

static void store_by_fill(struct worker *w, const struct part *part,
			  uint64_t pattern)
{
	struct range range = { part->at, part->length };

	if (buffer_fill(part->fd, &range, pattern, MMAPDEMO_FILL_COUNT))
		mismatch(w, "%s: FILL: %s", part->what, strerror(errno));
}

static void store_part(struct worker *w, const struct part *part,
		       uint64_t pattern)
{
	switch (decide(w, 3)) {
	case 0:
		store_by_mapping(w, part);
		break;
	case 1:
		store_by_write(w, part);
		break;
	default:
		store_by_fill(w, part, pattern);
	}
}

/* what is checked */

/* The stripe is nobody else's; whoever had it in an earlier life is dead. */
static void check_stripe(struct worker *w)
{
	struct part part = { .what = "own stripe" };
	struct mmapdemo_info info;
	unsigned char *want;

	part.fd = device_try_open(O_RDWR);
	if (part.fd < 0 || buffer_info(part.fd, &info)) {
		mismatch(w, "open: %s", strerror(-part.fd));
		return;
	}
	part.length = info.buffer_size / w->shared->processes;
	part.at = part.length * w->process;
	part.want = want = allocate(part.length);
	want_count(want, part.at, part.length, w->own_pattern);
	for (uint64_t i = decide(w, 4); w->stored && i; i--)
		check_part(w, &part);
	w->own_pattern = stress_random(&w->random);
	want_count(want, part.at, part.length, w->own_pattern);
	store_part(w, &part, w->own_pattern);
	w->stored = true;
	check_part(w, &part);
	free(want);
	close(part.fd);
}

/* A descriptor and what its buffer was filled with. */
struct parcel {
	uint64_t pattern;
	uint64_t length;
};

#define PARCEL_MESSAGE(parcel, control)                                  \
	{                                                                \
		.msg_iov = &(struct iovec){ &(parcel), sizeof(parcel) }, \
		.msg_iovlen = 1, .msg_control = (control),               \
		.msg_controllen = sizeof(control),                       \
	}

/* A queue that is full keeps nobody waiting. */
static void pass_on(struct worker *w, int fd, const struct parcel *sent)
{
	_Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(int))] = { 0 };
	struct parcel parcel = *sent;
	struct msghdr message = PARCEL_MESSAGE(parcel, control);
	struct cmsghdr *header = CMSG_FIRSTHDR(&message);

	header->cmsg_level = SOL_SOCKET;
	header->cmsg_type = SCM_RIGHTS;
	header->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(header), &fd, sizeof(fd));
	if (sendmsg(w->shared->exchange[0], &message, 0) > 0)
		count(&w->shared->passed, 1);
}

static int receive(struct worker *w, struct parcel *parcel)
{
	_Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(int))] = { 0 };
	struct msghdr message = PARCEL_MESSAGE(*parcel, control);
	struct cmsghdr *header;
	int fd;

	if (recvmsg(w->shared->exchange[1], &message, MSG_CMSG_CLOEXEC) !=
	    sizeof(*parcel))
		return -1;
	header = CMSG_FIRSTHDR(&message);
	if (!header || header->cmsg_type != SCM_RIGHTS)
		return -1;
	memcpy(&fd, CMSG_DATA(header), sizeof(fd));
	return fd;
}

static void check_parcel(struct worker *w, int fd, const struct parcel *parcel,
			 const char *what)
{
	unsigned char *want = allocate(parcel->length);
	struct part part = {
		.fd = fd, .length = parcel->length, .want = want, .what = what
	};

	want_count(want, 0, parcel->length, parcel->pattern);
	check_part(w, &part);
	free(want);
}

/* What the machine cannot have is refused, which is no mismatch. */
static int create_private(struct worker *w, uint64_t size)
{
	struct mmapdemo_create create = {
		.size = sizeof(create),
		.flags = MMAPDEMO_CREATE_CLOEXEC,
		.buffer_size = size,
		.backing = decide(w, 4),
	};
	int device = device_try_open(ACCESS_ANY), fd;

	if (decide(w, 2) && create.backing != MMAPDEMO_BACKING_DMA)
		create.flags |= MMAPDEMO_CREATE_LAZY;
	if (create.backing == MMAPDEMO_BACKING_KMALLOC)
		create.cache = decide(w, 3);
	if (device < 0) {
		mismatch(w, "open: %s", strerror(-device));
		return -1;
	}
	fd = ioctl(device, MMAPDEMO_IOC_CREATE, &create);
	if (fd < 0 && errno != EOPNOTSUPP && errno != ENOMEM && errno != ENOSPC)
		mismatch(w, "CREATE: %s", strerror(errno));
	close(device);
	return fd;
}

static void check_private(struct worker *w)
{
	struct parcel parcel = { .pattern = stress_random(&w->random),
				 .length = 1 + decide(w, LARGEST_PRIVATE) };
	unsigned char *want = allocate(parcel.length);
	struct part part = { .length = parcel.length,
			     .want = want,
			     .what = "new buffer" };

	memset(want, 0, parcel.length);
	part.fd = create_private(w, parcel.length);
	if (part.fd >= 0) {
		check_part(w, &part);
		want_count(want, 0, parcel.length, parcel.pattern);
		part.what = "private buffer";
		store_part(w, &part, parcel.pattern);
		check_part(w, &part);
		if (decide(w, 2))
			pass_on(w, part.fd, &parcel);
		close(part.fd);
	}
	free(want);
}

static void check_received(struct worker *w)
{
	struct parcel parcel;
	int fd = receive(w, &parcel);

	if (fd < 0)
		return;
	check_parcel(w, fd, &parcel, "passed buffer");
	close(fd);
}

/* the threads */

static void check(struct worker *w)
{
	check_stripe(w);
	check_private(w);
	check_received(w);
}

static void make_calls(struct worker *w, struct calls *calls)
{
	unsigned char bytes[BYTES_PER_SEQUENCE];
	uint64_t before = calls->made;

	for (size_t i = 0; i < sizeof(bytes); i += 8) {
		uint64_t random = stress_random(&w->random);

		memcpy(bytes + i, &random, 8);
	}
	if (!calls_run(calls,
		       (struct calls_bytes){ bytes, bytes + sizeof(bytes) })) {
		mismatch(w,
			 "%s, in a sequence that ended with:", calls->finding);
		calls_print_one(stderr, &calls->last);
		calls->finding = NULL;
	}
	count(&w->shared->calls, calls->made - before);
}

static void *work(void *argument)
{
	struct worker *w = argument;
	struct calls_place place = calls_place(w->thread);
	struct calls *calls = allocate(sizeof(*calls));

	place.reader = true;
	place.largest = LARGEST_PRIVATE;
	if (calls_begin(calls, &place)) {
		mismatch(w, "cannot begin: %s", strerror(errno));
		w->calls = false;
	}
	while (!stopped(w)) {
		if (w->checks)
			check(w);
		if (w->calls)
			make_calls(w, calls);
	}
	calls_end(calls);
	free(calls);
	return NULL;
}

void stress_process(struct stress *shared, unsigned int index,
		    unsigned int life)
{
	unsigned int threads = shared->threads;
	struct worker workers[threads];
	pthread_t ids[threads];

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	setpriority(PRIO_PROCESS, 0, 10); /* the parent's turn comes in time */
	for (unsigned int i = 0; i < threads; i++) {
		workers[i] = (struct worker){
			.shared = shared,
			.process = index,
			.life = life,
			.thread = i,
			.random = shared->seed ^ (uint64_t)index << 40 ^
				  (uint64_t)life << 20 ^ (i + 1),
			.checks = i == 0,
			.calls = i > 0 || threads == 1,
		};
		if (pthread_create(&ids[i], NULL, work, &workers[i]))
			_exit(2);
	}
	for (unsigned int i = 0; i < threads; i++)
		pthread_join(ids[i], NULL);
	_exit(0);
}
