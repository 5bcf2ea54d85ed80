/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _MMAPDEMO_SELFTEST_PATTERNS_H
#define _MMAPDEMO_SELFTEST_PATTERNS_H

/* The bytes that tests store: MMAPDEMO_IOC_FILL's and others. */
#include <stddef.h>
#include <stdint.h>

#include <linux/mmapdemo.h>

/* The word to fill with where a test does not care; each byte is another one. */
#define PATTERN 0x1122334455667788ULL

/* The byte that MMAPDEMO_IOC_FILL stores at an offset, as the manual says. */
static inline unsigned char fill_byte(__u32 flags, __u64 pattern, __u64 offset)
{
	__u64 word = pattern;

	if (flags & MMAPDEMO_FILL_COUNT)
		word += offset - offset % 8;
	return word >> (8 * (offset % 8));
}

static inline void fill_expected(unsigned char *to, __u32 flags, __u64 offset,
				 __u64 length, __u64 pattern)
{
	__u64 i;

	for (i = offset; i < offset + length; i++)
		to[i] = fill_byte(flags, pattern, i);
}

/* Bytes that look like nothing else, different for each seed. */
static inline void scramble(void *to, size_t length, uint32_t seed)
{
	unsigned char *p = to;

	while (length--) {
		seed = seed * 1664525 + 1013904223;
		*p++ = seed >> 24;
	}
}

/* The first byte that is not value, or length. */
static inline size_t bytes_until_not(const volatile unsigned char *p,
				     unsigned char value, size_t length)
{
	size_t i;

	for (i = 0; i < length && p[i] == value; i++)
		;
	return i;
}

#endif /* _MMAPDEMO_SELFTEST_PATTERNS_H */
