/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef HEXDUMP_H
#define HEXDUMP_H

#include <stdint.h>

/*
 * Prints bytes in the form of hexdump -C. A line that repeats the one before is
 * shortened to *; the last line has the offset of the end.
 */
void hexdump(const unsigned char *bytes, uint64_t length, uint64_t offset);

#endif
