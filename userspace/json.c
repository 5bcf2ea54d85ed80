// SPDX-License-Identifier: GPL-2.0-only
/* JSON on stdout: only written, never read, so a few lines do. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "json.h"

bool json_wanted;

static int depth;
static bool comma_needed;

static void quote(const char *text)
{
	putchar('"');
	for (; *text; text++) {
		unsigned char c = *text;

		if (c == '"' || c == '\\')
			printf("\\%c", c);
		else if (c < 0x20 || c >= 0x7f)
			printf("\\u%04x", c); /* a path may be any bytes */
		else
			putchar(c);
	}
	putchar('"');
}

static void begin(const char *key)
{
	if (comma_needed)
		putchar(',');
	comma_needed = true;
	if (!key)
		return;
	quote(key);
	putchar(':');
}

void json_open(const char *key, char bracket)
{
	begin(key);
	putchar(bracket);
	comma_needed = false;
	depth++;
}

void json_close(char bracket)
{
	putchar(bracket);
	comma_needed = true;
	if (--depth)
		return;
	putchar('\n');
	comma_needed = false;
}

void json_string(const char *key, const char *value)
{
	begin(key);
	quote(value);
}

void json_number(const char *key, uint64_t value)
{
	begin(key);
	printf("%" PRIu64, value);
}

void json_bool(const char *key, bool value)
{
	begin(key);
	fputs(value ? "true" : "false", stdout);
}

void json_format(const char *key, const char *format, ...)
{
	char text[256];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	json_string(key, text);
}
