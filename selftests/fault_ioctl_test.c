// SPDX-License-Identifier: GPL-2.0-only
/* Tests every failure path of the ioctl commands. */
#include <sys/time.h>
#include <zlib.h>

#include "fault_engine.h"

static bool has_attribute(const struct kind *kind)
{
	return kind->cache != MMAPDEMO_CACHE_WB && !kind->lazy;
}

/* INFO, MAPINFO, FILL, CHECKSUM and CREATE */

static long info_run(struct scene *s)
{
	return get_info(s->fd, &s->info);
}

static const char *info_after(struct scene *s)
{
	if (s->rc || (s->info.buffer_size == DEVICE_SIZE &&
		      s->info.cache_effective == s->kind->cache))
		return NULL;
	return "it describes something else";
}

static long mapinfo_run(struct scene *s)
{
	return get_mapinfo(s->fd, s->map, &s->mapinfo);
}

static const char *mapinfo_after(struct scene *s)
{
	if (s->rc || ((s->mapinfo.properties & MMAPDEMO_MAPINFO_PRESENT) &&
		      s->mapinfo.cache == s->kind->cache))
		return NULL;
	return "it describes something else";
}

static long fill_run(struct scene *s)
{
	return fill(s->fd, MMAPDEMO_FILL_COUNT, 0, DEVICE_SIZE, PATTERN);
}

static const char *fill_after(struct scene *s)
{
	if (!s->rc)
		fill_expected(s->content, MMAPDEMO_FILL_COUNT, 0, DEVICE_SIZE,
			      PATTERN);
	return NULL;
}

static long checksum_run(struct scene *s)
{
	return checksum(s->fd, 0, DEVICE_SIZE, &s->crc);
}

static const char *checksum_after(struct scene *s)
{
	if (s->rc || s->crc == crc32(0, s->content, DEVICE_SIZE))
		return NULL;
	return "it is the checksum of something else";
}

/*
 * An opener's first CREATE mounts the file system of private buffers. Closing
 * the opener unmounts it.
 */
static void create_before(struct scene *s)
{
	s->opener = device_open(O_RDWR);
}

static long create_of(struct scene *s, size_t size)
{
	s->made = create(s->opener, s->kind, size);
	return s->made < 0 ? s->made : 0;
}

static long create_run(struct scene *s)
{
	return create_of(s, DEVICE_SIZE);
}

static const char *create_after(struct scene *s)
{
	struct mmapdemo_info info;
	int rc;

	close(s->opener);
	if (s->rc)
		return NULL;
	rc = get_info(s->made, &info);
	close(s->made);
	if (rc || info.cache_effective != s->kind->cache ||
	    info.backing != s->kind->backing)
		return "it made something else";
	return NULL;
}

/*
 * Creates one buffer before the call. So the file system is already mounted,
 * and a block may exist.
 */
static void create_again_before(struct scene *s)
{
	create_before(s);
	s->other = create(s->opener, s->kind, DEVICE_SIZE);
}

static const char *create_again_after(struct scene *s)
{
	close(s->other);
	return create_after(s);
}

/*
 * A buffer whose block has more than one entry of the direct map. Setting the
 * attribute allocates nothing, because whole entries need no split.
 */
#define LARGE_SIZE (3UL << 20)

static long create_large_run(struct scene *s)
{
	return create_of(s, LARGE_SIZE);
}

/* SEAL of a private buffer */

static const char *private_after(struct scene *s)
{
	close(s->made);
	return NULL;
}

static long seal_run(struct scene *s)
{
	struct mmapdemo_seal seal = { .size = sizeof(seal),
				      .add = MMAPDEMO_SEAL_WRITE };

	return RC(ioctl(s->made, MMAPDEMO_IOC_SEAL, &seal));
}

static const char *seal_after(struct scene *s)
{
	long written = RC(pwrite(s->made, "x", 1, 0));

	close(s->made);
	return !s->rc && written != -EPERM ? "it is not sealed" : NULL;
}

/* WAIT and WAKE */

static void wait_before(struct scene *s)
{
	s->wait = (struct mmapdemo_wait){ .size = sizeof(s->wait) };
	memcpy(&s->wait.expected, s->content, sizeof(s->wait.expected));
}

static long wait_run(struct scene *s)
{
	return RC(ioctl(s->fd, MMAPDEMO_IOC_WAIT, &s->wait));
}

static void wait_changed_before(struct scene *s)
{
	wait_before(s);
	s->wait.expected++;
}

static void wait_timeout_before(struct scene *s)
{
	wait_before(s);
	s->wait.flags = MMAPDEMO_WAIT_TIMEOUT;
	s->wait.timeout = 1;
}

static long wait_timeout_run(struct scene *s)
{
	long rc = wait_run(s);

	return rc == -ETIMEDOUT ? 0 : rc;
}

/* The first WAIT on a buffer allocates its wait queues. */
static long wait_first_run(struct scene *s)
{
	long rc = wait_word(s->made, 0, 0, 1);

	return rc == -ETIMEDOUT ? 0 : rc;
}

static void alarm_rings(int sig)
{
}

#define TEN_SECONDS 10000000000ULL

/*
 * Sends the signal again and again, because the first may arrive before WAIT
 * sleeps.
 */
static void wait_signal_before(struct scene *s)
{
	static const struct itimerval often = { { 0, 20000 }, { 0, 20000 } };
	static const struct sigaction act = { .sa_handler = alarm_rings };

	wait_before(s);
	s->wait.flags = MMAPDEMO_WAIT_TIMEOUT;
	s->wait.timeout = TEN_SECONDS;
	sigaction(SIGALRM, &act, NULL);
	setitimer(ITIMER_REAL, &often, NULL);
}

static long wait_signal_run(struct scene *s)
{
	long rc = wait_run(s);

	return rc == -EINTR ? 0 : rc;
}

/*
 * WAIT writes the remaining time back, unless the failure hits that very copy.
 * It must not be more than before.
 */
static const char *wait_signal_after(struct scene *s)
{
	static const struct itimerval never;

	setitimer(ITIMER_REAL, &never, NULL);
	signal(SIGALRM, SIG_DFL);
	return s->wait.timeout <= TEN_SECONDS ? NULL : "more time is left";
}

static long wake_run(struct scene *s)
{
	return wake_word(s->fd, 0, 1);
}

/* clang-format off */
static const struct call calls[] = {
	{ "INFO", .run = info_run, .after = info_after, .errors = { EFAULT } },
	{ "MAPINFO", .run = mapinfo_run, .after = mapinfo_after,
	  .errors = { EFAULT } },
	{ "FILL", .run = fill_run, .after = fill_after, .errors = { EFAULT } },
	{ "CHECKSUM", .run = checksum_run, .after = checksum_after,
	  .errors = { EFAULT } },
	{ "CREATE", .before = create_before, .run = create_run,
	  .after = create_after, .errors = { ENOMEM, EFAULT } },
	{ "CREATE_again", .before = create_again_before, .run = create_run,
	  .after = create_again_after, .errors = { ENOMEM, EFAULT } },
	{ "CREATE_large", .possible = has_attribute, .before = create_before,
	  .run = create_large_run, .after = create_after, .all_write_back = true,
	  .errors = { ENOMEM, EFAULT } },
	{ "SEAL", .before = private_before, .run = seal_run,
	  .after = seal_after, .errors = { EFAULT } },
	{ "WAIT_first", .before = private_before, .run = wait_first_run,
	  .after = private_after, .errors = { ENOMEM, EFAULT } },
	{ "WAIT", .before = wait_changed_before, .run = wait_run,
	  .errors = { EFAULT } },
	{ "WAIT_timeout", .before = wait_timeout_before,
	  .run = wait_timeout_run, .errors = { ENOMEM, EFAULT } },
	{ "WAIT_signal", .before = wait_signal_before, .run = wait_signal_run,
	  .after = wait_signal_after, .only_driver = true,
	  .errors = { EFAULT } },
	{ "WAKE", .run = wake_run, .errors = { EFAULT } },
};
/* clang-format on */

TEST_CALLS()

TEST_HARNESS_MAIN
