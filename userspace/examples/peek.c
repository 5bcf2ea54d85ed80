// SPDX-License-Identifier: GPL-2.0-only
/*
 * peek: reads one byte of a file or buffer through a mapping.
 *
 * The idea: a mapping makes the content look like an array. The access mode of
 * the descriptor and the protection of the mapping decide how it can be used,
 * and both must allow an access.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "example.h"

static const char usage[] =
	"usage: peek OFFSET " PLACE "\n"
	"Prints the byte at OFFSET through a mapping that can only be read.\n" PLACE_HELP;

/*
 * The offset of mmap is a multiple of the page size, so the whole page is
 * mapped.
 */
static unsigned char byte_at(const struct place *place, size_t offset)
{
	size_t start = offset / page_size() * page_size();
	unsigned char *page, byte;

	page = mmap(NULL, page_size(), PROT_READ, MAP_SHARED, place->fd, start);
	if (page == MAP_FAILED)
		die("%s: cannot map the page at %zu: %m", place->name, start);
	byte = page[offset - start];
	munmap(page, page_size());
	return byte;
}

/* Stores to a shared mapping would change a file that is open read-only. */
static bool refuses_stores(const struct place *place)
{
	void *map = mmap(NULL, page_size(), PROT_READ | PROT_WRITE, MAP_SHARED,
			 place->fd, 0);

	return map == MAP_FAILED && errno == EACCES;
}

/* read(2) must return the same byte. */
static bool read_agrees(const struct place *place, size_t offset,
			unsigned char byte)
{
	unsigned char other;

	return pread(place->fd, &other, 1, offset) == 1 && other == byte;
}

int main(int argc, char **argv)
{
	struct place place;
	unsigned char byte;
	size_t offset;

	if (argc < 2)
		die_usage(usage);
	help_if_asked(usage, argv + 1);
	offset = parse_number(argv[1]);
	place = place_open(usage, argv + 2, O_RDONLY, 1);

	/*
	 * mmap would accept an offset past the end of a file, but the access
	 * would raise SIGBUS. So the program must check the size.
	 */
	if (offset >= place.size)
		die("%s: offset %zu is outside: it has %zu bytes", place.name,
		    offset, place.size);
	byte = byte_at(&place, offset);
	printf("%s[%zu] = %u = 0x%02x\n", place.name, offset, byte, byte);
	claim(read_agrees(&place, offset, byte), "read(2) sees the same byte");
	if (!(fcntl(place.fd, F_GETFL) &
	      O_RDWR)) /* private buffers are O_RDWR */
		claim(refuses_stores(&place),
		      "PROT_WRITE of a descriptor opened O_RDONLY: EACCES");
	return verdict();
}
