/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PROCESS_H
#define PROCESS_H

#include <stddef.h>

/*
 * Runs a program of PATH, or of the folders that only root's PATH has. Its
 * stdout and stderr go to output (cut to size, always terminated).
 * Returns its exit status; 127 if there is no such program, 128 + N if signal
 * N ended it.
 */
int process_run(char *const argv[], char *output, size_t size);

#endif
