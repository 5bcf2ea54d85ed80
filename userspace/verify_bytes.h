/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef VERIFY_BYTES_H
#define VERIFY_BYTES_H

#include <stdbool.h>
#include <stdint.h>

#include "verify.h"

/*
 * Each store has its own, so that no step passes on what an earlier one stored.
 */
#define PATTERN_USER_STORE UINT64_C(0xa1b2c3d4e5f60718)
#define PATTERN_KERNEL_STORE UINT64_C(0x1827364554637281)
#define PATTERN_KERNEL_PART UINT64_C(0x9c8d7e6f50413223)
#define PATTERN_READ UINT64_C(0x3141592653589793)
#define PATTERN_WRITE UINT64_C(0x2718281828459045)
#define PATTERN_FIRST_PROCESS UINT64_C(0x5a5b5c5d5e5f6061)
#define PATTERN_SECOND_PROCESS UINT64_C(0xc6c7c8c9cacbcccd)
#define PATTERN_WHOLE UINT64_C(0x7f6e5d4c3b2a1908)
#define PATTERN_SHARED UINT64_C(0x1122344556677889)
#define PATTERN_PRIVATE UINT64_C(0xeeddcbbaa9988776)
#define PATTERN_SINGLE UINT64_C(0xe0d1c2b3a4958677)

/* The bytes that FILL with COUNT stores from offset on. */
void verify_make_pattern(unsigned char *to, uint64_t offset, uint64_t length,
			 uint64_t pattern);

/* Stores the pattern through the mapping, and into verify->expected. */
void verify_store(struct verify *verify, uint64_t pattern);

/* The bytes of the buffer in this page: the last one may have fewer. */
uint64_t verify_bytes_of_page(const struct verify *verify, uint64_t page);

/*
 * These compare bytes. If they differ, the result of the step is the first
 * difference, after who. verify_same() compares two arrays that start at this
 * offset of the buffer; the others compare verify->expected with the mapping,
 * and with the kernel's checksums.
 */
bool verify_same(struct verify *verify, const char *who,
		 const unsigned char *found, const unsigned char *expected,
		 uint64_t offset, uint64_t length);
bool verify_map_shows(struct verify *verify, const char *who);
bool verify_kernel_sees(struct verify *verify, const char *who);

#endif
