/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PROCESS_H
#define PROCESS_H

#include <stddef.h>

/*
 * Runs a program from PATH, /usr/sbin or /sbin. Its stdout and stderr are
 * stored in output, which is cut to size and always terminated. Returns the
 * exit status, 127 if there is no such program, or 128 + N if signal N ended
 * it.
 */
int process_run(char *const argv[], char *output, size_t size);

#endif
