// SPDX-License-Identifier: GPL-2.0-only
/*
 * The page tables themselves, as a kernel with CONFIG_PTDUMP_DEBUGFS shows
 * them, agree with what MAPINFO and INFO say, and no entry of the kernel's own
 * mapping of all memory is left other than write-back.
 *
 * Decoded here from the words of the dump, so that a mistake of the driver's
 * decoder is not made twice. Elsewhere all is skipped, unless the environment
 * has PTDUMP=required.
 */
#include "device.h"

#define DUMP "/sys/kernel/debug/page_tables/current_kernel"
#define DIRECT_MAP "Low Kernel Mapping"

#define NEEDS_DUMP()                                                       \
	do {                                                               \
		const char *_wanted = getenv("PTDUMP");                    \
                                                                           \
		if (!access(DUMP, R_OK))                                   \
			break;                                             \
		if (!_wanted || strcmp(_wanted, "required"))               \
			SKIP(return, "no " DUMP ": needs a debug kernel"); \
		ASSERT_EQ(0, access(DUMP, R_OK));                          \
	} while (0)

/* A range of entries that follow each other and are alike */
struct range {
	uint64_t start, end;
	bool user, writable;
	bool pwt, pcd, pat;
	char level[8]; /* of the page table: pte, pmd, ... */
};

/*
 * Parses "0x...-0x...   SIZE USR RW PWT PCD PSE PAT GLB NX pte" as far as it goes.
 */
static bool parse(char *line, struct range *range)
{
	unsigned long long start, end;
	char *word;

	if (sscanf(line, "0x%llx-0x%llx", &start, &end) != 2)
		return false;
	*range = (struct range){ .start = start, .end = end };
	while ((word = strsep(&line, " \n"))) {
		range->user |= !strcmp(word, "USR");
		range->writable |= !strcmp(word, "RW");
		range->pwt |= !strcmp(word, "PWT");
		range->pcd |= !strcmp(word, "PCD");
		range->pat |= !strcmp(word, "PAT");
		if (*word)
			snprintf(range->level, sizeof(range->level), "%s",
				 word);
	}
	return true;
}

/* The page attribute table as Linux programs it on all processors. */
static unsigned int cache_of(const struct range *range)
{
	switch (range->pat << 2 | range->pcd << 1 | range->pwt) {
	case 0:
		return MMAPDEMO_CACHE_WB;
	case 1:
		return MMAPDEMO_CACHE_WC;
	case 2:
	case 3:
		return MMAPDEMO_CACHE_UC;
	case 7:
		return MMAPDEMO_CACHE_WT;
	default:
		return MMAPDEMO_CACHE_MIXED;
	}
}

static size_t entry_size(const struct range *range)
{
	if (!strcmp(range->level, "pte"))
		return page_size();
	return strcmp(range->level, "pmd") ? 0 : HUGE_ENTRY;
}

/* Calls a function for each range, with the heading above it. */
static bool each_range(void (*look)(const struct range *range,
				    const char *heading, void *data),
		       void *data)
{
	char *line = NULL, heading[64] = "";
	size_t space = 0, count = 0;
	struct range range;
	FILE *f = fopen(DUMP, "re");

	while (f && getline(&line, &space, f) > 0) {
		if (sscanf(line, "---[ %63[^]]", heading) == 1)
			continue;
		if (!parse(line, &range))
			continue;
		look(&range, heading, data);
		count++;
	}
	free(line);
	if (f)
		fclose(f);
	return count;
}

struct search {
	uint64_t address;
	struct range found;
};

static void look_for_address(const struct range *range, const char *heading,
			     void *data)
{
	struct search *search = data;

	if (search->address >= range->start && search->address < range->end)
		search->found = *range;
}

static void expect_agreement(struct __test_metadata *_metadata, int fd,
			     const void *address, bool writable)
{
	struct search search = { .address = (uintptr_t)address };
	const struct range *range = &search.found;
	struct mmapdemo_mapinfo info;

	ASSERT_TRUE(each_range(look_for_address, &search));
	ASSERT_LT(0, range->end);
	ASSERT_EQ(0, get_mapinfo(fd, address, &info));
	EXPECT_EQ(range->user, !!(info.properties & MMAPDEMO_MAPINFO_PRESENT));
	if (!range->user)
		return;
	EXPECT_EQ(cache_of(range), info.cache);
	EXPECT_EQ(entry_size(range), info.entry_size);
	EXPECT_EQ(range->writable,
		  !!(info.properties & MMAPDEMO_MAPINFO_WRITE));
	EXPECT_EQ(writable, range->writable);
}

/* Few sizes, since the kernel needs long to walk all of its page tables */
static const size_t sizes[] = { 5000, 4 << 20 };

TEST_F_TIMEOUT(device, mapinfo_of_each_size, 120)
{
	struct search search;
	size_t i;

	NEEDS_DUMP();
	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		RENEW(sizes[i]);
		expect_agreement(_metadata, self->fd, self->map, true);
		touch_pages(self->map, self->mapped, true);
		expect_agreement(_metadata, self->fd, self->map, true);
		expect_agreement(_metadata, self->fd,
				 self->map + self->mapped - 1, true);
		/* The attribute is also the one that was requested. */
		search = (struct search){ .address = (uintptr_t)self->map };
		ASSERT_TRUE(each_range(look_for_address, &search));
		EXPECT_TRUE(search.found.user);
		EXPECT_EQ(variant->kind.cache, cache_of(&search.found));
		EXPECT_EQ(sizes[i] < HUGE_ENTRY ? page_size() :
						  large_entry(&variant->kind),
			  entry_size(&search.found));
	}
}

TEST_F_TIMEOUT(device, mapinfo_of_changed_mappings, 120)
{
	unsigned char *map;

	NEEDS_DUMP();
	RENEW(4 << 20);
	touch_pages(self->map, self->mapped, true);
	ASSERT_EQ(0, mprotect(self->map + page_size(), page_size(), PROT_READ));
	expect_agreement(_metadata, self->fd, self->map, true);
	expect_agreement(_metadata, self->fd, self->map + page_size(), false);
	ASSERT_EQ(0, mprotect(self->map + page_size(), page_size(), RW));
	touch_pages(self->map + page_size(), page_size(), true);
	expect_agreement(_metadata, self->fd, self->map + page_size(), true);

	map = map_shared(self->fd, page_size(), PROT_READ, page_size());
	ASSERT_NE(MAP_FAILED, map);
	touch_pages(map, page_size(), false);
	expect_agreement(_metadata, self->fd, map, false);
	munmap(map, page_size());
}

/* Counts the bytes of the direct map by attribute. */
struct direct_map {
	uint64_t wb, wc, uc, other;
};

static void add_range(const struct range *range, const char *heading,
		      void *data)
{
	struct direct_map *map = data;
	uint64_t bytes = range->end - range->start;

	if (strncmp(heading, DIRECT_MAP, strlen(DIRECT_MAP)))
		return;
	switch (cache_of(range)) {
	case MMAPDEMO_CACHE_WB:
		map->wb += bytes;
		break;
	case MMAPDEMO_CACHE_WC:
		map->wc += bytes;
		break;
	case MMAPDEMO_CACHE_UC:
		map->uc += bytes;
		break;
	default:
		map->other += bytes;
	}
}

#define EXPECT_DIRECT_MAP(want_wc, want_uc)                       \
	do {                                                      \
		struct direct_map _map = {};                      \
                                                                  \
		EXPECT_TRUE(each_range(add_range, &_map));        \
		EXPECT_LT(meminfo_kb("MemTotal"), _map.wb >> 10); \
		EXPECT_EQ(want_wc, _map.wc);                      \
		EXPECT_EQ(want_uc, _map.uc);                      \
		EXPECT_EQ(0, _map.other);                         \
	} while (0)

/* Returns how much of the direct map changes for a buffer that is alone in its block. */
static size_t block_size(size_t size)
{
	size_t bytes = 2 * MIB;

	while (bytes < size)
		bytes *= 2;
	return bytes;
}

/*
 * While the buffers exist, the bytes of their blocks have the attribute.
 * Afterwards none has. The device's own buffer and private ones share no block.
 */
TEST_F_TIMEOUT(device, nothing_is_left_in_the_direct_map, 120)
{
	bool wc = variant->kind.cache == MMAPDEMO_CACHE_WC;
	bool uc = variant->kind.cache == MMAPDEMO_CACHE_UC;
	size_t i, one, both;
	int fd, neighbour;

	NEEDS_DUMP();
	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		RENEW(sizes[i]);
		one = block_size(sizes[i]);
		EXPECT_DIRECT_MAP(wc * one, uc * one);
		fd = create(self->fd, &variant->kind, 3 * page_size());
		ASSERT_LE(0, fd);
		both = one + block_size(3 * page_size());
		EXPECT_DIRECT_MAP(wc * both, uc * both);
		neighbour = create(self->fd, &variant->kind, page_size());
		ASSERT_LE(0, neighbour);
		EXPECT_DIRECT_MAP(wc * both, uc * both);
		close(fd);
		EXPECT_DIRECT_MAP(wc * both, uc * both);
		close(neighbour);
		EXPECT_DIRECT_MAP(wc * one, uc * one);
		device_release(self);
		ASSERT_EQ(0, module_unload());
		EXPECT_DIRECT_MAP(0, 0);
		ASSERT_EQ(0, device_renew(self, sizes[i], &variant->kind));
	}
}

TEST_HARNESS_MAIN
