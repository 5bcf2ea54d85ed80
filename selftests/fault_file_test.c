// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests every failure path of the calls on an open file: opening, reading,
 * writing, splicing and polling it, and reading the files of /proc and debugfs
 * that describe it.
 */
#include <sys/sendfile.h>
#include <sys/uio.h>

#include "buffers.h"
#include "fault_engine.h"

#define PIECES 3

/* open(2) and close(2) */

static long open_run(struct scene *s)
{
	s->made = device_open(O_RDWR);
	return s->made < 0 ? s->made : 0;
}

static const char *open_after(struct scene *s)
{
	if (!s->rc)
		close(s->made);
	return NULL;
}

static void close_before(struct scene *s)
{
	s->made = create_apart(s->kind, DEVICE_SIZE);
}

static long close_run(struct scene *s)
{
	return RC(close(s->made));
}

/* read(2), write(2) and their relatives */

static void split_scratch(struct scene *s, struct iovec *pieces)
{
	size_t length = DEVICE_SIZE / PIECES;
	int i;

	for (i = 0; i < PIECES; i++)
		pieces[i] = (struct iovec){ s->scratch + i * length, length };
}

static void read_before(struct scene *s)
{
	lseek(s->fd, 0, SEEK_SET);
	memset(s->scratch, 0, sizeof(s->scratch));
}

static long read_run(struct scene *s)
{
	return RC(read(s->fd, s->scratch, DEVICE_SIZE));
}

static long preadv_run(struct scene *s)
{
	struct iovec pieces[PIECES];

	split_scratch(s, pieces);
	return RC(preadv(s->fd, pieces, PIECES, 0));
}

static const char *read_after(struct scene *s)
{
	if (lseek(s->fd, 0, SEEK_CUR) != (s->rc > 0 ? s->rc : 0))
		return "the position is not behind what was read";
	return compare_scratch(s);
}

static void write_before(struct scene *s)
{
	lseek(s->fd, 0, SEEK_SET);
	scramble_scratch(s);
}

static long write_run(struct scene *s)
{
	return RC(write(s->fd, s->scratch, DEVICE_SIZE));
}

static long pwritev_run(struct scene *s)
{
	struct iovec pieces[PIECES];

	split_scratch(s, pieces);
	return RC(pwritev(s->fd, pieces, PIECES, 0));
}

static const char *write_after(struct scene *s)
{
	if (lseek(s->fd, 0, SEEK_CUR) != (s->rc > 0 ? s->rc : 0))
		return "the position is not behind what was written";
	return scratch_was_written(s);
}

static long llseek_run(struct scene *s)
{
	return RC(lseek(s->fd, 0, SEEK_END));
}

/* splice(2) and sendfile(2) */

static void full_memfd_before(struct scene *s)
{
	memfd_before(s);
	scramble_scratch(s);
	if (pwrite(s->other, s->scratch, DEVICE_SIZE, 0) != DEVICE_SIZE)
		memset(s->scratch, 0, DEVICE_SIZE);
}

static long sendfile_out_run(struct scene *s)
{
	return RC(sendfile(s->other, s->fd, NULL, DEVICE_SIZE));
}

static long sendfile_in_run(struct scene *s)
{
	return RC(sendfile(s->fd, s->other, NULL, DEVICE_SIZE));
}

static const char *full_memfd_after(struct scene *s)
{
	close(s->other);
	return scratch_was_written(s);
}

static void pipe_before(struct scene *s)
{
	lseek(s->fd, 0, SEEK_SET);
	if (pipe2(s->pipe, O_CLOEXEC | O_NONBLOCK))
		s->pipe[0] = s->pipe[1] = -1;
}

static void full_pipe_before(struct scene *s)
{
	pipe_before(s);
	scramble_scratch(s);
	if (write(s->pipe[1], s->scratch, PART) != PART)
		memset(s->scratch, 0, DEVICE_SIZE);
}

static long splice_out_run(struct scene *s)
{
	return RC(splice(s->fd, NULL, s->pipe[1], NULL, PART, 0));
}

static long splice_in_run(struct scene *s)
{
	return RC(splice(s->pipe[0], NULL, s->fd, NULL, PART, 0));
}

static void close_pipe(struct scene *s)
{
	close(s->pipe[0]);
	close(s->pipe[1]);
}

static const char *pipe_after(struct scene *s)
{
	long there = read(s->pipe[0], s->scratch, PART);

	close_pipe(s);
	if (s->rc > 0 && there != s->rc)
		return "not all of it has arrived";
	return compare_scratch(s);
}

static const char *full_pipe_after(struct scene *s)
{
	close_pipe(s);
	return scratch_was_written(s);
}

/* /proc/PID/fdinfo/FD */

static void fdinfo_before(struct scene *s)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", s->fd);
	s->other = open(path, O_RDONLY | O_CLOEXEC);
	memset(s->scratch, 0, sizeof(s->scratch));
}

static long fdinfo_run(struct scene *s)
{
	long rc = RC(pread(s->other, s->scratch, DEVICE_SIZE - 1, 0));

	return rc < 0 ? rc : 0;
}

static const char *fdinfo_after(struct scene *s)
{
	close(s->other);
	if (s->rc || strstr((char *)s->scratch, "mmapdemo-generation:"))
		return NULL;
	return "it has no line of the driver";
}

/* poll(2) and epoll(7) */

static void poll_before(struct scene *s)
{
	size_t i;

	for (i = 0; i < POLLED; i++)
		s->polled[i] = (struct pollfd){ s->fd, POLLOUT, 0 };
}

static long poll_run(struct scene *s)
{
	return RC(poll(s->polled, POLLED, 0));
}

static void epoll_before(struct scene *s)
{
	s->other = epoll_create1(EPOLL_CLOEXEC);
	s->event = (struct epoll_event){ .events = EPOLLOUT };
}

static long epoll_run(struct scene *s)
{
	return RC(epoll_ctl(s->other, EPOLL_CTL_ADD, s->fd, &s->event));
}

static const char *epoll_after(struct scene *s)
{
	int count = epoll_wait(s->other, &s->event, 1, 0);

	close(s->other);
	return count == !s->rc ? NULL : "it waits for something else";
}

/* A private buffer opened again, and the list of all buffers */

static long reopen_run(struct scene *s)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", s->made);
	s->other = RC(open(path, O_RDONLY | O_CLOEXEC));
	return s->other < 0 ? s->other : 0;
}

static const char *reopen_after(struct scene *s)
{
	struct mmapdemo_info info = {};

	close(s->made);
	if (s->rc)
		return NULL;
	get_info(s->other, &info);
	close(s->other);
	return info.buffer_size == DEVICE_SIZE &&
			       info.properties & MMAPDEMO_INFO_PRIVATE ?
		       NULL :
		       "it opened something else";
}

static long list_run(struct scene *s)
{
	int fd = RC(open(BUFFERS, O_RDONLY | O_CLOEXEC));
	long rc = fd;

	memset(s->scratch, 0, sizeof(s->scratch));
	if (fd >= 0) {
		rc = RC(read(fd, s->scratch, DEVICE_SIZE - 1));
		close(fd);
	}
	return rc < 0 ? rc : 0;
}

static const char *list_after(struct scene *s)
{
	if (s->rc || strstr((char *)s->scratch, "\n0 9000 "))
		return NULL;
	return "it does not list the device's buffer";
}

/* The kernel allocates an object for each open file that requests SIGIO. */

static long fasync_run(struct scene *s)
{
	return RC(fcntl(s->fd, F_SETFL, O_ASYNC));
}

static const char *fasync_after(struct scene *s)
{
	bool on = fcntl(s->fd, F_GETFL) & O_ASYNC;

	fcntl(s->fd, F_SETFL, 0);
	return on == !s->rc ? NULL : "the flag is not what the call said";
}

/* clang-format off */
static const struct call calls[] = {
	{ "open", .run = open_run, .after = open_after,
	  .errors = { ENOMEM, EFAULT } },
	{ "close", .before = close_before, .run = close_run },
	{ "reopen", .before = private_before, .run = reopen_run,
	  .after = reopen_after, .errors = { ENOMEM, EFAULT } },
	{ "read", .before = read_before, .run = read_run, .after = read_after,
	  .result = DEVICE_SIZE, .errors = { EFAULT } },
	{ "preadv", .before = read_before, .run = preadv_run,
	  .after = compare_scratch, .result = DEVICE_SIZE, .partial = true,
	  .errors = { ENOMEM, EFAULT } },
	{ "write", .before = write_before, .run = write_run,
	  .after = write_after, .result = DEVICE_SIZE, .errors = { EFAULT } },
	{ "pwritev", .before = write_before, .run = pwritev_run,
	  .after = scratch_was_written, .result = DEVICE_SIZE, .partial = true,
	  .errors = { ENOMEM, EFAULT } },
	{ "llseek", .run = llseek_run, .result = DEVICE_SIZE },
	{ "sendfile_out", .before = memfd_before, .run = sendfile_out_run,
	  .after = memfd_after, .result = DEVICE_SIZE, .partial = true,
	  .errors = { ENOMEM, EFAULT } },
	{ "sendfile_in", .before = full_memfd_before, .run = sendfile_in_run,
	  .after = full_memfd_after, .result = DEVICE_SIZE, .partial = true,
	  .errors = { ENOMEM, EFAULT } },
	{ "splice_out", .before = pipe_before, .run = splice_out_run,
	  .after = pipe_after, .result = PART, .partial = true,
	  .errors = { ENOMEM, EFAULT } },
	{ "splice_in", .before = full_pipe_before, .run = splice_in_run,
	  .after = full_pipe_after, .result = PART, .partial = true,
	  .errors = { ENOMEM, EFAULT } },
	{ "fdinfo", .before = fdinfo_before, .run = fdinfo_run,
	  .after = fdinfo_after, .errors = { ENOMEM, EFAULT } },
	{ "buffers", .run = list_run, .after = list_after,
	  .errors = { ENOMEM, EFAULT } },
	{ "poll", .before = poll_before, .run = poll_run, .result = POLLED,
	  .errors = { ENOMEM, EFAULT } },
	{ "epoll", .before = epoll_before, .run = epoll_run,
	  .after = epoll_after, .errors = { ENOMEM, EFAULT } },
	{ "fasync", .run = fasync_run, .after = fasync_after,
	  .errors = { ENOMEM } },
};
/* clang-format on */

TEST_CALLS()

TEST_HARNESS_MAIN
