/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef OPTIONS_H
#define OPTIONS_H

#include <stdint.h>

struct command;

/* An option of a subcommand, for parsing and for --help. */
struct option_spec {
	char letter; /* 0: long only */
	const char *name;
	const char *argument; /* as in the help; NULL: takes none */
	const char *help;
	void (*parse)(const char *name, const char *text, void *to);
	void *to;
};

struct optional_u64 {
	int given;
	uint64_t value;
};

/*
 * Parsers for struct option_spec and for operands. If the text is invalid, they
 * print a message that starts with name, and exit. parse_flag() stores a bool,
 * parse_string() a const char *, parse_size() a uint64_t; the others store a
 * struct optional_u64, parse_seconds() in nanoseconds.
 */
void parse_flag(const char *name, const char *text, void *to);
void parse_string(const char *name, const char *text, void *to);
void parse_size(const char *name, const char *text, void *to);
void parse_byte(const char *name, const char *text, void *to);
void parse_u32(const char *name, const char *text, void *to);
void parse_u64(const char *name, const char *text, void *to);
void parse_seconds(const char *name, const char *text, void *to);

/* Returns the index of the first operand. Answers --help and exits. */
int options_parse(const struct command *command, int argc, char **argv);

#endif
