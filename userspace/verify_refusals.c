// SPDX-License-Identifier: GPL-2.0-only
/* The steps of mmapdemo verify about mappings that are refused, or private. */
#define _GNU_SOURCE
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/mman.h>

#include "verify_bytes.h"
#include "verify_steps.h"

/* Returns true if the mapping fails with this error. */
static bool refused(struct verify *v, int prot, int flags, uint64_t length,
		    uint64_t offset, const char *error)
{
	void *map = mmap(NULL, length, prot, flags, v->buffer.fd, offset);

	if (map == MAP_FAILED)
		return verify_say_expected(v, error, strerrorname_np(errno));
	munmap(map, length);
	return verify_say_expected(v, error, "a mapping");
}

/* map is a private mapping of the whole buffer; stores must copy its pages. */
static bool copies(struct verify *v, unsigned char *map)
{
	memcpy(v->found, map, v->size);
	if (!verify_same(v, "the private mapping", v->found, v->expected, 0,
			 v->size))
		return false;
	verify_make_pattern(v->found, 0, v->size, PATTERN_PRIVATE);
	memcpy(map, v->found, v->size);
	return verify_same(v, "the private mapping after a store", map,
			   v->found, 0, v->size) &&
	       verify_map_shows(v, "the shared mapping") &&
	       verify_kernel_sees(v, "the kernel");
}

static bool copies_on_write(struct verify *v)
{
	unsigned char *map = mmap(NULL, v->size, PROT_READ | PROT_WRITE,
				  MAP_PRIVATE, v->buffer.fd, 0);
	bool ok;

	if (map == MAP_FAILED)
		return verify_say_errno(v, "a private mapping");
	verify_store(v, PATTERN_SHARED);
	ok = copies(v, map);
	munmap(map, v->size);
	return ok &&
	       verify_say(v, true,
			  "%" PRIu64 " bytes copied, the buffer as it was",
			  v->size);
}

/* Only shmem supports private mappings. */
bool verify_private(struct verify *v)
{
	if (v->buffer.info.backing == MMAPDEMO_BACKING_SHMEM)
		return copies_on_write(v);
	return refused(v, PROT_READ | PROT_WRITE, MAP_PRIVATE, v->page_size, 0,
		       "EINVAL");
}

bool verify_executable(struct verify *v)
{
	return refused(v, PROT_READ | PROT_EXEC, MAP_SHARED, v->page_size, 0,
		       "EPERM");
}

bool verify_executable_later(struct verify *v)
{
	if (!mprotect(v->map, v->page_size,
		      PROT_READ | PROT_WRITE | PROT_EXEC)) {
		mprotect(v->map, v->page_size, PROT_READ | PROT_WRITE);
		return verify_say_expected(v, "EACCES",
					   "an executable mapping");
	}
	return verify_say_expected(v, "EACCES", strerrorname_np(errno));
}

bool verify_past_end(struct verify *v)
{
	return refused(v, PROT_READ | PROT_WRITE, MAP_SHARED, v->page_size,
		       v->pages * v->page_size, "ENXIO");
}

bool verify_across_end(struct verify *v)
{
	return refused(v, PROT_READ | PROT_WRITE, MAP_SHARED,
		       (v->pages + 1) * v->page_size, 0, "ENXIO");
}
