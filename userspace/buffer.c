// SPDX-License-Identifier: GPL-2.0-only
/* A buffer of the module: open, describe, map, and the ioctls. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "buffer.h"
#include "message.h"
#include "module.h"

const char *buffer_device = DEFAULT_DEVICE;

int buffer_try_open(struct buffer *buffer, int access)
{
	int error;

	buffer->fd = open(buffer_device, access | O_CLOEXEC);
	if (buffer->fd < 0)
		return -errno;
	if (!buffer_info(buffer->fd, &buffer->info))
		return 0;
	error = errno;
	close(buffer->fd);
	return -error;
}

static void explain_missing(int error)
{
	complain("%s: %s", buffer_device, strerror(error));
	if (!module_loaded())
		hint("modprobe " MODULE_NAME);
	else
		hint("mmapdemo doctor");
}

static void explain_forbidden(int error)
{
	complain("%s: %s", buffer_device, strerror(error));
	hint("sudo usermod -aG " MODULE_NAME
	     " $USER, then log in again; mmapdemo doctor tells more");
}

void buffer_open(struct buffer *buffer, int access)
{
	int error = -buffer_try_open(buffer, access);

	switch (error) {
	case 0:
		return;
	case ENOENT:
	case ENODEV:
	case ENXIO:
	case ENOTDIR:
		explain_missing(error);
		exit(EXIT_NO_DEVICE);
	case EACCES:
	case EPERM:
		explain_forbidden(error);
		exit(EXIT_NO_PERMISSION);
	case ENOTTY:
	case EISDIR:
		complain("%s: not a device of the module " MODULE_NAME,
			 buffer_device);
		hint("mmapdemo doctor");
		exit(EXIT_NO_DEVICE);
	default:
		complain("%s: %s", buffer_device, strerror(error));
		hint("mmapdemo doctor");
		exit(EXIT_FAILED);
	}
}

void buffer_close(struct buffer *buffer)
{
	close(buffer->fd);
}

void *buffer_try_map(const struct buffer *buffer, int prot)
{
	return mmap(NULL, buffer->info.mapping_size, prot, MAP_SHARED,
		    buffer->fd, 0);
}

void buffer_unmap(const struct buffer *buffer, void *map)
{
	munmap(map, buffer->info.mapping_size);
}

unsigned char *buffer_map(const struct buffer *buffer, int prot)
{
	void *map = buffer_try_map(buffer, prot);

	if (map == MAP_FAILED)
		die(EXIT_FAILED, "%s: mmap of %" PRIu64 " bytes: %s",
		    buffer_device, (uint64_t)buffer->info.mapping_size,
		    strerror(errno));
	return map;
}

void range_resolve(struct range *range, const struct buffer *buffer)
{
	uint64_t size = buffer->info.buffer_size;

	if (range->offset > size)
		die(EXIT_FAILED,
		    "%s: offset %" PRIu64 " lies behind the buffer's %" PRIu64
		    " bytes",
		    buffer_device, range->offset, size);
	if (range->length == REST_OF_BUFFER)
		range->length = size - range->offset;
	if (range->length > size - range->offset)
		die(EXIT_FAILED,
		    "%s: %" PRIu64 " bytes from offset %" PRIu64
		    " do not lie within the buffer's %" PRIu64 " bytes",
		    buffer_device, range->length, range->offset, size);
}

int buffer_info(int fd, struct mmapdemo_info *info)
{
	*info = (struct mmapdemo_info){ .size = sizeof(*info) };
	return ioctl(fd, MMAPDEMO_IOC_INFO, info);
}

int buffer_mapinfo(int fd, const void *address,
		   struct mmapdemo_mapinfo *mapinfo)
{
	*mapinfo = (struct mmapdemo_mapinfo){
		.size = sizeof(*mapinfo),
		.address = (uintptr_t)address,
	};
	return ioctl(fd, MMAPDEMO_IOC_MAPINFO, mapinfo);
}

int buffer_fill(int fd, const struct range *range, uint64_t pattern,
		uint32_t flags)
{
	struct mmapdemo_fill fill = {
		.size = sizeof(fill),
		.flags = flags,
		.offset = range->offset,
		.length = range->length,
		.pattern = pattern,
	};

	return ioctl(fd, MMAPDEMO_IOC_FILL, &fill);
}

int buffer_checksum(int fd, const struct range *range, uint32_t *crc)
{
	struct mmapdemo_checksum checksum = {
		.size = sizeof(checksum),
		.offset = range->offset,
		.length = range->length,
	};

	if (ioctl(fd, MMAPDEMO_IOC_CHECKSUM, &checksum))
		return -1;
	*crc = checksum.crc;
	return 0;
}

/* A compiler's release fence is no instruction on x86: wc needs a real one. */
void store_fence(void)
{
#ifdef __x86_64__
	__asm__ volatile("sfence" ::: "memory");
#else
	__sync_synchronize();
#endif
}

const char *cache_name(uint32_t cache)
{
	switch (cache) {
	case MMAPDEMO_CACHE_WB:
		return "wb";
	case MMAPDEMO_CACHE_WC:
		return "wc";
	case MMAPDEMO_CACHE_UC:
		return "uc";
	case MMAPDEMO_CACHE_WT:
		return "wt";
	case MMAPDEMO_CACHE_MIXED:
		return "mixed";
	default:
		return "?";
	}
}

const char *cache_words(uint32_t cache)
{
	switch (cache) {
	case MMAPDEMO_CACHE_WB:
		return "write-back";
	case MMAPDEMO_CACHE_WC:
		return "write-combining";
	case MMAPDEMO_CACHE_UC:
		return "uncached";
	case MMAPDEMO_CACHE_WT:
		return "write-through";
	case MMAPDEMO_CACHE_MIXED:
		return "the pages differ";
	default:
		return "unknown to this tool";
	}
}

const char *backing_name(uint32_t backing)
{
	return backing == MMAPDEMO_BACKING_KMALLOC ? "kmalloc" : "?";
}
