// SPDX-License-Identifier: GPL-2.0-only
/*
 * Everything at once: processes make buffers of all kinds and use them by every
 * call, alone and together, while others are killed in the middle or run into
 * their memory cgroup's limit. Bounded by rounds. Afterwards nothing is left.
 */
#include <poll.h>

#include "cgroup.h"
#include "device.h"

#define RW (PROT_READ | PROT_WRITE)
#define WORKERS 6
#define ROUNDS 60
#define KILLS 40
/* The end of each buffer: KCSAN takes a microsecond for each word that is. */
#define FILLED (64 << 10)

static const struct kind kinds[] = {
	{ MMAPDEMO_BACKING_KMALLOC, MMAPDEMO_CACHE_WB, false },
	{ MMAPDEMO_BACKING_KMALLOC, MMAPDEMO_CACHE_WB, true },
	{ MMAPDEMO_BACKING_KMALLOC, MMAPDEMO_CACHE_WC, true },
	{ MMAPDEMO_BACKING_KMALLOC, MMAPDEMO_CACHE_UC, false },
	{ MMAPDEMO_BACKING_VMALLOC, MMAPDEMO_CACHE_WB, false },
	{ MMAPDEMO_BACKING_VMALLOC, MMAPDEMO_CACHE_WB, true },
	{ MMAPDEMO_BACKING_SHMEM, MMAPDEMO_CACHE_WB, false },
	{ MMAPDEMO_BACKING_SHMEM, MMAPDEMO_CACHE_WB, true },
	{ MMAPDEMO_BACKING_DMA, MMAPDEMO_CACHE_WB, false },
	{ MMAPDEMO_BACKING_DMA, MMAPDEMO_CACHE_WC, false },
};

/* One whose memory is charged to a cgroup, wherever it comes from */
static const struct kind *charged_kind(unsigned int n)
{
	const struct kind *kind = &kinds[n % ARRAY_SIZE(kinds)];

	return kind->backing != MMAPDEMO_BACKING_DMA && kind_possible(kind) ?
		       kind :
		       &kinds[0];
}

static __u64 size_of_round(unsigned int round)
{
	static const __u64 sizes[] = { 1, 5000, 70000, 1 << 20, 4 << 20 };

	return sizes[round % ARRAY_SIZE(sizes)];
}

/* A child of the child: the other end of the words at 0 and 4. */
static pid_t start_partner(int fd)
{
	pid_t pid = fork();
	__u32 one = 1;

	if (pid)
		return pid;
	if (wait_word(fd, 0, 0, 20000000000ULL))
		_exit(1);
	_exit(pwrite(fd, &one, 4, 4) != 4);
}

/* 0, or a number that tells what went wrong */
static int use(int fd, unsigned char *map, __u64 size)
{
	struct pollfd p = { .fd = fd, .events = POLLIN | POLLOUT };
	__u64 end = size < FILLED ? size : FILLED;
	struct mmapdemo_mapinfo info;
	unsigned char byte;
	pid_t partner;
	__u32 crc;

	if (fill(fd, 0, size - end, end, 0x5a5a5a5a5a5a5a5a) ||
	    map[size - 1] != 0x5a)
		return 20;
	map[0] = 0x5b;
	fence();
	if (pread(fd, &byte, 1, 0) != 1 || byte != 0x5b)
		return 21;
	if (get_mapinfo(fd, map, &info) || checksum(fd, 0, size, &crc))
		return 22;
	if (poll(&p, 1, 0) != 1 || p.revents != (POLLIN | POLLOUT))
		return 23;
	if (size < 8)
		return 0;
	if (fill(fd, 0, 0, 8, 0))
		return 24;
	partner = start_partner(fd);
	if (partner < 0)
		return 0;
	map[0] = 1;
	fence();
	if (wake_word(fd, 0, 1) < 0 || wait_word(fd, 4, 0, 20000000000ULL))
		return 25;
	return child_status(partner) ? 26 : 0;
}

static int one_round(int device, unsigned int round)
{
	const struct kind *kind = &kinds[round % ARRAY_SIZE(kinds)];
	__u64 size = size_of_round(round / ARRAY_SIZE(kinds) + round);
	size_t mapped = round_up_to_pages(size);
	unsigned char *map;
	int fd, rc;

	if (!kind_possible(kind))
		return 0;
	fd = create(device, kind, size);
	if (fd == -ENOMEM || fd == -ENOSPC)
		return 0;
	if (fd < 0)
		return 10;
	map = map_shared(fd, mapped, RW, 0);
	if (map == MAP_FAILED) {
		rc = errno == ENOMEM ? 0 : 11;
		close(fd);
		return rc;
	}
	rc = use(fd, map, size);
	if (round % 2)
		close(fd);
	munmap(map, mapped);
	if (!(round % 2))
		close(fd);
	return rc;
}

/* A process group of its own, so that its partners can be killed with it. */
static pid_t start_worker(int device, unsigned int seed, unsigned int rounds)
{
	pid_t pid = fork();
	unsigned int i;
	int rc = 0;

	if (pid) {
		setpgid(pid, pid);
		return pid;
	}
	setpgid(0, 0);
	for (i = 0; !rc && (!rounds || i < rounds); i++)
		rc = one_round(device, seed + i);
	_exit(rc);
}

/* Uses up what its cgroup has, again and again, and gives it back. */
static pid_t start_glutton(int device)
{
	pid_t pid = fork();
	int fds[64], i, n, refused = 0;

	if (pid)
		return pid;
	put_number(CGROUP "/cgroup.procs", getpid());
	for (i = 0; i < ROUNDS / 4; i++) {
		for (n = 0; n < 64; n++) {
			fds[n] = create(device, charged_kind(n), 1 << 20);
			if (fds[n] < 0)
				break;
		}
		refused += n < 64 && fds[n] == -ENOMEM;
		while (n)
			close(fds[--n]);
	}
	_exit(refused == ROUNDS / 4 ? 0 : 1);
}

FIXTURE(chaos)
{
	int log;
	int fd;
};

FIXTURE_SETUP(chaos)
{
	static const struct kind plain;

	if (module_missing())
		SKIP(return, "%s", module_missing());
	module_taint();
	self->log = log_mark();
	ASSERT_EQ(0, device_load(DEVICE_SIZE, &plain));
	self->fd = device_open(O_RDWR);
	ASSERT_LE(0, self->fd);
}

FIXTURE_TEARDOWN(chaos)
{
	close(self->fd);
	EXPECT_EQ(0, module_gone());
	EXPECT_LOG_SILENT(self->log);
	close(self->log);
}

TEST_F_TIMEOUT(chaos, everything_at_once, 250)
{
	pid_t pids[WORKERS], victims[2], glutton = -1;
	unsigned int i, v;
	long before;

	/* What the kernel keeps for itself is taken before we look. */
	for (i = 0; i < 2 * ARRAY_SIZE(kinds); i++)
		ASSERT_EQ(0, one_round(self->fd, i));
	before = free_kb();

	if (!cgroup_missing()) {
		put_number(CGROUP "/memory.max", 20 * MIB);
		glutton = start_glutton(self->fd);
	}
	for (i = 0; i < WORKERS; i++)
		pids[i] = start_worker(self->fd, i * 7, ROUNDS);
	for (v = 0; v < ARRAY_SIZE(victims); v++)
		victims[v] = start_worker(self->fd, v, 0);
	for (i = 0; i < KILLS; i++) {
		v = i % ARRAY_SIZE(victims);
		usleep(2000 + i % 11 * 1700);
		kill(-victims[v], SIGKILL);
		EXPECT_EQ(-SIGKILL, child_status(victims[v]));
		victims[v] = start_worker(self->fd, i * 3, 0);
	}
	for (v = 0; v < ARRAY_SIZE(victims); v++) {
		kill(-victims[v], SIGKILL);
		EXPECT_EQ(-SIGKILL, child_status(victims[v]));
	}
	for (i = 0; i < WORKERS; i++) {
		EXPECT_EQ(0, child_status(pids[i]))
		{
			TH_LOG("worker %u", i);
		}
	}
	if (glutton > 0) {
		EXPECT_EQ(0, child_status(glutton));
		EXPECT_EQ(0, rmdir(CGROUP));
	}
	EXPECT_MEMORY_BACK(8 << 10, before);
}

TEST_HARNESS_MAIN
