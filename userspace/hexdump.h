/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef HEXDUMP_H
#define HEXDUMP_H

#include <stdint.h>

/* As hexdump -C prints it: equal lines shortened to *, the end at last. */
void hexdump(const unsigned char *bytes, uint64_t length, uint64_t offset);

#endif
