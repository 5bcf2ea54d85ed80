// SPDX-License-Identifier: GPL-2.0-only
/*
 * INFO and MAPINFO are right for every size and attribute: in all fields, for
 * every page, for mappings that changed, and for addresses outside of them.
 * fdinfo shows the same.
 *
 * How independent is this test? It cannot check how the driver decodes page
 * table entries: /proc/kpageflags needs a PFN, which nobody reveals. But the
 * kernel logs "x86/PAT: ..." when a mapping does not get the attribute that the
 * driver requests, and the fixture checks that nothing was logged. Besides,
 * MAPINFO reads the user's page table and INFO the kernel's. A driver that only
 * remembers the request fails if one of the two was not changed.
 */
#include "device.h"

static const unsigned long sizes[] = { 1,    4095, 4096,    4097,
				       5000, 8192, 1 << 20, 4 << 20 };

static __u32 caches_possible(unsigned int backing)
{
	__u32 mask = 0;
	size_t i;

	for (i = 0; i < CACHE_COUNT; i++)
		if (cache_possible(backing, i))
			mask |= 1 << i;
	return mask;
}

TEST_F(device, info_in_all_fields)
{
	struct mmapdemo_info info;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		RENEW(sizes[i]);
		EXPECT_EQ(0, get_info(self->fd, &info));
		EXPECT_EQ(sizeof(info), info.size);
		EXPECT_EQ(MMAPDEMO_INFO_READ_BACK, info.flags);
		EXPECT_EQ(variant->kind.lazy ? MMAPDEMO_INFO_LAZY : 0,
			  info.properties);
		EXPECT_EQ(0, info.seals);
		EXPECT_EQ(sizes[i], info.buffer_size);
		EXPECT_EQ(round_up_to_pages(sizes[i]), info.mapping_size);
		EXPECT_EQ(fd_generation(self->fd), info.generation);
		EXPECT_EQ(page_size(), info.page_size);
		EXPECT_EQ(variant->kind.backing, info.backing);
		EXPECT_EQ(variant->kind.cache, info.cache_requested);
		EXPECT_EQ(variant->kind.cache, info.cache_effective);
		EXPECT_EQ(caches_possible(variant->kind.backing),
			  info.cache_available);
		EXPECT_EQ((1 << BACKING_COUNT) - 1, info.backing_available);
	}
}

/* Only cache_effective needs READ_BACK, because reading it back takes time. */
TEST_F(device, info_without_read_back)
{
	struct mmapdemo_info full, info;

	ASSERT_EQ(0, get_info(self->fd, &full));
	memset(&info, 0xcc, sizeof(info));
	info.size = sizeof(info);
	info.flags = 0;
	ASSERT_EQ(0, RC(ioctl(self->fd, MMAPDEMO_IOC_INFO, &info)));
	EXPECT_EQ(MMAPDEMO_CACHE_UNKNOWN, info.cache_effective);
	EXPECT_EQ(0, info.flags);
	info.cache_effective = full.cache_effective;
	info.flags = full.flags;
	EXPECT_EQ(0, memcmp(&full, &info, sizeof(info)));
}

TEST_F(device, info_of_a_private_buffer)
{
	static const __u32 seals[] = { MMAPDEMO_SEAL_FUTURE_WRITE,
				       MMAPDEMO_SEAL_WRITE,
				       MMAPDEMO_SEAL_SEAL };
	int fd = create(self->fd, &variant->kind, DEVICE_SIZE + 1);
	__u32 properties = MMAPDEMO_INFO_PRIVATE, all = 0;
	struct mmapdemo_info info;
	size_t i;

	ASSERT_LE(0, fd);
	if (variant->kind.lazy)
		properties |= MMAPDEMO_INFO_LAZY;
	ASSERT_EQ(0, get_info(fd, &info));
	EXPECT_EQ(DEVICE_SIZE + 1, info.buffer_size);
	EXPECT_EQ(properties, info.properties);
	EXPECT_EQ(0, info.seals);
	for (i = 0; i < ARRAY_SIZE(seals); i++) {
		struct mmapdemo_seal seal = { .size = sizeof(seal),
					      .add = seals[i] };

		all |= seals[i];
		ASSERT_EQ(0, RC(ioctl(fd, MMAPDEMO_IOC_SEAL, &seal)));
		ASSERT_EQ(0, get_info(fd, &info));
		EXPECT_EQ(all, info.seals);
		EXPECT_EQ(properties, info.properties);
	}
	ASSERT_EQ(0, get_info(self->fd, &info));
	EXPECT_EQ(0, info.seals);
	close(fd);
}

TEST_F(device, generation_moves)
{
	struct mmapdemo_info before, after;

	ASSERT_EQ(0, get_info(self->fd, &before));
	ASSERT_EQ(0, get_info(self->fd, &after));
	EXPECT_EQ(before.generation, after.generation);

	ASSERT_EQ(1, pwrite(self->fd, "x", 1, 0));
	ASSERT_EQ(0, get_info(self->fd, &after));
	EXPECT_NE(before.generation, after.generation);

	before = after;
	ASSERT_EQ(0, fill(self->fd, 0, 0, 1, 0));
	ASSERT_EQ(0, get_info(self->fd, &after));
	EXPECT_NE(before.generation, after.generation);

	before = after;
	self->map[0] = 1;
	ASSERT_EQ(0, get_info(self->fd, &after));
	EXPECT_EQ(before.generation, after.generation);
}

TEST_F(device, mapinfo_of_each_page)
{
	size_t i, at, bytes;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		RENEW(sizes[i]);
		touch_pages(self->map, self->mapped, true);
		bytes = sizes[i] >= HUGE_ENTRY ? large_entry(&variant->kind) :
						 page_size();
		for (at = 0; at < self->mapped; at += page_size()) {
			EXPECT_ENTRY(self->fd, self->map + at, at, WRITABLE,
				     bytes);
			EXPECT_ENTRY(self->fd, self->map + at + page_size() - 1,
				     at + page_size() - 1, WRITABLE, bytes);
		}
	}
}

/*
 * A page has an entry from mmap(2) on. In a lazy mapping it has one from the
 * first access on.
 */
TEST_F(device, mapinfo_before_the_touch)
{
	struct mmapdemo_mapinfo info;

	ASSERT_EQ(0, get_mapinfo(self->fd, self->map + page_size() + 7, &info));
	EXPECT_EQ(page_size() + 7, info.offset);
	if (!variant->kind.lazy) {
		EXPECT_EQ(WRITABLE, info.properties);
		return;
	}
	EXPECT_EQ(0, info.properties);
	EXPECT_EQ(0, info.cache);
	EXPECT_EQ(0, info.entry_size);
	touch(self->map, false);
	EXPECT_MAPINFO(self->fd, self->map, 0, WRITABLE);
	ASSERT_EQ(0, get_mapinfo(self->fd, self->map + page_size(), &info));
	EXPECT_EQ(0, info.properties);
}

#define EMPTY_REGION (1UL << 44)

/*
 * Far from other mappings, upper levels of the page table are missing, too. At
 * the first address all of them are missing, at the second those below 1 GiB,
 * and at the third only the last level.
 */
TEST_F(device, mapinfo_without_page_tables)
{
	static const uintptr_t places[] = { EMPTY_REGION,
					    EMPTY_REGION + (1UL << 30),
					    EMPTY_REGION + HUGE_ENTRY };
	struct mmapdemo_mapinfo info;
	size_t i;
	char *at;

	for (i = 0; i < ARRAY_SIZE(places); i++) {
		at = mmap((void *)places[i], self->mapped, RW,
			  MAP_SHARED | MAP_FIXED_NOREPLACE, self->fd, 0);
		ASSERT_EQ((char *)places[i], at);
		EXPECT_EQ(0, get_mapinfo(self->fd, at, &info));
		EXPECT_EQ(variant->kind.lazy ? 0 : WRITABLE, info.properties);
		EXPECT_EQ(variant->kind.lazy ? 0 : page_size(),
			  info.entry_size);
		touch(at, false);
		EXPECT_MAPINFO(self->fd, at, 0, WRITABLE);
	}
	for (i = 0; i < ARRAY_SIZE(places); i++)
		munmap((void *)places[i], self->mapped);
}

TEST_F(device, mapinfo_at_an_offset)
{
	char *map = map_shared(self->fd, page_size(), PROT_READ, page_size());

	ASSERT_NE(MAP_FAILED, map);
	touch(map, false);
	EXPECT_MAPINFO(self->fd, map, page_size(), READABLE);
	EXPECT_MAPINFO(self->fd, map + 77, page_size() + 77, READABLE);
	munmap(map, page_size());
}

TEST_F(device, mapinfo_read_only)
{
	int fd = device_open(O_RDONLY);
	char *map = map_shared(fd, DEVICE_MAPPED, PROT_READ, 0);

	ASSERT_NE(MAP_FAILED, map);
	touch(map, false);
	EXPECT_MAPINFO(fd, map, 0, READABLE);
	munmap(map, DEVICE_MAPPED);
	close(fd);
}

/* MAPINFO works on any descriptor of the buffer, whichever one was mapped. */
TEST_F(device, mapinfo_by_another_descriptor)
{
	static const int modes[] = { O_RDONLY, O_WRONLY, O_RDWR };
	size_t i;

	touch_pages(self->map, DEVICE_MAPPED, true);

	for (i = 0; i < ARRAY_SIZE(modes); i++) {
		int fd = device_open(modes[i]);

		ASSERT_LE(0, fd);
		EXPECT_MAPINFO(fd, self->map, 0, WRITABLE);
		close(fd);
	}
}

TEST_F(device, mapinfo_of_no_mapping)
{
	struct mmapdemo_mapinfo info;
	char local, *area;
	int zero = open("/dev/zero", O_RDWR);
	const __u64 foreign[] = {
		0,
		1,
		4096,
		(uintptr_t)&local,
		(uintptr_t)get_mapinfo,
		0x00007fffffffffff,
		0x0000800000000000,
		0xffff800000000000,
		0xffff888000000000,
		0xffffffff81000000,
		~0ULL,
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(foreign); i++) {
		EXPECT_EQ(-ENXIO,
			  get_mapinfo(self->fd, (void *)(uintptr_t)foreign[i],
				      &info))
		{
			TH_LOG("%#llx", foreign[i]);
		}
	}

	/* Other mappings lie on both sides. Later, part of ours is unmapped. */
	area = mmap(NULL, 4 * page_size(), PROT_READ, MAP_SHARED, zero, 0);
	ASSERT_NE(MAP_FAILED, area);
	ASSERT_EQ(area + page_size(),
		  mmap(area + page_size(), 2 * page_size(), PROT_READ,
		       MAP_SHARED | MAP_FIXED, self->fd, 0));
	EXPECT_EQ(-ENXIO, get_mapinfo(self->fd, area + page_size() - 1, &info));
	EXPECT_EQ(0xcccccccc, info.cache);
	EXPECT_EQ(0, get_mapinfo(self->fd, area + page_size(), &info));
	EXPECT_EQ(0, get_mapinfo(self->fd, area + 3 * page_size() - 1, &info));
	EXPECT_EQ(-ENXIO, get_mapinfo(self->fd, area + 3 * page_size(), &info));
	ASSERT_EQ(0, munmap(area + page_size(), page_size()));
	EXPECT_EQ(-ENXIO, get_mapinfo(self->fd, area + page_size(), &info));
	EXPECT_EQ(0, get_mapinfo(self->fd, area + 2 * page_size(), &info));
	EXPECT_EQ(page_size(), info.offset);
	munmap(area, 4 * page_size());
	EXPECT_EQ(-ENXIO, get_mapinfo(self->fd, area + 2 * page_size(), &info));
	close(zero);
}

/* A child asks about its own mappings, not about its parent's. */
TEST_F(device, mapinfo_in_a_child)
{
	struct mmapdemo_mapinfo info;
	pid_t pid = fork();

	if (!pid) {
		char *own;

		touch_pages(self->map, DEVICE_MAPPED, true);
		if (get_mapinfo(self->fd, self->map, &info) ||
		    info.properties != WRITABLE ||
		    info.cache != variant->kind.cache)
			_exit(1);
		munmap(self->map, DEVICE_MAPPED);
		if (get_mapinfo(self->fd, self->map, &info) != -ENXIO)
			_exit(2);
		own = map_shared(self->fd, page_size(), PROT_READ, page_size());
		if (get_mapinfo(self->fd, own, &info) ||
		    info.offset != page_size())
			_exit(3);
		_exit(0);
	}
	EXPECT_EQ(0, child_status(pid));
	touch_pages(self->map, DEVICE_MAPPED, true);
	EXPECT_MAPINFO(self->fd, self->map, 0, WRITABLE);
}

static void read_fdinfo(int fd, char *text, size_t size)
{
	char path[64];
	ssize_t n;
	int info;

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	info = open(path, O_RDONLY | O_CLOEXEC);
	n = read(info, text, size - 1);
	text[n < 0 ? 0 : n] = '\0';
	close(info);
}

TEST_F(device, fdinfo)
{
	char text[1024], want[256];
	struct mmapdemo_info info;

	ASSERT_EQ(1, pwrite(self->fd, "x", 1, 0));
	ASSERT_EQ(0, get_info(self->fd, &info));
	read_fdinfo(self->fd, text, sizeof(text));
	snprintf(want, sizeof(want),
		 "mmapdemo-size:\t%d\nmmapdemo-backing:\t%s\n"
		 "mmapdemo-cache:\t%s\nmmapdemo-populate:\t%s\n"
		 "mmapdemo-generation:\t%llu\n",
		 DEVICE_SIZE, backings[variant->kind.backing].name,
		 cache_names[variant->kind.cache],
		 variant->kind.lazy ? "lazy" : "now", info.generation);
	EXPECT_NE(NULL, strstr(text, want))
	{
		TH_LOG("fdinfo: %s", text);
	}
	EXPECT_EQ(NULL, strstr(text, "mmapdemo-seals"));
}

TEST_F(device, fdinfo_of_a_private_buffer)
{
	struct mmapdemo_seal seal = { .size = sizeof(seal),
				      .add = MMAPDEMO_SEAL_WRITE };
	int fd = create(self->fd, &variant->kind, 77);
	char text[1024];

	ASSERT_LE(0, fd);
	read_fdinfo(fd, text, sizeof(text));
	EXPECT_NE(NULL, strstr(text, "mmapdemo-size:\t77\n"));
	EXPECT_NE(NULL, strstr(text, "mmapdemo-generation:\t0\n"
				     "mmapdemo-seals:\t0x0\n"))
	{
		TH_LOG("fdinfo: %s", text);
	}
	ASSERT_EQ(0, RC(ioctl(fd, MMAPDEMO_IOC_SEAL, &seal)));
	read_fdinfo(fd, text, sizeof(text));
	EXPECT_NE(NULL, strstr(text, "mmapdemo-seals:\t0x2\n"))
	{
		TH_LOG("fdinfo: %s", text);
	}
	close(fd);
}

TEST_HARNESS_MAIN
