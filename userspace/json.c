// SPDX-License-Identifier: GPL-2.0-only
/* Writes JSON to stdout. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "json.h"

static void quote(const char *text)
{
	putchar('"');
	for (; *text; text++) {
		unsigned char c = *text;

		if (c == '"' || c == '\\')
			printf("\\%c", c);
		else if (c < 0x20 || c >= 0x7f)
			printf("\\u%04x", c); /* a path may contain any byte */
		else
			putchar(c);
	}
	putchar('"');
}

static void begin(struct json *json, const char *key)
{
	if (json->comma_needed)
		putchar(',');
	json->comma_needed = true;
	if (!key)
		return;
	quote(key);
	putchar(':');
}

void json_open(struct json *json, const char *key, char bracket)
{
	begin(json, key);
	putchar(bracket);
	json->comma_needed = false;
	json->depth++;
}

void json_close(struct json *json, char bracket)
{
	putchar(bracket);
	json->comma_needed = true;
	if (--json->depth)
		return;
	putchar('\n');
	json->comma_needed = false;
}

void json_string(struct json *json, const char *key, const char *value)
{
	begin(json, key);
	quote(value);
}

void json_number(struct json *json, const char *key, uint64_t value)
{
	begin(json, key);
	printf("%" PRIu64, value);
}

void json_bool(struct json *json, const char *key, bool value)
{
	begin(json, key);
	fputs(value ? "true" : "false", stdout);
}

void json_format(struct json *json, const char *key, const char *format, ...)
{
	char text[256];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	json_string(json, key, text);
}
