// SPDX-License-Identifier: GPL-2.0-only
/*
 * mmapdemo verify: stores patterns, and compares them with what the mapping and
 * the kernel see. The patterns are those of MMAPDEMO_IOC_FILL with COUNT,
 * computed here independently; no two places of the buffer are alike.
 */
#include <inttypes.h>
#include <string.h>
#include <zlib.h>

#include "verify_bytes.h"

void verify_make_pattern(unsigned char *to, uint64_t offset, uint64_t length,
			 uint64_t pattern)
{
	for (uint64_t o = offset; o < offset + length; o++)
		*to++ = (pattern + (o - o % 8)) >> (8 * (o % 8));
}

bool verify_same(struct verify *v, const char *who, const unsigned char *found,
		 const unsigned char *expected, uint64_t offset,
		 uint64_t length)
{
	uint64_t first = length, wrong = 0;

	for (uint64_t i = 0; i < length; i++) {
		if (found[i] == expected[i])
			continue;
		if (!wrong++)
			first = i;
	}
	if (!wrong)
		return true;
	return verify_say(v, false,
			  "%s: offset %" PRIu64
			  ": expected 0x%02x, found 0x%02x (%" PRIu64
			  " of %" PRIu64 " bytes differ)",
			  who, offset + first, expected[first], found[first],
			  wrong, length);
}

/* The mapping is read once, since a second read may differ from the first. */
bool verify_map_shows(struct verify *v, const char *who)
{
	memcpy(v->found, v->map, v->size);
	return verify_same(v, who, v->found, v->expected, 0, v->size);
}

void verify_store(struct verify *v, uint64_t pattern)
{
	verify_make_pattern(v->expected, 0, v->size, pattern);
	memcpy(v->map, v->expected, v->size);
	store_fence();
}

uint64_t verify_bytes_of_page(const struct verify *v, uint64_t page)
{
	uint64_t left = v->size - page * v->page_size;

	return left < v->page_size ? left : v->page_size;
}

/* Finds the byte that the kernel sees, by its CRC-32, for the message. */
static bool say_byte_seen_by_kernel(struct verify *v, const char *who,
				    uint64_t offset)
{
	const struct range range = { offset, 1 };
	unsigned char byte = 0;
	uint32_t crc;

	if (buffer_checksum(v->buffer.fd, &range, &crc))
		return verify_say_errno(v, "MMAPDEMO_IOC_CHECKSUM");
	while (crc32_z(0, &byte, 1) != crc && byte != 0xff)
		byte++;
	return verify_say(v, false,
			  "%s: offset %" PRIu64
			  ": expected 0x%02x, found 0x%02x",
			  who, offset, v->expected[offset], byte);
}

/* Finds the first byte whose checksum is wrong. */
static bool find_first_unseen(struct verify *v, const char *who, uint64_t page)
{
	uint64_t start = page * v->page_size;
	uint64_t end = start + verify_bytes_of_page(v, page);
	struct range range = { start, 1 };
	uint32_t crc;

	for (; range.offset < end; range.offset++) {
		if (buffer_checksum(v->buffer.fd, &range, &crc))
			return verify_say_errno(v, "MMAPDEMO_IOC_CHECKSUM");
		if (crc != crc32_z(0, v->expected + range.offset, 1))
			return say_byte_seen_by_kernel(v, who, range.offset);
	}
	return verify_say(v, false,
			  "%s: bytes %" PRIu64 "..%" PRIu64
			  ": CHECKSUM is wrong, that of each byte is right",
			  who, start, end - 1);
}

/* Compares CHECKSUM of the whole and of each page with zlib's over expected. */
bool verify_kernel_sees(struct verify *v, const char *who)
{
	struct range range = { 0, v->size };
	uint32_t crc, whole = crc32_z(0, v->expected, v->size);

	for (uint64_t page = 0; page < v->pages; page++) {
		range = (struct range){ page * v->page_size,
					verify_bytes_of_page(v, page) };
		if (buffer_checksum(v->buffer.fd, &range, &crc))
			return verify_say_errno(v, "MMAPDEMO_IOC_CHECKSUM");
		if (crc != crc32_z(0, v->expected + range.offset, range.length))
			return find_first_unseen(v, who, page);
	}
	range = (struct range){ 0, v->size };
	if (buffer_checksum(v->buffer.fd, &range, &crc))
		return verify_say_errno(v, "MMAPDEMO_IOC_CHECKSUM");
	if (crc != whole)
		return verify_say(v, false,
				  "%s: CHECKSUM of the whole is %08" PRIx32
				  ", expected %08" PRIx32
				  ", that of each page is right",
				  who, crc, whole);
	return verify_say(v, true, "%" PRIu64 " bytes, CRC-32 %08" PRIx32,
			  v->size, crc);
}
