/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SIGNALS_H
#define SIGNALS_H

#include <stdbool.h>

/*
 * Keeps the signals that end a program waiting, so that one can always put
 * things back. signals_pending() asks, signals_wait() waits for one;
 * signals_release() lets them act.
 */
void signals_hold(void);
bool signals_pending(void);
void signals_wait(void);
void signals_release(void);

#endif
