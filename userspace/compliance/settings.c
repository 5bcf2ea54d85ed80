// SPDX-License-Identifier: GPL-2.0-only
/*
 * The options, which a profile can give as well, one in a line:
 *
 *	# what is deliberate
 *	size = 65536
 *	expect = rights.exec: the buffer holds code
 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../message.h"
#include "settings.h"
#include "table.h"

enum {
	SIZE_OPTION = 256,
	MODULE_OPTION,
	TIME_OPTION,
	PROFILE_OPTION,
	ONLY_OPTION,
	SKIP_OPTION,
	EXPECT_OPTION,
	TOUCH_OPTION,
	STORE_OPTION,
	IOCTL_OPTION,
	FRESH_OPTION,
	KTAP_OPTION,
	JSON_OPTION,
	LIST_OPTION,
	EXPLAIN_OPTION,
	VERSION_OPTION
};

static const struct option options[] = {
	{ "size", required_argument, NULL, SIZE_OPTION },
	{ "module", required_argument, NULL, MODULE_OPTION },
	{ "time", required_argument, NULL, TIME_OPTION },
	{ "profile", required_argument, NULL, PROFILE_OPTION },
	{ "only", required_argument, NULL, ONLY_OPTION },
	{ "skip", required_argument, NULL, SKIP_OPTION },
	{ "expect", required_argument, NULL, EXPECT_OPTION },
	{ "touch", no_argument, NULL, TOUCH_OPTION },
	{ "store", no_argument, NULL, STORE_OPTION },
	{ "ioctl", no_argument, NULL, IOCTL_OPTION },
	{ "fresh", no_argument, NULL, FRESH_OPTION },
	{ "ktap", no_argument, NULL, KTAP_OPTION },
	{ "json", no_argument, NULL, JSON_OPTION },
	{ "list", no_argument, NULL, LIST_OPTION },
	{ "explain", required_argument, NULL, EXPLAIN_OPTION },
	{ "help", no_argument, NULL, 'h' },
	{ "version", no_argument, NULL, VERSION_OPTION },
	{ 0 }
};

static void print_help(void)
{
	puts("usage: mmap-compliance [OPTION]... NODE|fd:N\n"
	     "       mmap-compliance [OPTION]... -- PROGRAM [ARGUMENT]...\n"
	     "       mmap-compliance --list | --explain CHECK\n"
	     "\n"
	     "Checks how a character device, or another file, is mapped by mmap(2).\n"
	     "PROGRAM passes an open file as descriptor by its socket on standard input.\n"
	     "\n"
	     "      --touch          allow loads from the mapping\n"
	     "      --store          allow loads and stores\n"
	     "      --ioctl          allow an ioctl that no driver knows\n"
	     "      --fresh          nobody has stored to the buffer yet: it must be zero\n"
	     "      --size BYTES     the size of the buffer, if the file does not tell it\n"
	     "      --module NAME    the driver's module, whose users are counted\n"
	     "      --only CHECK     only this check or group; may be given again\n"
	     "      --skip CHECK     not this check or group; may be given again\n"
	     "      --expect CHECK:REASON  this rule may be broken; may be given again\n"
	     "      --profile FILE   more options, one in a line as 'size = 65536'\n"
	     "      --time SECONDS   what a check may take; 10 if not given\n"
	     "      --ktap, --json   other forms of the results\n"
	     "      --list           list the checks\n"
	     "      --explain CHECK  say what a check is for\n"
	     "  -h, --help           show this help\n"
	     "      --version        show the version\n"
	     "\n"
	     "Ends with 0 if no rule is broken, 1 if one is, 2 for a wrong option,\n"
	     "3 if there is no such device, and 4 without the permission to open it.");
}

static const struct check *find(const char *pattern)
{
	const struct check *check;
	unsigned int i;

	for (i = 0; (check = check_number(i)); i++)
		if (check_matches(check, pattern))
			return check;
	die_usage("'%s' is neither a check nor a group; see --list", pattern);
}

static void add(const char **list, const char *option, const char *pattern)
{
	unsigned int i;

	for (i = 0; list[i]; i++)
		;
	if (i == MOST_PATTERNS)
		die_usage("%s: more than %d times", option, MOST_PATTERNS);
	list[i] = pattern;
}

static void add_expected(struct settings *settings, const char *text)
{
	const char *colon = strchr(text, ':');
	char name[64];

	if (!colon || !colon[1])
		die_usage("--expect '%s': wants CHECK:REASON", text);
	snprintf(name, sizeof(name), "%.*s", (int)(colon - text), text);
	find(name);
	add(settings->expect, "--expect", text);
}

static unsigned long number(const char *option, const char *text)
{
	unsigned long value;
	char *end;

	errno = 0;
	value = strtoul(text, &end, 0);
	if (errno || end == text || *end || *text == '-' || !value)
		die_usage("--%s '%s': wants a number above 0", option, text);
	return value;
}

static void print_explanations(const char *pattern)
{
	const struct check *check;
	unsigned int i;

	find(pattern);
	for (i = 0; (check = check_number(i)); i++)
		if (check_matches(check, pattern))
			print_explanation(check);
	exit(EXIT_OK);
}

/* Options of the command line that end the program at once */
static void answer(int option, const char *argument)
{
	if (option == LIST_OPTION)
		print_list();
	else if (option == EXPLAIN_OPTION)
		print_explanations(argument);
	else if (option == 'h')
		print_help();
	else if (option == VERSION_OPTION)
		puts("mmap-compliance " VERSION);
	else
		exit(EXIT_USAGE);
	exit(EXIT_OK);
}

static void allow(struct settings *settings, int option)
{
	if (option == TOUCH_OPTION)
		settings->allowed |= TOUCH;
	else if (option == STORE_OPTION)
		settings->allowed |= TOUCH | STORE;
	else if (option == IOCTL_OPTION)
		settings->allowed |= IOCTL;
	else
		settings->allowed |= TOUCH | FRESH;
}

static void set(struct settings *settings, int option, const char *argument)
{
	switch (option) {
	case SIZE_OPTION:
		settings->size = number("size", argument);
		break;
	case MODULE_OPTION:
		settings->module = argument;
		break;
	case TIME_OPTION:
		settings->seconds = number("time", argument);
		break;
	case PROFILE_OPTION:
		settings_read(settings, argument);
		break;
	case ONLY_OPTION:
		find(argument);
		add(settings->only, "--only", argument);
		break;
	case SKIP_OPTION:
		find(argument);
		add(settings->skip, "--skip", argument);
		break;
	case EXPECT_OPTION:
		add_expected(settings, argument);
		break;
	case KTAP_OPTION:
	case JSON_OPTION:
		settings->format = option == KTAP_OPTION ? KTAP : JSON;
		break;
	default:
		allow(settings, option);
	}
}

int settings_parse(struct settings *settings, int argc, char **argv)
{
	int option;

	settings->seconds = 10;
	while ((option = getopt_long(argc, argv, "+h", options, NULL)) != -1) {
		if (option == '?' || option == 'h' || option == LIST_OPTION ||
		    option == EXPLAIN_OPTION || option == VERSION_OPTION)
			answer(option, optarg);
		set(settings, option, optarg);
	}
	return optind;
}

static const struct option *option_named(const char *name)
{
	const struct option *option;

	for (option = options; option->name; option++)
		if (!strcmp(option->name, name) && option->val < LIST_OPTION)
			return option;
	return NULL;
}

/* The text stays, because the settings point into it. */
static void read_line(struct settings *settings, const char *path,
		      unsigned int number, char *line)
{
	char *value = strchr(line, '='), *name = line;
	const struct option *option;

	if (value)
		*value++ = '\0';
	name[strcspn(name, " \t")] = '\0';
	value += value ? strspn(value, " \t") : 0;
	option = option_named(name);
	if (!option || option->val == PROFILE_OPTION)
		die_usage("%s:%u: '%s' is no option of a profile", path, number,
			  name);
	if (option->has_arg != !!value)
		die_usage("%s:%u: %s %s a value", path, number, name,
			  option->has_arg ? "wants" : "takes no");
	set(settings, option->val, value);
}

void settings_read(struct settings *settings, const char *path)
{
	FILE *file = fopen(path, "re");
	unsigned int number = 0;
	char line[1024], *text, *end;

	if (!file)
		die(EXIT_USAGE, "%s: %m", path);
	while (fgets(line, sizeof(line), file)) {
		number++;
		end = line + strcspn(line, "#\n");
		while (end > line && strchr(" \t", end[-1]))
			end--;
		*end = '\0';
		text = line + strspn(line, " \t");
		if (*text)
			read_line(settings, path, number, strdup(text));
	}
	fclose(file);
}

static bool listed(const char *const *list, const struct check *check)
{
	for (; *list; list++)
		if (check_matches(check, *list))
			return true;
	return false;
}

bool settings_wants(const struct settings *settings, const struct check *check)
{
	return (!settings->only[0] || listed(settings->only, check)) &&
	       !listed(settings->skip, check);
}

const char *settings_expected(const struct settings *settings,
			      const struct check *check)
{
	const char *const *expect;
	size_t length;

	for (expect = settings->expect; *expect; expect++) {
		length = strcspn(*expect, ":");
		if (!strncmp(*expect, check->name, length) &&
		    (!check->name[length] || check->name[length] == '.'))
			return *expect + length + 1 +
			       strspn(*expect + length + 1, " ");
	}
	return NULL;
}
