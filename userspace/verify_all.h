/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef VERIFY_ALL_H
#define VERIFY_ALL_H

#include <stdbool.h>

#include "verify.h"

/* What became of one kind of buffer. */
enum outcome {
	VERIFIED,
	FAILED,
	REFUSED,    /* as it must: not available */
	UNVERIFIED, /* for want of permission */
};

#define OUTCOMES (UNVERIFIED + 1)

/* Prints why there was no proof. what: "cache=wt". */
enum outcome outcome_say(enum outcome outcome, const char *what,
			 const char *reason);

/* The proof on verify->buffer, which is open; closes it. */
enum outcome outcome_prove(struct verify *verify);

/* The last member of the JSON object of one kind of buffer. */
void outcome_json(enum outcome outcome);

/* Each kind of private buffer: a member of the JSON object. */
void prove_private_buffers(int counts[OUTCOMES]);

/* The device's own buffer with each attribute, likewise. */
void reload_remember(void);
void prove_attributes(int counts[OUTCOMES]);
bool reload_put_back(void);

#endif
