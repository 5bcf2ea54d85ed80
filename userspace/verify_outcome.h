/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef VERIFY_OUTCOME_H
#define VERIFY_OUTCOME_H

#include <stdbool.h>

#include "verify.h"

/* The result for one kind of buffer. */
enum outcome {
	VERIFIED,
	FAILED,
	REFUSED,    /* as it must be, since it is not supported */
	UNVERIFIED, /* the permission is missing */
};

#define OUTCOMES (UNVERIFIED + 1)

/* A run of mmapdemo verify --all. */
struct verify_all {
	const char *device;
	struct json *json; /* NULL: results are text */
	int counts[OUTCOMES];
};

/* Prints why there was no proof; what is a name such as "cache=wt". */
enum outcome outcome_say(struct json *json, enum outcome outcome,
			 const char *what, const char *reason);

/* Proves verify->buffer, which is open, and closes it. */
enum outcome outcome_prove(struct verify *verify);

/* Writes the last member of the JSON object of one kind of buffer. */
void outcome_json(struct json *json, enum outcome outcome);

/* Proves each kind of private buffer, as a member of the JSON object. */
void prove_private_buffers(struct verify_all *all);

#endif
