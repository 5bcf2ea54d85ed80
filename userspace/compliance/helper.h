/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef HELPER_H
#define HELPER_H

/*
 * Runs a program with a socket as its standard input, over which it passes the
 * descriptor of an open file. Returns that; exits if there is none.
 */
int helper_run(char **argv);

#endif
