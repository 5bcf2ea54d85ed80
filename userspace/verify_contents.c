// SPDX-License-Identifier: GPL-2.0-only
/* The steps of mmapdemo verify that compare the bytes of the buffer. */
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/mman.h>

#include "transfer.h"
#include "verify_bytes.h"
#include "verify_steps.h"

bool verify_save(struct verify *v)
{
	memcpy(v->saved, v->map, v->size);
	memcpy(v->expected, v->saved, v->size);
	return verify_kernel_sees(v, "the kernel, before any store");
}

bool verify_restore(struct verify *v)
{
	memcpy(v->expected, v->saved, v->size);
	memcpy(v->map, v->saved, v->size);
	store_fence();
	return verify_kernel_sees(v, "the kernel");
}

/* No step stores past the size; those bytes are only read. */
bool verify_padding(struct verify *v)
{
	uint64_t end = v->pages * v->page_size;

	for (uint64_t offset = v->size; offset < end; offset++) {
		unsigned char byte = v->map[offset];

		if (byte)
			return verify_say(
				v, false,
				"offset %" PRIu64
				": expected 0x00, found 0x%02x;"
				" a program stored there, or it is not the buffer's",
				offset, byte);
	}
	if (v->size == end)
		return verify_say(v, true,
				  "there are none, %" PRIu64
				  " bytes fill their pages",
				  v->size);
	return verify_say(v, true, "%" PRIu64 "..%" PRIu64, v->size, end - 1);
}

bool verify_user_store(struct verify *v)
{
	verify_store(v, PATTERN_USER_STORE);
	return verify_kernel_sees(v, "the kernel");
}

/*
 * Also fills a part in the middle, which must not change the bytes around it.
 */
bool verify_kernel_store(struct verify *v)
{
	const struct range all = { 0, v->size };
	const struct range part = { v->size / 3, v->size / 2 - v->size / 3 };

	if (buffer_fill(v->buffer.fd, &all, PATTERN_KERNEL_STORE,
			MMAPDEMO_FILL_COUNT))
		return verify_say_errno(v, "MMAPDEMO_IOC_FILL");
	verify_make_pattern(v->expected, 0, v->size, PATTERN_KERNEL_STORE);
	if (!verify_map_shows(v, "the mapping"))
		return false;
	if (buffer_fill(v->buffer.fd, &part, PATTERN_KERNEL_PART,
			MMAPDEMO_FILL_COUNT))
		return verify_say_errno(v, "MMAPDEMO_IOC_FILL");
	verify_make_pattern(v->expected + part.offset, part.offset, part.length,
			    PATTERN_KERNEL_PART);
	if (!verify_map_shows(v, "the mapping after a fill of a part"))
		return false;
	return verify_say(v, true,
			  "%" PRIu64 " bytes, then %" PRIu64
			  " of them again at offset %" PRIu64,
			  v->size, part.length, part.offset);
}

bool verify_read(struct verify *v)
{
	size_t done;

	verify_store(v, PATTERN_READ);
	memset(v->found, 0, v->size);
	done = pread_all(v->buffer.fd, v->found, v->size, 0);
	if (done < v->size)
		return verify_say(v, false, "read at offset %zu: %s", done,
				  errno ? strerror(errno) : "unexpected end");
	if (!verify_same(v, "read(2)", v->found, v->expected, 0, v->size))
		return false;
	return verify_say(v, true, "%" PRIu64 " bytes", v->size);
}

bool verify_write(struct verify *v)
{
	size_t done;

	verify_make_pattern(v->expected, 0, v->size, PATTERN_WRITE);
	done = pwrite_all(v->buffer.fd, v->expected, v->size, 0);
	if (done < v->size)
		return verify_say(v, false, "write at offset %zu: %s", done,
				  errno ? strerror(errno) : "nothing accepted");
	if (!verify_map_shows(v, "the mapping"))
		return false;
	return verify_say(v, true, "%" PRIu64 " bytes", v->size);
}

/* Maps one page alone, compares it, and stores another pattern. */
static bool page_alone(struct verify *v, uint64_t page)
{
	uint64_t offset = page * v->page_size,
		 bytes = verify_bytes_of_page(v, page);
	unsigned char *map = mmap(NULL, v->page_size, PROT_READ | PROT_WRITE,
				  MAP_SHARED, v->buffer.fd, offset);
	bool ok;

	if (map == MAP_FAILED)
		return verify_say(v, false,
				  "mmap of the page at offset %" PRIu64 ": %s",
				  offset, strerror(errno));
	ok = verify_same(v, "a mapping of this page alone", map,
			 v->expected + offset, offset, bytes);
	verify_make_pattern(v->expected + offset, offset, bytes,
			    PATTERN_SINGLE);
	memcpy(map, v->expected + offset, bytes);
	store_fence();
	munmap(map, v->page_size);
	return ok;
}

bool verify_pages(struct verify *v)
{
	verify_store(v, PATTERN_WHOLE);
	for (uint64_t page = 0; page < v->pages; page++) {
		if (!page_alone(v, page))
			return false;
	}
	if (!verify_map_shows(v, "the whole mapping"))
		return false;
	return verify_say(v, true,
			  "%" PRIu64
			  " pages, each mapped alone, then the whole",
			  v->pages);
}
