// SPDX-License-Identifier: GPL-2.0-only
/*
 * file-size: what an access through a mapping does, byte by byte of the way.
 *
 * The idea: a mapping's length is rounded up to pages, and so is the file's end,
 * each by itself. Up to the end there is data, then zeros to the end of its page;
 * in pages behind that, there is a mapping but nothing to show: SIGBUS. Behind
 * the last page of the mapping there is nothing at all: SIGSEGV.
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

const char usage[] =
	"usage: file-size " PLACE "\n"
	"Maps 5000 bytes of a new file, as 5000 and as 15000 bytes, and walks over\n"
	"the mapping; or over a buffer's, which never has a SIGBUS zone.\n";

#define SIZE 5000
#define LONGER 15000

/* Nothing is mapped behind it: the space for more is reserved, then freed. */
static char *map_alone(const struct place *place, size_t length)
{
	size_t pages = whole_pages(length);
	char *area = mmap(NULL, pages + page_size(), PROT_NONE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (area == MAP_FAILED ||
	    mmap(area, length, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED,
		 place->fd, 0) != area)
		die("%s: cannot map %zu bytes: %m", place->name, length);
	munmap(area + pages, page_size());
	return area;
}

/* One line of the table, if first..end is not empty: both of its ends. */
static void zone(char *map, size_t first, size_t end, int expected,
		 const char *what)
{
	int signals[2];

	if (first >= end)
		return;
	signals[0] = touch(map + first, false);
	signals[1] = touch(map + end - 1, false);
	claim(signals[0] == expected && signals[1] == expected &&
		      (strcmp(what, "zeros") || (!map[first] && !map[end - 1])),
	      "%5zu-%-5zu  %-9s  %s", first, end - 1,
	      signals[0] ? sigabbrev_np(signals[0]) : "no signal", what);
}

static void walk(const struct place *place, size_t length)
{
	size_t data_end = place->size < length ? place->size : length;
	size_t end = whole_pages(length);
	size_t shown =
		whole_pages(place->size) < end ? whole_pages(place->size) : end;
	char *map = map_alone(place, length);

	printf("%s: %zu bytes, mapped as %zu\n", place->name, place->size,
	       length);
	zone(map, 0, data_end, 0, "data");
	zone(map, data_end, shown, 0,
	     place->device ? "rest of the page, the buffer's own" : "zeros");
	zone(map, shown, end, SIGBUS, "mapped, but nothing is there");
	zone(map, end, end + 1, SIGSEGV, "not mapped");
	munmap(map, end);
}

/* The zeros are memory like any other, but no part of the file. */
static void store_behind_end(const struct place *place)
{
	char *last = place_map(place, whole_pages(SIZE), PROT_WRITE);
	char byte;

	last[SIZE] = 'x';
	if (msync(last, whole_pages(SIZE), MS_SYNC))
		die("msync: %m");
	claim(!pread(place->fd, &byte, 1, SIZE),
	      "a store to %d is not written back: the file ends there", SIZE);
	munmap(last, whole_pages(SIZE));
}

/* A driver can refuse right away what would only fail when it is touched. */
static void map_too_much(const struct place *place)
{
	size_t length = whole_pages(place->size) + 1;
	void *map = mmap(NULL, length, PROT_READ, MAP_SHARED, place->fd, 0);

	claim(map == MAP_FAILED && errno == ENXIO,
	      "%s: mapped as %zu: refused, ENXIO, so no SIGBUS", place->name,
	      length);
}

int main(int argc, char **argv)
{
	struct place place =
		place_open(argv + 1, O_RDWR | O_CREAT | O_EXCL, SIZE);

	(void)argc;
	walk(&place, place.size);
	if (place.device) {
		map_too_much(&place);
	} else {
		walk(&place, LONGER);
		store_behind_end(&place);
	}
	return verdict();
}
