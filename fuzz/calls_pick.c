// SPDX-License-Identifier: GPL-2.0-only
/*
 * The choices of the decoder, made of bytes: numbers, places and lengths that
 * tend to meet, and the arguments made of them.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <unistd.h>

#include <linux/mmapdemo.h>

#include "calls_decoder.h"

unsigned int pick_byte(struct decoder *d)
{
	return d->bytes->at < d->bytes->end ? *d->bytes->at++ : 0;
}

uint64_t pick_word(struct decoder *d, int bytes)
{
	uint64_t value = 0;

	for (int i = 0; i < bytes; i++)
		value |= (uint64_t)pick_byte(d) << 8 * i;
	return value;
}

/* choices of numbers */

uint64_t pick_file(struct decoder *d)
{
	return d->place->first_descriptor + pick_byte(d) % CALLS_FILES;
}

uint64_t special(const struct decoder *d, enum calls_descriptor which)
{
	return d->place->first_descriptor + which;
}

uint64_t pick_number(struct decoder *d)
{
	static const uint64_t edges[] = {
		0,	    1,		3,	    4,		7,
		8,	    4095,	4096,	    4097,	8192,
		65536,	    CALLS_HUGE, 0x7fffffff, 0x80000000, 0xffffffff,
		1ULL << 32, 1ULL << 63, -1ULL >> 1, -4096ULL,	-1ULL,
	};
	unsigned int choice = pick_byte(d);

	if (choice < 128)
		return pick_word(d, 1) << choice % 4;
	if (choice < 192)
		return pick_word(d, 2);
	if (choice < 240)
		return PICK(d, edges);
	return pick_word(d, 8);
}

uint64_t pick_page(struct decoder *d)
{
	unsigned int choice = pick_byte(d);
	uint64_t page = choice % 8 * (CALLS_ARENA_PAGES / 8) + choice / 8 % 8;

	return d->place->arena + page * CALLS_PAGE;
}

uint64_t pick_any_page(struct decoder *d)
{
	unsigned int choice = pick_byte(d);

	if (choice < 192)
		return pick_page(d);
	return d->place->scratch + choice % CALLS_SCRATCH_PAGES * CALLS_PAGE;
}

uint64_t pick_pages(struct decoder *d)
{
	unsigned int choice = pick_byte(d);

	if (choice < 224)
		return (1 + choice % (choice < 192 ? 4 : 8)) * CALLS_PAGE;
	return choice < 240 ? CALLS_HUGE : (choice & 15) * CALLS_PAGE * 40;
}

uint64_t pick_offset(struct decoder *d)
{
	unsigned int choice = pick_byte(d);

	return choice < 240 ? choice % 8 * CALLS_PAGE : pick_number(d);
}

uint64_t pick_protection(struct decoder *d)
{
	static const unsigned char prots[] = {
		PROT_READ | PROT_WRITE,
		PROT_READ,
		PROT_READ | PROT_WRITE,
		PROT_NONE,
		PROT_EXEC,
		PROT_READ | PROT_EXEC,
		PROT_READ | PROT_WRITE,
		PROT_WRITE,
	};

	return PICK(d, prots);
}

/* The range never contains memory that the program itself uses. */
static uint64_t wild_address(struct decoder *d)
{
	static const uint64_t wild[] = {
		0,
		1,
		0x7ffffffff000,
		0x800000000000,
		0xffff888000000000,
		0xffffffff81000000,
		-4096ULL,
		-1ULL,
	};

	return PICK(d, wild);
}

uint64_t pick_memory(struct decoder *d)
{
	uint64_t end = d->place->data + CALLS_DATA_PAGES * CALLS_PAGE;
	unsigned int choice = pick_byte(d);

	if (choice < 144)
		return d->place->data + 1024;
	if (choice < 160)
		return d->place->scratch +
		       choice % CALLS_SCRATCH_PAGES * CALLS_PAGE;
	if (choice < 176)
		return end - choice % 16 * 4;
	return choice < 240 ? pick_page(d) + choice % 16 : wild_address(d);
}

uint64_t pick_length(struct decoder *d)
{
	unsigned int choice = pick_byte(d);

	return choice < 192 ? choice * 8 : choice < 224 ? 4096 : 16384;
}

/* arguments in memory */

void put_data(struct decoder *d, const void *data, size_t size)
{
	d->call->data_at = d->place->data;
	d->call->data_length = size;
	memcpy(d->call->data, data, size);
}

/* Mostly the right size. */
void put_struct(struct decoder *d, void *argument, uint32_t size)
{
	unsigned char bytes[CALLS_MAX_DATA] = { 0 };
	unsigned int choice = pick_byte(d);
	uint32_t shown = size;

	memcpy(bytes, argument, size);
	if (choice >= 200 && choice < 220)
		shown = pick_word(d, 1);
	else if (choice >= 220 && choice < 230)
		shown = pick_number(d);
	else if (choice >= 230)
		bytes[4 + pick_word(d, 1) % (CALLS_MAX_DATA - 4)] ^=
			1 << choice % 8;
	memcpy(bytes, &shown, sizeof(shown));
	put_data(d, bytes, sizeof(bytes));
}

void put_iovec(struct decoder *d)
{
	struct iovec vectors[4];

	for (size_t i = 0; i < ARRAY_SIZE(vectors); i++) {
		vectors[i].iov_base = (void *)(uintptr_t)pick_memory(d);
		vectors[i].iov_len = pick_length(d);
	}
	put_data(d, vectors, sizeof(vectors));
}

void set_call(struct decoder *d, const uint64_t *call)
{
	d->call->nr = call[0];
	memcpy(d->call->args, call + 1, sizeof(d->call->args));
}
