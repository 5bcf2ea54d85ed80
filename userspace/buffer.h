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

// clang-format off
/* Options of every subcommand that opens a buffer. */
#define BUFFER_OPTIONS	DEVICE_OPTION, PRIVATE_OPTIONS

/* Options of every subcommand that takes a part of a buffer. */
#define RANGE_OPTIONS(range) \
	{ 'o', "offset", "BYTES", "start there (default 0)", \
	  parse_size, &(range).offset }, \
	{ 'l', "length", "BYTES", "that many (default: the rest)", \
	  parse_size, &(range).length }

#define RANGE_INIT	{ .length = REST_OF_BUFFER }
// clang-format on

struct buffer {
	int fd;
	bool private;
	struct mmapdemo_info info;
};

/* A part of a buffer as the options give it. */
struct range {
	uint64_t offset;
	uint64_t length;
};

#define REST_OF_BUFFER UINT64_MAX

/* What messages call the buffer that was opened last. */
const char *buffer_name(void);

/* What --device names, private or not. Returns 0 or -errno. */
int buffer_try_open(struct buffer *buffer, int access);

/* A new private one, through --device. Returns 0 or -errno. */
int buffer_try_create(struct buffer *buffer, const struct private_spec *spec);

/*
 * What all the options say. Explains the error and exits with the status it
 * deserves. access as in device.h.
 */
void buffer_open(struct buffer *buffer, int access);
void buffer_close(struct buffer *buffer);

/* The whole buffer, shared. MAP_FAILED and errno on error. */
void *buffer_try_map(const struct buffer *buffer, int prot);

/* The same, but exits on error. */
unsigned char *buffer_map(const struct buffer *buffer, int prot);
void buffer_unmap(const struct buffer *buffer, void *map);

/* Gives length its value; exits when the range is not within the buffer. */
void range_resolve(struct range *range, const struct buffer *buffer);

/* Exits when there is no 32-bit word at this offset. */
void buffer_check_word(const struct buffer *buffer, uint64_t offset);

/* The ioctls, with errno as the C library has it. */
int buffer_info(int fd, struct mmapdemo_info *info);
int buffer_mapinfo(int fd, const void *address,
		   struct mmapdemo_mapinfo *mapinfo);
int buffer_fill(int fd, const struct range *range, uint64_t pattern,
		uint32_t flags);
int buffer_checksum(int fd, const struct range *range, uint32_t *crc);

/* Stores through a mapping become visible to everyone before what follows. */
void store_fence(void);

/* The members that each JSON result starts with. */
void buffer_json(const struct buffer *buffer);

#endif
