/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef RUN_H
#define RUN_H

#include "check.h"

enum status {
	GOOD,
	FACT,
	SKIPPED,
	BROKEN
};

struct result {
	enum status status;
	bool hangs; /* a process is left that cannot be killed */
	char text[512];
};

/* Runs it in a process of its own, which may take as long as the target says. */
void check_run(const struct check *check, const struct target *target,
	       struct result *result);

#endif
