// SPDX-License-Identifier: GPL-2.0-only
/* Private buffers: their options, MMAPDEMO_IOC_CREATE, and why it failed. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <linux/mmapdemo.h>

#include "device.h"
#include "message.h"
#include "module.h"
#include "names.h"
#include "private.h"

#define LIMIT MODULE_SYSFS "/parameters/limit_mb"

struct private_args private_args = {
	.spec = { .size = 8192,
		  .backing = MMAPDEMO_BACKING_KMALLOC,
		  .cache = MMAPDEMO_CACHE_WB },
};

void parse_backing(const char *name, const char *text, void *to)
{
	struct private_args *args = to;

	args->given = true;
	if (!backing_by_name(text, &args->spec.backing))
		die_usage("%s: '%s' is not kmalloc, vmalloc, shmem or dma",
			  name, text);
}

void parse_cache(const char *name, const char *text, void *to)
{
	struct private_args *args = to;

	args->given = true;
	if (!cache_by_name(text, &args->spec.cache))
		die_usage("%s: '%s' is not wb, wc or uc", name, text);
}

void parse_populate(const char *name, const char *text, void *to)
{
	struct private_args *args = to;

	args->given = true;
	args->spec.lazy = !strcmp(text, "lazy");
	if (!args->spec.lazy && strcmp(text, "now") != 0)
		die_usage("%s: '%s' is not now or lazy", name, text);
}

void parse_buffer_size(const char *name, const char *text, void *to)
{
	struct private_args *args = to;

	args->given = true;
	parse_size(name, text, &args->spec.size);
	if (!args->spec.size)
		die_usage("%s: a buffer has at least 1 byte", name);
}

void private_name(const struct private_spec *spec, char *name, size_t size)
{
	snprintf(name, size, "private buffer (%s, %s, %s)",
		 backing_name(spec->backing), cache_name(spec->cache),
		 populate_name(spec->lazy));
}

int private_create(int device, const struct private_spec *spec, uint32_t flags)
{
	struct mmapdemo_create create = {
		.size = sizeof(create),
		.flags = flags | (spec->lazy ? MMAPDEMO_CREATE_LAZY : 0),
		.buffer_size = spec->size,
		.backing = spec->backing,
		.cache = spec->cache,
	};
	int fd = ioctl(device, MMAPDEMO_IOC_CREATE, &create);

	return fd < 0 ? -errno : fd;
}

const char *private_refusal(const struct private_spec *spec)
{
	if (spec->cache == MMAPDEMO_CACHE_WT)
		return "RAM cannot be write-through";
	switch (spec->backing) {
	case MMAPDEMO_BACKING_VMALLOC:
	case MMAPDEMO_BACKING_SHMEM:
		return "pages of this backing can only be wb";
	case MMAPDEMO_BACKING_DMA:
		return spec->lazy ?
			       "DMA memory is mapped at once" :
			       "DMA memory has the one attribute that keeps it coherent";
	default:
		return "this machine cannot give RAM this attribute";
	}
}

bool private_possible(int device, const struct private_spec *spec)
{
	struct private_spec byte = *spec;
	int fd;

	byte.size = 1;
	fd = private_create(device, &byte, MMAPDEMO_CREATE_CLOEXEC);
	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

static int differences(const struct private_spec *a,
		       const struct private_spec *b)
{
	return (a->backing != b->backing) + (a->cache != b->cache) +
	       (a->lazy != b->lazy);
}

/* Tries what differs in so many choices from what was asked for. */
static bool hint_at_distance(int device, const struct private_spec *wanted,
			     int distance)
{
	bool hinted = false;

	for (uint32_t i = 0; i < 4 * 3 * 2; i++) {
		struct private_spec spec = {
			.backing = i / 6,
			.cache = i / 2 % 3,
			.lazy = i % 2,
		};

		if (differences(&spec, wanted) != distance ||
		    !private_possible(device, &spec))
			continue;
		hint("--backing %s --cache %s --populate %s",
		     backing_name(spec.backing), cache_name(spec.cache),
		     populate_name(spec.lazy));
		hinted = true;
	}
	return hinted;
}

static void hint_neighbours(int device, const struct private_spec *wanted)
{
	int distance = 1;

	while (distance <= 3 && !hint_at_distance(device, wanted, distance))
		distance++;
}

static void explain_limit(const char *name, uint64_t size)
{
	char limit[32];

	if (!module_read_line(LIMIT, limit, sizeof(limit)))
		strcpy(limit, "?");
	complain(
		"%s: %" PRIu64
		" bytes: all private buffers together would exceed limit_mb=%s",
		name, size, limit);
	hint("a smaller --size, or: echo MEGABYTES | sudo tee " LIMIT);
}

static void explain(int device, const struct private_spec *spec, int error)
{
	char name[PRIVATE_NAME_SIZE];

	private_name(spec, name, sizeof(name));
	switch (error) {
	case EOPNOTSUPP:
		complain("%s: not possible: %s", name, private_refusal(spec));
		hint_neighbours(device, spec);
		return;
	case ENOSPC:
		explain_limit(name, spec->size);
		return;
	case EINVAL:
		complain("%s: %" PRIu64
			 " bytes are more than this backing can have",
			 name, spec->size);
		break;
	case ENOMEM:
		complain("%s: no memory for %" PRIu64
			 " bytes, or the memory cgroup's limit is reached",
			 name, spec->size);
		break;
	default:
		complain("%s: %s", name, strerror(error));
		hint("mmapdemo doctor");
		return;
	}
	hint("a smaller --size%s",
	     spec->backing == MMAPDEMO_BACKING_KMALLOC ||
			     spec->backing == MMAPDEMO_BACKING_DMA ?
		     ", or --backing vmalloc" :
		     "");
}

int private_open(uint32_t flags)
{
	int device = device_open(ACCESS_ANY);
	int fd = private_create(device, &private_args.spec, flags);

	if (fd == -ENOTTY)
		device_explain(ENOTTY);
	if (fd < 0) {
		explain(device, &private_args.spec, -fd);
		exit(EXIT_FAILED);
	}
	close(device);
	return fd;
}
