/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef JSON_H
#define JSON_H

#include <stdbool.h>
#include <stdint.h>

#include "options.h"

/* Set by --json: the result is one JSON value on stdout, nothing else. */
extern bool json_wanted;

// clang-format off
#define JSON_OPTION \
	{ 'j', "json", NULL, "print the result as JSON", parse_flag, &json_wanted }
// clang-format on

/*
 * A writer that streams; the key is NULL inside an array. The caller closes
 * what it opens; the outermost close ends the line.
 */
void json_open(const char *key, char bracket);
void json_close(char bracket);
void json_string(const char *key, const char *value);
void json_number(const char *key, uint64_t value);
void json_bool(const char *key, bool value);

/* A string member made by printf. */
void json_format(const char *key, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

#endif
