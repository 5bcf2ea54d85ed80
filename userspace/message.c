// SPDX-License-Identifier: GPL-2.0-only
/* Errors and hints, on stderr, with the program's name. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "message.h"

/* Set once, before anything is printed. */
static const char *program = "mmapdemo";
static char running[64] = "mmapdemo";

void message_start(const char *name, const char *command)
{
	program = name;
	snprintf(running, sizeof(running), "%s%s%s", name, command ? " " : "",
		 command ? command : "");
}

const char *program_name(void)
{
	return program;
}

const char *running_name(void)
{
	return running;
}

static void vprint(const char *prefix, const char *format, va_list args)
{
	fflush(stdout); /* keep the order on a shared terminal */
	fprintf(stderr, "%s: %s", program, prefix);
	vfprintf(stderr, format, args);
	fputc('\n', stderr);
}

void complain(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vprint("", format, args);
	va_end(args);
}

void hint(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vprint("try: ", format, args);
	va_end(args);
}

void die(enum exit_status status, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vprint("", format, args);
	va_end(args);
	exit(status);
}

void die_usage(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vprint("", format, args);
	va_end(args);
	hint("%s --help", running_name());
	exit(EXIT_USAGE);
}
