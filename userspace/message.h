/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MESSAGE_H
#define MESSAGE_H

/* Exit statuses; the manual page has the same table. */
enum exit_status {
	EXIT_OK = 0,
	EXIT_FAILED = 1, /* a mismatch or another failure */
	EXIT_USAGE = 2,
	EXIT_NO_DEVICE = 3,
	EXIT_NO_PERMISSION = 4,
	EXIT_NOT_EXECUTED = 126, /* create --exec, as env(1) has it */
	EXIT_NO_PROGRAM = 127,
};

/* Prints a line on stderr; it starts with what is wrong, such as a path. */
void complain(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Prints a line on stderr with the next command to type. */
void hint(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* complain() and exit. */
void die(enum exit_status status, const char *format, ...)
	__attribute__((format(printf, 2, 3), noreturn));

/* die(EXIT_USAGE) with a hint at the help of the running command. */
void die_usage(const char *format, ...)
	__attribute__((format(printf, 1, 2), noreturn));

/*
 * Sets what all messages start with, as openlog(3) does, and the subcommand
 * that hints name, or NULL. Without it the program is mmapdemo.
 */
void message_start(const char *program, const char *command);

/* "mmapdemo", and "mmapdemo info" if there is a subcommand. */
const char *program_name(void);
const char *running_name(void);

#endif
