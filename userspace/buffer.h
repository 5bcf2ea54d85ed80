/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef BUFFER_H
#define BUFFER_H

#include <stdbool.h>
#include <stdint.h>

#include <linux/mmapdemo.h>

#include "device.h"
#include "names.h"
#include "options.h"
#include "private.h"

/* The buffer that the options of a subcommand name. */
struct buffer_args {
	const char *device;
	struct private_args private;
};

#define BUFFER_ARGS_INIT                                  \
	{                                                 \
		.device = DEFAULT_DEVICE,                 \
		.private = { .spec = PRIVATE_SPEC_INIT }, \
	}

// clang-format off
/* Options of every subcommand that opens a buffer. */
#define BUFFER_OPTIONS(args) \
	DEVICE_OPTION((args).device), PRIVATE_OPTIONS((args).private)

/* Options of every subcommand that takes a part of a buffer. */
#define RANGE_OPTIONS(range) \
	{ 'o', "offset", "BYTES", "start there (default 0)", \
	  parse_size, &(range).offset }, \
	{ 'l', "length", "BYTES", "that many (default: the rest)", \
	  parse_size, &(range).length }

#define RANGE_INIT	{ .length = REST_OF_BUFFER }
// clang-format on

struct json;

struct buffer {
	int fd;
	bool private;
	const char *device;		 /* the path that was opened */
	char created[PRIVATE_NAME_SIZE]; /* or the kind that was created */
	struct mmapdemo_info info;
};

/* A part of a buffer as the options give it. */
struct range {
	uint64_t offset;
	uint64_t length;
};

#define REST_OF_BUFFER UINT64_MAX

/* For messages: the path, or what kind of buffer was created. */
const char *buffer_name(const struct buffer *buffer);

/* Opens the path of a device or of a private buffer. Returns 0 or -errno. */
int buffer_try_open(struct buffer *buffer, const char *device, int access);

/* Creates a private buffer. Returns 0 or -errno. */
int buffer_try_create(struct buffer *buffer, const char *device,
		      const struct private_spec *spec);

/*
 * Opens or creates the buffer that the options name. Explains an error and
 * exits with its status. access is as in device.h.
 */
void buffer_open(struct buffer *buffer, const struct buffer_args *args,
		 int access);
void buffer_close(struct buffer *buffer);

/* Maps the whole buffer, shared. Returns MAP_FAILED and sets errno on error. */
void *buffer_try_map(const struct buffer *buffer, int prot);

/* The same, but explains an error and exits. */
unsigned char *buffer_map(const struct buffer *buffer, int prot);
void buffer_unmap(const struct buffer *buffer, void *map);

/* The range with its length filled in; exits if it is not within the buffer. */
struct range range_resolve(const struct range *asked,
			   const struct buffer *buffer);

/* Explains and exits if a seal forbids stores to the buffer. */
void buffer_check_unsealed(const struct buffer *buffer);

/* Explains and exits if there is no 32-bit word at this offset. */
void buffer_check_word(const struct buffer *buffer, uint64_t offset);

/* Is each page mapped when it is first accessed? */
bool buffer_lazy(const struct buffer *buffer);

/* The ioctls; they return 0, or -1 and set errno. */
int buffer_info(int fd, uint32_t flags, struct mmapdemo_info *info);
int buffer_mapinfo(int fd, const void *address,
		   struct mmapdemo_mapinfo *mapinfo);
int buffer_fill(int fd, const struct range *range, uint64_t pattern,
		uint32_t flags);
int buffer_checksum(int fd, const struct range *range, uint32_t *crc);

/* Makes stores through a mapping visible before those that follow. */
void store_fence(void);

/* The members that each JSON result starts with. */
void buffer_json(struct json *json, const struct buffer *buffer);

#endif
