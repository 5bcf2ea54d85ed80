// SPDX-License-Identifier: GPL-2.0-only
/*
 * mmap(2) and what follows it: each guard with its errno, every range around
 * the end of the buffer, and what the manual promises about a mapping that
 * exists: fork, mremap, madvise, faults, core dumps, never executable.
 */
#include <sched.h>
#include <sys/mount.h>
#include <sys/personality.h>
#include <sys/resource.h>
#include <sys/statvfs.h>

#include "device.h"

#ifndef MADV_POPULATE_READ
#define MADV_POPULATE_READ 22
#define MADV_POPULATE_WRITE 23
#endif
#ifndef MADV_COLLAPSE
#define MADV_COLLAPSE 25
#endif

#define RW (PROT_READ | PROT_WRITE)
#define RX (PROT_READ | PROT_EXEC)
#define RWX (PROT_READ | PROT_WRITE | PROT_EXEC)

/* mmap(2) itself, which takes any offset. 0 and unmapped again, or -errno */
static long try_map(int fd, size_t length, int prot, int flags,
		    unsigned long offset)
{
	long rc = RC(syscall(SYS_mmap, NULL, length, prot, flags, fd, offset));

	if (rc < 0 && rc > -4096)
		return rc;
	munmap((void *)rc, length);
	return 0;
}

/* There the kernel refuses PROT_EXEC by itself. */
static bool is_noexec(const char *path)
{
	struct statvfs fs;

	return !statvfs(path, &fs) && fs.f_flag & ST_NOEXEC;
}

static bool vma_has_flag(const void *address, const char *flag)
{
	char *line = NULL, want[8];
	bool ours = false, found = false;
	unsigned long start, end;
	size_t space = 0;
	FILE *f = fopen("/proc/self/smaps", "re");

	snprintf(want, sizeof(want), " %s ", flag);
	while (f && getline(&line, &space, f) > 0) {
		if (sscanf(line, "%lx-%lx ", &start, &end) == 2)
			ours = (uintptr_t)address >= start &&
			       (uintptr_t)address < end;
		if (ours && !strncmp(line, "VmFlags:", 8))
			found = strstr(line, want);
	}
	free(line);
	fclose(f);
	return found;
}

TEST_F(device, private)
{
	static const int modes[] = { O_RDWR, O_RDONLY };
	static const int prots[] = { PROT_READ, RW, PROT_WRITE, PROT_NONE };
	long want = backings[variant->kind.backing].copies ? 0 : -EINVAL;
	size_t m, p;

	for (m = 0; m < ARRAY_SIZE(modes); m++) {
		int fd = device_open(modes[m]);

		for (p = 0; p < ARRAY_SIZE(prots); p++) {
			EXPECT_EQ(want, try_map(fd, page_size(), prots[p],
						MAP_PRIVATE, 0))
			{
				TH_LOG("mode %d prot %d", modes[m], prots[p]);
			}
		}
		close(fd);
	}
	EXPECT_EQ(0,
		  try_map(self->fd, page_size(), RW, MAP_SHARED_VALIDATE, 0));
}

TEST_F(device, modes_of_the_descriptor)
{
	static const struct {
		int mode;
		int prot;
		int rc;
	} cases[] = {
		{ O_RDONLY, PROT_NONE, 0 },
		{ O_RDONLY, PROT_READ, 0 },
		{ O_RDONLY, PROT_WRITE, -EACCES },
		{ O_RDONLY, RW, -EACCES },
		{ O_WRONLY, PROT_NONE, -EACCES },
		{ O_WRONLY, PROT_READ, -EACCES },
		{ O_WRONLY, PROT_WRITE, -EACCES },
		{ O_WRONLY, RW, -EACCES },
		{ O_RDWR, PROT_NONE, 0 },
		{ O_RDWR, PROT_READ, 0 },
		{ O_RDWR, PROT_WRITE, 0 },
		{ O_RDWR, RW, 0 },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		int fd = device_open(cases[i].mode);

		EXPECT_EQ(cases[i].rc, try_map(fd, page_size(), cases[i].prot,
					       MAP_SHARED, 0))
		{
			TH_LOG("mode %d prot %d", cases[i].mode, cases[i].prot);
		}
		close(fd);
	}
}

TEST_F(device, read_only_descriptor)
{
	int fd = device_open(O_RDONLY);
	char *map = map_shared(fd, page_size(), PROT_READ, 0);

	ASSERT_NE(MAP_FAILED, map);
	ASSERT_EQ(0, fill(self->fd, 0, 0, 8, 0x4242424242424242));
	EXPECT_EQ(0x42, map[7]);
	EXPECT_EQ(SIGSEGV, touch(map, true));
	EXPECT_EQ(-EACCES, RC(mprotect(map, page_size(), RW)));
	EXPECT_EQ(SIGSEGV, touch(map, true));
	munmap(map, page_size());
	close(fd);
}

TEST_F(device, exec_is_refused)
{
	static const int prots[] = { PROT_EXEC, RX, RWX,
				     PROT_WRITE | PROT_EXEC };
	int fd = device_open(O_RDONLY);
	size_t i;

	for (i = 0; i < ARRAY_SIZE(prots); i++) {
		EXPECT_EQ(-EPERM, try_map(self->fd, page_size(), prots[i],
					  MAP_SHARED, 0));
		EXPECT_GT(0, try_map(self->fd, page_size(), prots[i],
				     MAP_PRIVATE, 0));
		EXPECT_EQ(-EACCES,
			  RC(mprotect(self->map, page_size(), prots[i])));
	}
	EXPECT_EQ(-EPERM, try_map(fd, page_size(), RX, MAP_SHARED, 0));
	EXPECT_EQ(0, touch((char *)self->map, true));
	EXPECT_FALSE(vma_has_flag(self->map, "ex"));
	EXPECT_FALSE(vma_has_flag(self->map, "me"));
	close(fd);
}

/* Both kinds of mount: who refuses differs, the answer does not. */
TEST_F(device, exec_is_refused_on_any_mount)
{
	static const int mounts[] = { 0, MS_NOEXEC };
	char node[] = "/tmp/mmapdemo.XXXXXX";
	size_t i;
	void *map;
	int fd;

	close(mkstemp(node));
	ASSERT_EQ(0, unshare(CLONE_NEWNS));
	ASSERT_EQ(0, mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL));
	ASSERT_EQ(0, mount(DEVICE, node, NULL, MS_BIND, NULL));
	for (i = 0; i < ARRAY_SIZE(mounts); i++) {
		ASSERT_EQ(0, mount(NULL, node, NULL,
				   MS_BIND | MS_REMOUNT | mounts[i], NULL));
		fd = open(node, O_RDWR | O_CLOEXEC);
		ASSERT_LE(0, fd);
		EXPECT_EQ(-EPERM, try_map(fd, page_size(), RX, MAP_SHARED, 0));
		map = map_shared(fd, page_size(), PROT_READ, 0);
		EXPECT_EQ(-EACCES, RC(mprotect(map, page_size(), RX)));
		munmap(map, page_size());
		close(fd);
	}
	umount(node);
	unlink(node);
}

/*
 * An old program for which the kernel adds PROT_EXEC to PROT_READ: refused as
 * if it had asked for it, unless the mount forbids that anyway. mprotect only
 * adds it where it may.
 */
TEST_F(device, read_implies_exec)
{

	ASSERT_LE(0, personality(READ_IMPLIES_EXEC));
	EXPECT_EQ(is_noexec(DEVICE) ? 0 : -EPERM,
		  try_map(self->fd, page_size(), PROT_READ, MAP_SHARED, 0));
	EXPECT_EQ(0, try_map(self->fd, page_size(), PROT_WRITE, MAP_SHARED, 0));
	EXPECT_EQ(0, mprotect(self->map, page_size(), PROT_READ));
	EXPECT_FALSE(vma_has_flag(self->map, "ex"));
	personality(0);
}

TEST_F(device, ranges_around_the_end)
{
	unsigned long pages = DEVICE_MAPPED / page_size(), first, count;

	for (first = 0; first <= pages + 2; first++) {
		for (count = 1; count <= pages + 2; count++) {
			int want = first + count <= pages ? 0 : -ENXIO;

			EXPECT_EQ(want,
				  try_map(self->fd, count * page_size(), RW,
					  MAP_SHARED, first * page_size()))
			{
				TH_LOG("%lu pages from %lu", count, first);
			}
			EXPECT_EQ(want, try_map(self->fd,
						(count - 1) * page_size() + 1,
						PROT_READ, MAP_SHARED,
						first * page_size()))
			{
				TH_LOG("%lu pages from %lu", count, first);
			}
		}
		EXPECT_EQ(-EINVAL, try_map(self->fd, 0, RW, MAP_SHARED,
					   first * page_size()));
	}
	EXPECT_EQ(-EINVAL, try_map(self->fd, page_size(), RW, MAP_SHARED, 1));
	EXPECT_EQ(-EINVAL, try_map(self->fd, page_size(), RW, MAP_SHARED,
				   page_size() / 2));
}

/* The kernel itself refuses what reaches 2^64; all below is ours to refuse. */
TEST_F(device, ranges_that_could_wrap)
{
	static const unsigned long offsets[] = {
		1UL << 31,	    1UL << 32,		1UL << 33,
		1UL << 43,	    1UL << 44,		1UL << 51,
		1UL << 52,	    1UL << 62,		1UL << 63,
		(1UL << 32) + 4096, (1UL << 63) - 4096, (1UL << 63) + 4096,
		-(1UL << 32),	    -(4UL << 20),
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(offsets); i++) {
		EXPECT_EQ(-ENXIO, try_map(self->fd, page_size(), RW, MAP_SHARED,
					  offsets[i]))
		{
			TH_LOG("offset %#lx", offsets[i]);
		}
		EXPECT_EQ(-ENXIO, try_map(self->fd, 2 * page_size(), RW,
					  MAP_SHARED, offsets[i]))
		{
			TH_LOG("offset %#lx", offsets[i]);
		}
	}
	EXPECT_EQ(-ENXIO, try_map(self->fd, page_size(), RW, MAP_SHARED,
				  -2 * page_size()));
	EXPECT_EQ(-EOVERFLOW,
		  try_map(self->fd, page_size(), RW, MAP_SHARED, -page_size()));
	EXPECT_EQ(-EOVERFLOW, try_map(self->fd, 2 * page_size(), RW, MAP_SHARED,
				      -2 * page_size()));
	EXPECT_EQ(-ENXIO, try_map(self->fd, 1UL << 40, RW, MAP_SHARED, 0));
	EXPECT_EQ(-ENXIO,
		  try_map(self->fd, 1UL << 40, RW, MAP_SHARED, page_size()));
}

TEST_F(device, offset_is_honoured)
{
	unsigned char want[page_size()];
	unsigned char *second;

	ASSERT_EQ(0, fill(self->fd, MMAPDEMO_FILL_COUNT, 0, DEVICE_SIZE, 0));
	second = map_shared(self->fd, page_size(), RW, page_size());
	ASSERT_NE(MAP_FAILED, second);
	memset(want, 0, sizeof(want));
	ASSERT_EQ(DEVICE_SIZE - page_size(),
		  pread(self->fd, want, sizeof(want), page_size()));
	EXPECT_EQ(0, memcmp(want, second, sizeof(want)));
	EXPECT_EQ(0, memcmp(self->map + page_size(), second, page_size()));
	EXPECT_NE(0, memcmp(self->map, second, page_size()));
	second[1] = 0xee;
	fence();
	EXPECT_EQ(0xee, self->map[page_size() + 1]);
	munmap(second, page_size());
}

/* Kernel and user space see each other's stores, by every way there is. */
TEST_F(device, both_sides_see_the_same_bytes)
{
	unsigned char bytes[DEVICE_SIZE], back[DEVICE_SIZE];
	__u32 crc;

	scramble(bytes, sizeof(bytes), 7);
	memcpy(self->map, bytes, sizeof(bytes));
	fence();
	ASSERT_EQ(0, checksum(self->fd, 0, sizeof(bytes), &crc));
	EXPECT_EQ(crc32(0, bytes, sizeof(bytes)), crc);
	ASSERT_EQ(sizeof(back), pread(self->fd, back, sizeof(back), 0));
	EXPECT_EQ(0, memcmp(bytes, back, sizeof(back)));

	scramble(bytes, sizeof(bytes), 8);
	ASSERT_EQ(sizeof(bytes), pwrite(self->fd, bytes, sizeof(bytes), 0));
	EXPECT_EQ(0, memcmp(bytes, self->map, sizeof(bytes)));
}

/* Part of the mapping, but not of what read, write and the ioctls reach. */
TEST_F(device, bytes_behind_the_size)
{
	size_t tail = DEVICE_MAPPED - DEVICE_SIZE;
	unsigned char *end = self->map + DEVICE_SIZE;
	unsigned char *again;
	__u32 before, after;

	EXPECT_EQ(tail, bytes_until_not(end, 0, tail));
	ASSERT_EQ(0, checksum(self->fd, 0, DEVICE_SIZE, &before));
	memset(end, 0x77, tail);
	fence();
	ASSERT_EQ(0, checksum(self->fd, 0, DEVICE_SIZE, &after));
	EXPECT_EQ(before, after);
	EXPECT_EQ(0, pread(self->fd, &after, 1, DEVICE_SIZE));

	again = map_shared(self->fd, DEVICE_MAPPED, PROT_READ, 0);
	ASSERT_NE(MAP_FAILED, again);
	EXPECT_EQ(tail, bytes_until_not(again + DEVICE_SIZE, 0x77, tail));
	munmap(again, DEVICE_MAPPED);
}

TEST_F(device, flags_of_mmap)
{
	static const int flags[] = { MAP_POPULATE, MAP_LOCKED, MAP_NONBLOCK,
				     MAP_NORESERVE };
	void *area = mmap(NULL, DEVICE_MAPPED, PROT_NONE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	size_t i;

	for (i = 0; i < ARRAY_SIZE(flags); i++) {
		EXPECT_EQ(0, try_map(self->fd, DEVICE_MAPPED, RW,
				     MAP_SHARED | flags[i], 0))
		{
			TH_LOG("flags %#x", flags[i]);
		}
	}
	ASSERT_EQ(area, mmap(area, DEVICE_MAPPED, RW, MAP_SHARED | MAP_FIXED,
			     self->fd, 0));
	ASSERT_EQ(0, fill(self->fd, 0, 0, 8, 0x6161616161616161));
	EXPECT_EQ('a', *(char *)area);
	EXPECT_EQ(0, mlock(area, DEVICE_MAPPED));
	EXPECT_EQ(0, munlock(area, DEVICE_MAPPED));
	EXPECT_EQ(0, msync(area, DEVICE_MAPPED, MS_ASYNC));
	EXPECT_EQ('a', *(char *)area);
	munmap(area, DEVICE_MAPPED);
}

TEST_F(device, munmap_of_a_part)
{
	unsigned char *map = map_shared(self->fd, DEVICE_MAPPED, RW, 0);

	ASSERT_NE(MAP_FAILED, map);
	ASSERT_EQ(0, fill(self->fd, MMAPDEMO_FILL_COUNT, 0, DEVICE_SIZE, 1));
	ASSERT_EQ(0, munmap(map, page_size()));
	EXPECT_EQ(SIGSEGV, touch((char *)map, false));
	EXPECT_EQ(0, memcmp(map + page_size(), self->map + page_size(),
			    page_size()));
	munmap(map + page_size(), DEVICE_MAPPED - page_size());
}

TEST_F(device, mremap_moves_and_shrinks)
{
	unsigned char *map = map_shared(self->fd, DEVICE_MAPPED, RW, 0);
	void *area = mmap(NULL, DEVICE_MAPPED, PROT_NONE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	ASSERT_NE(MAP_FAILED, map);
	ASSERT_EQ(0, fill(self->fd, MMAPDEMO_FILL_COUNT, 0, DEVICE_SIZE, 2));
	ASSERT_EQ(area, mremap(map, DEVICE_MAPPED, DEVICE_MAPPED,
			       MREMAP_MAYMOVE | MREMAP_FIXED, area));
	EXPECT_EQ(0, memcmp(area, self->map, DEVICE_MAPPED));
	ASSERT_EQ(area, mremap(area, DEVICE_MAPPED, page_size(), 0));
	EXPECT_EQ(0, memcmp(area, self->map, page_size()));
	EXPECT_EQ(SIGSEGV, touch(area + page_size(), false));
	EXPECT_EQ(SIGSEGV, touch((char *)map, false));
	munmap(area, page_size());
}

TEST_F(device, mremap_cannot_grow)
{
	unsigned char *map = map_shared(self->fd, page_size(), RW, 0);

	ASSERT_NE(MAP_FAILED, map);
	EXPECT_EQ(-EFAULT, RC(mremap(map, page_size(), DEVICE_MAPPED, 0)));
	EXPECT_EQ(-EFAULT,
		  RC(mremap(map, page_size(), DEVICE_MAPPED, MREMAP_MAYMOVE)));
	EXPECT_EQ(-EFAULT,
		  RC(mremap(map, page_size(), 1 << 30, MREMAP_MAYMOVE)));
	EXPECT_EQ(-EFAULT, RC(mremap(map, 0, page_size(), MREMAP_MAYMOVE)));
	EXPECT_EQ(0, touch((char *)map, true));
	munmap(map, page_size());
}

TEST_F(device, fork_shares)
{
	pid_t pid;

	self->map[0] = 1;
	fence();
	pid = fork();
	if (!pid) {
		if (self->map[0] != 1)
			_exit(1);
		self->map[DEVICE_SIZE - 1] = 2;
		fence();
		_exit(0);
	}
	EXPECT_EQ(0, child_status(pid));
	EXPECT_EQ(2, self->map[DEVICE_SIZE - 1]);
}

TEST_F(device, madvise)
{
	bool pages = backings[variant->kind.backing].pages;
	const int only_pages = pages ? 0 : -EINVAL;
	const struct {
		int advice;
		int rc;
	} advices[] = {
		{ MADV_NORMAL, 0 },
		{ MADV_WILLNEED, 0 },
		{ MADV_DONTNEED, only_pages },
		{ MADV_FREE, -EINVAL },
		{ MADV_COLD, only_pages },
		{ MADV_PAGEOUT, only_pages },
		{ MADV_POPULATE_READ, only_pages },
		{ MADV_POPULATE_WRITE, only_pages },
		{ MADV_COLLAPSE, -EINVAL },
		{ MADV_DODUMP, -EINVAL },
	};
	size_t i;

	memset(self->map, 0x3c, DEVICE_MAPPED);
	for (i = 0; i < ARRAY_SIZE(advices); i++) {
		EXPECT_EQ(advices[i].rc, RC(madvise(self->map, DEVICE_MAPPED,
						    advices[i].advice)))
		{
			TH_LOG("advice %d", advices[i].advice);
		}
		EXPECT_EQ(DEVICE_MAPPED,
			  bytes_until_not(self->map, 0x3c, DEVICE_MAPPED));
	}
	EXPECT_GT(0, madvise(self->map, DEVICE_MAPPED, MADV_REMOVE));
	EXPECT_EQ(DEVICE_MAPPED,
		  bytes_until_not(self->map, 0x3c, DEVICE_MAPPED));
}

TEST_F(device, flags_of_the_vma)
{
	static const char *const always[] = { "rd", "wr", "sh", "de", "dd" };
	bool pages = backings[variant->kind.backing].pages;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(always); i++) {
		EXPECT_TRUE(vma_has_flag(self->map, always[i]))
		{
			TH_LOG("VmFlags: no %s", always[i]);
		}
	}
	EXPECT_EQ(!pages, vma_has_flag(self->map, "pf"));
	EXPECT_EQ(!pages, vma_has_flag(self->map, "io"));
	EXPECT_EQ(pages && !variant->kind.lazy, vma_has_flag(self->map, "mm"));
	EXPECT_FALSE(vma_has_flag(self->map, "ex"));
	EXPECT_FALSE(vma_has_flag(self->map, "me"));
}

static char *find(char *hay, size_t length, const char *needle)
{
	return memmem(hay, length, needle, strlen(needle));
}

/* With all that can be dumped asked for. */
TEST_F(device, no_part_of_a_core_dump)
{
	static const char *const pattern = "/proc/sys/kernel/core_pattern";
	char dir[] = "/tmp/mmapdemo.XXXXXX", path[64], old[256] = "";
	char marker[] = "mmapdemo-?-in-the-core", *core;
	struct rlimit limit = { RLIM_INFINITY, RLIM_INFINITY };
	struct stat st;
	char *shared;
	pid_t pid;
	FILE *f;
	int fd;

	ASSERT_NE(NULL, mkdtemp(dir));
	shared = mmap(NULL, page_size(), RW, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	marker[9] = 'D';
	memcpy(self->map, marker, sizeof(marker));
	marker[9] = 'S';
	memcpy(shared, marker, sizeof(marker));
	marker[9] = '?';

	f = fopen(pattern, "r+e");
	ASSERT_NE(NULL, f);
	ASSERT_NE(NULL, fgets(old, sizeof(old), f));
	rewind(f);
	fprintf(f, "%s/core\n", dir);
	fclose(f);
	pid = fork();
	if (!pid) {
		f = fopen("/proc/self/coredump_filter", "we");
		fprintf(f, "0x1ff\n");
		fclose(f);
		setrlimit(RLIMIT_CORE, &limit);
		abort();
	}
	EXPECT_EQ(-SIGABRT, child_status(pid));
	f = fopen(pattern, "we");
	fputs(old, f);
	fclose(f);

	snprintf(path, sizeof(path), "%s/core", dir);
	fd = open(path, O_RDONLY);
	if (fd < 0) {
		snprintf(path, sizeof(path), "%s/core.%d", dir, pid);
		fd = open(path, O_RDONLY);
	}
	ASSERT_LE(0, fd);
	ASSERT_EQ(0, fstat(fd, &st));
	core = mmap(NULL, st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	ASSERT_NE(MAP_FAILED, core);
	marker[9] = 'S';
	EXPECT_NE(NULL, find(core, st.st_size, marker));
	marker[9] = 'D';
	core = mmap(core, st.st_size, RW, MAP_PRIVATE | MAP_FIXED, fd, 0);
	memset(find(core, st.st_size, "mmapdemo-S"), 0, 10);
	/* The copy on the child's stack says "?". */
	EXPECT_EQ(NULL, find(core, st.st_size, marker));
	munmap(core, st.st_size);
	close(fd);
	unlink(path);
	rmdir(dir);
}

static long minor_faults(void)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	return usage.ru_minflt;
}

/* Loads and stores to each page between two readings. */
static long faults_of_touching(volatile char *map, size_t length)
{
	long before = minor_faults();
	size_t at;

	for (at = 0; at < length; at += page_size()) {
		(void)map[at];
		map[at] = 1;
	}
	return minor_faults() - before;
}

/* How many it takes to touch a mapping of that size for the first time. */
static long faults_expected(const struct kind *kind, size_t size)
{
	if (!kind->lazy)
		return 0;
	if (kind->backing == MMAPDEMO_BACKING_KMALLOC && huge_possible())
		return size / HUGE_ENTRY;
	return size / page_size();
}

TEST_F(device, page_faults_of_a_touch)
{
	const size_t size = 4 << 20;
	char *anonymous;

	RENEW(size);
	anonymous = mmap(NULL, size, RW, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	madvise(anonymous, size, MADV_NOHUGEPAGE);
	EXPECT_LE(size / page_size(), faults_of_touching(anonymous, size));
	EXPECT_EQ(faults_expected(&variant->kind, size),
		  faults_of_touching((void *)self->map, size));
	EXPECT_EQ(0, faults_of_touching((void *)self->map, size));
}

TEST_F(device, outlives_the_descriptor)
{
	int fd = device_open(O_RDWR);
	char *map = map_shared(fd, page_size(), RW, 0);

	ASSERT_NE(MAP_FAILED, map);
	close(fd);
	ASSERT_EQ(0, fill(self->fd, 0, 0, 8, 0x5555555555555555));
	EXPECT_EQ(0x55, map[0]);
	munmap(map, page_size());
}

/* Ordinary system calls copy, so they work. */
TEST_F(device, can_be_an_argument_of_read_and_write)
{
	char back[16];
	int pipes[2];

	ASSERT_EQ(0, pipe(pipes));
	ASSERT_EQ(0, fill(self->fd, 0, 0, 16, 0x6b6b6b6b6b6b6b6b));
	EXPECT_EQ(16, write(pipes[1], self->map, 16));
	EXPECT_EQ(16, read(pipes[0], self->map + 100, 16));
	EXPECT_EQ(16, pread(self->fd, back, 16, 100));
	EXPECT_EQ(16, bytes_until_not((void *)back, 0x6b, 16));
	close(pipes[0]);
	close(pipes[1]);
}

TEST_HARNESS_MAIN
