/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef VERIFY_H
#define VERIFY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buffer.h"

/* One buffer under proof, mapped as a whole. */
struct verify {
	struct buffer buffer;
	unsigned char *map;
	uint64_t size; /* bytes, as requested */
	uint64_t pages;
	uint64_t page_size;
	unsigned char *saved; /* what the buffer held before */
	unsigned char *expected;
	unsigned char *found;
	char text[256]; /* what the step did, or what it found wrong */
};

/* A claim that holds or not; run() leaves its words in text. */
struct verify_step {
	const char *name;
	const char *claim;
	bool (*run)(struct verify *verify);
};

/* In the order of proof; ends with an empty one. */
extern const struct verify_step verify_steps[];

/* First and last of each proof: without the first nothing is stored. */
extern const struct verify_step verify_save;
extern const struct verify_step verify_restore;

/* All of them on a buffer; prints as it goes. True if each held. */
bool verify_buffer(struct verify *verify);

/* The buffer that the options name. */
void verify_open(struct verify *verify);

/* Maps verify->buffer, which is open, and makes ready for the proof. */
void verify_prepare(struct verify *verify);
void verify_close(struct verify *verify);

/* verify --all; an exit status. */
int verify_all(void);

#endif
