// SPDX-License-Identifier: GPL-2.0-only
/* The other calls on the file say what is true. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "../../selftests/uring.h"
#include "check.h"
#include "touch.h"

/*
 * This is no constant, because the compiler would warn of the address that the
 * kernel must refuse.
 */
static char *volatile nowhere = (char *)16;

static void run_efault(const struct target *target)
{
	char byte;
	ssize_t n;

	if (pread(target->fd, &byte, 1, 0) == 1) {
		n = pread(target->fd, nowhere, 64, 0);
		MUST(n < 0,
		     "read(2) to an address that is not there returns %zd instead of an error",
		     n);
		MUST(errno == EFAULT,
		     "read(2) to an address that is not there fails with: %s",
		     strerror(errno));
	}
	if (!(target->allowed & STORE))
		return;
	if (pwrite(target->fd, &byte, 1, 0) == 1) {
		n = pwrite(target->fd, nowhere, 64, 0);
		MUST(n < 0,
		     "write(2) from an address that is not there returns %zd instead of an error",
		     n);
	}
}

static void run_end(const struct target *target)
{
	char bytes[64];
	ssize_t n;

	if (pread(target->fd, bytes, 1, 0) != 1)
		skip("read(2) does not return the memory");
	n = pread(target->fd, bytes, sizeof(bytes), target->bytes);
	MUST(n == 0, "read(2) at the end returns %zd instead of 0", n);
	n = pread(target->fd, bytes, sizeof(bytes),
		  target->bytes + (1UL << 20));
	MUST(n <= 0, "read(2) far past the end returns %zd bytes", n);
}

/* Ready means that read(2) does not say EAGAIN. */
static void run_poll(const struct target *target)
{
	struct pollfd ready = { .events = POLLIN };
	char byte;

	ready.fd = target_reopen(target, O_RDONLY | O_NONBLOCK);
	if (ready.fd < 0)
		skip("it cannot be opened again: %s", strerror(-ready.fd));
	if (poll(&ready, 1, 0) != 1 || !(ready.revents & POLLIN))
		return;
	MUST(read(ready.fd, &byte, 1) >= 0 || errno != EAGAIN,
	     "poll(2) says that it can be read, and read(2) says EAGAIN");
}

/* io_uring asks poll(2) when a read would block, and waits for EPOLLIN. */
static void run_io_uring(const struct target *target)
{
	static char bytes[64];
	struct io_uring_sqe request = {
		.opcode = IORING_OP_READ,
		.fd = target_reopen(target, O_RDONLY | O_NONBLOCK),
		.addr = (uintptr_t)bytes,
		.len = sizeof(bytes),
	};
	struct io_uring_cqe result;
	struct ring ring;
	int error;

	if (request.fd < 0)
		skip("it cannot be opened again: %s", strerror(-request.fd));
	if (read(request.fd, bytes, sizeof(bytes)) < 0)
		skip("read(2) fails: %s", strerror(errno));
	lseek(request.fd, 0, SEEK_SET);
	fcntl(request.fd, F_SETFL, 0);
	error = ring_open(&ring);
	if (!error)
		error = ring_submit(&ring, &request);
	if (!error)
		error = ring_reap_within(&ring, &result,
					 target->seconds * 500L);
	MUST(error != -ETIME,
	     "read(2) returns at once, and the same by io_uring does not complete");
	if (error)
		skip("io_uring cannot be used: %s", strerror(-error));
	MUST(result.res >= 0,
	     "read(2) works, and the same by io_uring fails: %s",
	     strerror(-result.res));
}

static void run_ioctl(const struct target *target)
{
	int rc = ioctl(target->fd, _IO('~', 0x7e), 0);

	MUST(rc < 0, "an ioctl that nobody knows returns %d instead of ENOTTY",
	     rc);
	MUST(errno == ENOTTY || errno == ENOSYS || errno == EINVAL,
	     "an ioctl that nobody knows fails with: %s", strerror(errno));
}

const struct check call_checks[] = {
	{ "calls.efault",
	  "read(2) and write(2) with a wrong address say EFAULT.",
	  "copy_to_user() returns what it did not copy; a driver that takes no notice reports success.",
	  "include/linux/uaccess.h: copy_to_user()", WRONG, TOUCH, run_efault },
	{ "calls.end", "read(2) at the end returns 0.",
	  "cat and cp would never end, or copy what is not there.", "read(2)",
	  HARMFUL, TOUCH | SIZE, run_end },
	{ "calls.poll",
	  "When poll(2) says that it can be read, read(2) does not say EAGAIN.",
	  "Event loops would spin, and io_uring would wait for ever.",
	  "include/linux/poll.h", WRONG, TOUCH, run_poll },
	{ "calls.io_uring",
	  "What read(2) returns at once, io_uring returns, too.",
	  "A file without FMODE_NOWAIT is waited for by its poll, which means something else by EPOLLIN: the request never completes.",
	  "io_uring/rw.c: io_file_supports_nowait()", HARMFUL, TOUCH,
	  run_io_uring },
	{ "calls.ioctl", "An ioctl that nobody knows is refused.",
	  "A driver that returns 0 for everything lets programs believe that a feature is there.",
	  "Documentation/driver-api/ioctl.rst: ENOTTY", WRONG, IOCTL,
	  run_ioctl },
	{ 0 }
};
