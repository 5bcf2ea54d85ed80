/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef RECORDS_H
#define RECORDS_H

/* What records-write and records-read agree on. */

#include <stdint.h>

#define RECORDS 10 /* that are written */
#define FITTING 5  /* that the file has room for */

/* Types of fixed size: two programs that share memory must agree on it all. */
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
