/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef JSON_H
#define JSON_H

#include <stdbool.h>
#include <stdint.h>

#include "options.h"

// clang-format off
/* wanted: a bool. The result is one JSON value on stdout, and nothing else. */
#define JSON_OPTION(wanted) \
	{ 'j', "json", NULL, "print the result as JSON", parse_flag, &(wanted) }
// clang-format on

/* How far the value on stdout has been written; starts as zeros. */
struct json {
	int depth;
	bool comma_needed;
};

/*
 * Write a member, or with a key of NULL an element of an array. The caller
 * closes what it opens; the outermost close ends the line.
 */
void json_open(struct json *json, const char *key, char bracket);
void json_close(struct json *json, char bracket);
void json_string(struct json *json, const char *key, const char *value);
void json_number(struct json *json, const char *key, uint64_t value);
void json_bool(struct json *json, const char *key, bool value);

/* Writes a string that printf() formats. */
void json_format(struct json *json, const char *key, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

#endif
