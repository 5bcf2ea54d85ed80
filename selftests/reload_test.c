// SPDX-License-Identifier: GPL-2.0-only
/*
 * The module comes and goes 200 times, with every kind of buffer, while its own
 * users come and go and the machine is busy with others: memory, files, devices
 * and processes. In the end everything that the kernel counts is as it was.
 */
#include <dirent.h>

#include "device.h"

#define RELOADS 200

/*
 * Other processes use memory, too. One page lost in each reload would be 800 KiB.
 */
#define TOLERANCE_KB (8 * 1024)
/* Objects of one slab cache. One lost in each reload would be 200. */
#define TOLERANCE_OBJECTS 100

static const struct kind kinds[] = {
	{ MMAPDEMO_BACKING_KMALLOC, MMAPDEMO_CACHE_WC, false },
	{ MMAPDEMO_BACKING_VMALLOC, MMAPDEMO_CACHE_WB, false },
	{ MMAPDEMO_BACKING_KMALLOC, MMAPDEMO_CACHE_UC, true },
	{ MMAPDEMO_BACKING_SHMEM, MMAPDEMO_CACHE_WB, true },
	{ MMAPDEMO_BACKING_DMA, MMAPDEMO_CACHE_WB, false },
	{ MMAPDEMO_BACKING_KMALLOC, MMAPDEMO_CACHE_WB, true },
};

/* Each function is one step. A child repeats it until it is killed. */

static void use_memory(void)
{
	size_t length = 16 << 20;
	unsigned char *p =
		mmap(NULL, length, RW, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		return;
	touch_pages(p, length, true);
	munmap(p, length);
}

static void use_files(void)
{
	static char data[1 << 20];
	int fd = open("/tmp", O_TMPFILE | O_RDWR, 0600);

	if (pwrite(fd, data, sizeof(data), 0) > 0)
		(void)!pread(fd, data, sizeof(data), 0);
	close(fd);
}

static void use_devices(void)
{
	static const char *const names[] = { "/dev/zero", "/dev/full",
					     "/dev/urandom", "/dev/null",
					     "/dev/kmsg" };
	char byte;
	size_t i;
	int fd;

	for (i = 0; i < ARRAY_SIZE(names); i++) {
		fd = open(names[i], O_RDWR | O_NONBLOCK | O_CLOEXEC);
		if (i < 3)
			(void)!read(fd, &byte, 1);
		close(fd);
	}
}

static void use_processes(void)
{
	pid_t pid = fork();

	if (!pid)
		_exit(0);
	child_status(pid);
}

/*
 * Pauses for as long as it takes to allocate a block, so that the module can be
 * unloaded.
 */
static void use_module(void)
{
	int fd = device_open(O_RDWR), private;
	char *map;

	if (fd >= 0) {
		private =
			create(fd, &kinds[getpid() % ARRAY_SIZE(kinds)], 5000);
		map = map_shared(private, 5000, RW, 0);
		if (map != MAP_FAILED) {
			map[0] = 1;
			munmap(map, 5000);
		}
		close(private);
		close(fd);
	}
	usleep(20000);
}

static void (*const loads[])(void) = { use_memory,    use_files,  use_devices,
				       use_processes, use_module, use_module };

#define LOADS ARRAY_SIZE(loads)

/* These children use the processor time that the reloads leave. */
static void start_loads(pid_t pids[LOADS])
{
	size_t i;

	for (i = 0; i < LOADS; i++) {
		pids[i] = fork();
		if (!pids[i])
			(void)!nice(19);
		while (!pids[i])
			loads[i]();
	}
}

static void end_loads(const pid_t pids[LOADS])
{
	size_t i;

	for (i = 0; i < LOADS; i++) {
		kill(pids[i], SIGKILL);
		child_status(pids[i]);
	}
}

/*
 * Loads the module, uses it, and unloads it as soon as nobody uses it. 0 or -errno
 */
static long reload(const struct kind *kind)
{
	long rc = device_load(300000, kind);
	unsigned char *map;
	int fd;

	if (rc)
		return rc;
	fd = device_open(O_RDWR);
	map = map_shared(fd, 300000, RW, 0);
	if (map == MAP_FAILED)
		return -errno;
	map[299999] = 1;
	munmap(map, 300000);
	close(fd);
	return module_gone();
}

/* Files of slab caches. A write to one makes its cache free what it only keeps. */
struct shrinks {
	int count;
	int fds[512];
};

/*
 * The file is opened once, since each open leaves an object that is freed seconds
 * later.
 */
static void open_shrinks(struct shrinks *shrinks)
{
	DIR *dir = opendir("/sys/kernel/slab");
	struct dirent *entry;
	char path[300];
	int fd;

	while (dir && (entry = readdir(dir)) &&
	       shrinks->count < (int)ARRAY_SIZE(shrinks->fds)) {
		snprintf(path, sizeof(path), "/sys/kernel/slab/%s/shrink",
			 entry->d_name);
		fd = open(path, O_WRONLY | O_CLOEXEC);
		if (fd >= 0)
			shrinks->fds[shrinks->count++] = fd;
	}
	if (dir)
		closedir(dir);
}

/*
 * The kernel keeps what is written in an object of its own: for "1" alone that is
 * of a cache with 512 in a slab, all of which then count as in use.
 */
static void shrink_slabs(const struct shrinks *shrinks)
{
	static const char one[4096] = "1";
	int i;

	for (i = 0; i < shrinks->count; i++)
		(void)!write(shrinks->fds[i], one, sizeof(one));
}

/*
 * The caches whose objects a driver would leave: those of kmalloc, of files and of
 * mounts.
 */
#define CACHES 64
#define SLAB_ROUNDS 10

struct slabs {
	int count;
	char names[CACHES][32];
	long objects[CACHES];
};

static bool is_counted(const char *line)
{
	static const char *const caches[] = { "kmalloc-", "inode_cache ",
					      "mnt_cache ", "filp ", NULL };
	size_t i;

	for (i = 0; caches[i]; i++)
		if (!strncmp(line, caches[i], strlen(caches[i])))
			return true;
	return false;
}

static void read_slabs(struct slabs *slabs)
{
	FILE *f = fopen("/proc/slabinfo", "re");
	char line[512];
	int i = 0;

	while (f && i < CACHES && fgets(line, sizeof(line), f))
		i += is_counted(line) &&
		     sscanf(line, "%31s %ld", slabs->names[i],
			    &slabs->objects[i]) == 2;
	if (f)
		fclose(f);
	slabs->count = i;
}

/*
 * Returns the lowest of some counts. The free objects of the slab that a processor
 * allocates from count as in use, too.
 */
static void count_slabs(struct slabs *slabs, const struct shrinks *shrinks)
{
	struct slabs again;
	int round, i;

	read_slabs(slabs);
	for (round = 0; round < SLAB_ROUNDS; round++) {
		shrink_slabs(shrinks);
		read_slabs(&again);
		for (i = 0; i < slabs->count; i++)
			if (again.objects[i] < slabs->objects[i])
				slabs->objects[i] = again.objects[i];
		usleep(100 * 1000);
	}
}

#define DROP_CACHES "/proc/sys/vm/drop_caches"

struct counts {
	long free_kb, unreclaimable_kb, percpu_kb;
	long symbols, areas;
	struct slabs slabs;
};

/* Waits for what is freed late: kfree_rcu() collects objects for 5 s. */
static void take_counts(struct counts *counts, const struct shrinks *shrinks)
{
	sleep(6);
	/* The kernel keeps inodes of names that may be looked up again. */
	put_number(DROP_CACHES, 2);
	shrink_slabs(shrinks);
	counts->free_kb = free_kb();
	counts->unreclaimable_kb = meminfo_kb("SUnreclaim");
	counts->percpu_kb = meminfo_kb("Percpu");
	counts->symbols = count_lines("/proc/kallsyms", "", NULL);
	counts->areas = count_lines("/proc/vmallocinfo", "0x", "unpurged");
	count_slabs(&counts->slabs, shrinks);
}

#define EXPECT_NO_GROWTH(name, tolerance)                                 \
	do {                                                              \
		TH_LOG(#name ": %ld, then %ld", before.name, after.name); \
		EXPECT_GE((tolerance), after.name - before.name);         \
	} while (0)

/*
 * page_owner keeps 16 bytes for each stack trace of an allocation. Each load adds
 * new ones.
 */
static bool page_owner_counts_in(const char *cache)
{
	return !strcmp(cache, "kmalloc-16") &&
	       count_lines("/proc/cmdline", "page_owner=on", NULL);
}

static void expect_same_slabs(struct __test_metadata *_metadata,
			      const struct slabs *before,
			      const struct slabs *after)
{
	int i;

	/* A kernel may be built without it. */
	if (access("/proc/slabinfo", R_OK))
		return;
	EXPECT_LT(5, before->count);
	ASSERT_EQ(before->count, after->count);
	for (i = 0; i < after->count; i++) {
		if (page_owner_counts_in(after->names[i]))
			continue;
		EXPECT_GT(TOLERANCE_OBJECTS,
			  after->objects[i] - before->objects[i])
		{
			TH_LOG("%s: %ld objects, then %ld", after->names[i],
			       before->objects[i], after->objects[i]);
		}
	}
}

FIXTURE(machine)
{
	int log;
	pid_t loads[LOADS];
};

FIXTURE_SETUP(machine)
{
	if (module_missing())
		SKIP(return, "%s", module_missing());
	module_taint();
	ASSERT_EQ(0, module_gone());
	/* The bit 4 keeps the kernel from logging that caches are dropped. */
	put_number(DROP_CACHES, 4);
	self->log = log_mark();
}

FIXTURE_TEARDOWN(machine)
{
	EXPECT_EQ(0, module_gone());
	EXPECT_LOG_SILENT(self->log);
	close(self->log);
}

static void reload_times(struct __test_metadata *_metadata, pid_t *pids,
			 int times)
{
	const struct kind *kind;
	int i;

	start_loads(pids);
	for (i = 0; i < times; i++) {
		kind = &kinds[i % ARRAY_SIZE(kinds)];
		if (!kind_possible(kind))
			kind = &kinds[1];
		EXPECT_EQ(0, reload(kind))
		{
			TH_LOG("reload %d", i);
			break;
		}
	}
	end_loads(pids);
	ASSERT_EQ(0, module_gone());
}

TEST_F_TIMEOUT(machine, reloads_under_load, 800)
{
	struct shrinks shrinks = {};
	struct counts before, after;

	open_shrinks(&shrinks);
	reload_times(_metadata, self->loads, 10);
	take_counts(&before, &shrinks);
	reload_times(_metadata, self->loads, RELOADS);
	take_counts(&after, &shrinks);

	EXPECT_NO_GROWTH(unreclaimable_kb, TOLERANCE_KB / 2);
	EXPECT_NO_GROWTH(percpu_kb, 64);
	EXPECT_NO_GROWTH(symbols, 0);
	EXPECT_NO_GROWTH(areas, TOLERANCE_OBJECTS / 2);
	TH_LOG("free_kb: %ld, then %ld", before.free_kb, after.free_kb);
	EXPECT_GT(TOLERANCE_KB, before.free_kb - after.free_kb);
	expect_same_slabs(_metadata, &before.slabs, &after.slabs);

	EXPECT_EQ(0, count_lines("/proc/kallsyms", "[" MODULE_NAME "]", NULL));
	EXPECT_EQ(0, count_lines("/proc/modules", MODULE_NAME, NULL));
	EXPECT_EQ(0, count_lines("/proc/misc", MODULE_NAME, NULL));
	EXPECT_NE(0, access("/sys/devices/platform/" MODULE_NAME, F_OK));
	EXPECT_NE(0, access("/sys/kernel/tracing/events/" MODULE_NAME, F_OK));
	EXPECT_NE(0, access("/sys/kernel/debug/" MODULE_NAME, F_OK));
}

TEST_HARNESS_MAIN
