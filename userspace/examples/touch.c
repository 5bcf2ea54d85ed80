// SPDX-License-Identifier: GPL-2.0-only
/* Accesses memory that may not be mapped. */
#define _GNU_SOURCE
#include <setjmp.h>
#include <signal.h>

#include "example.h"

static sigjmp_buf before_access;

/* Returning from the handler would repeat the access, so it jumps. */
static void caught(int signal)
{
	siglongjmp(before_access, signal);
}

int touch(volatile char *byte, bool store)
{
	const struct sigaction action = { .sa_handler = caught };
	int signal;

	sigaction(SIGBUS, &action, NULL);
	sigaction(SIGSEGV, &action, NULL);
	signal = sigsetjmp(before_access, 1);
	if (!signal && store)
		*byte = 'x';
	else if (!signal)
		(void)*byte;
	return signal;
}
