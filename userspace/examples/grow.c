// SPDX-License-Identifier: GPL-2.0-only
/*
 * grow: a mapping that exists before its file has any content.
 *
 * The idea: a mapping says which part of the file is shown where. The file may
 * change meanwhile: a page that raises SIGBUS now can be accessed as soon as
 * the file is long enough, without another mmap. A buffer of mmapdemo has all
 * of its memory from the start and never grows.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "example.h"

static const char usage[] =
	"usage: grow " PLACE "\n"
	"Maps 1000 pages of a new, empty file, which then grows; shows that a buffer\n"
	"refuses to.\n" PLACE_HELP;

#define PAGES 1000
#define STEP 250

/* The number of pages, from the start, that can be stored to. */
static int usable_pages(char *map)
{
	int page = 0;

	while (page < PAGES && !touch(map + page * page_size(), true))
		page++;
	return page;
}

static void grow_file(const struct place *place)
{
	char *map =
		place_map(place, PAGES * page_size(), PROT_READ | PROT_WRITE);
	char last;

	claim(touch(map, true) == SIGBUS,
	      "the file is empty: a store is SIGBUS");
	for (int pages = STEP; pages <= PAGES; pages += STEP) {
		if (ftruncate(place->fd, pages * page_size()))
			die("%s: %d pages: %m", place->name, pages);
		claim(usable_pages(map) == pages,
		      "the file has %4d pages: they can be used, no other",
		      pages);
	}
	claim(pread(place->fd, &last, 1, (PAGES - 1) * page_size()) == 1 &&
		      last == 'x',
	      "read(2) finds what was stored; the mapping never changed");
}

static void grow_buffer(const struct place *place)
{
	size_t mapped = whole_pages(place->size);
	char *map = place_map(place, mapped, PROT_READ | PROT_WRITE);
	int truncated = place->private ? EPERM : EINVAL;

	claim(mmap(NULL, mapped + page_size(), PROT_READ, MAP_SHARED, place->fd,
		   0) == MAP_FAILED &&
		      errno == ENXIO,
	      "a page more than the buffer has: ENXIO from mmap");
	claim(ftruncate(place->fd, mapped + page_size()) && errno == truncated,
	      "a longer buffer: %s from ftruncate", strerrorname_np(truncated));
	claim(mremap(map, mapped, mapped + page_size(), MREMAP_MAYMOVE) ==
			      MAP_FAILED &&
		      errno == EFAULT,
	      "a longer mapping: EFAULT from mremap");
	claim(pwrite(place->fd, "x", 1, place->size) == -1 && errno == ENOSPC,
	      "a write past its end: ENOSPC");
}

int main(int argc, char **argv)
{
	struct place place =
		place_open(usage, argv + 1, O_RDWR | O_CREAT | O_EXCL, 0);

	(void)argc;
	if (place.device)
		grow_buffer(&place);
	else
		grow_file(&place);
	return verdict();
}
