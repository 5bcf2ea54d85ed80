/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MESSAGE_H
#define MESSAGE_H

/* What the tool exits with; the man page has the same table. */
enum exit_status {
	EXIT_OK = 0,
	EXIT_FAILED = 1, /* mismatch, or something did not work */
	EXIT_USAGE = 2,
	EXIT_NO_DEVICE = 3,
	EXIT_NO_PERMISSION = 4,
	EXIT_NOT_EXECUTED = 126, /* create --exec, as env(1) has it */
	EXIT_NO_PROGRAM = 127,
};

/* One line on stderr that names the object. */
void complain(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* One line on stderr with the next command to type. */
void hint(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* complain() and exit. */
void die(enum exit_status status, const char *format, ...)
	__attribute__((format(printf, 2, 3), noreturn));

/* die(EXIT_USAGE) with a pointer to the help of the running command. */
void die_usage(const char *format, ...)
	__attribute__((format(printf, 1, 2), noreturn));

/* Set by main(): the subcommand that die_usage() points to, or NULL. */
extern const char *running_command;

#endif
