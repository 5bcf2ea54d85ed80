/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef COMPLAINTS_H
#define COMPLAINTS_H

#include <stdbool.h>
#include <stddef.h>

/* The kernel's log from now on, or -1 */
int complaints_open(void);

/* The first line since then that complains of something. False if there is none */
bool complaints_read(int log, char *text, size_t size);

#endif
