// SPDX-License-Identifier: GPL-2.0-only
/*
 * MAPINFO while other threads of the process clear entries, free the tables below
 * them and unmap whole ranges of 2 MiB. Each answer has to be one that was true
 * at some moment, and afterwards nobody holds a lock.
 *
 * MADV_DONTNEED frees an empty table while it holds mmap_lock only for reading,
 * as MAPINFO does, on kernels with CONFIG_PT_RECLAIM. There a walk that reads an
 * entry twice takes the beginning of physical memory for a table. What lies there
 * looks like present entries, but not like those of this buffer.
 */
#define DEVICE_SIZE (4 << 20)

#include <pthread.h>

#include "device.h"

/* How the mapping of the first 2 MiB is taken away and brought back */
enum how {
	BY_DONTNEED,
	BY_MUNMAP,
	BY_MMAP
};

/*
 * How often, and the most seconds for that, since a busy host may need
 * milliseconds each time. With an entry read twice, about one in 1500 rounds of
 * madvise gave a wrong answer.
 */
static const struct {
	unsigned long rounds;
	int seconds;
} efforts[] = {
	[BY_DONTNEED] = { 3000, 8 },
	[BY_MUNMAP] = { 300, 1 },
	[BY_MMAP] = { 300, 1 },
};

/*
 * Shared by two threads: one asks for MAPINFO through a read-only descriptor, the
 * other takes entries away.
 */
struct race {
	int fd;
	int asked;
	const struct kind *kind;
	enum how how;
	char *map;
	volatile bool over;
	volatile bool asking;
	/* used by the thread that takes entries away */
	unsigned long rounds;
	bool failed;
	/* used by the thread that asks */
	unsigned long present;
	unsigned long absent;
	unsigned long outside;
	unsigned long wrong;
	struct mmapdemo_mapinfo first_wrong;
};

static bool entry_is_right(const struct race *race,
			   const struct mmapdemo_mapinfo *info)
{
	if (!(info->properties & MMAPDEMO_MAPINFO_PRESENT))
		return !info->properties && !info->cache && !info->entry_size;
	if (info->properties & ~WRITABLE || info->cache != race->kind->cache)
		return false;
	return info->entry_size == page_size() ||
	       info->entry_size == large_entry(race->kind);
}

static void ask(struct race *race, size_t at)
{
	struct mmapdemo_mapinfo info;
	int rc = get_mapinfo(race->asked, race->map + at, &info);

	if (rc == -ENXIO && race->how == BY_MUNMAP) {
		race->outside++;
	} else if (rc || info.size != sizeof(info) || info.offset != at ||
		   info.reserved || !entry_is_right(race, &info)) {
		if (!race->wrong++)
			race->first_wrong = info;
	} else if (info.properties) {
		race->present++;
	} else {
		race->absent++;
	}
}

/*
 * Most often about one of the first 128 pages: an entry that stands early in its
 * table, where the beginning of physical memory has something.
 */
static size_t choose_offset(unsigned int *seed)
{
	size_t page = rand_r(seed) % (HUGE_ENTRY / page_size());

	if (rand_r(seed) % 8)
		page %= 128;
	return page * page_size() + rand_r(seed) % page_size();
}

static void *ask_on(void *arg)
{
	struct race *race = arg;
	unsigned int seed = 1;

	while (!race->over) {
		ask(race, choose_offset(&seed));
		race->asking = true;
	}
	return NULL;
}

static bool map_again(struct race *race)
{
	return mmap(race->map, HUGE_ENTRY, RW, MAP_SHARED | MAP_FIXED, race->fd,
		    0) == race->map;
}

static bool take_away(struct race *race)
{
	switch (race->how) {
	case BY_DONTNEED:
		return !madvise(race->map, HUGE_ENTRY, MADV_DONTNEED);
	case BY_MUNMAP:
		return !munmap(race->map, HUGE_ENTRY) && map_again(race);
	default:
		return map_again(race);
	}
}

/* Creates an entry, and so a page table, before all is taken away again. */
static void *take_on(void *arg)
{
	struct race *race = arg;
	unsigned int seed = 2;

	while (!race->over && !race->failed) {
		*(volatile char *)(race->map + rand_r(&seed) % HUGE_ENTRY);
		race->failed = !take_away(race);
		if (++race->rounds == efforts[race->how].rounds)
			race->over = true;
	}
	return NULL;
}

/* On a busy host all rounds could be over before anything is asked. */
static void run_threads(struct race *race)
{
	pthread_t asks, takes;
	int i;

	pthread_create(&asks, NULL, ask_on, race);
	for (i = 0; i < 6000 && !race->asking; i++)
		usleep(10000);
	pthread_create(&takes, NULL, take_on, race);
	for (i = 0; i < efforts[race->how].seconds * 100 && !race->over; i++)
		usleep(10000);
	race->over = true;
	pthread_join(takes, NULL);
	pthread_join(asks, NULL);
}

static void log_race(struct __test_metadata *_metadata, const struct race *race)
{
	const struct mmapdemo_mapinfo *info = &race->first_wrong;

	TH_LOG("%lu rounds; %lu times an entry, %lu none, %lu no mapping",
	       race->rounds, race->present, race->absent, race->outside);
	if (race->wrong)
		TH_LOG("%lu wrong, as at %#llx: offset %#llx cache %u entry %u properties %#x",
		       race->wrong, info->address - (uintptr_t)race->map,
		       info->offset, info->cache, info->entry_size,
		       info->properties);
}

/* Returns the number of wrong answers, or -1 if nothing was asked or taken away. */
static long run_race(struct __test_metadata *_metadata, device_data *self,
		     const struct kind *kind, enum how how)
{
	struct race race = {
		.fd = self->fd,
		.asked = device_open(O_RDONLY),
		.kind = kind,
		.how = how,
		.map = (char *)self->map,
	};

	run_threads(&race);
	close(race.asked);
	log_race(_metadata, &race);
	if (race.failed || !race.rounds ||
	    !(race.present + race.absent + race.outside))
		return -1;
	return race.wrong;
}

/*
 * Everything can be mapped again, which takes mmap_lock, and MAPINFO describes it as
 * before.
 */
#define EXPECT_UNHARMED()                                                      \
	do {                                                                   \
		size_t _at;                                                    \
                                                                               \
		ASSERT_EQ(self->map,                                           \
			  mmap(self->map, DEVICE_SIZE, RW,                     \
			       MAP_SHARED | MAP_FIXED, self->fd, 0));          \
		touch_pages(self->map, DEVICE_SIZE, true);                     \
		for (_at = 0; _at < DEVICE_SIZE; _at += page_size())           \
			EXPECT_ENTRY(self->fd, self->map + _at, _at, WRITABLE, \
				     large_entry(&variant->kind));             \
	} while (0)

/* Page tables are freed while others use the mapping. */
TEST_F_TIMEOUT(device, against_madvise, 120)
{
	if (!backings[variant->kind.backing].pages) {
		EXPECT_EQ(-EINVAL,
			  RC(madvise(self->map, DEVICE_SIZE, MADV_DONTNEED)));
		return;
	}
	EXPECT_EQ(0, run_race(_metadata, self, &variant->kind, BY_DONTNEED));
	EXPECT_UNHARMED();
}

/* Mappings are removed. MAPINFO fails, or its answer is true. */
TEST_F_TIMEOUT(device, against_munmap, 120)
{
	EXPECT_EQ(0, run_race(_metadata, self, &variant->kind, BY_MUNMAP));
	EXPECT_UNHARMED();
}

/* Mappings are replaced, so there is always one. */
TEST_F_TIMEOUT(device, against_mmap, 120)
{
	EXPECT_EQ(0, run_race(_metadata, self, &variant->kind, BY_MMAP));
	EXPECT_UNHARMED();
}

/*
 * The answers are the same for every user who may open the device, and for every
 * descriptor.
 */
TEST_F(device, any_descriptor)
{
	int read_only = device_open(O_RDONLY);
	int write_only = device_open(O_WRONLY);
	struct mmapdemo_mapinfo info;
	pid_t pid;

	touch_pages(self->map, DEVICE_SIZE, true);
	pid = fork();
	if (!pid) {
		become_nobody();
		touch(self->map + 7, false);
		if (get_mapinfo(read_only, self->map + 7, &info) ||
		    info.offset != 7 || info.cache != variant->kind.cache ||
		    info.entry_size != large_entry(&variant->kind))
			_exit(1);
		if (get_mapinfo(write_only, self->map + 7, &info))
			_exit(2);
		munmap(self->map, DEVICE_SIZE);
		_exit(get_mapinfo(read_only, self->map + 7, &info) != -ENXIO);
	}
	EXPECT_EQ(0, child_status(pid));
	EXPECT_ENTRY(read_only, self->map, 0, WRITABLE,
		     large_entry(&variant->kind));
	close(read_only);
	close(write_only);
}

TEST_HARNESS_MAIN
