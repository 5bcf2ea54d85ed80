// SPDX-License-Identifier: GPL-2.0-only
/*
 * Many processes at once open, map, read, write, fill, sum up, poll and unmap,
 * some of them killed in the middle. Each owns a stripe of the buffer and
 * checks that nobody else touched it. The work is bounded by count, not time.
 */
#define DEVICE_SIZE (64 << 10)

#include <poll.h>
#include <zlib.h>

#include "device.h"

#define WORKERS 8
#define STRIPE (DEVICE_SIZE / WORKERS)
#define ROUNDS 60

/* A worker's place in its stripe in this round, which is never page aligned */
struct job {
	int fd;
	unsigned char *map; /* of the stripe */
	off_t at;	    /* of the stripe in the buffer */
	uint32_t seed;
	unsigned char want[STRIPE];
};

static bool stripe_is_as_wanted(struct job *job)
{
	unsigned char seen[STRIPE];
	__u32 crc;

	fence();
	return !memcmp(job->map, job->want, STRIPE) &&
	       pread(job->fd, seen, STRIPE, job->at) == STRIPE &&
	       !memcmp(seen, job->want, STRIPE) &&
	       !checksum(job->fd, job->at, STRIPE, &crc) &&
	       crc == crc32(0, job->want, STRIPE);
}

static bool store_by_mapping(struct job *job)
{
	memcpy(job->map, job->want, STRIPE);
	return true;
}

static bool store_by_write(struct job *job)
{
	return pwrite(job->fd, job->want, STRIPE, job->at) == STRIPE;
}

static bool store_by_fill(struct job *job)
{
	unsigned int i;

	for (i = 0; i < STRIPE; i++)
		job->want[i] =
			fill_byte(MMAPDEMO_FILL_COUNT, job->seed, job->at + i);
	return !fill(job->fd, MMAPDEMO_FILL_COUNT, job->at, STRIPE, job->seed);
}

static bool (*const stores[])(struct job *job) = {
	store_by_mapping,
	store_by_write,
	store_by_fill,
};

/* Returns 0, or a number that tells what went wrong. */
static int one_round(struct job *job, int worker, uint32_t round)
{
	struct mmapdemo_mapinfo info;
	struct pollfd p;

	job->at = worker * STRIPE;
	job->seed = worker * 1000003 + round;
	job->fd = device_open(O_RDWR);
	if (job->fd < 0)
		return 10;
	job->map = map_shared(job->fd, STRIPE, RW, job->at);
	if (job->map == MAP_FAILED)
		return 11;
	scramble(job->want, STRIPE, job->seed);
	if (!stores[round % ARRAY_SIZE(stores)](job))
		return 12;
	if (!stripe_is_as_wanted(job))
		return 13;
	if (get_mapinfo(job->fd, job->map, &info) ||
	    info.offset != (__u64)job->at)
		return 14;
	p = (struct pollfd){ .fd = job->fd, .events = POLLIN | POLLOUT };
	if (poll(&p, 1, 0) != 1 || !(p.revents & POLLOUT))
		return 15;
	if (round % 2)
		close(job->fd);
	if (munmap(job->map, STRIPE))
		return 16;
	if (!(round % 2))
		close(job->fd);
	return 0;
}

/* Starts a child that works for some rounds, or until it is killed. */
static pid_t start_worker(int worker, uint32_t rounds)
{
	pid_t pid = fork();
	struct job job;
	uint32_t round;
	int rc = 0;

	if (pid)
		return pid;
	for (round = 0; !rc && (!rounds || round < rounds); round++)
		rc = one_round(&job, worker, round);
	_exit(rc);
}

TEST_F_TIMEOUT(device, many_at_once, 120)
{
	pid_t pids[WORKERS];
	int i;

	for (i = 0; i < WORKERS; i++)
		pids[i] = start_worker(i, ROUNDS);
	for (i = 0; i < WORKERS; i++) {
		EXPECT_EQ(0, child_status(pids[i]))
		{
			TH_LOG("worker %d", i);
		}
	}
}

/*
 * Half of the workers are killed again and again. This must not disturb the
 * others.
 */
TEST_F_TIMEOUT(device, many_at_once_and_some_killed, 120)
{
	pid_t pids[WORKERS];
	int i, kills, status;

	for (i = 0; i < WORKERS; i++)
		pids[i] = start_worker(i, i % 2 ? 0 : ROUNDS / 2);
	for (kills = 0; kills < 5 * WORKERS; kills++) {
		i = kills % (WORKERS / 2) * 2 + 1;
		usleep(1000 + kills % 7 * 500);
		kill(pids[i], SIGKILL);
		status = child_status(pids[i]);
		EXPECT_EQ(-SIGKILL, status)
		{
			TH_LOG("worker %d", i);
		}
		pids[i] = start_worker(i, 0);
	}
	for (i = 0; i < WORKERS; i++) {
		if (i % 2)
			kill(pids[i], SIGKILL);
		EXPECT_EQ(i % 2 ? -SIGKILL : 0, child_status(pids[i]))
		{
			TH_LOG("worker %d", i);
		}
	}
}

/*
 * The module is loaded and unloaded while others try to open the device. It does
 * not crash and can be unloaded in the end.
 */
TEST_F_TIMEOUT(device, unload_while_others_open, 120)
{
	pid_t pids[4];
	size_t i;
	int fd;

	device_release(self);
	for (i = 0; i < ARRAY_SIZE(pids); i++) {
		pids[i] = fork();
		while (!pids[i]) {
			fd = device_open(O_RDWR);
			if (fd >= 0)
				close(fd);
		}
	}
	for (i = 0; i < 10; i++) {
		EXPECT_EQ(0, module_gone());
		EXPECT_EQ(0, device_load(DEVICE_SIZE, &variant->kind));
	}
	for (i = 0; i < ARRAY_SIZE(pids); i++) {
		kill(pids[i], SIGKILL);
		EXPECT_EQ(-SIGKILL, child_status(pids[i]));
	}
	ASSERT_EQ(0, device_renew(self, DEVICE_SIZE, &variant->kind));
}

TEST_HARNESS_MAIN
