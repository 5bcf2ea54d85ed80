/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef RESULT_H
#define RESULT_H

/* The result of a check or of a step. */
enum result {
	RESULT_OK,
	RESULT_SKIP, /* unknown, or not run */
	RESULT_WARN, /* worth knowing, but no failure */
	RESULT_FAIL,
};

const char *result_word(enum result result);

/* Prints the word that a line starts with. */
void result_print(enum result result);

#endif
