/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef VERIFY_H
#define VERIFY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buffer.h"

/* A buffer that is proved, mapped as a whole. */
struct verify {
	struct json *json; /* NULL: results are text */
	struct buffer buffer;
	unsigned char *map;
	uint64_t size; /* bytes, as requested */
	uint64_t pages;
	uint64_t page_size;
	unsigned char *saved; /* the contents before the proof */
	unsigned char *expected;
	unsigned char *found;
	int again;	/* a second descriptor, or -1 */
	char text[256]; /* the result of the step */
};

/* A claim, and the function that proves it and writes its result to text. */
struct verify_step {
	const char *name;
	const char *claim;
	bool (*run)(struct verify *verify);
};

/* The steps in the order of the proof. The last one is empty. */
extern const struct verify_step verify_steps[];

/*
 * The first and last step of each proof. If the first fails, nothing is stored.
 */
extern const struct verify_step verify_first;
extern const struct verify_step verify_last;

/* Writes the result of a step, and returns ok. */
bool verify_say(struct verify *verify, bool ok, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* The result is that a call failed, with errno. Returns false. */
bool verify_say_errno(struct verify *verify, const char *what);

/* The result is whether two names are equal. Returns whether they are. */
bool verify_say_expected(struct verify *verify, const char *expected,
			 const char *found);

/* Proves all steps, and prints each. Returns true if all claims hold. */
bool verify_buffer(struct verify *verify);

/*
 * Opens the buffer that the options name, and makes ready for the proof. The
 * result is written to json, or as text if that is NULL.
 */
void verify_open(struct verify *verify, const struct buffer_args *args,
		 struct json *json);

/* The same for verify->buffer, which is open. */
void verify_prepare(struct verify *verify, struct json *json);
void verify_close(struct verify *verify);

/* verify --all on this device; json may be NULL. Returns an exit status. */
int verify_all(const char *device, struct json *json);

#endif
