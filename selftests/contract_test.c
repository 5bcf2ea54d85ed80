// SPDX-License-Identifier: GPL-2.0-only
/*
 * The contract of mmapdemo(4), 1: what calls do with a mapping that exists.
 *
 * Every promise of that page is a test in contract_*test.c: the promise
 * out-of-range is the test out_of_range. `make lint` compares both.
 */
#include <linux/userfaultfd.h>
#include <sys/resource.h>

#include "device.h"

#ifndef MADV_POPULATE_READ
#define MADV_POPULATE_READ 22
#define MADV_POPULATE_WRITE 23
#endif
#ifndef MADV_DONTNEED_LOCKED
#define MADV_DONTNEED_LOCKED 24
#endif
#ifndef MADV_SOFT_OFFLINE
#define MADV_SOFT_OFFLINE 101
#endif
#ifndef MADV_COLLAPSE
#define MADV_COLLAPSE 25
#endif

#define RX (PROT_READ | PROT_EXEC)
#define RWX (RW | PROT_EXEC)

/* Does the backing map refcounted pages? If not, it maps PFNs. */
#define pages backings[variant->kind.backing].pages

/* Counts the pages of a mapping that are present in the page table. */
static size_t present(int fd, const unsigned char *map, size_t length)
{
	struct mmapdemo_mapinfo info;
	size_t at, count = 0;

	for (at = 0; at < length; at += page_size())
		if (!get_mapinfo(fd, map + at, &info) &&
		    info.properties & MMAPDEMO_MAPINFO_PRESENT)
			count++;
	return count;
}

#define PAGES (DEVICE_MAPPED / page_size())

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

TEST_F(device, prot_exec)
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
	EXPECT_EQ(0, touch(self->map, true));
	EXPECT_FALSE(vma_has_flag(self->map, "ex"));
	EXPECT_FALSE(vma_has_flag(self->map, "me"));
	close(fd);
}

/* A page table entry without any access rights keeps its cache attribute. */
TEST_F(device, mprotect)
{
	touch_pages(self->map, DEVICE_MAPPED, true);
	self->map[0] = 'p';
	ASSERT_EQ(0, mprotect(self->map, page_size(), PROT_READ));
	EXPECT_EQ(SIGSEGV, touch(self->map, true));
	EXPECT_EQ(0, touch(self->map, false));
	EXPECT_EQ(0, touch(self->map + page_size(), true));
	EXPECT_MAPINFO(self->fd, self->map, 0, READABLE);
	EXPECT_MAPINFO(self->fd, self->map + page_size(), page_size(),
		       WRITABLE);
	ASSERT_EQ(0, mprotect(self->map, page_size(), PROT_NONE));
	EXPECT_EQ(SIGSEGV, touch(self->map, false));
	EXPECT_MAPINFO(self->fd, self->map, 0, READABLE);
	ASSERT_EQ(0, mprotect(self->map, page_size(), RW));
	EXPECT_EQ(0, touch(self->map, true));
	EXPECT_MAPINFO(self->fd, self->map, 0, WRITABLE);
	EXPECT_EQ('p', self->map[0]);
}

TEST_F(device, mremap_move)
{
	unsigned char *map = map_shared(self->fd, DEVICE_MAPPED, RW, 0);
	unsigned char *area = mmap(NULL, DEVICE_MAPPED, PROT_NONE,
				   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct mmapdemo_mapinfo info;

	ASSERT_NE(MAP_FAILED, map);
	touch_pages(map, DEVICE_MAPPED, true);
	ASSERT_EQ(0, fill(self->fd, MMAPDEMO_FILL_COUNT, 0, DEVICE_SIZE, 2));
	ASSERT_EQ(area, mremap(map, DEVICE_MAPPED, DEVICE_MAPPED,
			       MREMAP_MAYMOVE | MREMAP_FIXED, area));
	EXPECT_EQ(0, memcmp(area, self->map, DEVICE_MAPPED));
	EXPECT_EQ(-ENXIO, get_mapinfo(self->fd, map, &info));
	EXPECT_EQ(SIGSEGV, touch(map, false));
	EXPECT_MAPINFO(self->fd, area, 0, WRITABLE);
	EXPECT_MAPINFO(self->fd, area + page_size(), page_size(), WRITABLE);
	munmap(area, DEVICE_MAPPED);
}

TEST_F(device, mremap_shrink)
{
	unsigned char *map = map_shared(self->fd, DEVICE_MAPPED, RW, 0);

	ASSERT_NE(MAP_FAILED, map);
	ASSERT_EQ(0, fill(self->fd, MMAPDEMO_FILL_COUNT, 0, DEVICE_SIZE, 2));
	ASSERT_EQ(map, mremap(map, DEVICE_MAPPED, page_size(), 0));
	EXPECT_EQ(0, memcmp(map, self->map, page_size()));
	EXPECT_EQ(SIGSEGV, touch(map + page_size(), false));
	munmap(map, page_size());
}

/* A mapping cannot grow, not even over the rest of its buffer. */
TEST_F(device, mremap_grow)
{
	unsigned char *map = map_shared(self->fd, page_size(), RW, 0);

	ASSERT_NE(MAP_FAILED, map);
	EXPECT_EQ(-EFAULT, RC(mremap(map, page_size(), DEVICE_MAPPED, 0)));
	EXPECT_EQ(-EFAULT,
		  RC(mremap(map, page_size(), DEVICE_MAPPED, MREMAP_MAYMOVE)));
	EXPECT_EQ(-EFAULT,
		  RC(mremap(map, page_size(), 1 << 30, MREMAP_MAYMOVE)));
	EXPECT_EQ(0, touch(map, true));
	munmap(map, page_size());
}

TEST_F(device, mremap_duplicate)
{
	EXPECT_EQ(-EFAULT,
		  RC(mremap(self->map, 0, page_size(), MREMAP_MAYMOVE)));
	EXPECT_EQ(-EINVAL, RC(mremap(self->map, page_size(), page_size(),
				     MREMAP_MAYMOVE | MREMAP_DONTUNMAP)));
	EXPECT_EQ(0, touch(self->map, true));
}

TEST_F(device, munmap_part)
{
	unsigned char *map = map_shared(self->fd, DEVICE_MAPPED, RW, 0);

	ASSERT_NE(MAP_FAILED, map);
	ASSERT_EQ(0, fill(self->fd, MMAPDEMO_FILL_COUNT, 0, DEVICE_SIZE, 1));
	ASSERT_EQ(0, munmap(map, page_size()));
	EXPECT_EQ(SIGSEGV, touch(map, false));
	EXPECT_EQ(0, memcmp(map + page_size(), self->map + page_size(),
			    page_size()));
	munmap(map + page_size(), DEVICE_MAPPED - page_size());
}

/*
 * All bytes of the mapping are accessible. The pages before and after it are
 * not.
 */
TEST_F(device, out_of_range)
{
	char *area = mmap(NULL, DEVICE_MAPPED + 2 * page_size(), PROT_NONE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char *map = area + page_size();
	size_t at;

	ASSERT_EQ(map, mmap(map, DEVICE_MAPPED, RW, MAP_SHARED | MAP_FIXED,
			    self->fd, 0));
	munmap(area, page_size());
	munmap(map + DEVICE_MAPPED, page_size());
	for (at = 0; at < DEVICE_MAPPED; at += 113)
		ASSERT_EQ(0, touch(map + at, true));
	EXPECT_EQ(0, touch(map + DEVICE_MAPPED - 1, true));
	EXPECT_EQ(SIGSEGV, touch(map - 1, false));
	EXPECT_EQ(SIGSEGV, touch(map + DEVICE_MAPPED, false));
	EXPECT_EQ(SIGSEGV, touch(map + DEVICE_MAPPED, true));
	EXPECT_EQ(-ENXIO,
		  try_map(self->fd, DEVICE_MAPPED + 1, RW, MAP_SHARED, 0));
	munmap(map, DEVICE_MAPPED);
}

/*
 * The size of a buffer is fixed. So a mapping never loses pages, as it can when
 * a file is truncated.
 */
TEST_F(device, truncate)
{
	int private = create(self->fd, &variant->kind, DEVICE_SIZE);
	const struct {
		int fd;
		int truncated; /* to another size */
		int same_size;
		int allocated;
	} cases[] = {
		{ self->fd, -EINVAL, -EINVAL, -ENODEV },
		{ private, -EPERM, 0, -EOPNOTSUPP },
	};
	struct mmapdemo_info info;
	size_t i;

	ASSERT_LE(0, private);
	EXPECT_EQ(-EINVAL, RC(truncate(DEVICE, 0)));
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		int fd = cases[i].fd;

		EXPECT_EQ(cases[i].truncated, RC(ftruncate(fd, 0)));
		EXPECT_EQ(cases[i].truncated,
			  RC(ftruncate(fd, 2 * DEVICE_MAPPED)));
		EXPECT_EQ(cases[i].same_size, RC(ftruncate(fd, DEVICE_SIZE)));
		EXPECT_EQ(cases[i].allocated,
			  RC(fallocate(fd, 0, 0, DEVICE_MAPPED)));
		ASSERT_EQ(0, get_info(fd, &info));
		EXPECT_EQ(DEVICE_SIZE, info.buffer_size);
	}
	EXPECT_EQ(0, touch(self->map + DEVICE_MAPPED - 1, true));
	close(private);
}

TEST_F(device, madvise)
{
	const int only_pages = pages ? 0 : -EINVAL;
	const struct {
		int advice;
		int rc;
	} advices[] = {
		{ MADV_NORMAL, 0 },
		{ MADV_RANDOM, 0 },
		{ MADV_SEQUENTIAL, 0 },
		{ MADV_WILLNEED, 0 },
		{ MADV_DONTNEED, only_pages },
		{ MADV_DONTNEED_LOCKED, only_pages },
		{ MADV_FREE, -EINVAL },
		{ MADV_REMOVE, -ENODEV },
		{ MADV_COLD, only_pages },
		{ MADV_PAGEOUT, only_pages },
		{ MADV_POPULATE_READ, only_pages },
		{ MADV_POPULATE_WRITE, only_pages },
		{ MADV_COLLAPSE, -EINVAL },
		{ MADV_HUGEPAGE, 0 },
		{ MADV_NOHUGEPAGE, 0 },
		{ MADV_UNMERGEABLE, 0 },
		{ MADV_DODUMP, -EINVAL },
		{ MADV_DONTDUMP, 0 },
		{ MADV_WIPEONFORK, -EINVAL },
		{ MADV_KEEPONFORK, 0 },
		{ MADV_DONTFORK, 0 },
	};
	size_t i;
	int rc;

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
	/*
	 * The kernel may return 0 or EINVAL. In both cases KSM merges no such
	 * page.
	 */
	madvise(self->map, DEVICE_MAPPED, MADV_MERGEABLE);
	EXPECT_FALSE(vma_has_flag(self->map, "mg"));
	if (pages) {
		/* Linux 7.x refuses this, as for device memory. */
		rc = RC(madvise(self->map, DEVICE_MAPPED, MADV_DOFORK));
		EXPECT_TRUE(rc == 0 || rc == -EINVAL);
		return;
	}
	EXPECT_EQ(-EINVAL, RC(madvise(self->map, DEVICE_MAPPED, MADV_DOFORK)));
	/* A kernel may be built without CONFIG_MEMORY_FAILURE. */
	if (!access("/proc/sys/vm/memory_failure_recovery", F_OK)) {
		EXPECT_EQ(-EFAULT,
			  RC(madvise(self->map, page_size(), MADV_HWPOISON)));
	}
}

/*
 * MADV_DONTNEED drops refcounted pages from the mapping. The next access maps
 * them again, with the same contents.
 */
TEST_F(device, madvise_dontneed)
{
	unsigned char copy[DEVICE_MAPPED];
	struct mmapdemo_mapinfo info;

	if (!pages) {
		EXPECT_EQ(-EINVAL,
			  RC(madvise(self->map, DEVICE_MAPPED, MADV_DONTNEED)));
		return;
	}
	scramble(self->map, DEVICE_MAPPED, 36);
	memcpy(copy, self->map, DEVICE_MAPPED);
	ASSERT_EQ(0, madvise(self->map, DEVICE_MAPPED, MADV_DONTNEED));
	ASSERT_EQ(0, get_mapinfo(self->fd, self->map, &info));
	EXPECT_EQ(0, info.properties);
	EXPECT_EQ(0, memcmp(copy, self->map, DEVICE_MAPPED));
	ASSERT_EQ(0, madvise(self->map, DEVICE_MAPPED, MADV_DONTNEED));
	self->map[page_size()] ^= 0xff;
	copy[page_size()] ^= 0xff;
	EXPECT_EQ(0, memcmp(copy, self->map, DEVICE_MAPPED));
	EXPECT_EQ(1, pread(self->fd, &copy[0], 1, page_size()));
	EXPECT_EQ(copy[page_size()], copy[0]);
}

static long minor_faults(void)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	return usage.ru_minflt;
}

/* Loads from and stores to each page. Returns how many page faults it took. */
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

TEST_F(device, page_faults)
{
	const size_t size = 4 << 20;
	long expected =
		variant->kind.lazy ? size / large_entry(&variant->kind) : 0;
	char *anonymous;

	RENEW(size);
	anonymous = mmap(NULL, size, RW, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	madvise(anonymous, size, MADV_NOHUGEPAGE);
	EXPECT_LE(size / page_size(), faults_of_touching(anonymous, size));
	EXPECT_EQ(expected, faults_of_touching((void *)self->map, size));
	EXPECT_EQ(0, faults_of_touching((void *)self->map, size));
}

/*
 * MAP_POPULATE and MAP_LOCKED populate refcounted pages only. A lazy mapping of
 * PFNs stays empty.
 */
TEST_F(device, map_populate)
{
	static const int flags[] = { MAP_POPULATE, MAP_LOCKED };
	size_t want = variant->kind.lazy && !pages ? 0 : PAGES, i;
	unsigned char *map;

	for (i = 0; i < ARRAY_SIZE(flags); i++) {
		map = mmap(NULL, DEVICE_MAPPED, RW, MAP_SHARED | flags[i],
			   self->fd, 0);
		ASSERT_NE(MAP_FAILED, map);
		EXPECT_EQ(want, present(self->fd, map, DEVICE_MAPPED));
		munmap(map, DEVICE_MAPPED);
	}
}

static bool nothing_locked(void)
{
	return file_has_word("/proc/self/status", "VmLck:", "0");
}

/* Called in a child. Locks two pages as a user who may lock only one. */
static int mlock_beyond_the_limit(void *map)
{
	const struct rlimit page = { page_size(), page_size() };

	become_nobody();
	if (setrlimit(RLIMIT_MEMLOCK, &page))
		return 1;
	return RC(mlock(map, 2 * page_size())) == -ENOMEM ? 0 : 2;
}

TEST_F(device, mlock)
{
	unsigned char *map;
	pid_t pid;

	ASSERT_EQ(0, mlock(self->map, DEVICE_MAPPED));
	EXPECT_FALSE(vma_has_flag(self->map, "lo"));
	EXPECT_TRUE(nothing_locked());
	EXPECT_EQ(0, munlock(self->map, DEVICE_MAPPED));
	pid = fork();
	if (!pid)
		_exit(mlock_beyond_the_limit(self->map));
	EXPECT_EQ(0, child_status(pid));
	map = mmap(NULL, DEVICE_MAPPED, RW, MAP_SHARED | MAP_LOCKED, self->fd,
		   0);
	ASSERT_NE(MAP_FAILED, map);
	EXPECT_FALSE(vma_has_flag(map, "lo"));
	EXPECT_TRUE(nothing_locked());
	munmap(map, DEVICE_MAPPED);
}

/*
 * Called in a child. mincore(2) reports every page as resident to a user who
 * cannot write to the file.
 */
static int mincore_of_a_stranger(void *map)
{
	unsigned char vec[PAGES];
	size_t i;

	become_nobody();
	if (mincore(map, DEVICE_MAPPED, vec))
		return 1;
	for (i = 0; i < PAGES; i++)
		if (vec[i] != 1)
			return 2;
	return 0;
}

TEST_F(device, mincore)
{
	unsigned char now[PAGES], touched[PAGES];
	pid_t pid;
	size_t i;

	ASSERT_EQ(0, mincore(self->map, DEVICE_MAPPED, now));
	touch_pages(self->map, DEVICE_MAPPED, false);
	ASSERT_EQ(0, mincore(self->map, DEVICE_MAPPED, touched));
	for (i = 0; i < PAGES; i++) {
		EXPECT_EQ(pages && !variant->kind.lazy, now[i]);
		EXPECT_EQ(pages, touched[i]);
	}
	pid = fork();
	if (!pid)
		_exit(mincore_of_a_stranger(self->map));
	EXPECT_EQ(0, child_status(pid));
}

TEST_F(device, msync)
{
	char *map = map_shared(self->fd, page_size(), RW, 0);

	ASSERT_NE(MAP_FAILED, map);
	EXPECT_EQ(0, RC(fsync(self->fd)));
	EXPECT_EQ(0, RC(fdatasync(self->fd)));
	EXPECT_EQ(0, RC(msync(map, page_size(), MS_SYNC)));
	EXPECT_EQ(0, RC(msync(map, page_size(), MS_ASYNC)));
	EXPECT_EQ(0, RC(msync(map, page_size(), MS_SYNC | MS_INVALIDATE)));
	munmap(map, page_size());
}

/* Returns the Rss of the mapping at this address in smaps, in bytes. */
static long resident(const void *address)
{
	unsigned long start, end;
	bool ours = false;
	long kb = -1;
	char line[512];
	FILE *f = fopen("/proc/self/smaps", "re");

	while (f && kb < 0 && fgets(line, sizeof(line), f)) {
		if (sscanf(line, "%lx-%lx ", &start, &end) == 2)
			ours = (uintptr_t)address == start;
		if (ours)
			sscanf(line, "Rss: %ld kB", &kb);
	}
	if (f)
		fclose(f);
	return kb << 10;
}

TEST_F(device, resident_set)
{
	EXPECT_EQ(pages && !variant->kind.lazy ? DEVICE_MAPPED : 0,
		  resident(self->map));
	touch_pages(self->map, DEVICE_MAPPED, true);
	EXPECT_EQ(pages ? DEVICE_MAPPED : 0, resident(self->map));
}

static void kick(const char *path, const char *text)
{
	FILE *f = fopen(path, "we");

	if (f) {
		fputs(text, f);
		fclose(f);
	}
}

/*
 * Does everything that moves or reclaims pages. If the mapping or the kernel
 * lost a page, it would no longer see what the other one stores.
 */
TEST_F(device, stays_in_memory)
{
	unsigned char copy[MIB];
	size_t at;
	int i;

	/* From now on the kernel does not log that caches are dropped. */
	kick("/proc/sys/vm/drop_caches", "4");
	lseek(self->log, 0, SEEK_END);
	RENEW(MIB);
	scramble(self->map, MIB, 41);
	fence();
	memcpy(copy, self->map, MIB);
	for (i = 0; i < 3; i++) {
		madvise(self->map, MIB, MADV_PAGEOUT);
		kick("/proc/sys/vm/drop_caches", "3");
		kick("/proc/sys/vm/compact_memory", "1");
	}
	if (!variant->kind.lazy) {
		EXPECT_EQ(MIB / page_size(), present(self->fd, self->map, MIB));
	}
	EXPECT_EQ(0, memcmp(copy, self->map, MIB));
	for (at = 0; at < MIB; at += page_size())
		self->map[at] = copy[at] ^= 0xff;
	fence();
	ASSERT_EQ(0, memcmp(copy, self->map, MIB));
	for (at = 0; at < MIB; at += page_size()) {
		unsigned char byte;

		ASSERT_EQ(1, pread(self->fd, &byte, 1, at));
		ASSERT_EQ(copy[at], byte);
	}
}

static long uffd_register(int uffd, void *map, size_t length, __u64 mode)
{
	struct uffdio_register arg = {
		.range = { .start = (uintptr_t)map, .len = length },
		.mode = mode,
	};

	return RC(ioctl(uffd, UFFDIO_REGISTER, &arg));
}

TEST_F(device, userfaultfd)
{
	static const __u64 modes[] = { UFFDIO_REGISTER_MODE_MISSING,
				       UFFDIO_REGISTER_MODE_WP,
				       UFFDIO_REGISTER_MODE_MINOR };
	struct uffdio_api api = { .api = UFFD_API };
	int uffd = RC(syscall(SYS_userfaultfd, O_CLOEXEC));
	size_t i;

	if (uffd == -ENOSYS)
		SKIP(return, "this kernel has no userfaultfd");
	ASSERT_EQ(0, ioctl(uffd, UFFDIO_API, &api));
	for (i = 0; i < ARRAY_SIZE(modes); i++) {
		EXPECT_EQ(-EINVAL, uffd_register(uffd, self->map, DEVICE_MAPPED,
						 modes[i]));
	}
	EXPECT_EQ(0, touch(self->map, true));
	close(uffd);
}

static char *find(char *hay, size_t length, const char *needle)
{
	return memmem(hay, length, needle, strlen(needle));
}

/*
 * A core dump does not contain the buffer, even if coredump_filter asks for
 * everything.
 */
TEST_F(device, core_dump)
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
	/* The marker on the child's stack contains "?" instead of "D". */
	EXPECT_EQ(NULL, find(core, st.st_size, marker));
	munmap(core, st.st_size);
	close(fd);
	unlink(path);
	rmdir(dir);
}

TEST_HARNESS_MAIN
