/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _MMAPDEMO_SELFTEST_DEVICE_H
#define _MMAPDEMO_SELFTEST_DEVICE_H

/*
 * The fixture that reloads the module for each kind of buffer, and everything
 * else that a test of the device needs.
 */
#include <stdint.h>
#include <sys/stat.h>

#include "harness.h"
#include "ioctls.h"
#include "kinds.h"
#include "log.h"
#include "mappings.h"
#include "memory.h"
#include "module.h"
#include "patterns.h"
#include "processes.h"
#include "procfs.h"

#define LIMIT_MB "/sys/module/" MODULE_NAME "/parameters/limit_mb"

/* The size of the fixture's buffer. A test may define another one before. */
#ifndef DEVICE_SIZE
#define DEVICE_SIZE 5000
#endif

#define DEVICE_MAPPED round_up_to_pages(DEVICE_SIZE)

/* Reloads the module. Returns 0 or -errno. */
static inline long device_load(unsigned long size, const struct kind *kind)
{
	char params[128];
	long rc = module_gone();

	if (rc)
		return rc;
	snprintf(params, sizeof(params),
		 "size=%lu backing=%s cache=%s populate=%s", size,
		 backings[kind->backing].name, cache_names[kind->cache],
		 kind->lazy ? "lazy" : "now");
	return module_load(params);
}

/*
 * Checks that no private buffer is left: with a limit of one unit, exactly that
 * much is available.
 */
#define EXPECT_NONE_LEFT()                                               \
	do {                                                             \
		size_t _unit = limit_unit(&variant->kind);               \
		int _fd;                                                 \
                                                                         \
		put_number(LIMIT_MB, _unit / MIB);                       \
		_fd = create(self->fd, &variant->kind, _unit);           \
		EXPECT_LE(0, _fd);                                       \
		EXPECT_EQ(-ENOSPC, create(self->fd, &variant->kind, 1)); \
		close(_fd);                                              \
	} while (0)

/* For a test without the fixture below. Skips it if the module is missing. */
#define REQUIRE_MODULE()                                      \
	do {                                                  \
		if (module_missing())                         \
			SKIP(return, "%s", module_missing()); \
		module_taint();                               \
	} while (0)

/* clang-format takes these for functions */
/* clang-format off */
/*
 * fd is open for reading and writing. map covers the whole buffer and is mapped
 * bytes long. Each test of the fixture fails if the kernel logs anything.
 */
FIXTURE(device) {
	int log;
	int fd;
	unsigned char *map;
	size_t mapped;
};

FIXTURE_VARIANT(device) {
	struct kind kind;
};

#define DEVICE_VARIANT(name, backing, cache, lazy)                         \
	FIXTURE_VARIANT_ADD(device, name) {                                \
		.kind = { MMAPDEMO_BACKING_##backing,                      \
			  MMAPDEMO_CACHE_##cache, lazy },                  \
	};

FOR_EACH_KIND(DEVICE_VARIANT)
/* clang-format on */

/* The type of self in a test. */
#define device_data FIXTURE_DATA(device)

static inline void device_release(device_data *self)
{
	munmap(self->map, self->mapped);
	close(self->fd);
}

/* Reloads the module with a buffer of this size. Returns 0 or -errno. */
static inline long device_renew(device_data *self, size_t size,
				const struct kind *kind)
{
	long rc = device_load(size, kind);

	if (rc)
		return rc;
	self->fd = device_open(O_RDWR);
	if (self->fd < 0)
		return self->fd;
	self->mapped = round_up_to_pages(size);
	self->map = map_shared(self->fd, self->mapped, RW, 0);
	return self->map == MAP_FAILED ? -errno : 0;
}

/* In a test: reloads the module with another size than DEVICE_SIZE. */
#define RENEW(size)                                                     \
	do {                                                            \
		device_release(self);                                   \
		ASSERT_EQ(0, device_renew(self, size, &variant->kind)); \
	} while (0)

FIXTURE_SETUP(device)
{
	if (module_missing())
		SKIP(return, "%s", module_missing());
	if (!kind_possible(&variant->kind))
		SKIP(return, "this machine has no backing=%s cache=%s",
			   backings[variant->kind.backing].name,
			   cache_names[variant->kind.cache]);
	module_taint();
	self->log = log_mark();
	ASSERT_LE(0, self->log);
	ASSERT_EQ(0, device_renew(self, DEVICE_SIZE, &variant->kind));
}

FIXTURE_TEARDOWN(device)
{
	device_release(self);
	EXPECT_EQ(0, module_gone());
	EXPECT_LOG_SILENT(self->log);
	close(self->log);
}

#endif /* _MMAPDEMO_SELFTEST_DEVICE_H */
