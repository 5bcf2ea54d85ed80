/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef RESULT_H
#define RESULT_H

/* What became of a check or of a step. */
enum result {
	RESULT_OK,
	RESULT_SKIP, /* could not be looked at */
	RESULT_WARN, /* worth knowing, but no failure */
	RESULT_FAIL,
};

const char *result_word(enum result result);

/* The word that a line starts with, in colour on a terminal. */
void result_print(enum result result);

#endif
