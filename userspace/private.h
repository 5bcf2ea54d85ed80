/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PRIVATE_H
#define PRIVATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "names.h"
#include "options.h"

/* The requested properties of a private buffer. */
struct private_spec {
	uint64_t size;
	uint32_t backing;
	uint32_t cache;
	bool lazy;
};

/* The defaults of the options below. */
#define PRIVATE_SPEC_INIT                                          \
	{                                                          \
		.size = 8192, .backing = MMAPDEMO_BACKING_KMALLOC, \
		.cache = MMAPDEMO_CACHE_WB,                        \
	}

/* Set by the options below. */
struct private_args {
	bool given; /* at least one of them */
	struct private_spec spec;
};

void parse_backing(const char *name, const char *text, void *to);
void parse_cache(const char *name, const char *text, void *to);
void parse_populate(const char *name, const char *text, void *to);
void parse_buffer_size(const char *name, const char *text, void *to);

// clang-format off
#define PRIVATE_OPTIONS(args) \
	{ 0, "backing", "NAME", \
	  "private buffer: " BACKING_NAMES " (default kmalloc)", \
	  parse_backing, &(args) }, \
	{ 0, "cache", "NAME", \
	  "private buffer: " CACHE_NAMES " (default wb)", \
	  parse_cache, &(args) }, \
	{ 0, "populate", "WHEN", \
	  "private buffer: now or lazy (default now)", \
	  parse_populate, &(args) }, \
	{ 0, "size", "BYTES", "private buffer: its size (default 8192)", \
	  parse_buffer_size, &(args) }
// clang-format on

/* "private buffer (kmalloc, wb, now)" */
#define PRIVATE_NAME_SIZE 64
void private_name(const struct private_spec *spec, char *name, size_t size);

/*
 * MMAPDEMO_IOC_CREATE on any descriptor of the device. Returns a descriptor,
 * which execve(2) closes, or -errno.
 */
int private_create(int device, const struct private_spec *spec);

/* Does this machine support the combination? */
bool private_possible(int device, const struct private_spec *spec);

/* The same through a device; explains an error and exits. */
int private_open(const char *device, const struct private_spec *spec);

/* Why this machine does not support the combination. */
const char *private_refusal(const struct private_spec *spec);

#endif
