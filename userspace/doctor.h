/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef DOCTOR_H
#define DOCTOR_H

#include "message.h"
#include "result.h"

/* What a check found. */
struct finding {
	enum result result;
	enum exit_status status; /* not EXIT_OK: it is why; the first counts */
	char text[512];
	char next[256]; /* command to type, or empty */
};

struct check {
	const char *name;
	void (*run)(struct finding *finding);
};

/* In the order in which things have to be put right; ends with an empty one. */
extern const struct check checks[];

#endif
