// SPDX-License-Identifier: GPL-2.0-only
/* Blocks signals that end the tool. */
#define _GNU_SOURCE
#include <signal.h>
#include <stddef.h>
#include <stdio.h>

#include "signals.h"

/* Signals that are ignored, as by nohup, are left out. */
static void ending_signals(sigset_t *set)
{
	static const int all[] = { SIGHUP, SIGINT, SIGPIPE, SIGQUIT, SIGTERM };
	struct sigaction action;

	sigemptyset(set);
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		sigaction(all[i], NULL, &action);
		if (action.sa_handler != SIG_IGN)
			sigaddset(set, all[i]);
	}
}

void signals_hold(void)
{
	sigset_t set;

	ending_signals(&set);
	sigprocmask(SIG_BLOCK, &set, NULL);
}

void signals_release(void)
{
	sigset_t set;

	fflush(stdout); /* one of them may end the tool here */
	ending_signals(&set);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
}

bool signals_pending(void)
{
	sigset_t ending, pending, both;

	ending_signals(&ending);
	sigpending(&pending);
	sigandset(&both, &ending, &pending);
	return !sigisemptyset(&both);
}

void signals_wait(void)
{
	sigset_t set;
	int signal;

	ending_signals(&set);
	sigwait(&set, &signal);
}
