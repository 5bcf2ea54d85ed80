// SPDX-License-Identifier: GPL-2.0-only
/*
 * file-size: the result of an access at each part of a mapping.
 *
 * The idea: the length of a mapping and the end of a file are both rounded up
 * to whole pages. The file's last page has data, and then zeros. Later pages of
 * the mapping have nothing to show: SIGBUS. After the last page of the mapping
 * nothing is mapped: SIGSEGV.
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
	"usage: file-size " PLACE "\n"
	"Maps 5000 bytes of a new file, as 5000 and as 15000 bytes, and walks over\n"
	"the mapping; or over a buffer's, which never has a SIGBUS zone.\n" PLACE_HELP;

#define SIZE 5000
#define LONGER 15000

/*
 * Makes sure that nothing is mapped after it: reserves one page more and frees
 * it.
 */
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

/*
 * Prints a line of the table, if the zone is not empty, and tests both its
 * ends.
 */
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

/* The zeros can be stored to, but are no part of the file. */
static void store_past_end(const struct place *place)
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

/* A driver can refuse at once what with a file fails at the first access. */
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
		place_open(usage, argv + 1, O_RDWR | O_CREAT | O_EXCL, SIZE);

	(void)argc;
	walk(&place, place.size);
	if (place.device) {
		map_too_much(&place);
	} else {
		walk(&place, LONGER);
		store_past_end(&place);
	}
	return verdict();
}
