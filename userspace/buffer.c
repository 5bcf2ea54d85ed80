// SPDX-License-Identifier: GPL-2.0-only
/* A buffer of the module: open, describe, map, and the ioctls. */
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "buffer.h"
#include "json.h"
#include "message.h"

static char created_name[PRIVATE_NAME_SIZE]; /* empty: not created by us */

const char *buffer_name(void)
{
	return *created_name ? created_name : device_path;
}

/* Takes the descriptor over. Only the device's own buffer has a node. */
static int describe(struct buffer *buffer, int fd)
{
	struct stat stat;
	int error;

	buffer->fd = fd;
	if (!buffer_info(fd, &buffer->info) && !fstat(fd, &stat)) {
		buffer->private = !S_ISCHR(stat.st_mode);
		return 0;
	}
	error = errno;
	close(fd);
	return -error;
}

int buffer_try_open(struct buffer *buffer, int access)
{
	int fd = device_try_open(access);

	*created_name = '\0';
	return fd < 0 ? fd : describe(buffer, fd);
}

static int adopt(struct buffer *buffer, const struct private_spec *spec, int fd)
{
	private_name(spec, created_name, sizeof(created_name));
	return describe(buffer, fd);
}

int buffer_try_create(struct buffer *buffer, const struct private_spec *spec)
{
	int device = device_try_open(ACCESS_ANY);
	int fd;

	if (device < 0)
		return device;
	fd = private_create(device, spec, MMAPDEMO_CREATE_CLOEXEC);
	close(device);
	return fd < 0 ? fd : adopt(buffer, spec, fd);
}

void buffer_open(struct buffer *buffer, int access)
{
	int error;

	if (private_args.given)
		error = adopt(buffer, &private_args.spec,
			      private_open(MMAPDEMO_CREATE_CLOEXEC));
	else
		error = buffer_try_open(buffer, access);
	if (error)
		device_explain(-error);
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
		    buffer_name(), (uint64_t)buffer->info.mapping_size,
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
		    buffer_name(), range->offset, size);
	if (range->length == REST_OF_BUFFER)
		range->length = size - range->offset;
	if (range->length > size - range->offset)
		die(EXIT_FAILED,
		    "%s: %" PRIu64 " bytes from offset %" PRIu64
		    " do not lie within the buffer's %" PRIu64 " bytes",
		    buffer_name(), range->length, range->offset, size);
}

void buffer_check_word(const struct buffer *buffer, uint64_t offset)
{
	uint64_t size = buffer->info.buffer_size;

	if (offset % sizeof(uint32_t))
		die(EXIT_FAILED, "%s: offset %" PRIu64 " is no multiple of 4",
		    buffer_name(), offset);
	if (size < sizeof(uint32_t) || offset > size - sizeof(uint32_t))
		die(EXIT_FAILED,
		    "%s: no 32-bit word of the buffer's %" PRIu64
		    " bytes is at offset %" PRIu64,
		    buffer_name(), size, offset);
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

void buffer_json(const struct buffer *buffer)
{
	json_string("device", device_path);
	json_bool("private", buffer->private);
}
