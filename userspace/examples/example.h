/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef EXAMPLE_H
#define EXAMPLE_H

/* What the examples share: a place to map, and claims that are checked. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <linux/mmapdemo.h>

#include "../../selftests/kinds_list.h"

/* Something that can be mapped: a file, the device or a private buffer. */
struct place {
	const char *name;
	int fd;
	bool device;  /* a buffer of mmapdemo, not a file */
	bool private; /* a private buffer */
	size_t size;  /* bytes in it now */
};

/* For usages: the operands that place_open() takes, and a line about them. */
#define PLACE "[PATH | --backing NAME]"
#define PLACE_HELP "NAME is " BACKING_NAMES ".\n"

/*
 * Opens what the operands name: a path, which can be that of a private buffer,
 * /proc/PID/fd/N; a new private buffer of size bytes, with "--backing NAME"; or
 * /dev/mmapdemo if there are none. flags are those of open(2). With O_CREAT, a
 * new or empty file becomes size bytes long, and another file must have that
 * size. With O_EXCL the file must be new, and is removed. A buffer must have at
 * least size bytes. Explains an error and exits.
 */
struct place place_open(const char *usage, char **operands, int flags,
			size_t size);

/* Maps the first length bytes, shared. Explains an error and exits. */
void *place_map(const struct place *place, size_t length, int prot);

/*
 * wait_until_not() sleeps until another process changes the 32-bit word at the
 * start of a mapping: with a futex on a file, with MMAPDEMO_IOC_WAIT and WAKE
 * on a buffer. publish() stores the word after all earlier stores, and wakes
 * the others.
 */
void publish(const struct place *place, uint32_t *word, uint32_t value);
void wait_until_not(const struct place *place, uint32_t *word, uint32_t value);

/* Returns the signal that a load or store of the byte raises, or 0. */
int touch(volatile char *byte, bool store);

size_t page_size(void);
size_t whole_pages(size_t size);

/* Parses an operand that is a number. Explains an error and exits. */
size_t parse_number(const char *text);

/* Prints the claim and whether it holds. */
bool claim(bool holds, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* What main() returns: 0 if all claims held. */
int verdict(void);

/* Prints why the program ends, and exits; %m is strerror(errno). */
void die(const char *format, ...)
	__attribute__((format(printf, 1, 2), noreturn));
void die_usage(const char *usage) __attribute__((noreturn));

/*
 * Answers --help and exits. usage is the synopsis, and what the program shows.
 */
void help_if_asked(const char *usage, char **operands);

#endif
