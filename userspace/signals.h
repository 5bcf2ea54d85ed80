/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SIGNALS_H
#define SIGNALS_H

#include <stdbool.h>

/*
 * signals_hold() blocks the signals that end a program, so that it can restore
 * what it changed. signals_pending() returns whether one is pending,
 * signals_wait() waits for one, and signals_release() unblocks them.
 */
void signals_hold(void);
bool signals_pending(void);
void signals_wait(void);
void signals_release(void);

#endif
