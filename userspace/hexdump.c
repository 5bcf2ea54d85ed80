// SPDX-License-Identifier: GPL-2.0-only
/* Prints bytes as hexdump -C does. */
#include <ctype.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "hexdump.h"

#define LINE 16

static void dump_line(const unsigned char *bytes, uint64_t length,
		      uint64_t offset)
{
	printf("%08" PRIx64 " ", offset);
	for (uint64_t i = 0; i < LINE; i++) {
		if (i == LINE / 2)
			putchar(' ');
		if (i < length)
			printf(" %02x", bytes[i]);
		else
			fputs("   ", stdout);
	}
	fputs("  |", stdout);
	for (uint64_t i = 0; i < length; i++)
		putchar(bytes[i] < 0x80 && isprint(bytes[i]) ? bytes[i] : '.');
	puts("|");
}

void hexdump(const unsigned char *bytes, uint64_t length, uint64_t offset)
{
	bool starred = false;

	for (uint64_t i = 0; i < length; i += LINE) {
		uint64_t left = length - i;

		if (i && left >= LINE &&
		    !memcmp(bytes + i, bytes + i - LINE, LINE)) {
			if (!starred)
				puts("*");
			starred = true;
			continue;
		}
		starred = false;
		dump_line(bytes + i, left < LINE ? left : LINE, offset + i);
	}
	if (length)
		printf("%08" PRIx64 "\n", offset + length);
}
