/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef REPORT_H
#define REPORT_H

#include "run.h"

enum format {
	LINES,
	KTAP,
	JSON
};

/* What is printed about one run. Starts as zeros and the format. */
struct report {
	enum format format;
	unsigned int count[BROKEN + 1];
	unsigned int expected;
	unsigned int number;
};

void report_start(struct report *report, const struct target *target,
		  unsigned int checks);

/* expected: why the user wants it so, or NULL */
void report_result(struct report *report, const struct check *check,
		   const struct result *result, const char *expected);
void report_end(struct report *report);

void print_list(void);
void print_explanation(const struct check *check);

#endif
