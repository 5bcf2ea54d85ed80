// SPDX-License-Identifier: GPL-2.0-only
/*
 * Who may do what: the node's mode, other users, a descriptor that a user got
 * from somebody who may, and that such a user learns no physical address.
 */
#include <sys/sysmacros.h>

#include "device.h"

TEST_F(device, node)
{
	struct stat st;

	ASSERT_EQ(0, stat(DEVICE, &st));
	EXPECT_TRUE(S_ISCHR(st.st_mode));
	EXPECT_EQ(0660, st.st_mode & 07777);
	EXPECT_EQ(0, st.st_uid);
	EXPECT_EQ(10, major(st.st_rdev));
}

TEST_F(device, others_cannot_open)
{
	static const int modes[] = { O_RDONLY, O_WRONLY, O_RDWR };
	pid_t pid = fork();
	size_t i;

	if (!pid) {
		become_nobody();
		if (open("/dev/null", O_RDWR) < 0)
			_exit(101);
		for (i = 0; i < ARRAY_SIZE(modes); i++)
			if (device_open(modes[i]) != -EACCES)
				_exit(1 + i);
		_exit(0);
	}
	EXPECT_EQ(0, child_status(pid));
}

/*
 * Uses a descriptor in every way, since it carries the right to do so. Returns 0, or
 * the number of the step that failed.
 */
static int use_all(int fd, const struct kind *kind)
{
	struct mmapdemo_mapinfo mapinfo;
	struct mmapdemo_info info;
	bool copies = backings[kind->backing].copies;
	char byte, *map;
	long private;
	__u32 crc;

	if (get_info(fd, &info))
		return 1;
	if (fill(fd, 0, 0, 8, 0) || checksum(fd, 0, 8, &crc))
		return 2;
	if (pwrite(fd, "n", 1, 0) != 1 || pread(fd, &byte, 1, 0) != 1)
		return 3;
	map = map_shared(fd, page_size(), RW, 0);
	if (map == MAP_FAILED || map[0] != 'n')
		return 4;
	if (get_mapinfo(fd, map, &mapinfo))
		return 5;
	private = RC(mmap(NULL, page_size(), PROT_READ, MAP_PRIVATE, fd, 0));
	if (copies ? private < 0 : private != -EINVAL)
		return 6;
	return 0;
}

TEST_F(device, an_inherited_descriptor_works)
{
	pid_t pid = fork();

	if (!pid) {
		become_nobody();
		_exit(use_all(self->fd, &variant->kind));
	}
	EXPECT_EQ(0, child_status(pid));
}

/* Returns the offset that /proc/self/maps shows for the mapping at that address. */
static long long offset_in_maps(const void *address)
{
	unsigned long start, end, offset;
	long long found = -1;
	char line[512];
	FILE *f = fopen("/proc/self/maps", "re");

	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "%lx-%lx %*s %lx", &start, &end, &offset) ==
			    3 &&
		    start == (uintptr_t)address)
			found = offset;
	if (f)
		fclose(f);
	return found;
}

TEST_F(device, maps_shows_the_offset_in_the_buffer)
{
	pid_t pid = fork();
	char *first, *second, *private;

	if (!pid) {
		become_nobody();
		first = map_shared(self->fd, page_size(), PROT_READ, 0);
		second = map_shared(self->fd, page_size(), PROT_READ,
				    page_size());
		if (offset_in_maps(first) != 0)
			_exit(1);
		if (offset_in_maps(second) != (long long)page_size())
			_exit(2);
		private = mmap(NULL, page_size(), RW, MAP_PRIVATE, self->fd,
			       page_size());
		if (private != MAP_FAILED &&
		    offset_in_maps(private) != (long long)page_size())
			_exit(3);
		_exit(0);
	}
	EXPECT_EQ(0, child_status(pid));
}

/* Returns the page frame number that pagemap shows for a page. */
static uint64_t frame_in_pagemap(const void *address)
{
	int fd = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
	uint64_t entry = ~0ULL;

	if (pread(fd, &entry, sizeof(entry),
		  (uintptr_t)address / page_size() * sizeof(entry)) < 0)
		entry = ~0ULL;
	close(fd);
	return entry & ((1ULL << 55) - 1);
}

/* pagemap does not tell root either if the kernel does not refcount the pages. */
TEST_F(device, pagemap_shows_no_frame)
{
	pid_t pid;

	touch_pages(self->map, DEVICE_MAPPED, true);
	if (!backings[variant->kind.backing].pages) {
		EXPECT_EQ(0, frame_in_pagemap(self->map));
	}
	pid = fork();
	if (!pid) {
		become_nobody();
		touch_pages(self->map, DEVICE_MAPPED, true);
		_exit(frame_in_pagemap(self->map) != 0);
	}
	EXPECT_EQ(0, child_status(pid));
}

TEST_HARNESS_MAIN
