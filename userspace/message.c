// SPDX-License-Identifier: GPL-2.0-only
/* Errors and hints: always on stderr, always with the tool's name. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "message.h"

const char *running_command;

static void vprint(const char *prefix, const char *format, va_list args)
{
	fflush(stdout); /* keep the order on a shared terminal */
	fputs(prefix, stderr);
	vfprintf(stderr, format, args);
	fputc('\n', stderr);
}

void complain(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vprint("mmapdemo: ", format, args);
	va_end(args);
}

void hint(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vprint("mmapdemo: try: ", format, args);
	va_end(args);
}

void die(enum exit_status status, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vprint("mmapdemo: ", format, args);
	va_end(args);
	exit(status);
}

void die_usage(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vprint("mmapdemo: ", format, args);
	va_end(args);
	hint("mmapdemo %s%s--help", running_command ? running_command : "",
	     running_command ? " " : "");
	exit(EXIT_USAGE);
}
