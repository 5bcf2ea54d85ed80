// SPDX-License-Identifier: GPL-2.0-only
/*
 * Creates private buffers as their options say, and explains why that failed.
 */
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

void parse_backing(const char *name, const char *text, void *to)
{
	struct private_args *args = to;

	args->given = true;
	if (!backing_by_name(text, &args->spec.backing))
		die_usage("%s: '%s' is not " BACKING_NAMES, name, text);
}

void parse_cache(const char *name, const char *text, void *to)
{
	struct private_args *args = to;

	args->given = true;
	if (!cache_by_name(text, &args->spec.cache))
		die_usage("%s: '%s' is not " CACHE_NAMES, name, text);
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

int private_create(int device, const struct private_spec *spec)
{
	struct mmapdemo_create create = {
		.size = sizeof(create),
		.flags = spec->lazy ? MMAPDEMO_CREATE_LAZY : 0,
		.buffer_size = spec->size,
		.backing = spec->backing,
		.cache = spec->cache,
	};
	int fd = ioctl(device, MMAPDEMO_IOC_CREATE, &create);

	return fd < 0 ? -errno : fd;
}

#define HAS_PAGES(constant, name, copies, pages, ...) [constant] = pages,

const char *private_refusal(const struct private_spec *spec)
{
	static const bool has_pages[] = { FOR_EACH_BACKING(HAS_PAGES) };

	if (spec->cache == MMAPDEMO_CACHE_WT)
		return "RAM cannot be write-through";
	if (has_pages[spec->backing])
		return "pages of this backing can only be wb";
	if (spec->backing != MMAPDEMO_BACKING_DMA)
		return "this machine cannot give RAM this attribute";
	return spec->lazy ?
		       "DMA memory cannot be lazy" :
		       "DMA memory can only have the attribute that keeps it coherent";
}

bool private_possible(int device, const struct private_spec *spec)
{
	struct private_spec byte = *spec;
	int fd;

	byte.size = 1;
	fd = private_create(device, &byte);
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

/* Hints at what is supported and differs in this many choices from wanted. */
static bool hint_at_distance(int device, const struct private_spec *wanted,
			     int distance)
{
	bool hinted = false;

	for (uint32_t i = 0; i < 2 * CACHE_COUNT * BACKING_COUNT; i++) {
		struct private_spec spec = {
			.backing = i / 2 / CACHE_COUNT,
			.cache = i / 2 % CACHE_COUNT,
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
			 " bytes are more than this backing supports",
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

int private_open(const char *device, const struct private_spec *spec)
{
	int device_fd = device_open(device, ACCESS_ANY);
	int fd = private_create(device_fd, spec);

	if (fd == -ENOTTY)
		device_explain(device, ENOTTY);
	if (fd < 0) {
		explain(device_fd, spec, -fd);
		exit(EXIT_FAILED);
	}
	close(device_fd);
	return fd;
}
