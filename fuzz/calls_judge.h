/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef CALLS_JUDGE_H
#define CALLS_JUDGE_H

#include "calls.h"

/*
 * What the manual says of a call that was made, and of a buffer's contents.
 * What must not be becomes calls->finding.
 */
void judge_call(struct calls *calls, const struct call *call, long result,
		int error);
void judge_contents(struct calls *calls, int fd);

#endif
