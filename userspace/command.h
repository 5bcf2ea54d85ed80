/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef COMMAND_H
#define COMMAND_H

#include <stdbool.h>

/*
 * One subcommand, defined in its cmd_*.c. The table in mmapdemo.c drives
 * dispatch and help; the options drive parsing and help.
 */
struct command {
	const char *name;
	const char *operands; /* as in the synopsis; NULL: takes none */
	int min_operands;
	int max_operands;
	bool operands_last; /* words after the first operand are no options */
	const char *summary;
	const struct option_spec *options; /* ends with an empty one */
	int (*run)(int argc, char **argv); /* gets the operands only */
};

extern const struct command cmd_create;
extern const struct command cmd_doctor;
extern const struct command cmd_fill;
extern const struct command cmd_info;
extern const struct command cmd_list;
extern const struct command cmd_read;
extern const struct command cmd_seal;
extern const struct command cmd_sum;
extern const struct command cmd_tour;
extern const struct command cmd_verify;
extern const struct command cmd_wait;
extern const struct command cmd_wake;
extern const struct command cmd_write;

#endif
