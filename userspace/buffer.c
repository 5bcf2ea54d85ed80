// SPDX-License-Identifier: GPL-2.0-only
/* Opens, describes and maps a buffer of the module, and calls its ioctls. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "buffer.h"
#include "json.h"
#include "message.h"
#include "seals.h"

const char *buffer_name(const struct buffer *buffer)
{
	return *buffer->created ? buffer->created : buffer->device;
}

/* Makes fd the descriptor of the buffer, or closes it on error. */
static int describe(struct buffer *buffer, int fd)
{
	int error;

	buffer->fd = fd;
	if (!buffer_info(fd, 0, &buffer->info)) {
		buffer->private = buffer->info.properties &
				  MMAPDEMO_INFO_PRIVATE;
		return 0;
	}
	error = errno;
	close(fd);
	return -error;
}

int buffer_try_open(struct buffer *buffer, const char *device, int access)
{
	int fd = device_try_open(device, access);

	*buffer = (struct buffer){ .device = device };
	return fd < 0 ? fd : describe(buffer, fd);
}

static int adopt(struct buffer *buffer, const char *device,
		 const struct private_spec *spec, int fd)
{
	*buffer = (struct buffer){ .device = device };
	private_name(spec, buffer->created, sizeof(buffer->created));
	return describe(buffer, fd);
}

int buffer_try_create(struct buffer *buffer, const char *device,
		      const struct private_spec *spec)
{
	int device_fd = device_try_open(device, ACCESS_ANY);
	int fd;

	if (device_fd < 0)
		return device_fd;
	fd = private_create(device_fd, spec);
	close(device_fd);
	return fd < 0 ? fd : adopt(buffer, device, spec, fd);
}

void buffer_open(struct buffer *buffer, const struct buffer_args *args,
		 int access)
{
	const struct private_spec *spec = &args->private.spec;
	int error;

	if (args->private.given)
		error = adopt(buffer, args->device, spec,
			      private_open(args->device, spec));
	else
		error = buffer_try_open(buffer, args->device, access);
	if (error)
		device_explain(args->device, -error);
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

void buffer_check_unsealed(const struct buffer *buffer)
{
	char seals[SEALS_TEXT_SIZE];

	if (!(buffer->info.seals & SEALS_WRITE))
		return;
	complain("%s: sealed against writing: %s", buffer_name(buffer),
		 seals_text(buffer->info.seals, seals, sizeof(seals)));
	hint("mmapdemo create, for a new buffer");
	exit(EXIT_FAILED);
}

/*
 * After a WRITE seal, a descriptor that is open for writing cannot be mapped.
 */
static void explain_sealed_descriptor(const struct buffer *buffer)
{
	complain(
		"%s: sealed against writing, so it can be mapped only through a descriptor that is open for reading alone",
		buffer_name(buffer));
	hint("--device /dev/fd/N instead of fd:N, to open it for reading");
	exit(EXIT_FAILED);
}

unsigned char *buffer_map(const struct buffer *buffer, int prot)
{
	void *map = buffer_try_map(buffer, prot);

	if (map == MAP_FAILED && errno == EPERM && prot == PROT_READ &&
	    buffer->info.seals & MMAPDEMO_SEAL_WRITE)
		explain_sealed_descriptor(buffer);
	if (map == MAP_FAILED)
		die(EXIT_FAILED, "%s: mmap of %" PRIu64 " bytes: %s",
		    buffer_name(buffer), (uint64_t)buffer->info.mapping_size,
		    strerror(errno));
	return map;
}

struct range range_resolve(const struct range *asked,
			   const struct buffer *buffer)
{
	uint64_t size = buffer->info.buffer_size;
	struct range range = *asked;

	if (range.offset > size)
		die(EXIT_FAILED,
		    "%s: offset %" PRIu64
		    " is past the end of the buffer's %" PRIu64 " bytes",
		    buffer_name(buffer), range.offset, size);
	if (range.length == REST_OF_BUFFER)
		range.length = size - range.offset;
	if (range.length > size - range.offset)
		die(EXIT_FAILED,
		    "%s: %" PRIu64 " bytes from offset %" PRIu64
		    " do not fit in the buffer's %" PRIu64 " bytes",
		    buffer_name(buffer), range.length, range.offset, size);
	return range;
}

void buffer_check_word(const struct buffer *buffer, uint64_t offset)
{
	uint64_t size = buffer->info.buffer_size;

	if (offset % sizeof(uint32_t))
		die(EXIT_FAILED, "%s: offset %" PRIu64 " is no multiple of 4",
		    buffer_name(buffer), offset);
	if (size < sizeof(uint32_t) || offset > size - sizeof(uint32_t))
		die(EXIT_FAILED,
		    "%s: no 32-bit word of the buffer's %" PRIu64
		    " bytes is at offset %" PRIu64,
		    buffer_name(buffer), size, offset);
}

bool buffer_lazy(const struct buffer *buffer)
{
	return buffer->info.properties & MMAPDEMO_INFO_LAZY;
}

int buffer_info(int fd, uint32_t flags, struct mmapdemo_info *info)
{
	*info = (struct mmapdemo_info){
		.size = sizeof(*info),
		.flags = flags,
	};
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

/* A release fence of C is no instruction on x86, but stores to wc need SFENCE. */
void store_fence(void)
{
#ifdef __x86_64__
	__asm__ volatile("sfence" ::: "memory");
#else
	__sync_synchronize();
#endif
}

void buffer_json(struct json *json, const struct buffer *buffer)
{
	json_string(json, "device", buffer->device);
	json_bool(json, "private", buffer->private);
}
