// SPDX-License-Identifier: GPL-2.0-only
/*
 * peek: one byte of a file or a buffer, through a mapping instead of read(2).
 *
 * The idea: a mapping makes the content look like an array. What the array may
 * be used for is decided by two parties, the descriptor (how it was opened) and
 * the mapping (which protection it asks for), and they must agree.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "example.h"

const char usage[] =
	"usage: peek OFFSET " PLACE "\n"
	"Prints the byte at OFFSET through a mapping that can only be read.\n";

/* Offsets count in pages for mmap, so the byte's whole page is mapped. */
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

/* Shared stores would reach what this descriptor may not write to. */
static bool refuses_stores(const struct place *place)
{
	void *map = mmap(NULL, page_size(), PROT_READ | PROT_WRITE, MAP_SHARED,
			 place->fd, 0);

	return map == MAP_FAILED && errno == EACCES;
}

/* The other way does as much: read(2) has to say the same. */
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
		die_usage();
	help_if_asked(argv + 1);
	offset = parse_number(argv[1]);
	place = place_open(argv + 2, O_RDONLY, 1);

	/*
	 * mmap itself would not complain about a byte behind a file's end: the
	 * access does, by SIGBUS. So who maps has to look at the size.
	 */
	if (offset >= place.size)
		die("%s: offset %zu is outside: it has %zu bytes", place.name,
		    offset, place.size);
	byte = byte_at(&place, offset);
	printf("%s[%zu] = %u = 0x%02x\n", place.name, offset, byte, byte);
	claim(read_agrees(&place, offset, byte), "read(2) sees the same byte");
	if (!(fcntl(place.fd, F_GETFL) & O_RDWR)) /* as private buffers are */
		claim(refuses_stores(&place),
		      "PROT_WRITE of a descriptor opened O_RDONLY: EACCES");
	return verdict();
}
