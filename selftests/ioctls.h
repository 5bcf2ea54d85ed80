/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _MMAPDEMO_SELFTEST_IOCTLS_H
#define _MMAPDEMO_SELFTEST_IOCTLS_H

/*
 * Short forms of the calls on the device. They return what the call returns, or
 * -errno.
 */
#include <fcntl.h>
#include <sys/ioctl.h>

#include <linux/mmapdemo.h>

#include "kinds.h"
#include "module.h"

#define DEVICE "/dev/" MODULE_NAME

static inline int device_open(int flags)
{
	return RC(open(DEVICE, flags | O_CLOEXEC));
}

/* Calls INFO and requests the effective attribute, too. */
static inline int get_info(int fd, struct mmapdemo_info *info)
{
	memset(info, 0xcc, sizeof(*info));
	info->size = sizeof(*info);
	info->flags = MMAPDEMO_INFO_READ_BACK;
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

/* Creates a private buffer with any numbers, also with wrong ones. */
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

/* Creates a private buffer. Returns its descriptor, or -errno. */
static inline int create(int fd, const struct kind *kind, __u64 size)
{
	return create_raw(fd, kind->lazy ? MMAPDEMO_CREATE_LAZY : 0, size,
			  kind->backing, kind->cache);
}

#define NO_TIMEOUT (~0ULL)

/* The timeout is a duration in ns, or NO_TIMEOUT. */
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

/* Returns the generation in fdinfo. Reading it does not acknowledge it. */
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

/*
 * In a test: checks what MAPINFO says about an address whose page was touched.
 */
#define EXPECT_ENTRY(fd, at, at_offset, want_flags, want_bytes) \
	do {                                                    \
		struct mmapdemo_mapinfo _i;                     \
                                                                \
		EXPECT_EQ(0, get_mapinfo(fd, at, &_i));         \
		EXPECT_EQ(sizeof(_i), _i.size);                 \
		EXPECT_EQ(0, _i.flags);                         \
		EXPECT_EQ(0, _i.reserved);                      \
		EXPECT_EQ((want_flags), _i.properties);         \
		EXPECT_EQ((uintptr_t)(at), _i.address);         \
		EXPECT_EQ((at_offset), _i.offset);              \
		EXPECT_EQ(variant->kind.cache, _i.cache);       \
		EXPECT_EQ((want_bytes), _i.entry_size);         \
	} while (0)

#define EXPECT_MAPINFO(fd, at, at_offset, want_flags) \
	EXPECT_ENTRY(fd, at, at_offset, want_flags, page_size())

#define READABLE MMAPDEMO_MAPINFO_PRESENT
#define WRITABLE (MMAPDEMO_MAPINFO_PRESENT | MMAPDEMO_MAPINFO_WRITE)

#endif /* _MMAPDEMO_SELFTEST_IOCTLS_H */
