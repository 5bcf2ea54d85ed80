// SPDX-License-Identifier: GPL-2.0-only
/* Parses the options of a command line and their values. */
#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "message.h"
#include "options.h"

#define MAX_OPTIONS 24
#define LONG_ONLY 256 /* getopt values of options without a letter */
#define HELP_COLUMN 26
#define NS_PER_SECOND UINT64_C(1000000000)

void parse_flag(const char *name, const char *text, void *to)
{
	(void)name;
	(void)text;
	*(bool *)to = true;
}

void parse_string(const char *name, const char *text, void *to)
{
	if (!*text)
		die_usage("%s: the argument is empty", name);
	*(const char **)to = text;
}

/*
 * Parses digits, or 0x and hexadecimal digits. strtoull() with base 0 would
 * read 010 as 8, and accept signs and blanks. Returns what follows the number.
 */
static const char *parse_digits(const char *name, const char *text,
				uint64_t *value)
{
	int base = 10;
	char *end;

	if (text[0] == '0' && (text[1] == 'x' || text[1] == 'X')) {
		base = 16;
		text += 2;
	}
	if (base == 10 ? !isdigit((unsigned char)*text) :
			 !isxdigit((unsigned char)*text))
		return NULL;
	errno = 0;
	*value = strtoull(text, &end, base);
	if (errno == ERANGE)
		die_usage("%s: '%s' does not fit in 64 bits", name, text);
	return end;
}

static int suffix_shift(const char *suffix)
{
	static const char units[] = "KMG";
	const char *unit;

	if (!*suffix)
		return 0;
	unit = strchr(units, toupper((unsigned char)*suffix));
	if (!unit || (suffix[1] && strcmp(suffix + 1, "iB") != 0))
		return -1;
	return 10 * (int)(unit - units + 1);
}

void parse_size(const char *name, const char *text, void *to)
{
	uint64_t value;
	const char *suffix = parse_digits(name, text, &value);
	int shift = suffix ? suffix_shift(suffix) : -1;

	if (shift < 0)
		die_usage(
			"%s: '%s' is not a number of bytes: digits or 0x..., then nothing, K, M or G",
			name, text);
	if (value > UINT64_MAX >> shift)
		die_usage("%s: '%s' does not fit in 64 bits", name, text);
	*(uint64_t *)to = value << shift;
}

void parse_u64(const char *name, const char *text, void *to)
{
	struct optional_u64 *number = to;
	const char *rest = parse_digits(name, text, &number->value);

	if (!rest || *rest)
		die_usage("%s: '%s' is not a number: digits or 0x...", name,
			  text);
	number->given = true;
}

void parse_byte(const char *name, const char *text, void *to)
{
	struct optional_u64 *number = to;

	parse_u64(name, text, to);
	if (number->value > 0xff)
		die_usage("%s: '%s' does not fit in a byte", name, text);
}

void parse_u32(const char *name, const char *text, void *to)
{
	struct optional_u64 *number = to;

	parse_u64(name, text, to);
	if (number->value > UINT32_MAX)
		die_usage("%s: '%s' does not fit in 32 bits", name, text);
}

/*
 * Parses 1 to 9 digits after the point as nanoseconds; NULL if there are none.
 */
static const char *parse_fraction(const char *text, uint64_t *ns)
{
	uint64_t unit = NS_PER_SECOND;

	for (*ns = 0; isdigit((unsigned char)*text) && unit > 1; text++) {
		unit /= 10;
		*ns += unit * (*text - '0');
	}
	return unit < NS_PER_SECOND ? text : NULL;
}

void parse_seconds(const char *name, const char *text, void *to)
{
	struct optional_u64 *number = to;
	uint64_t seconds, ns = 0;
	const char *rest = NULL;

	if (isdigit((unsigned char)text[0]) && tolower(text[1]) != 'x')
		rest = parse_digits(name, text, &seconds);
	if (rest && *rest == '.')
		rest = parse_fraction(rest + 1, &ns);
	if (!rest || *rest)
		die_usage(
			"%s: '%s' is not a number of seconds: digits, then nothing or a point and 1 to 9 digits",
			name, text);
	if (seconds > UINT64_MAX / NS_PER_SECOND - 1)
		die_usage("%s: '%s' does not fit in 64 bits of nanoseconds",
			  name, text);
	number->value = seconds * NS_PER_SECOND + ns;
	number->given = true;
}

static void help_line(char letter, const char *name, const char *argument,
		      const char *help)
{
	char left[64];

	snprintf(left, sizeof(left), " %c%c%c --%s%s%s", letter ? '-' : ' ',
		 letter ? letter : ' ', letter ? ',' : ' ', name,
		 argument ? " " : "", argument ? argument : "");
	printf("%-*s %s\n", HELP_COLUMN, left, help);
}

static void help(const struct command *command)
{
	const struct option_spec *spec;

	printf("Usage:\n %s [options]%s%s\n\n%s.\n\nOptions:\n", running_name(),
	       command->operands ? " " : "",
	       command->operands ? command->operands : "", command->summary);
	for (spec = command->options; spec->name; spec++)
		help_line(spec->letter, spec->name, spec->argument, spec->help);
	help_line('h', "help", NULL, "display this help");
	if (command->name)
		printf("\nFor more details see mmapdemo(1).\n");
}

/* The tables that getopt_long() takes, built from that of the command. */
struct getopt_table {
	char letters[2 * MAX_OPTIONS + 4];
	struct option longs[MAX_OPTIONS + 2];
};

static void getopt_prepare(struct getopt_table *table,
			   const struct command *command)
{
	const struct option_spec *specs = command->options;
	char *letter = table->letters;
	struct option *to = table->longs;

	memset(table, 0, sizeof(*table));
	*to++ = (struct option){ "help", no_argument, NULL, 'h' };
	if (command->operands_last)
		*letter++ = '+';
	*letter++ = 'h';
	for (int i = 0; specs[i].name && i < MAX_OPTIONS; i++) {
		int has_arg = specs[i].argument ? required_argument :
						  no_argument;

		*to++ = (struct option){ specs[i].name, has_arg, NULL,
					 LONG_ONLY + i };
		if (!specs[i].letter)
			continue;
		*letter++ = specs[i].letter;
		if (has_arg == required_argument)
			*letter++ = ':';
	}
}

static const struct option_spec *spec_of(const struct option_spec *specs,
					 int value)
{
	if (value >= LONG_ONLY)
		return &specs[value - LONG_ONLY];
	while (specs->letter != value)
		specs++;
	return specs;
}

int options_parse(const struct command *command, int argc, char **argv)
{
	struct getopt_table table;
	const struct option_spec *spec;
	char name[32];
	int value;

	getopt_prepare(&table, command);
	argv[0] = (char *)program_name(); /* for getopt_long()'s messages */
	while ((value = getopt_long(argc, argv, table.letters, table.longs,
				    NULL)) != -1) {
		if (value == 'h') {
			help(command);
			exit(EXIT_OK);
		}
		if (value == '?') {
			hint("%s --help", running_name());
			exit(EXIT_USAGE);
		}
		spec = spec_of(command->options, value);
		snprintf(name, sizeof(name), "--%s", spec->name);
		spec->parse(name, optarg, spec->to);
	}
	if (argc - optind < command->min_operands)
		die_usage("%s: %s is missing", command->name,
			  command->operands);
	if (argc - optind > command->max_operands)
		die_usage("%s: unexpected operand '%s'", command->name,
			  argv[optind + command->max_operands]);
	return optind;
}
