// SPDX-License-Identifier: GPL-2.0-only
/*
 * Private buffers of mmapdemo-stress: what holds of a new one, and of one that
 * was reopened, sealed, pinned, stored to by a child, or whose mapping the kernel
 * tracks and discards. Some are passed on to other processes.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "buffer.h"
#include "stress.h"
#include "transfer.h"

/* Fits into a pipe. */
#define PINNED_BYTES (16UL << 10)

/* The message that accompanies a descriptor: what its buffer was filled with. */
struct parcel {
	uint64_t pattern;
	uint64_t length;
	bool sealed;
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
		stress_count(&w->shared->passed, 1);
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

/* what is true of a buffer */

static void must_fail(struct worker *w, const struct part *part,
		      const char *call, bool failed, int want)
{
	if (!failed)
		stress_mismatch(w, "%s: %s succeeds", part->what, call);
	else if (errno != want)
		stress_mismatch(w, "%s: %s: %s, not %s", part->what, call,
				strerror(errno), strerror(want));
}

/*
 * Nobody can store to a sealed buffer. These are the errors of write(2) and
 * mmap(2).
 */
static void check_refusals(struct worker *w, const struct part *part,
			   int write_error, int map_error)
{
	struct range byte = { .length = 1 };
	unsigned char zero = 0;
	void *map;

	must_fail(w, part, "pwrite", pwrite(part->fd, &zero, 1, 0) < 0,
		  write_error);
	must_fail(w, part, "FILL", buffer_fill(part->fd, &byte, 0, 0),
		  write_error);
	map = mmap(NULL, part->length, PROT_READ | PROT_WRITE, MAP_SHARED,
		   part->fd, 0);
	must_fail(w, part, "mmap", map == MAP_FAILED, map_error);
	if (map != MAP_FAILED)
		munmap(map, part->length);
}

/* Another open file of the buffer, which can only read it */
static int reopen(struct worker *w, const struct part *part)
{
	char path[32];
	int fd;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", part->fd);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		stress_mismatch(w, "%s: open(%s): %s", part->what, path,
				strerror(errno));
	return fd;
}

static void check_reopened(struct worker *w, const struct part *part)
{
	struct part reopened = *part;

	reopened.what = "reopened buffer";
	reopened.fd = reopen(w, part);
	if (reopened.fd < 0)
		return;
	stress_check_part(w, &reopened);
	check_refusals(w, &reopened, EBADF, EACCES);
	close(reopened.fd);
}

/* A seal against writing keeps writers from mapping it to read, too. */
static void check_sealed(struct worker *w, const struct part *part)
{
	struct part sealed = *part;

	sealed.what = "sealed buffer";
	check_refusals(w, &sealed, EPERM, EPERM);
	sealed.fd = reopen(w, part);
	if (sealed.fd < 0)
		return;
	stress_check_part(w, &sealed);
	close(sealed.fd);
}

/* The kernel may hold a page for a moment: EBUSY, and nothing is sealed. */
static bool seal(struct worker *w, const struct part *part)
{
	struct mmapdemo_seal seal = { .size = sizeof(seal) };

	seal.add = stress_decide(w, 2) ? MMAPDEMO_SEAL_WRITE :
					 MMAPDEMO_SEAL_FUTURE_WRITE;
	if (!ioctl(part->fd, MMAPDEMO_IOC_SEAL, &seal)) {
		check_sealed(w, part);
		return true;
	}
	if (errno != EBUSY)
		stress_mismatch(w, "%s: SEAL: %s", part->what, strerror(errno));
	return false;
}

/* A child stores through the mapping that it has of us. */
static void store_by_child(struct worker *w, const struct part *part)
{
	unsigned char *map = stress_map(w, part, PROT_READ | PROT_WRITE);
	pid_t child;

	if (!map)
		return;
	memset(map, 0, part->length);
	child = fork();
	if (!child) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		memcpy(map, part->want, part->length);
		store_fence();
		_exit(0);
	}
	if (child < 0)
		memcpy(map, part->want, part->length);
	while (child > 0 && waitpid(child, NULL, 0) < 0 && errno == EINTR)
		;
	store_fence();
	stress_unmap(part, map);
	stress_check_part(w, part);
}

static void track_writes(void)
{
	int fd = open("/proc/self/clear_refs", O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		return;
	if (write(fd, "4", 1) != 1)
		errno = 0; /* a kernel that does not track */
	close(fd);
}

/* The entries go, and come back as the kernel wants them now. */
static void check_tracked(struct worker *w, const struct part *part)
{
	unsigned char *map = stress_map(w, part, PROT_READ | PROT_WRITE);

	if (!map)
		return;
	track_writes();
	madvise(map, part->length, MADV_DONTNEED);
	stress_compare(w, part, map, "its tracked mapping");
	memcpy(map, part->want, part->length);
	madvise(map, part->length, MADV_DONTNEED);
	stress_compare(w, part, map, "its mapping after MADV_DONTNEED");
	store_fence();
	stress_unmap(part, map);
	stress_check_part(w, part);
}

/* The end of a pipe that pins the first pages, -1 if nothing can */
static int pin(struct worker *w, const struct part *part, uint64_t *bytes)
{
	unsigned char *map = stress_map(w, part, PROT_READ);
	struct iovec pages = { map, part->length };
	ssize_t n = -1;
	int ends[2];

	if (!map)
		return -1;
	if (pages.iov_len > PINNED_BYTES)
		pages.iov_len = PINNED_BYTES;
	if (!pipe2(ends, O_CLOEXEC | O_NONBLOCK)) {
		n = vmsplice(ends[1], &pages, 1, SPLICE_F_NONBLOCK);
		close(ends[1]);
		if (n <= 0)
			close(ends[0]);
	}
	stress_unmap(part, map);
	*bytes = n;
	return n > 0 ? ends[0] : -1;
}

/* The buffer may be gone: whoever pinned its pages still reads what was there. */
static void check_pinned(struct worker *w, const struct part *part, int pipe,
			 uint64_t bytes)
{
	struct part pinned = *part;
	unsigned char *seen = allocate(bytes);

	pinned.what = "pinned pages";
	pinned.length = bytes;
	if (read_all(pipe, seen, bytes) != bytes)
		stress_mismatch(w, "pinned pages: %s", strerror(errno));
	else
		stress_compare(w, &pinned, seen, "the pipe");
	free(seen);
	close(pipe);
}

/* making and passing */

/* A kind that the machine does not support is refused. That is no mismatch. */
static int create_private(struct worker *w, uint64_t size)
{
	struct mmapdemo_create create = {
		.size = sizeof(create),
		.buffer_size = size,
		.backing = stress_decide(w, BACKING_COUNT),
	};
	int device = device_try_open(w->shared->device, ACCESS_ANY), fd;

	if (stress_decide(w, 2) && create.backing != MMAPDEMO_BACKING_DMA)
		create.flags |= MMAPDEMO_CREATE_LAZY;
	if (create.backing == MMAPDEMO_BACKING_KMALLOC)
		create.cache = stress_decide(w, 3);
	if (device < 0) {
		stress_mismatch(w, "open: %s", strerror(-device));
		return -1;
	}
	fd = ioctl(device, MMAPDEMO_IOC_CREATE, &create);
	if (fd < 0 && errno != EOPNOTSUPP && errno != ENOMEM && errno != ENOSPC)
		stress_mismatch(w, "CREATE: %s", strerror(errno));
	close(device);
	return fd;
}

static uint64_t private_length(struct worker *w)
{
	if (w->process % 8 == 0 && !stress_decide(w, 16))
		return CALLS_HUGE;
	return 1 + stress_decide(w, STRESS_LARGEST_PRIVATE);
}

/* Some of all that can be done to it; true if it is sealed then. */
static bool treat(struct worker *w, const struct part *part)
{
	stress_check_part(w, part);
	switch (stress_decide(w, 6)) {
	case 0:
		check_reopened(w, part);
		break;
	case 1:
		store_by_child(w, part);
		break;
	case 2:
		check_tracked(w, part);
		break;
	case 3:
		return seal(w, part);
	}
	return false;
}

static void treat_and_pass(struct worker *w, struct part *part,
			   struct parcel *parcel)
{
	uint64_t pinned_bytes;
	int pinned = -1;

	stress_store_part(w, part, parcel->pattern);
	parcel->sealed = treat(w, part);
	if (!parcel->sealed && !stress_decide(w, 4))
		pinned = pin(w, part, &pinned_bytes);
	if (stress_decide(w, 2))
		pass_on(w, part->fd, parcel);
	close(part->fd);
	if (pinned >= 0)
		check_pinned(w, part, pinned, pinned_bytes);
}

void stress_check_private(struct worker *w)
{
	struct parcel parcel = { .pattern = stress_random(&w->random),
				 .length = private_length(w) };
	unsigned char *want = allocate(parcel.length);
	struct part part = { .length = parcel.length,
			     .want = want,
			     .what = "new buffer" };

	memset(want, 0, parcel.length);
	part.fd = create_private(w, parcel.length);
	if (part.fd >= 0) {
		stress_check_part(w, &part);
		stress_want_count(want, 0, parcel.length, parcel.pattern);
		part.what = "private buffer";
		treat_and_pass(w, &part, &parcel);
	}
	free(want);
}

void stress_check_received(struct worker *w)
{
	struct parcel parcel;
	struct part part = { .what = "passed buffer" };
	unsigned char *want;

	part.fd = receive(w, &parcel);
	if (part.fd < 0)
		return;
	part.length = parcel.length;
	part.want = want = allocate(parcel.length);
	stress_want_count(want, 0, parcel.length, parcel.pattern);
	if (parcel.sealed)
		check_sealed(w, &part);
	else
		stress_check_part(w, &part);
	free(want);
	close(part.fd);
}
