/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef HOLDERS_H
#define HOLDERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* The id of the device's own buffer; that of a private one is its inode. */
#define DEVICE_BUFFER 0

/* A process that has descriptors or mappings of a buffer. */
struct holder {
	uint64_t buffer;
	pid_t pid;
	char command[16];
	int fd; /* its first one, or -1 */
	unsigned int descriptors;
	unsigned int mappings;
};

struct holders {
	struct holder *list; /* ordered by process */
	size_t count;
	bool complete; /* the caller could see all processes */
};

/*
 * All that /proc shows to the caller, who is left out. device is the path by
 * which mappings of the device's own buffer are recognised. Exits if there is
 * no memory.
 */
void holders_scan(struct holders *holders, const char *device);

/* Formats "command(pid)" for a terminal. Returns text. */
#define HOLDER_TEXT_SIZE 32
const char *holder_text(const struct holder *holder, char *text, size_t size);

void holders_free(struct holders *holders);

#endif
