/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SETTINGS_H
#define SETTINGS_H

#include "report.h"

#define MOST_PATTERNS 64

/* The settings from the command line and a profile */
struct settings {
	enum format format;
	size_t size;
	const char *module;
	unsigned int allowed;
	unsigned int seconds;
	const char *only[MOST_PATTERNS + 1];
	const char *skip[MOST_PATTERNS + 1];
	const char *expect[MOST_PATTERNS + 1]; /* CHECK:REASON */
};

/* Both exit on an error. Returns the index of the first operand. */
int settings_parse(struct settings *settings, int argc, char **argv);
void settings_read(struct settings *settings, const char *path);

bool settings_wants(const struct settings *settings, const struct check *check);

/* Why it may be broken, or NULL */
const char *settings_expected(const struct settings *settings,
			      const struct check *check);

#endif
