/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef RECORDS_H
#define RECORDS_H

/* What records-write and records-read agree on. */

#include <stdint.h>

#define RECORDS 10 /* written */
#define FITTING 5  /* in the file */

/* The types have fixed sizes, since two programs share this layout. */
struct record {
	char name[28];
	uint32_t age;
};

/* Record i is "a", 20; "b", 21; ... */
static inline struct record record_number(int i)
{
	return (struct record){ .name = { 'a' + i }, .age = 20 + i };
}

#endif
