// SPDX-License-Identifier: GPL-2.0-only
/* The errors of mmap that depend on the buffer or file. */
#include <errno.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#include "errors.h"

/* The driver's own errors, as <linux/mmapdemo.h> lists them. */
static void rows_of_buffer(const struct place *place)
{
	struct mmapdemo_info info = { .size = sizeof(info) };
	size_t all = whole_pages(place->size), page = page_size();

	if (ioctl(place->fd, MMAPDEMO_IOC_INFO, &info))
		die("%s: INFO: %m", place->name);
	row("buffer: MAP_PRIVATE",
	    info.backing == MMAPDEMO_BACKING_SHMEM ? 0 : EINVAL,
	    errno_of_mmap(NULL, page, PROT_READ, MAP_PRIVATE, place->fd, 0));
	row("buffer: PROT_EXEC", EPERM,
	    errno_of_mmap(NULL, page, PROT_READ | PROT_EXEC, MAP_SHARED,
			  place->fd, 0));
	row("buffer: a page too much", ENXIO,
	    errno_of_mmap(NULL, all + page, PROT_READ, MAP_SHARED, place->fd,
			  0));
	row("buffer: offset past its end", ENXIO,
	    errno_of_mmap(NULL, page, PROT_READ, MAP_SHARED, place->fd, all));
	row("buffer: offset + length reach 2^64", EOVERFLOW,
	    errno_of_mmap(NULL, page, PROT_READ, MAP_SHARED, place->fd,
			  -(off_t)page));
	row("buffer: all of it", 0,
	    errno_of_mmap(NULL, all, PROT_READ | PROT_WRITE, MAP_SHARED,
			  place->fd, 0));
}

static void rows_of_file(const struct place *place)
{
	row("file: PROT_EXEC of a private mapping", 0,
	    errno_of_mmap(NULL, page_size(), PROT_READ | PROT_EXEC, MAP_PRIVATE,
			  place->fd, 0));
	row("file: far past its end", 0,
	    errno_of_mmap(NULL, page_size(), PROT_READ | PROT_WRITE, MAP_SHARED,
			  place->fd, 1000 * page_size()));
}

void rows_of_place(const struct place *place)
{
	if (place->device)
		rows_of_buffer(place);
	else
		rows_of_file(place);
}
