/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef EXAMPLE_H
#define EXAMPLE_H

/* What the examples share: a place to map, and claims that are checked. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <linux/mmapdemo.h>

/* Each program's own: its synopsis and what it shows. */
extern const char usage[];

/* Something that can be mapped: a file, the device or a private buffer. */
struct place {
	const char *name;
	int fd;
	bool device; /* a buffer of mmapdemo, not a file */
	size_t size; /* bytes in it now */
};

#define PLACE "[PATH | --backing kmalloc|vmalloc|shmem|dma]"

/*
 * Opens what the operands say: a path, or a private buffer of size bytes with
 * "--backing NAME", or /dev/mmapdemo if there are none. flags are those of
 * open(2). With O_CREAT a new or empty file becomes size bytes long, another
 * must be; with O_EXCL it must be a new one, and is gone with its last
 * descriptor and mapping. A buffer must have size bytes at least. Explains what
 * is wrong and exits if that is not possible.
 */
struct place place_open(char **operands, int flags, size_t size);

/* The first length bytes, shared; exits if that is not possible. */
void *place_map(const struct place *place, size_t length, int prot);

/*
 * Sleeping until another process changes a 32-bit word at the start of a
 * mapping: a futex on a file, MMAPDEMO_IOC_WAIT and WAKE on a buffer of any
 * backing. publish() stores the word behind all that was stored before.
 */
void publish(const struct place *place, uint32_t *word, uint32_t value);
void wait_until_not(const struct place *place, uint32_t *word, uint32_t value);

/* The signal that a load or a store of the byte causes; 0 if there is none. */
int touch(volatile char *byte, bool store);

size_t page_size(void);
size_t whole_pages(size_t size);

/* The number in an operand; explains and exits if it is none. */
size_t parse_number(const char *text);

/* Prints the claim and whether it holds. */
bool claim(bool holds, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* What main() returns: 0 if all claims held. */
int verdict(void);

/* Ends the program with a reason; %m is what errno says. */
void die(const char *format, ...)
	__attribute__((format(printf, 1, 2), noreturn));
void die_usage(void) __attribute__((noreturn));

/* Answers --help. */
void help_if_asked(char **operands);

#endif
