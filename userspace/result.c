// SPDX-License-Identifier: GPL-2.0-only
/* Prints ok, skip, warn or FAIL, in colour on a terminal. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "result.h"

static const struct {
	const char *word;
	const char *colour;
} results[] = {
	[RESULT_OK] = { "ok", "\033[32m" },
	[RESULT_SKIP] = { "skip", "\033[33m" },
	[RESULT_WARN] = { "warn", "\033[33m" },
	[RESULT_FAIL] = { "FAIL", "\033[31m" },
};

const char *result_word(enum result result)
{
	return results[result].word;
}

void result_print(enum result result)
{
	if (isatty(STDOUT_FILENO) && !getenv("NO_COLOR"))
		printf("%s%-4s\033[m  ", results[result].colour,
		       results[result].word);
	else
		printf("%-4s  ", results[result].word);
}
