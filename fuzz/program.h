/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PROGRAM_H
#define PROGRAM_H

#include "calls.h"

/* A C program that makes the same calls. */
void program_print(FILE *to, const struct calls_place *place,
		   struct calls_bytes bytes);

#endif
