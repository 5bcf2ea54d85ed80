// SPDX-License-Identifier: GPL-2.0-only
/*
 * Write notification: the kernel makes entries read-only to learn of the next
 * store (soft-dirty, userfaultfd), or on behalf of mprotect. The store has to
 * complete, from user mode and from kernel mode, with every kind of buffer and
 * every size of entry, and whoever tracks stores has to be told of it.
 *
 * A store that does not complete faults for ever. From kernel mode not even
 * SIGKILL ends it. So a child tries, and we watch that it gets on.
 */
#define DEVICE_SIZE (4 << 20)

#include <linux/futex.h>
#include <sys/uio.h>

#include "device.h"
#include "store_tracking.h"

/* Bits of an entry in /proc/self/pagemap */
#define PM_SOFT_DIRTY (1ULL << 55)
#define PM_UFFD_WP (1ULL << 57)

/* The store goes to a word in the middle of the first 2 MiB. */
#define PLACE_PAGE (100 * page_size())
#define PLACE (PLACE_PAGE + 64)

/* Seconds that a trial may take on the busiest host. It takes milliseconds. */
#define LIMIT 60

/* Mappings whose entries have no struct page: the tables of proc skip them. */
static bool by_pfn(const struct kind *kind)
{
	return !backings[kind->backing].pages;
}

/* 0 if the file cannot be read. */
static __u64 pagemap_entry(const volatile void *address)
{
	int fd = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
	__u64 entry = 0;

	if (pread(fd, &entry, sizeof(entry),
		  (uintptr_t)address / page_size() * sizeof(entry)) !=
	    sizeof(entry))
		entry = 0;
	close(fd);
	return entry;
}

/* Does this kernel track the stores to anonymous memory? */
static bool soft_dirty_works(void)
{
	volatile char *page =
		mmap(NULL, page_size(), RW, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	bool works;

	page[0] = 1;
	works = !clear_soft_dirty() && !(pagemap_entry(page) & PM_SOFT_DIRTY);
	page[0] = 2;
	works = works && pagemap_entry(page) & PM_SOFT_DIRTY;
	munmap((void *)page, page_size());
	return works;
}

/* What is done to the page before its stores are tracked */
enum history {
	UNTOUCHED,
	LOADED,
	STORED,
	HISTORIES
};

static const char *const history_names[] = {
	[UNTOUCHED] = "untouched",
	[LOADED] = "loaded from",
	[STORED] = "stored to",
};

/* How stores are tracked */
enum tracking {
	NONE,
	SOFT_DIRTY,
	UFFD_REGISTERED,
	UFFD_PROTECTED,
	MPROTECT_READ,
	MPROTECT_NONE,
	MPROTECT_PAGE,
	MPROTECT_HUGE,
	TRACKINGS
};

static const char *const tracking_names[] = {
	[NONE] = "nothing",
	[SOFT_DIRTY] = "soft-dirty",
	[UFFD_REGISTERED] = "userfaultfd",
	[UFFD_PROTECTED] = "userfaultfd, write-protected",
	[MPROTECT_READ] = "read-only",
	[MPROTECT_NONE] = "no access",
	[MPROTECT_PAGE] = "one page read-only",
	[MPROTECT_HUGE] = "2 MiB read-only",
};

/* Who stores */
enum store {
	BY_USER,
	BY_READ,
	BY_FUTEX,
	BY_PROCESS_VM,
	BY_PROC_MEM,
	BY_PTRACE,
	STORES
};

static const char *const store_names[] = {
	[BY_USER] = "user mode",	 [BY_READ] = "read(2)",
	[BY_FUTEX] = "FUTEX_WAKE_OP",	 [BY_PROCESS_VM] = "process_vm_writev",
	[BY_PROC_MEM] = "/proc/PID/mem", [BY_PTRACE] = "PTRACE_POKEDATA",
};

/* A mapping and what is done to it, shared by the child and the test */
struct trial {
	int fd;
	const struct kind *kind;
	int flags;
	bool small;
	bool soft_dirty;
	/* different for each trial */
	enum tracking tracking;
	enum history history;
	enum store store;
	bool load_first;
	__u32 value;
	volatile unsigned long done;
	unsigned long refusals;
	/* valid during a trial */
	char *area;
	char *map;
	volatile __u32 *word;
	bool refused;
	int uffd;
	int memfd;
	int mem;
};

#define AREA_SIZE (DEVICE_SIZE + 2 * HUGE_ENTRY)

/* The kernel stores on behalf of a system call about something else. */
static bool store_by_read(struct trial *t)
{
	return pwrite(t->memfd, &t->value, 4, 0) == 4 &&
	       pread(t->memfd, (void *)t->word, 4, 0) == 4;
}

/*
 * The kernel stores by an atomic instruction, and maps the page first if it has
 * to.
 */
static bool store_by_futex(struct trial *t)
{
	int op = FUTEX_OP(FUTEX_OP_SET, t->value, FUTEX_OP_CMP_EQ, 0);
	__u32 own = 0;

	return !syscall(SYS_futex, &own, FUTEX_WAKE_OP | FUTEX_PRIVATE_FLAG, 1,
			0, t->word, op);
}

static bool store_by_process_vm(struct trial *t)
{
	struct iovec from = { .iov_base = &t->value, .iov_len = 4 };
	struct iovec to = { .iov_base = (void *)t->word, .iov_len = 4 };

	return process_vm_writev(getpid(), &from, 1, &to, 1, 0) == 4;
}

/* Stores in a child. A private mapping then has another copy. */
static bool store_by_ptrace(struct trial *t)
{
	volatile __u64 *word = (void *)t->word;
	__u64 value = (*word & ~0xffffffffULL) | t->value;
	pid_t pid = traced_child();
	bool good;

	good = !ptrace(PTRACE_POKEDATA, pid, word, value);
	errno = 0;
	good = good && (__u64)ptrace(PTRACE_PEEKDATA, pid, word, 0) == value;
	child_gone(pid);
	return good && !errno;
}

static bool store(struct trial *t)
{
	switch (t->store) {
	case BY_READ:
		return store_by_read(t);
	case BY_FUTEX:
		return store_by_futex(t);
	case BY_PROCESS_VM:
		return store_by_process_vm(t);
	case BY_PROC_MEM:
		return pwrite(t->mem, &t->value, 4, (uintptr_t)t->word) == 4;
	case BY_PTRACE:
		return store_by_ptrace(t);
	default:
		*t->word = t->value;
		return true;
	}
}

/*
 * As the manual says, memory mapped by PFN cannot be pinned, and wc memory of
 * arm64 cannot be locked.
 */
static bool store_possible(const struct trial *t)
{
	if (t->store == BY_PROCESS_VM)
		return !by_pfn(t->kind);
#ifdef __aarch64__
	if (t->store == BY_FUTEX)
		return t->kind->cache == MMAPDEMO_CACHE_WB;
#endif
	return true;
}

static const char *start_uffd(struct trial *t)
{
	t->uffd = uffd_for_stores(t->map, DEVICE_SIZE);
	t->refused = t->uffd == -EINVAL || t->uffd == -ENOSYS;
	return t->uffd >= 0 || t->refused ? NULL : "userfaultfd fails";
}

static const char *protect_by_uffd(struct trial *t)
{
	const char *wrong = start_uffd(t);

	if (wrong || t->refused)
		return wrong;
	return uffd_protect(t->uffd, t->map, DEVICE_SIZE) ?
		       "userfaultfd cannot protect" :
		       NULL;
}

static const char *protect_and_back(char *at, size_t length, int prot)
{
	return mprotect(at, length, prot) || mprotect(at, length, RW) ?
		       "mprotect fails" :
		       NULL;
}

static const char *track(struct trial *t)
{
	switch (t->tracking) {
	case SOFT_DIRTY:
		return clear_soft_dirty() ? "clear_refs fails" : NULL;
	case UFFD_REGISTERED:
		return start_uffd(t);
	case UFFD_PROTECTED:
		return protect_by_uffd(t);
	case MPROTECT_READ:
		return protect_and_back(t->map, DEVICE_SIZE, PROT_READ);
	case MPROTECT_NONE:
		return protect_and_back(t->map, DEVICE_SIZE, PROT_NONE);
	case MPROTECT_PAGE:
		return protect_and_back(t->map + PLACE_PAGE, page_size(),
					PROT_READ);
	case MPROTECT_HUGE:
		return protect_and_back(t->map, HUGE_ENTRY, PROT_READ);
	default:
		return NULL;
	}
}

/*
 * Maps at a multiple of 2 MiB, or one page above it so that all entries are small.
 */
static bool map_buffer(struct trial *t)
{
	uintptr_t at;

	t->area = mmap(NULL, AREA_SIZE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS,
		       -1, 0);
	at = ((uintptr_t)t->area + HUGE_ENTRY - 1) & -HUGE_ENTRY;
	if (t->small)
		at += page_size();
	t->map = mmap((void *)at, DEVICE_SIZE, RW, t->flags | MAP_FIXED, t->fd,
		      0);
	t->word = (void *)(t->map + PLACE);
	return t->map != MAP_FAILED;
}

static void make_history(struct trial *t)
{
	if (t->history == LOADED)
		(void)*t->word;
	else if (t->history == STORED)
		*t->word = *t->word;
	fence();
}

/* clear_refs and pagemap skip mappings by PFN. */
static bool dirty_is_told(const struct trial *t)
{
	return t->tracking == SOFT_DIRTY && t->soft_dirty && !by_pfn(t->kind);
}

/* Returns true if the next store must fault, so that it is noticed. */
static bool entry_is_guarded(const struct trial *t)
{
	if (t->tracking != SOFT_DIRTY || !t->soft_dirty)
		return false;
	return !by_pfn(t->kind) || (t->kind->lazy && t->history == UNTOUCHED);
}

static const char *look_before_store(struct trial *t)
{
	struct mmapdemo_mapinfo info;

	if (dirty_is_told(t) && pagemap_entry(t->word) & PM_SOFT_DIRTY)
		return "the page counts as written before the store";
	if (get_mapinfo(t->fd, (void *)t->word, &info) ||
	    !(info.properties & MMAPDEMO_MAPINFO_PRESENT))
		return "there is no entry after a load";
	if (entry_is_guarded(t) && info.properties & MMAPDEMO_MAPINFO_WRITE)
		return "the entry allows a store that nobody notices";
	return NULL;
}

/*
 * Returns the size of the entry: 2 MiB, unless only a part was changed or
 * userfaultfd split it.
 */
static size_t expected_entry(const struct trial *t)
{
	if (t->small || t->tracking == MPROTECT_PAGE ||
	    t->tracking == UFFD_PROTECTED ||
	    (t->tracking == UFFD_REGISTERED && t->history == UNTOUCHED))
		return page_size();
	return large_entry(t->kind);
}

/* Returns true if the store uses the entries of this mapping. */
static bool entry_is_used(const struct trial *t)
{
	return t->store != BY_PTRACE &&
	       !(t->store == BY_PROC_MEM && by_pfn(t->kind));
}

static const char *look_at_entry(struct trial *t)
{
	__u64 page = pagemap_entry(t->word);
	struct mmapdemo_mapinfo info;

	if (get_mapinfo(t->fd, (void *)t->word, &info) ||
	    !(info.properties & MMAPDEMO_MAPINFO_WRITE))
		return "the entry does not allow stores after the store";
	if (info.cache != t->kind->cache)
		return "the entry has another attribute";
	if (info.entry_size != expected_entry(t))
		return "the entry has another size";
	if (dirty_is_told(t) && !(page & PM_SOFT_DIRTY))
		return "the page does not count as written";
	if (t->tracking == UFFD_PROTECTED && page & PM_UFFD_WP)
		return "the page counts as protected, so as not written";
	return NULL;
}

static const char *look_after_store(struct trial *t, __u32 old)
{
	bool shared = t->flags == MAP_SHARED;
	bool ours = shared || t->store != BY_PTRACE;
	__u32 seen = 0;

	fence();
	if (pread(t->fd, &seen, 4, PLACE) != 4 ||
	    seen != (shared ? t->value : old))
		return "the kernel sees something else";
	if (*t->word != (ours ? t->value : old))
		return "the mapping shows something else";
	return entry_is_used(t) ? look_at_entry(t) : NULL;
}

/*
 * userfaultfd protects what has no entry yet, or loses a large one by being
 * split, by a marker. An entry by PFN cannot take its place.
 */
static bool is_marked(const struct trial *t)
{
	return t->tracking == UFFD_PROTECTED && by_pfn(t->kind) &&
	       t->kind->lazy && (t->history == UNTOUCHED || !t->small);
}

/* The store cannot complete, but it ends by a signal. NULL, or what went wrong */
static const char *try_marked(struct trial *t)
{
	if (touch(t->word, t->store == BY_USER) != SIGBUS)
		return "a touch of a marker does not raise SIGBUS";
	return t->store == BY_READ && store(t) ? "it is stored to a marker" :
						 NULL;
}

/* Returns NULL, or what went wrong. */
static const char *try_mapped(struct trial *t)
{
	__u32 old = t->value + 1000;
	const char *wrong;

	if (pwrite(t->fd, &old, 4, PLACE) != 4)
		return "write(2) fails";
	make_history(t);
	wrong = track(t);
	if (wrong || t->refused)
		return wrong;
	if (is_marked(t))
		return try_marked(t);
	if (t->load_first) {
		if (*t->word != old)
			return "a load gets something else";
		wrong = look_before_store(t);
		if (wrong)
			return wrong;
	}
	return store(t) ? look_after_store(t, old) : "the store fails";
}

static const char *try_one(struct trial *t)
{
	const char *wrong = "mmap fails";

	t->value = t->value % 1000 + 1; /* FUTEX_WAKE_OP takes 11 bits */
	t->refused = false;
	t->uffd = -1;
	if (map_buffer(t))
		wrong = try_mapped(t);
	munmap(t->area, AREA_SIZE);
	close(t->uffd);
	t->refusals += t->refused;
	return wrong;
}

static void log_trial(struct __test_metadata *_metadata, struct trial *t,
		      const char *wrong)
{
	TH_LOG("%s, %s, then %s, %sa store by %s: %s",
	       history_names[t->history],
	       t->small ? "small entries" : "entries as large as they come",
	       tracking_names[t->tracking], t->load_first ? "a load, " : "",
	       store_names[t->store], wrong);
}

/* Advances to the next trial. Returns false if there was none left. */
static bool next_trial(struct trial *t)
{
	t->done++;
	t->load_first = !t->load_first;
	if (!t->load_first)
		return true;
	do {
		if (++t->store < STORES)
			continue;
		t->store = 0;
		if (++t->history < HISTORIES)
			continue;
		t->history = 0;
		t->tracking++;
	} while (!store_possible(t));
	return t->tracking < TRACKINGS;
}

/* Runs in the child. Returns how many trials went wrong. */
static int try_all(struct __test_metadata *_metadata, struct trial *t)
{
	const char *wrong;
	int count = 0;

	t->memfd = syscall(SYS_memfd_create, "value", 0);
	t->mem = open("/proc/self/mem", O_RDWR | O_CLOEXEC);
	t->load_first = true;
	do {
		wrong = try_one(t);
		if (wrong && ++count < 20)
			log_trial(_metadata, t, wrong);
	} while (next_trial(t));
	return count;
}

/* Waits until the child ended, or made no progress for too long. */
static bool child_ends(pid_t pid, const struct trial *t, int *status)
{
	unsigned long done = ~0UL;
	int ms = 0;

	while (waitpid(pid, status, WNOHANG) != pid) {
		if (t->done != done)
			ms = 0;
		else if (++ms == LIMIT * 1000)
			return false;
		done = t->done;
		usleep(1000);
	}
	return true;
}

static bool child_killed(pid_t pid)
{
	int ms, status;

	kill(pid, SIGKILL);
	for (ms = 0; ms < 10000; ms++) {
		if (waitpid(pid, &status, WNOHANG) == pid)
			return true;
		usleep(1000);
	}
	return false;
}

static int watch_child(struct __test_metadata *_metadata, pid_t pid,
		       struct trial *t)
{
	int status;

	if (!child_ends(pid, t, &status)) {
		log_trial(_metadata, t, "it goes on for ever");
		log_trial(_metadata, t,
			  child_killed(pid) ? "SIGKILL ended it" :
					      "SIGKILL has no effect");
		return -1;
	}
	if (!WIFEXITED(status)) {
		log_trial(_metadata, t, strsignal(WTERMSIG(status)));
		return -1;
	}
	return WEXITSTATUS(status);
}

/* Returns how many of the trials for this kind of mapping went wrong. */
static int trials(struct __test_metadata *_metadata, const struct trial *kind)
{
	struct trial *t =
		mmap(NULL, sizeof(*t), RW, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int wrong;
	pid_t pid;

	*t = *kind;
	t->soft_dirty = soft_dirty_works();
	pid = fork();
	if (!pid) {
		wrong = try_all(_metadata, t);
		_exit(wrong < 100 ? wrong : 100);
	}
	wrong = watch_child(_metadata, pid, t);
	TH_LOG("%lu trials; soft-dirty is %s, userfaultfd was refused in %lu",
	       t->done, t->soft_dirty ? "there" : "unknown to this kernel",
	       t->refusals);
	munmap(t, sizeof(*t));
	return wrong;
}

TEST_F_TIMEOUT(device, shared, 800)
{
	struct trial kind = {
		.fd = self->fd,
		.kind = &variant->kind,
		.flags = MAP_SHARED,
	};

	EXPECT_EQ(0, trials(_metadata, &kind));
}

/* Maps a buffer that could have entries of 2 MiB at an address where it cannot. */
TEST_F_TIMEOUT(device, shared_small_entries, 800)
{
	struct trial kind = {
		.fd = self->fd,
		.kind = &variant->kind,
		.flags = MAP_SHARED,
		.small = true,
	};

	if (large_entry(&variant->kind) == page_size())
		SKIP(return, "its entries are small anyway");
	EXPECT_EQ(0, trials(_metadata, &kind));
}

TEST_F_TIMEOUT(device, copied, 800)
{
	struct trial kind = {
		.fd = self->fd,
		.kind = &variant->kind,
		.flags = MAP_PRIVATE,
	};

	if (!backings[variant->kind.backing].copies)
		SKIP(return, "no private mappings");
	EXPECT_EQ(0, trials(_metadata, &kind));
}

/* A child has copies of the entries, or creates its own. */
TEST_F(device, forked)
{
	volatile unsigned char *word = self->map + PLACE;
	pid_t pid;

	ASSERT_EQ(0, clear_soft_dirty());
	EXPECT_EQ(0, *word);
	pid = fork();
	if (!pid) {
		alarm(LIMIT);
		*word = 0x5d;
		fence();
		_exit(0);
	}
	EXPECT_EQ(0, child_status(pid));
	EXPECT_EQ(0x5d, *word);
	word[1] = 0x5e;
	fence();
	pid = fork();
	if (!pid) {
		alarm(LIMIT);
		word[2] = word[1] + 1;
		fence();
		_exit(0);
	}
	EXPECT_EQ(0, child_status(pid));
	EXPECT_EQ(3, pread(self->fd, (void *)(word + 8), 3, PLACE));
	EXPECT_EQ(0, memcmp((void *)(word + 8), "\x5d\x5e\x5f", 3));
}

TEST_HARNESS_MAIN
