/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PRIVATE_H
#define PRIVATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "options.h"

/* What a private buffer is to be. */
struct private_spec {
	uint64_t size;
	uint32_t backing;
	uint32_t cache;
	bool lazy;
};

/* Set by the options below. */
extern struct private_args {
	bool given; /* at least one of them */
	struct private_spec spec;
} private_args;

void parse_backing(const char *name, const char *text, void *to);
void parse_cache(const char *name, const char *text, void *to);
void parse_populate(const char *name, const char *text, void *to);
void parse_buffer_size(const char *name, const char *text, void *to);

// clang-format off
#define PRIVATE_OPTIONS \
	{ 0, "backing", "NAME", \
	  "private buffer: kmalloc (default), vmalloc, shmem, dma", \
	  parse_backing, &private_args }, \
	{ 0, "cache", "NAME", "private buffer: wb (default), wc, uc", \
	  parse_cache, &private_args }, \
	{ 0, "populate", "WHEN", "private buffer: now (default), lazy", \
	  parse_populate, &private_args }, \
	{ 0, "size", "BYTES", "private buffer: its size (default 8192)", \
	  parse_buffer_size, &private_args }
// clang-format on

/* "private buffer (kmalloc, wb, now)" */
#define PRIVATE_NAME_SIZE 64
void private_name(const struct private_spec *spec, char *name, size_t size);

/*
 * MMAPDEMO_IOC_CREATE on any descriptor of the device. flags: 0 or
 * MMAPDEMO_CREATE_CLOEXEC. Returns a descriptor or -errno.
 */
int private_create(int device, const struct private_spec *spec, uint32_t flags);

/* Can this machine have one, whatever its size? */
bool private_possible(int device, const struct private_spec *spec);

/* As private_args says, through --device; exits on error. */
int private_open(uint32_t flags);

/* Why there is no such combination here. */
const char *private_refusal(const struct private_spec *spec);

#endif
