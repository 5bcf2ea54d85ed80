// SPDX-License-Identifier: GPL-2.0-only
/* Checks a part of a buffer by each way that there is, and stores to it. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <zlib.h>

#include "buffer.h"
#include "stress.h"
#include "transfer.h"

void stress_compare(struct worker *w, const struct part *part,
		    const unsigned char *seen, const char *way)
{
	uint64_t i = 0;

	if (!memcmp(seen, part->want, part->length))
		return;
	while (seen[i] == part->want[i])
		i++;
	stress_mismatch(w, "%s: byte %" PRIu64 " is %#x by %s, not %#x",
			part->what, part->at + i, seen[i], way, part->want[i]);
}

unsigned char *stress_map(struct worker *w, const struct part *part, int prot)
{
	uint64_t skip = part->at % sysconf(_SC_PAGESIZE);
	unsigned char *map = mmap(NULL, skip + part->length, prot, MAP_SHARED,
				  part->fd, part->at - skip);

	if (map == MAP_FAILED) {
		if (errno != ENOMEM)
			stress_mismatch(w, "%s: mmap: %s", part->what,
					strerror(errno));
		return NULL;
	}
	return map + skip;
}

void stress_unmap(const struct part *part, unsigned char *map)
{
	uint64_t skip = part->at % sysconf(_SC_PAGESIZE);

	munmap(map - skip, skip + part->length);
}

static void check_by_mapping(struct worker *w, const struct part *part)
{
	unsigned char *map = stress_map(w, part, PROT_READ);

	if (!map)
		return;
	store_fence();
	stress_compare(w, part, map, "its mapping");
	stress_unmap(part, map);
}

static void check_by_read(struct worker *w, const struct part *part)
{
	unsigned char *seen = allocate(part->length);

	if (pread_all(part->fd, seen, part->length, part->at) != part->length)
		stress_mismatch(w, "%s: pread: %s", part->what,
				strerror(errno));
	else
		stress_compare(w, part, seen, "read(2)");
	free(seen);
}

static void check_by_checksum(struct worker *w, const struct part *part)
{
	struct range range = { part->at, part->length };
	uint32_t crc, want = crc32_z(0, part->want, part->length);

	if (buffer_checksum(part->fd, &range, &crc))
		stress_mismatch(w, "%s: CHECKSUM: %s", part->what,
				strerror(errno));
	else if (crc != want)
		stress_mismatch(w,
				"%s: CHECKSUM is %08" PRIx32 ", not %08" PRIx32,
				part->what, crc, want);
}

void stress_check_part(struct worker *w, const struct part *part)
{
	check_by_mapping(w, part);
	check_by_read(w, part);
	check_by_checksum(w, part);
	calls_progress_step(w->progress, part->what, NULL);
	stress_count(&w->shared->checks, 1);
}

static void store_by_mapping(struct worker *w, const struct part *part)
{
	unsigned char *map = stress_map(w, part, PROT_READ | PROT_WRITE);

	if (!map)
		return;
	memcpy(map, part->want, part->length);
	store_fence();
	stress_unmap(part, map);
}

static void store_by_write(struct worker *w, const struct part *part)
{
	if (pwrite_all(part->fd, part->want, part->length, part->at) !=
	    part->length)
		stress_mismatch(w, "%s: pwrite: %s", part->what,
				strerror(errno));
}

void stress_want_count(unsigned char *want, uint64_t at, uint64_t length,
		       uint64_t pattern)
{
	for (uint64_t i = 0; i < length; i++) {
		uint64_t o = at + i, number = pattern + o - o % 8;

		want[i] = number >> 8 * (o % 8);
	}
}

static void store_by_fill(struct worker *w, const struct part *part,
			  uint64_t pattern)
{
	struct range range = { part->at, part->length };

	if (buffer_fill(part->fd, &range, pattern, MMAPDEMO_FILL_COUNT))
		stress_mismatch(w, "%s: FILL: %s", part->what, strerror(errno));
}

void stress_store_part(struct worker *w, const struct part *part,
		       uint64_t pattern)
{
	switch (stress_decide(w, 3)) {
	case 0:
		store_by_mapping(w, part);
		break;
	case 1:
		store_by_write(w, part);
		break;
	default:
		store_by_fill(w, part, pattern);
	}
}
