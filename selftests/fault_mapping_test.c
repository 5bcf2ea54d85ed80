// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests every failure path of a mapping: creating, changing, forking and
 * touching it, and reading and writing it by other calls.
 */
#include <sys/uio.h>

#include "fault_engine.h"

static long map_there(struct scene *s, int fd, int type)
{
	s->at = mmap(place(0), s->mapped, RW, type | MAP_FIXED_NOREPLACE, fd,
		     0);
	return s->at == MAP_FAILED ? -errno : 0;
}

static void map_untouched(struct scene *s)
{
	map_there(s, s->fd, MAP_SHARED);
}

static void map_touched(struct scene *s)
{
	map_untouched(s);
	touch_pages(s->at, s->mapped, false);
}

/* Checks the bytes of the mapping at s->at, and unmaps it. */
static const char *unmap_there(struct scene *s)
{
	bool right = shows_content(s, s->at);

	munmap(s->at, s->mapped);
	return right ? NULL : "the mapping shows something else";
}

static bool can_be_lazy(const struct kind *kind)
{
	return kind->lazy;
}

static bool copies(const struct kind *kind)
{
	return backings[kind->backing].copies;
}

static bool pins(const struct kind *kind)
{
	return backings[kind->backing].pages;
}

static bool is_huge(const struct kind *kind)
{
	return large_entry(kind) == HUGE_ENTRY;
}

/* mmap(2), munmap(2), mremap(2), mprotect(2) and fork(2) */

static long mmap_run(struct scene *s)
{
	return map_there(s, s->fd, MAP_SHARED);
}

static long mmap_private_run(struct scene *s)
{
	return map_there(s, s->fd, MAP_PRIVATE);
}

/*
 * Checks that every page is present and has the right attribute, or that no
 * page is present yet.
 */
static const char *check_entries(struct scene *s, bool present)
{
	struct mmapdemo_mapinfo info;
	size_t at;

	for (at = 0; at < s->mapped; at += page_size()) {
		if (get_mapinfo(s->fd, s->at + at, &info) ||
		    !!(info.properties & MMAPDEMO_MAPINFO_PRESENT) != present)
			return present ? "a page is not there" :
					 "a page is there too early";
		if (present && info.cache != s->kind->cache)
			return "a page has another attribute";
	}
	return NULL;
}

static const char *mmap_after(struct scene *s)
{
	const char *wrong;

	if (s->rc)
		return NULL;
	wrong = check_entries(s, !s->kind->lazy);
	if (wrong) {
		munmap(s->at, s->mapped);
		return wrong;
	}
	touch_pages(s->at, s->mapped, false);
	wrong = check_entries(s, true);
	return unmap_there(s) ?: wrong;
}

static const char *mmap_private_after(struct scene *s)
{
	const char *wrong;

	if (s->rc)
		return NULL;
	wrong = check_entries(s, false);
	return unmap_there(s) ?: wrong;
}

/* Closes the buffer, so that only the mapping keeps it. */
static void munmap_before(struct scene *s)
{
	s->made = create_apart(s->kind, s->mapped);
	map_there(s, s->made, MAP_SHARED);
	touch_pages(s->at, s->mapped, true);
	close(s->made);
}

static long munmap_run(struct scene *s)
{
	return RC(munmap(s->at, s->mapped));
}

static const char *munmap_after(struct scene *s)
{
	if (!s->rc)
		return NULL;
	return munmap(s->at, s->mapped) ? "it cannot be unmapped" : NULL;
}

static long munmap_middle_run(struct scene *s)
{
	return RC(munmap(s->at + page_size(), page_size()));
}

static const char *munmap_middle_after(struct scene *s)
{
	if (touch((char *)s->at + page_size(), false) != (s->rc ? 0 : SIGSEGV))
		return "the page in the middle is not what the call said";
	if (s->rc)
		return unmap_there(s);
	munmap(s->at, s->mapped);
	return NULL;
}

static long mremap_run(struct scene *s)
{
	void *to = mremap(s->at, s->mapped, s->mapped,
			  MREMAP_MAYMOVE | MREMAP_FIXED, place(1));

	if (to == MAP_FAILED)
		return -errno;
	s->at = to;
	return 0;
}

static long mremap_shrink_run(struct scene *s)
{
	void *to = mremap(s->at, s->mapped, page_size(), 0);

	return to == MAP_FAILED ? -errno : 0;
}

static const char *mremap_shrink_after(struct scene *s)
{
	bool right = !memcmp(s->at, s->content, page_size());

	munmap(s->at, s->mapped);
	return right ? NULL : "the page that stays shows something else";
}

static long mprotect_run(struct scene *s)
{
	return RC(mprotect(s->at + page_size(), page_size(), PROT_READ));
}

static const char *mprotect_after(struct scene *s)
{
	int sig = touch((char *)s->at + page_size(), true);
	const char *wrong = unmap_there(s);

	if (sig != (s->rc ? 0 : SIGSEGV))
		return "the page's protection is not what the call said";
	return wrong;
}

static long fork_run(struct scene *s)
{
	s->child = fork();
	if (!s->child)
		_exit(!shows_content(s, s->map));
	return s->child < 0 ? -errno : 0;
}

/*
 * fork(2) write-protects the parent's pages. Locking them makes them writable
 * again, so that later stores do not fault.
 */
static const char *fork_after(struct scene *s)
{
	mlockall(MCL_CURRENT);
	return !s->rc && child_status(s->child) ?
		       "the child sees something else" :
		       NULL;
}

/* Page faults. If the kernel lacks memory, the process repeats the access. */

static long touch_run(struct scene *s)
{
	memcpy(s->scratch, s->at, DEVICE_SIZE);
	return 0;
}

static const char *touch_after(struct scene *s)
{
	bool right = shows_content(s, s->scratch);

	return unmap_there(s) ?: right ? NULL : "a touch gave something else";
}

static void copy_before(struct scene *s)
{
	map_there(s, s->fd, MAP_PRIVATE);
	scramble_scratch(s);
}

static long copy_run(struct scene *s)
{
	memcpy(s->at, s->scratch, DEVICE_SIZE);
	return 0;
}

static const char *copy_after(struct scene *s)
{
	bool right = !memcmp(s->at, s->scratch, DEVICE_SIZE);

	munmap(s->at, s->mapped);
	return right ? NULL : "the copy has lost something";
}

/*
 * A page fault inside a system call is not repeated: the call fails or stops
 * early.
 */
static void kernel_touch_before(struct scene *s)
{
	memfd_before(s);
	map_untouched(s);
}

static long kernel_touch_run(struct scene *s)
{
	return RC(pwrite(s->other, s->at, DEVICE_SIZE, 0));
}

static const char *kernel_touch_after(struct scene *s)
{
	const char *wrong = memfd_after(s);

	return unmap_there(s) ?: wrong;
}

static void huge_before(struct scene *s)
{
	s->made = create_apart(s->kind, HUGE_ENTRY);
	s->at = mmap(place(0) + page_size(), HUGE_ENTRY, RW,
		     MAP_SHARED | MAP_FIXED_NOREPLACE, s->made, 0);
}

static long huge_run(struct scene *s)
{
	return touch((char *)s->at, true);
}

static const char *huge_after(struct scene *s)
{
	int rc = get_mapinfo(s->made, s->at, &s->mapinfo);

	munmap(s->at, HUGE_ENTRY);
	close(s->made);
	if (rc || s->mapinfo.cache != s->kind->cache)
		return "the entry has another attribute";
	return s->mapinfo.entry_size == HUGE_ENTRY ? NULL :
						     "the entry is small";
}

/* The memory of a process, through /proc/PID/mem and process_vm_readv(2) */

static void mem_before(struct scene *s)
{
	s->other = open("/proc/self/mem", O_RDWR | O_CLOEXEC);
	map_untouched(s);
	scramble_scratch(s);
}

static long mem_read_run(struct scene *s)
{
	return RC(pread(s->other, s->scratch, PART, (uintptr_t)s->at));
}

static long mem_write_run(struct scene *s)
{
	return RC(pwrite(s->other, s->scratch, PART, (uintptr_t)s->at));
}

static const char *mem_read_after(struct scene *s)
{
	close(s->other);
	return compare_scratch(s) ?: unmap_there(s);
}

static const char *mem_write_after(struct scene *s)
{
	close(s->other);
	scratch_was_written(s);
	return unmap_there(s);
}

static long vm_readv_run(struct scene *s)
{
	struct iovec to = { s->scratch, DEVICE_SIZE };
	struct iovec from = { s->at, DEVICE_SIZE };

	return RC(process_vm_readv(getpid(), &to, 1, &from, 1, 0));
}

static const char *vm_readv_after(struct scene *s)
{
	return compare_scratch(s) ?: unmap_there(s);
}

/* clang-format off */
static const struct call calls[] = {
	{ "mmap", .run = mmap_run, .after = mmap_after,
	  .errors = { ENOMEM } },
	{ "mmap_private", .possible = copies, .run = mmap_private_run,
	  .after = mmap_private_after, .errors = { ENOMEM } },
	{ "munmap", .before = munmap_before, .run = munmap_run,
	  .after = munmap_after, .errors = { ENOMEM } },
	{ "munmap_middle", .before = map_touched, .run = munmap_middle_run,
	  .after = munmap_middle_after, .errors = { ENOMEM } },
	{ "mremap", .before = map_touched, .run = mremap_run,
	  .after = unmap_there, .errors = { ENOMEM } },
	{ "mremap_shrink", .before = map_touched, .run = mremap_shrink_run,
	  .after = mremap_shrink_after, .errors = { ENOMEM } },
	{ "mprotect", .before = map_touched, .run = mprotect_run,
	  .after = mprotect_after, .errors = { ENOMEM } },
	{ "fork", .run = fork_run, .after = fork_after,
	  .only_function = "copy_page_range",
	  .errors = { ENOMEM } },
	{ "touch", .possible = can_be_lazy, .before = map_untouched,
	  .run = touch_run, .after = touch_after },
	{ "touch_private", .possible = copies, .before = copy_before,
	  .run = copy_run, .after = copy_after },
	{ "touch_huge", .possible = is_huge, .before = huge_before,
	  .run = huge_run, .after = huge_after },
	{ "touch_by_kernel", .before = kernel_touch_before,
	  .run = kernel_touch_run, .after = kernel_touch_after,
	  .result = DEVICE_SIZE, .partial = true,
	  .errors = { ENOMEM, EFAULT } },
	{ "mem_read", .before = mem_before, .run = mem_read_run,
	  .after = mem_read_after, .result = PART,
	  .errors = { ENOMEM, EFAULT, EIO } },
	{ "mem_write", .before = mem_before, .run = mem_write_run,
	  .after = mem_write_after, .result = PART,
	  .errors = { ENOMEM, EFAULT, EIO } },
	{ "process_vm_readv", .possible = pins, .before = map_untouched,
	  .run = vm_readv_run, .after = vm_readv_after, .result = DEVICE_SIZE,
	  .partial = true, .errors = { ENOMEM, EFAULT } },
};
/* clang-format on */

TEST_CALLS()

TEST_HARNESS_MAIN
