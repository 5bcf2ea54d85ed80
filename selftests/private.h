/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _MMAPDEMO_SELFTEST_PRIVATE_H
#define _MMAPDEMO_SELFTEST_PRIVATE_H

/*
 * A fixture of a private buffer that also runs with a memfd, as the control: what a
 * test says of both is what the kernel's own interface does.
 */
#include "buffers.h"
#include "descriptors.h"
#include "device.h"
#include "poke_ways.h"
#include "seals.h"
#include "write_ways.h"

/* Size of the fixture's buffer; its last page is not full. */
#define OBJECT_SIZE 9000
#define OBJECT_MAPPED round_up_to_pages(OBJECT_SIZE)

/* clang-format takes these for functions */
/* clang-format off */
/*
 * fd is a private buffer, or a memfd of the same size. Each test of the fixture
 * fails if the kernel logs anything.
 */
FIXTURE(object) {
	int log;
	int device;
	int fd;
};

FIXTURE_VARIANT(object) {
	bool memfd;
	struct kind kind;
};

#define OBJECT_VARIANT(name, backing, cache, lazy)                         \
	FIXTURE_VARIANT_ADD(object, name) {                                \
		.kind = { MMAPDEMO_BACKING_##backing,                      \
			  MMAPDEMO_CACHE_##cache, lazy },                  \
	};

FIXTURE_VARIANT_ADD(object, memfd) {
	.memfd = true,
};

FOR_EACH_PRIVATE_KIND(OBJECT_VARIANT)
/* clang-format on */

#define object_data FIXTURE_DATA(object)
#define object_variant FIXTURE_VARIANT(object)

/* A memfd with the mode of a private buffer. */
static inline int object_memfd(void)
{
	int fd = RC(memfd_create("control", MFD_CLOEXEC | MFD_ALLOW_SEALING));

	if (fd >= 0 && (ftruncate(fd, OBJECT_SIZE) || fchmod(fd, 0600)))
		return -errno;
	return fd;
}

/* Makes another one of the variant's kind. */
static inline int object_new(const object_data *self,
			     const object_variant *variant)
{
	return variant->memfd ?
		       object_memfd() :
		       create(self->device, &variant->kind, OBJECT_SIZE);
}

static inline int object_seals(const object_variant *variant, int fd, __u32 add)
{
	return variant->memfd ? memfd_seals(fd, add) : buffer_seals(fd, add);
}

/* Can its mappings' pages be pinned? */
static inline bool object_pins(const object_variant *variant)
{
	return variant->memfd || backings[variant->kind.backing].pages;
}

static inline bool object_copies(const object_variant *variant)
{
	return variant->memfd || backings[variant->kind.backing].copies;
}

FIXTURE_SETUP(object)
{
	static const struct kind of_the_device;

	if (module_missing())
		SKIP(return, "%s", module_missing());
	if (!kind_possible(&variant->kind))
		SKIP(return, "this machine has no backing=%s cache=%s",
			   backings[variant->kind.backing].name,
			   cache_names[variant->kind.cache]);
	module_taint();
	self->log = log_mark();
	ASSERT_LE(0, self->log);
	ASSERT_EQ(0, device_load(page_size(), &of_the_device));
	self->device = device_open(O_RDWR);
	ASSERT_LE(0, self->device);
	self->fd = object_new(self, variant);
	ASSERT_LE(0, self->fd);
}

FIXTURE_TEARDOWN(object)
{
	close(self->fd);
	close(self->device);
	EXPECT_EQ(0, module_gone());
	EXPECT_LOG_SILENT(self->log);
	close(self->log);
}

#endif /* _MMAPDEMO_SELFTEST_PRIVATE_H */
