/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _MMAPDEMO_SELFTEST_DEVICE_H
#define _MMAPDEMO_SELFTEST_DEVICE_H

/*
 * The device as a test sees it: the fixture that loads the module afresh for
 * each kind of buffer that there is, and short forms of the calls.
 *
 * Helpers that are calls return what the call returns, or -errno.
 */

#include <grp.h>
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <linux/mmapdemo.h>

#include "kselftest_harness.h"
#include "log.h"
#include "module.h"

#define DEVICE "/dev/" MODULE_NAME
#define LIMIT_MB "/sys/module/" MODULE_NAME "/parameters/limit_mb"
#define MIB (1UL << 20)

/* Of the fixture's buffer: no multiple of a page, unless a test wants it so. */
#ifndef DEVICE_SIZE
#define DEVICE_SIZE 5000
#endif

#define DEVICE_MAPPED round_up_to_pages(DEVICE_SIZE)

static inline size_t page_size(void)
{
	return sysconf(_SC_PAGESIZE);
}

static inline size_t round_up_to_pages(size_t size)
{
	return (size + page_size() - 1) / page_size() * page_size();
}

/*
 * The manual's tables: what each backing can do. pages: they are counted one by
 * one, so they can be pinned and entered again.
 */
static const struct backing {
	const char *name;
	bool copies;
	bool pages;
	bool futexes;
} backings[] = {
	[MMAPDEMO_BACKING_KMALLOC] = { "kmalloc", false, false, false },
	[MMAPDEMO_BACKING_VMALLOC] = { "vmalloc", false, true, false },
	[MMAPDEMO_BACKING_SHMEM] = { "shmem", true, true, true },
	[MMAPDEMO_BACKING_DMA] = { "dma", false, false, false },
};

#define BACKING_COUNT (sizeof(backings) / sizeof(backings[0]))

static const char *const cache_names[] = {
	[MMAPDEMO_CACHE_WB] = "wb",
	[MMAPDEMO_CACHE_WC] = "wc",
	[MMAPDEMO_CACHE_UC] = "uc",
};

#define CACHE_COUNT (sizeof(cache_names) / sizeof(cache_names[0]))

/*
 * Can a page table entry of a lazy kmalloc buffer cover 2 MiB? In a kernel that
 * has huge pages and lets drivers enter frames as such.
 */
static inline bool huge_possible(void)
{
	int major = 0, minor = 0;
	struct utsname u;

	uname(&u);
	sscanf(u.release, "%d.%d", &major, &minor);
	return major * 100 + minor >= 612 &&
	       !access("/sys/kernel/mm/transparent_hugepage", F_OK);
}

#define HUGE_ENTRY (2UL << 20)

/* Lines of a file in which a word stands, and another does not; -1: no file */
static inline long count_lines(const char *path, const char *with,
			       const char *without)
{
	char line[1024];
	long count = 0;
	FILE *f = fopen(path, "re");

	while (f && fgets(line, sizeof(line), f))
		count += strstr(line, with) &&
			 (!without || !strstr(line, without));
	if (f)
		fclose(f);
	return f ? count : -1;
}

/* Is this word on a line of the file that starts with key? */
static inline bool file_has_word(const char *path, const char *key,
				 const char *word)
{
	char *line = NULL, *w, *rest;
	bool found = false;
	size_t space = 0;
	FILE *f = fopen(path, "re");

	while (f && !found && getline(&line, &space, f) > 0) {
		if (strncmp(line, key, strlen(key)))
			continue;
		rest = line;
		while (!found && (w = strsep(&rest, " \t\n")))
			found = !strcmp(w, word);
	}
	free(line);
	if (f)
		fclose(f);
	return found;
}

/*
 * Does KASAN or KCSAN look at every access of the kernel? Then it is ten times
 * as slow, the driver's code is larger, and freed memory is kept back for a
 * while. Whether any is lost is asked of kmemleak there: see check-debug.
 */
static inline bool kernel_is_instrumented(void)
{
	static int known = -1;
	char line[512];
	FILE *f;

	if (known >= 0)
		return known;
	known = 0;
	f = fopen("/proc/kallsyms", "re");
	while (f && !known && fgets(line, sizeof(line), f))
		known = strstr(line, " __asan_load8") ||
			strstr(line, " __tsan_read8");
	if (f)
		fclose(f);
	return known;
}

/* A child that has our mappings and waits to be traced. */
static inline pid_t traced_child(void)
{
	pid_t pid = fork();
	int status;

	if (!pid) {
		ptrace(PTRACE_TRACEME, 0, NULL, NULL);
		raise(SIGSTOP);
		_exit(0);
	}
	waitpid(pid, &status, 0);
	return WIFSTOPPED(status) ? pid : -1;
}

static inline void child_gone(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

/* A line of /proc/meminfo, -1 if there is none of that name. */
static inline long meminfo_kb(const char *name)
{
	char line[128];
	long kb = -1;
	FILE *f = fopen("/proc/meminfo", "re");

	while (f && kb < 0 && fgets(line, sizeof(line), f))
		if (!strncmp(line, name, strlen(name)) &&
		    line[strlen(name)] == ':')
			kb = atol(line + strlen(name) + 1);
	if (f)
		fclose(f);
	return kb;
}

/*
 * Memory that nobody uses, with the pages that each processor keeps at hand,
 * which MemFree leaves out.
 */
static inline long free_kb(void)
{
	long kb = meminfo_kb("MemFree"), count;
	char line[128];
	FILE *f = fopen("/proc/zoneinfo", "re");

	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, " count: %ld", &count) == 1)
			kb += count * sysconf(_SC_PAGESIZE) / 1024;
	if (f)
		fclose(f);
	return kb;
}

/* Fails if so much less memory is free than once was; see above for when. */
#define EXPECT_MEMORY_BACK(most_kb, before_kb)            \
	do {                                              \
		long lost_kb = (before_kb)-free_kb();     \
                                                          \
		TH_LOG("%ld KiB less are free", lost_kb); \
		if (!kernel_is_instrumented())            \
			EXPECT_GT(most_kb, lost_kb);      \
	} while (0)

/* Files that hold one number. */
static inline void put_number(const char *path, unsigned long value)
{
	FILE *f = fopen(path, "we");

	if (f && fprintf(f, "%lu", value) > 0 && !fclose(f))
		return;
	fprintf(stderr, "# cannot write %s\n", path);
	_exit(1);
}

static inline unsigned long get_number(const char *path)
{
	unsigned long value = ~0UL;
	FILE *f = fopen(path, "re");

	if (f && fscanf(f, "%lu", &value) != 1)
		value = ~0UL;
	if (f)
		fclose(f);
	return value;
}

/* What the manual says this machine can do, found out without the driver. */
static inline bool cache_possible(unsigned int backing, unsigned int cache)
{
#if defined(__x86_64__) || defined(__i386__)
	if (backing != MMAPDEMO_BACKING_KMALLOC)
		return cache == MMAPDEMO_CACHE_WB;
	if (cache == MMAPDEMO_CACHE_WC)
		return file_has_word("/proc/cpuinfo", "flags", "pat") &&
		       !file_has_word("/proc/cmdline", "", "nopat");
	return cache == MMAPDEMO_CACHE_WB || cache == MMAPDEMO_CACHE_UC;
#elif defined(__aarch64__)
	return cache == (backing == MMAPDEMO_BACKING_DMA ? MMAPDEMO_CACHE_WC :
							   MMAPDEMO_CACHE_WB);
#else
	return cache == MMAPDEMO_CACHE_WB && backing != MMAPDEMO_BACKING_DMA;
#endif
}

/* A backing with an attribute and a way to be populated. */
struct kind {
	unsigned int backing;
	unsigned int cache;
	bool lazy;
};

/* The one that every machine has of a backing: wb, and of dma what it gives. */
static inline struct kind kind_of(unsigned int backing)
{
	struct kind kind = { .backing = backing, .cache = MMAPDEMO_CACHE_WB };

	if (!cache_possible(backing, MMAPDEMO_CACHE_WB))
		kind.cache = MMAPDEMO_CACHE_WC;
	return kind;
}

static inline bool kind_possible(const struct kind *kind)
{
	return cache_possible(kind->backing, kind->cache) &&
	       !(kind->lazy && kind->backing == MMAPDEMO_BACKING_DMA);
}

/* The largest entry that an aligned mapping of this kind can have. */
static inline size_t large_entry(const struct kind *kind)
{
	return kind->lazy && kind->backing == MMAPDEMO_BACKING_KMALLOC &&
			       huge_possible() ?
		       HUGE_ENTRY :
		       page_size();
}

/* Loads the module afresh. 0 or -errno */
static inline long device_load(unsigned long size, const struct kind *kind)
{
	char params[128];
	long rc = module_gone();

	if (rc)
		return rc;
	snprintf(params, sizeof(params),
		 "size=%lu backing=%s cache=%s populate=%s", size,
		 backings[kind->backing].name, cache_names[kind->cache],
		 kind->lazy ? "lazy" : "now");
	return module_load(params);
}

static inline int device_open(int flags)
{
	return RC(open(DEVICE, flags | O_CLOEXEC));
}

static inline int get_info(int fd, struct mmapdemo_info *info)
{
	memset(info, 0xcc, sizeof(*info));
	info->size = sizeof(*info);
	info->flags = 0;
	return RC(ioctl(fd, MMAPDEMO_IOC_INFO, info));
}

static inline int get_mapinfo(int fd, const void *address,
			      struct mmapdemo_mapinfo *info)
{
	memset(info, 0xcc, sizeof(*info));
	info->size = sizeof(*info);
	info->flags = 0;
	info->address = (uintptr_t)address;
	return RC(ioctl(fd, MMAPDEMO_IOC_MAPINFO, info));
}

static inline int fill(int fd, __u32 flags, __u64 offset, __u64 length,
		       __u64 pattern)
{
	struct mmapdemo_fill arg = {
		.size = sizeof(arg),
		.flags = flags,
		.offset = offset,
		.length = length,
		.pattern = pattern,
	};

	return RC(ioctl(fd, MMAPDEMO_IOC_FILL, &arg));
}

/* CREATE with whatever is given. */
static inline long create_raw(int fd, __u32 flags, __u64 size, __u32 backing,
			      __u32 cache)
{
	struct mmapdemo_create arg = {
		.size = sizeof(arg),
		.flags = flags,
		.buffer_size = size,
		.backing = backing,
		.cache = cache,
	};

	return RC(ioctl(fd, MMAPDEMO_IOC_CREATE, &arg));
}

/* A private buffer's descriptor. */
static inline int create(int fd, const struct kind *kind, __u64 size)
{
	return create_raw(fd,
			  MMAPDEMO_CREATE_CLOEXEC |
				  (kind->lazy ? MMAPDEMO_CREATE_LAZY : 0),
			  size, kind->backing, kind->cache);
}

#define NO_TIMEOUT (~0ULL)

/* With a duration in ns, or without. */
static inline int wait_word(int fd, __u64 offset, __u32 expected, __u64 timeout)
{
	struct mmapdemo_wait arg = {
		.size = sizeof(arg),
		.flags = timeout == NO_TIMEOUT ? 0 : MMAPDEMO_WAIT_TIMEOUT,
		.offset = offset,
		.timeout = timeout == NO_TIMEOUT ? 0 : timeout,
		.expected = expected,
	};

	return RC(ioctl(fd, MMAPDEMO_IOC_WAIT, &arg));
}

static inline int wake_word(int fd, __u64 offset, __u32 count)
{
	struct mmapdemo_wake arg = {
		.size = sizeof(arg),
		.offset = offset,
		.count = count,
	};

	return RC(ioctl(fd, MMAPDEMO_IOC_WAKE, &arg));
}

static inline int checksum(int fd, __u64 offset, __u64 length, __u32 *crc)
{
	struct mmapdemo_checksum arg = {
		.size = sizeof(arg),
		.offset = offset,
		.length = length,
		.crc = 0xcccccccc,
	};
	int rc = RC(ioctl(fd, MMAPDEMO_IOC_CHECKSUM, &arg));

	*crc = arg.crc;
	return rc;
}

/* The generation as fdinfo shows it, which does not mark it as seen. */
static inline long long fd_generation(int fd)
{
	char path[64], line[256];
	long long generation = -1;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	f = fopen(path, "re");
	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "mmapdemo-generation: %lld", &generation) == 1)
			break;
	if (f)
		fclose(f);
	return generation;
}

/* What MMAPDEMO_IOC_FILL stores at an offset, by the words of the manual. */
static inline unsigned char fill_byte(__u32 flags, __u64 pattern, __u64 offset)
{
	__u64 word = pattern;

	if (flags & MMAPDEMO_FILL_COUNT)
		word += offset - offset % 8;
	return word >> (8 * (offset % 8));
}

static inline void fill_expected(unsigned char *to, __u32 flags, __u64 offset,
				 __u64 length, __u64 pattern)
{
	__u64 i;

	for (i = offset; i < offset + length; i++)
		to[i] = fill_byte(flags, pattern, i);
}

/* Bytes that look like nothing else, different for each seed. */
static inline void scramble(void *to, size_t length, uint32_t seed)
{
	unsigned char *p = to;

	while (length--) {
		seed = seed * 1664525 + 1013904223;
		*p++ = seed >> 24;
	}
}

/* The first byte that is not value, or length. */
static inline size_t bytes_until_not(const volatile unsigned char *p,
				     unsigned char value, size_t length)
{
	size_t i;

	for (i = 0; i < length && p[i] == value; i++)
		;
	return i;
}

/*
 * Stores through a wc mapping are in the memory only behind a fence. Loads are
 * done at once.
 */
static inline void fence(void)
{
	__sync_synchronize();
}

static inline void *map_shared(int fd, size_t length, int prot, off_t offset)
{
	return mmap(NULL, length, prot, MAP_SHARED, fd, offset);
}

/* mmap(2) itself, which takes any offset. 0 and unmapped again, or -errno */
static inline long try_map(int fd, size_t length, int prot, int flags,
			   unsigned long offset)
{
	long rc = RC(syscall(SYS_mmap, NULL, length, prot, flags, fd, offset));

	if (rc < 0 && rc > -4096)
		return rc;
	munmap((void *)rc, length);
	return 0;
}

/* One of the two letters in the line VmFlags of smaps. */
static inline bool vma_has_flag(const void *address, const char *flag)
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

/* Has a lazy mapping's entries made, with a store or a load to each page. */
static inline void touch_pages(volatile unsigned char *map, size_t length,
			       bool store)
{
	size_t at;

	for (at = 0; at < length; at += page_size()) {
		if (store)
			map[at] = map[at];
		else
			(void)map[at];
	}
}

static sigjmp_buf touch_env;

static inline void touch_signal(int sig)
{
	siglongjmp(touch_env, sig);
}

/* The signal that a load or a store of one byte raises, or 0. */
static inline int touch(volatile char *p, bool store)
{
	struct sigaction act = { .sa_handler = touch_signal }, segv, bus;
	int sig;

	sigaction(SIGSEGV, &act, &segv);
	sigaction(SIGBUS, &act, &bus);
	sig = sigsetjmp(touch_env, 1);
	if (!sig && store)
		*p = *p;
	else if (!sig)
		(void)*p;
	sigaction(SIGSEGV, &segv, NULL);
	sigaction(SIGBUS, &bus, NULL);
	return sig;
}

/* Waits for a child. Its exit status, or -signal. */
static inline int child_status(pid_t pid)
{
	int status;

	if (waitpid(pid, &status, 0) != pid)
		return -1000;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

#define NOBODY 65534

/* In a child. Still the owner of its own files in /proc. */
static inline void become_nobody(void)
{
	if (setgroups(0, NULL) || setgid(NOBODY) || setuid(NOBODY) ||
	    prctl(PR_SET_DUMPABLE, 1))
		_exit(100);
}

/* Is that process asleep in a system call? */
static inline bool asleep(pid_t pid)
{
	char path[64], state = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	f = fopen(path, "re");
	if (f && fscanf(f, "%*d (%*[^)]) %c", &state) != 1)
		state = 0;
	if (f)
		fclose(f);
	return state == 'S';
}

/* Of an address whose page was touched. */
#define EXPECT_ENTRY(fd, at, at_offset, want_flags, want_bytes) \
	do {                                                    \
		struct mmapdemo_mapinfo _i;                     \
                                                                \
		EXPECT_EQ(0, get_mapinfo(fd, at, &_i));         \
		EXPECT_EQ(sizeof(_i), _i.size);                 \
		EXPECT_EQ((want_flags), _i.flags);              \
		EXPECT_EQ((uintptr_t)(at), _i.address);         \
		EXPECT_EQ((at_offset), _i.offset);              \
		EXPECT_EQ(variant->kind.cache, _i.cache);       \
		EXPECT_EQ((want_bytes), _i.entry_size);         \
	} while (0)

#define EXPECT_MAPINFO(fd, at, at_offset, want_flags) \
	EXPECT_ENTRY(fd, at, at_offset, want_flags, page_size())

#define READABLE MMAPDEMO_MAPINFO_PRESENT
#define WRITABLE (MMAPDEMO_MAPINFO_PRESENT | MMAPDEMO_MAPINFO_WRITE)

/* Is all of the limit to be had, so that no buffer is left? 1 MiB of it. */
#define EXPECT_NONE_LEFT()                                               \
	do {                                                             \
		int _fd;                                                 \
                                                                         \
		put_number(LIMIT_MB, 1);                                 \
		_fd = create(self->fd, &variant->kind, MIB);             \
		EXPECT_LE(0, _fd);                                       \
		EXPECT_EQ(-ENOSPC, create(self->fd, &variant->kind, 1)); \
		close(_fd);                                              \
	} while (0)

/* For tests without the fixture below. */
#define REQUIRE_MODULE()                                      \
	do {                                                  \
		if (module_missing())                         \
			SKIP(return, "%s", module_missing()); \
		module_taint();                               \
	} while (0)

/* Which clang-format takes for functions */
/* clang-format off */
/*
 * fd is a descriptor for reading and writing, map the whole buffer through it,
 * in mapped bytes. The module has to be silent: each test of the fixture proves
 * it.
 */
FIXTURE(device) {
	int log;
	int fd;
	unsigned char *map;
	size_t mapped;
};

FIXTURE_VARIANT(device) {
	struct kind kind;
};

#define DEVICE_VARIANT(name, backing, cache, lazy)                         \
	FIXTURE_VARIANT_ADD(device, name) {                                \
		.kind = { MMAPDEMO_BACKING_##backing,                      \
			  MMAPDEMO_CACHE_##cache, lazy },                  \
	}

DEVICE_VARIANT(kmalloc_wb, KMALLOC, WB, false);
DEVICE_VARIANT(kmalloc_wc, KMALLOC, WC, false);
DEVICE_VARIANT(kmalloc_uc, KMALLOC, UC, false);
DEVICE_VARIANT(kmalloc_wb_lazy, KMALLOC, WB, true);
DEVICE_VARIANT(kmalloc_wc_lazy, KMALLOC, WC, true);
DEVICE_VARIANT(kmalloc_uc_lazy, KMALLOC, UC, true);
DEVICE_VARIANT(vmalloc, VMALLOC, WB, false);
DEVICE_VARIANT(vmalloc_lazy, VMALLOC, WB, true);
DEVICE_VARIANT(shmem, SHMEM, WB, false);
DEVICE_VARIANT(shmem_lazy, SHMEM, WB, true);
DEVICE_VARIANT(dma, DMA, WB, false);
DEVICE_VARIANT(dma_wc, DMA, WC, false);
/* clang-format on */

/* The fixture's members, as self of a test has them. */
#define device_data FIXTURE_DATA(device)

static inline void device_release(device_data *self)
{
	munmap(self->map, self->mapped);
	close(self->fd);
}

/* Has the fixture's members show a new buffer of that size. 0 or -errno */
static inline long device_renew(device_data *self, size_t size,
				const struct kind *kind)
{
	long rc = device_load(size, kind);

	if (rc)
		return rc;
	self->fd = device_open(O_RDWR);
	if (self->fd < 0)
		return self->fd;
	self->mapped = round_up_to_pages(size);
	self->map =
		map_shared(self->fd, self->mapped, PROT_READ | PROT_WRITE, 0);
	return self->map == MAP_FAILED ? -errno : 0;
}

/* In a test: the same, of another size than DEVICE_SIZE. */
#define RENEW(size)                                                     \
	do {                                                            \
		device_release(self);                                   \
		ASSERT_EQ(0, device_renew(self, size, &variant->kind)); \
	} while (0)

FIXTURE_SETUP(device)
{
	if (module_missing())
		SKIP(return, "%s", module_missing());
	if (!kind_possible(&variant->kind))
		SKIP(return, "this machine has no backing=%s cache=%s",
			   backings[variant->kind.backing].name,
			   cache_names[variant->kind.cache]);
	module_taint();
	self->log = log_mark();
	ASSERT_LE(0, self->log);
	ASSERT_EQ(0, device_renew(self, DEVICE_SIZE, &variant->kind));
}

FIXTURE_TEARDOWN(device)
{
	device_release(self);
	EXPECT_EQ(0, module_gone());
	EXPECT_LOG_SILENT(self->log);
	close(self->log);
}

#endif /* _MMAPDEMO_SELFTEST_DEVICE_H */
