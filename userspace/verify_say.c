// SPDX-License-Identifier: GPL-2.0-only
/* Writes the result of a step of mmapdemo verify. */
#define _GNU_SOURCE
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "verify.h"

bool verify_say(struct verify *v, bool ok, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(v->text, sizeof(v->text), format, args);
	va_end(args);
	return ok;
}

bool verify_say_errno(struct verify *v, const char *what)
{
	return verify_say(v, false, "%s: %s", what, strerror(errno));
}

bool verify_say_expected(struct verify *v, const char *expected,
			 const char *found)
{
	if (!strcmp(expected, found))
		return verify_say(v, true, "%s", found);
	return verify_say(v, false, "expected %s, found %s", expected, found);
}
