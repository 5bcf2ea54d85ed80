/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _MMAPDEMO_SELFTEST_HARNESS_H
#define _MMAPDEMO_SELFTEST_HARNESS_H

/* The kselftest harness, with time limits for a guest on a busy host. */
#include <stdbool.h>
#include <stdlib.h>

#include "kselftest_harness.h"

/*
 * The harness ends a test case after 30 seconds by the clock, or after as many
 * as it asks for. On a busy host a guest gets only a fraction of that. vm/run
 * ends what really hangs, because it counts the time that the guest had.
 */
#define TIMES_SLOWER 10
#undef TEST_TIMEOUT_DEFAULT
#define TEST_TIMEOUT_DEFAULT (30 * TIMES_SLOWER)
#undef TEST_F_TIMEOUT
#define TEST_F_TIMEOUT(fixture_name, test_name, timeout) \
	__TEST_F_IMPL(fixture_name, test_name, -1, (timeout)*TIMES_SLOWER)

/* Does the program run under run --short, which leaves out long repetitions? */
static inline bool run_is_short(void)
{
	return getenv("KSELFTEST_SHORT");
}

#endif /* _MMAPDEMO_SELFTEST_HARNESS_H */
