// SPDX-License-Identifier: GPL-2.0-only
/*
 * What somebody who may open the device can do to the machine, and cannot:
 * memory, entries of the kernel's page tables, lines in the log, time in which
 * nothing ends it; and that no address of the kernel shows. The other half of
 * the table under Security in the README is tested where the calls are.
 */
#include <sched.h>
#include <sys/resource.h>
#include <sys/uio.h>
#include <time.h>

#include "cgroup.h"
#include "device.h"

#define KIB 1024UL

FIXTURE(opener)
{
	int log;
	int fd;
};

static long load_with_limit(unsigned long mib)
{
	char params[32];
	long rc = module_gone();

	snprintf(params, sizeof(params), "limit_mb=%lu", mib);
	return rc ? rc : module_load(params);
}

FIXTURE_SETUP(opener)
{
	if (module_missing())
		SKIP(return, "%s", module_missing());
	module_taint();
	self->log = log_mark();
	ASSERT_EQ(0, load_with_limit(160));
	self->fd = device_open(O_RDWR);
	ASSERT_LE(0, self->fd);
}

FIXTURE_TEARDOWN(opener)
{
	close(self->fd);
	EXPECT_EQ(0, module_gone());
	EXPECT_LOG_SILENT(self->log);
	close(self->log);
}

/* Tries one call for each reason to refuse. Returns true if all were refused. */
static bool refused_create(int fd, unsigned int i)
{
	switch (i % 8) {
	case 0:
		return create_raw(fd, 0, 1, MMAPDEMO_BACKING_KMALLOC,
				  MMAPDEMO_CACHE_WT) == -EOPNOTSUPP;
	case 1:
		return create_raw(fd, 0, 1, MMAPDEMO_BACKING_SHMEM,
				  MMAPDEMO_CACHE_WC) == -EOPNOTSUPP;
	case 2:
		return create_raw(fd, 0, 1, 4 + i, 0) == -EINVAL;
	case 3:
		return create_raw(fd, 0, 1, 0, 4 + i) == -EINVAL;
	case 4:
		return create_raw(fd, 0, 0, i % 4, 0) == -EINVAL;
	case 5:
		return create_raw(fd, 2U << i % 31, 1, 0, 0) == -EINVAL;
	case 6:
		return create_raw(fd, 0, 200 * MIB, MMAPDEMO_BACKING_VMALLOC,
				  0) == -ENOSPC;
	default:
		return create_raw(fd, 0, 1ULL << 50, 1 + i % 2, 0) == -ENOMEM;
	}
}

static bool refused_mmap(int fd, unsigned int i)
{
	switch (i % 4) {
	case 0:
		return RC(mmap(NULL, 1, PROT_READ | PROT_EXEC, MAP_SHARED, fd,
			       0)) == -EPERM;
	case 1:
		return RC(mmap(NULL, 1, RW, MAP_PRIVATE, fd, 0)) == -EINVAL;
	case 2:
		return RC(map_shared(fd, 1, RW, i * page_size())) == -ENXIO;
	default:
		return RC(map_shared(fd, i * page_size(), RW, 0)) == -ENXIO;
	}
}

static bool refused_ioctl(int fd, unsigned int i)
{
	return RC(ioctl(fd, _IO(MMAPDEMO_IOC_MAGIC, 8 + i % 248), 0)) ==
		       -ENOTTY &&
	       RC(ioctl(fd, MMAPDEMO_IOC_INFO, i)) == -EFAULT &&
	       fill(fd, 0, i + DEVICE_SIZE, 1 << 30, 0) == -EINVAL &&
	       wake_word(fd, 4 * i + 1, 1) == -EINVAL;
}

/* The fixture expects an empty log. */
TEST_F_TIMEOUT(opener, refused_calls_leave_no_line_in_the_log, 120)
{
	unsigned int i, end = kernel_is_instrumented() ? 1008 : 10008;
	pid_t pid = fork();

	if (!pid) {
		become_nobody();
		for (i = 8; i < end; i++)
			if (!refused_create(self->fd, i) ||
			    !refused_mmap(self->fd, i) ||
			    !refused_ioctl(self->fd, i))
				_exit(i % 8 + 1);
		_exit(0);
	}
	EXPECT_EQ(0, child_status(pid));
}

/* A child that creates buffers until that fails, and the pipe that tells how many */
struct maker {
	pid_t pid;
	int done[2];
};

static bool start_maker(struct maker *maker, int fd, const struct kind *kind,
			size_t size)
{
	int count = 0, last;

	if (pipe(maker->done))
		return false;
	maker->pid = fork();
	if (maker->pid)
		return maker->pid > 0;
	do
		last = create(fd, kind, size);
	while (last >= 0 && ++count);
	if (last != -ENOSPC && last != -EMFILE)
		count = -1;
	if (write(maker->done[1], &count, sizeof(count)) < 0)
		_exit(1);
	pause();
	_exit(0);
}

static int makers_count(const struct maker *maker)
{
	int count;

	return read(maker->done[0], &count, sizeof(count)) == sizeof(count) ?
		       count :
		       -1;
}

static void end_maker(struct maker *maker)
{
	kill(maker->pid, SIGKILL);
	child_status(maker->pid);
	close(maker->done[0]);
	close(maker->done[1]);
}

#define MAKERS 8
#define LIMIT 8
#define COST_OF_A_PROCESS_KB 512

/*
 * Of a descriptor and its buffer, beside the pages. A private buffer has an inode
 * and a name of its own: 1.7 KiB in all on 6.1, and 2.9 with shmem, which has a
 * file besides.
 */
static long cost_of_a_buffer_kb(void)
{
	/* A kernel that looks for leaks surrounds and remembers each object */
	return access("/sys/kernel/debug/kmemleak", F_OK) ? 3 : 16;
}

/* The limit holds for many processes and for small buffers. */
TEST_F_TIMEOUT(opener, memory_is_bounded_by_limit_mb, 120)
{
	const struct kind kinds[] = {
		kind_of(MMAPDEMO_BACKING_KMALLOC),
		kind_of(MMAPDEMO_BACKING_VMALLOC),
		{ MMAPDEMO_BACKING_SHMEM, MMAPDEMO_CACHE_WB, true },
		kind_of(MMAPDEMO_BACKING_DMA),
		{ MMAPDEMO_BACKING_KMALLOC, MMAPDEMO_CACHE_UC, false },
	};
	static const size_t sizes[] = { 1, MIB };
	struct maker makers[MAKERS];
	long before, used, count, of_one;
	size_t k, s, i;

	close(self->fd);
	ASSERT_EQ(0, load_with_limit(LIMIT));
	self->fd = device_open(O_RDWR);
	for (k = 0; k < ARRAY_SIZE(kinds); k++) {
		if (!kind_possible(&kinds[k]))
			continue;
		for (s = 0; s < ARRAY_SIZE(sizes); s++) {
			before = free_kb();
			for (i = 0; i < MAKERS; i++)
				ASSERT_TRUE(start_maker(&makers[i], self->fd,
							&kinds[k], sizes[s]));
			for (count = 0, i = 0; i < MAKERS; i++) {
				of_one = makers_count(&makers[i]);
				EXPECT_LE(0, of_one);
				count += of_one;
			}
			used = before - free_kb();
			TH_LOG("%s: %ld buffers of %zu bytes: %ld KiB",
			       backings[kinds[k].backing].name, count, sizes[s],
			       used);
			EXPECT_LE(count * round_up_to_pages(sizes[s]),
				  LIMIT * MIB);
			EXPECT_GT((long)(LIMIT * KIB) +
					  count * cost_of_a_buffer_kb() +
					  MAKERS * COST_OF_A_PROCESS_KB,
				  used);
			for (i = 0; i < MAKERS; i++)
				end_maker(&makers[i]);
		}
	}
}

/* The pages are so far apart that each needs a page table of its own. */
#define APART (2 * MIB)

/* Runs in a cgroup. Maps pages until that fails, or until it is killed. */
static void map_without_end(int fd)
{
	char *at = (char *)0x100000000000;

	put_number(CGROUP "/cgroup.procs", getpid());
	while (mmap(at, 1, RW, MAP_SHARED | MAP_FIXED_NOREPLACE, fd, 0) == at)
		at += APART;
	_exit(errno == ENOMEM ? 0 : 1);
}

/* Page tables are charged to the memory cgroup. */
TEST_F_TIMEOUT(opener, page_tables_are_charged, 120)
{
	static const struct kind kind = { MMAPDEMO_BACKING_VMALLOC };
	int fd, status;
	pid_t pid;

	if (cgroup_missing())
		SKIP(return, "%s", cgroup_missing());
	if (access(CGROUP "/memory.peak", F_OK))
		SKIP(return, "no memory.peak");
	put_number(CGROUP "/memory.max", 20 * MIB);
	fd = create(self->fd, &kind, 1);
	ASSERT_LE(0, fd);
	pid = fork();
	if (!pid)
		map_without_end(fd);
	status = child_status(pid);
	EXPECT_TRUE(status == 0 || status == -SIGKILL)
	{
		TH_LOG("status %d", status);
	}
	EXPECT_GE(20 * MIB, get_number(CGROUP "/memory.peak"));
	EXPECT_LT(16 * MIB, get_number(CGROUP "/memory.peak"));
	close(fd);
	EXPECT_EQ(0, rmdir(CGROUP));
	/* The kernel logs the kill. The driver has no part in it. */
	lseek(self->log, 0, SEEK_END);
}

/* Sizes of the entries of the direct map */
struct direct_map {
	long kb_4k, kb_all;
};

static struct direct_map direct_map(void)
{
	struct direct_map map = { .kb_4k = meminfo_kb("DirectMap4k") };
	long kb_1g = meminfo_kb("DirectMap1G");

	map.kb_all =
		map.kb_4k + meminfo_kb("DirectMap2M") + (kb_1g < 0 ? 0 : kb_1g);
	return map;
}

static int create_many(int fd, const struct kind *kind, int *fds, int max)
{
	int count = 0;

	while (count < max) {
		fds[count] = create(fd, kind, 1);
		if (fds[count] < 0)
			break;
		count++;
	}
	return count;
}

#define SPLITTERS 64
#define SPLIT_BY_OTHERS 4

/* Returns how many KiB of the direct map went from large entries to small ones. */
static long split_kb(struct __test_metadata *_metadata, int fd,
		     const struct kind *kind)
{
	struct direct_map before = direct_map(), after;
	int fds[SPLITTERS], count, i;

	count = create_many(fd, kind, fds, SPLITTERS);
	EXPECT_EQ(SPLITTERS, count);
	after = direct_map();
	for (i = 0; i < count; i++)
		close(fds[i]);
	EXPECT_EQ(before.kb_all, after.kb_all);
	return after.kb_4k - before.kb_4k;
}

/*
 * No attribute splits an entry, since whole entries are changed. Loading the
 * module splits some as well, so the best round counts for wb. A split is
 * permanent, so for wc and uc all rounds count.
 */
TEST_F_TIMEOUT(opener, direct_map_is_not_split, 120)
{
	static const struct kind kinds[] = {
		{ MMAPDEMO_BACKING_KMALLOC, MMAPDEMO_CACHE_WB, false },
		{ MMAPDEMO_BACKING_VMALLOC, MMAPDEMO_CACHE_WB, false },
		{ MMAPDEMO_BACKING_SHMEM, MMAPDEMO_CACHE_WB, false },
		{ MMAPDEMO_BACKING_DMA, MMAPDEMO_CACHE_WB, false },
		{ MMAPDEMO_BACKING_KMALLOC, MMAPDEMO_CACHE_UC, false },
		{ MMAPDEMO_BACKING_KMALLOC, MMAPDEMO_CACHE_WC, false },
	};
	long kb, least, most;
	int round;
	size_t k;

	if (meminfo_kb("DirectMap2M") < 0)
		SKIP(return, "no DirectMap2M in /proc/meminfo");
	for (k = 0; k < ARRAY_SIZE(kinds); k++) {
		if (!kind_possible(&kinds[k]))
			continue;
		least = LONG_MAX;
		most = 0;
		for (round = 0; round < 5; round++) {
			kb = split_kb(_metadata, self->fd, &kinds[k]);
			least = kb < least ? kb : least;
			most = kb > most ? kb : most;
		}
		TH_LOG("%s %s: %ld to %ld KiB more in small entries",
		       backings[kinds[k].backing].name,
		       cache_names[kinds[k].cache], least, most);
		EXPECT_EQ(0, least);
		EXPECT_GE(kinds[k].cache == MMAPDEMO_CACHE_WB ?
				  SPLIT_BY_OTHERS * 2048 :
				  0,
			  most);
	}
}

/* Returns true for an address in the upper half, which belongs to the kernel. */
static bool is_kernel_address(uint64_t word)
{
	return word >> 47 == 0x1ffff && word != ~0ULL;
}

static bool has_kernel_address(const void *p, size_t size)
{
	uint64_t word;
	size_t at;

	for (at = 0; at + sizeof(word) <= size; at += 4) {
		memcpy(&word, (const char *)p + at, sizeof(word));
		if (is_kernel_address(word))
			return true;
	}
	return false;
}

/* Returns true if a text contains a kernel address in hexadecimal digits. */
static bool file_has_kernel_address(const char *path)
{
	char *line = NULL, *p;
	bool found = false;
	size_t space = 0;
	FILE *f = fopen(path, "re");

	while (f && !found && getline(&line, &space, f) > 0)
		for (p = line; !found && (p = strstr(p, "ffff")); p++)
			found = strspn(p, "0123456789abcdefABCDEF") >= 16 &&
				!strstr(line, "[vsyscall]");
	free(line);
	if (f)
		fclose(f);
	return found;
}

/*
 * Checks the structs that the kernel writes back. Returns 0, or the number of the
 * one that contains an address.
 */
static int scan_structs(int fd, const void *map)
{
	struct mmapdemo_mapinfo mapinfo;
	struct mmapdemo_info info;
	struct mmapdemo_checksum sum = { .size = sizeof(sum), .length = 1 };

	if (get_info(fd, &info) || has_kernel_address(&info, sizeof(info)))
		return 1;
	if (get_mapinfo(fd, map, &mapinfo) ||
	    has_kernel_address(&mapinfo, sizeof(mapinfo)))
		return 2;
	if (RC(ioctl(fd, MMAPDEMO_IOC_CHECKSUM, &sum)) ||
	    has_kernel_address(&sum, sizeof(sum)))
		return 3;
	return 0;
}

static int scan_files(int fd)
{
	static const char *const paths[] = {
		"/proc/self/maps",
		"/proc/self/smaps",
		"/proc/self/numa_maps",
		"/proc/misc",
		"/proc/modules",
		"/sys/module/" MODULE_NAME "/parameters/size",
		"/sys/class/misc/" MODULE_NAME "/uevent",
		"/sys/devices/platform/" MODULE_NAME "/uevent",
	};
	char path[64];
	size_t i;

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	if (file_has_kernel_address(path))
		return 10;
	for (i = 0; i < ARRAY_SIZE(paths); i++)
		if (file_has_kernel_address(paths[i]))
			return 11 + i;
	return 0;
}

TEST_F(device, no_kernel_address_is_shown)
{
	pid_t pid = fork();
	int wrong;

	if (!pid) {
		become_nobody();
		self->map = map_shared(self->fd, self->mapped, RW, 0);
		touch_pages(self->map, self->mapped, false);
		wrong = scan_structs(self->fd, self->map);
		if (!wrong)
			wrong = scan_files(self->fd);
		if (!wrong && has_kernel_address(self->map, self->mapped))
			wrong = 30;
		_exit(wrong);
	}
	EXPECT_EQ(0, child_status(pid));
}

/* Sizes for the calls that take long: see long_calls. */
#define LONG (96 * MIB)
#define PARTS 768

static void do_fill(int fd)
{
	fill(fd, 0, 0, LONG, 1);
}

static void do_checksum(int fd)
{
	__u32 crc;

	checksum(fd, 0, LONG, &crc);
}

/*
 * All parts of the vector use the same memory, so that only the buffer is large.
 */
static void do_vector(int fd, ssize_t (*call)(int fd, const struct iovec *iov,
					      int count, off_t offset))
{
	static char part[LONG / PARTS];
	struct iovec iov[PARTS];
	size_t i;

	for (i = 0; i < PARTS; i++)
		iov[i] = (struct iovec){ part, sizeof(part) };
	call(fd, iov, PARTS, 0);
}

static void do_read(int fd)
{
	do_vector(fd, preadv);
}

static void do_write(int fd)
{
	do_vector(fd, pwritev);
}

static void do_mmap(int fd)
{
	map_shared(fd, LONG, RW, 0);
}

static void do_info(int fd)
{
	struct mmapdemo_info info;

	get_info(fd, &info);
}

/* The calls whose time grows with the buffer. */
static const struct long_call {
	const char *name;
	void (*make)(int fd);
} long_calls[] = {
	{ "FILL", do_fill },   { "CHECKSUM", do_checksum }, { "read", do_read },
	{ "write", do_write }, { "mmap", do_mmap },	    { "INFO", do_info },
};

static long now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

/* Shared by a child and its parent, about the child's call */
struct call_times {
	volatile long begin, end;
};

/*
 * The child has a timer of its own. However late the machine runs it, the call
 * does not proceed in the meantime.
 */
static void die_after(long us)
{
	struct sigevent event = { .sigev_notify = SIGEV_SIGNAL,
				  .sigev_signo = SIGKILL };
	struct itimerspec time = { .it_value = { us / 1000000,
						 us % 1000000 * 1000 } };
	timer_t timer;

	if (timer_create(CLOCK_MONOTONIC, &event, &timer) ||
	    timer_settime(timer, 0, &time, NULL))
		_exit(1);
}

/* Makes the call in a child, which is killed after some time if that is not 0. */
static void make_call(const struct long_call *call, int fd,
		      struct call_times *times, long killed_after)
{
	pid_t pid;

	times->begin = 0;
	times->end = 0;
	pid = fork();
	if (pid) {
		child_status(pid);
		return;
	}
	if (killed_after)
		die_after(killed_after);
	times->begin = now_us();
	call->make(fd);
	times->end = now_us();
	_exit(0);
}

/* Returns the time of the fastest of some calls. */
static long time_of(const struct long_call *call, int fd,
		    struct call_times *times)
{
	long best = -1, us;
	int i;

	for (i = 0; i < 8; i++) {
		make_call(call, fd, times, 0);
		us = times->end - times->begin;
		if (best < 0 || us < best)
			best = us;
	}
	return best;
}

/*
 * Returns how long it takes from the signal until the process is gone, or -1 if
 * the call was over before.
 */
static long time_when_killed(const struct long_call *call, int fd,
			     struct call_times *times, long killed_after)
{
	make_call(call, fd, times, killed_after);
	return times->begin && !times->end ? now_us() - times->begin : -1;
}

/*
 * Returns true if the clock is finer than an eighth of this time. A clock of
 * jiffies may not be.
 */
static bool measurable(long us)
{
	struct timespec tick;

	clock_getres(CLOCK_MONOTONIC, &tick);
	return us > 16 * tick.tv_nsec / 1000;
}

/*
 * With mmap_prepare the kernel itself maps the pages, and does not stop for a
 * signal.
 */
static bool is_ours(const struct long_call *call)
{
	return call->make != do_mmap ||
	       !file_has_word("/proc/kallsyms", "",
			      "map_kernel_pages_complete");
}

#define TRIES 300

/* The host may be busy, so one good try out of many is enough. */
TEST_F_TIMEOUT(opener, long_calls_end_when_killed, 240)
{
	static const struct kind kind = { MMAPDEMO_BACKING_VMALLOC };
	struct call_times *times;
	long full, us;
	size_t i;
	int fd, try;

	if (kernel_is_instrumented())
		SKIP(return, "looking at each access takes the time");
	times = mmap(NULL, page_size(), RW, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	fd = create(self->fd, &kind, LONG);
	ASSERT_LE(0, fd);
	for (i = 0; i < ARRAY_SIZE(long_calls); i++) {
		if (!is_ours(&long_calls[i]))
			continue;
		full = time_of(&long_calls[i], fd, times);
		us = -1;
		for (try = 0; measurable(full) && try < TRIES; try++) {
			us = time_when_killed(&long_calls[i], fd, times,
					      full / 8);
			if (us >= 0 && us < full / 2)
				break;
		}
		TH_LOG("%s: takes %ld us, %ld us when killed, at try %d",
		       long_calls[i].name, full, us, try + 1);
		EXPECT_GT(TRIES, try);
	}
	close(fd);
	munmap(times, page_size());
}

/* Binds this process to one processor, in real time; not so its children */
static bool runs_first(void)
{
	struct sched_param first = { .sched_priority = 1 };
	cpu_set_t one;

	CPU_ZERO(&one);
	CPU_SET(sched_getcpu(), &one);
	return !sched_setaffinity(0, sizeof(one), &one) &&
	       !sched_setscheduler(0, SCHED_FIFO | SCHED_RESET_ON_FORK, &first);
}

/*
 * Returns the longest time for which a child's call kept this process from
 * running.
 */
static long longest_gap(const struct long_call *call, int fd,
			struct call_times *times, long step)
{
	long gap = 0, last, now, from, end;
	pid_t pid;

	times->begin = 0;
	times->end = 0;
	last = now_us();
	pid = fork();
	if (!pid) {
		times->begin = now_us();
		call->make(fd);
		times->end = now_us();
		_exit(0);
	}
	do {
		usleep(step);
		end = times->end;
		now = end ? end : now_us();
		from = times->begin > last ? times->begin : last;
		if (times->begin && now - from > gap)
			gap = now - from;
		last = now;
	} while (!end);
	child_status(pid);
	return gap;
}

#define TURNS 100

/*
 * A call reschedules often enough. The host may be busy, so one good turn out of
 * many is enough.
 */
TEST_F_TIMEOUT(opener, long_calls_let_others_run, 240)
{
	static const struct kind kind = { MMAPDEMO_BACKING_VMALLOC };
	struct call_times *times;
	long full, gap = 0;
	size_t i;
	int fd, try;

	if (kernel_is_instrumented())
		SKIP(return, "looking at each access takes the time");
	times = mmap(NULL, page_size(), RW, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	fd = create(self->fd, &kind, LONG);
	ASSERT_LE(0, fd);
	ASSERT_TRUE(runs_first());
	for (i = 0; i < ARRAY_SIZE(long_calls); i++) {
		if (!is_ours(&long_calls[i]))
			continue;
		full = time_of(&long_calls[i], fd, times);
		for (try = 0; measurable(full) && try < TURNS; try++) {
			gap = longest_gap(&long_calls[i], fd, times, full / 16);
			if (gap < full / 2)
				break;
		}
		TH_LOG("%s: takes %ld us, others wait for %ld us, at try %d",
		       long_calls[i].name, full, gap, try + 1);
		EXPECT_GT(TURNS, try);
	}
	close(fd);
	munmap(times, page_size());
}

TEST_HARNESS_MAIN
