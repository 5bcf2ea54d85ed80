/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PRESSURE_H
#define PRESSURE_H

/*
 * Keeps the machine short of memory until it is killed: takes some and gives it
 * back, and has the kernel drop its caches and move pages together. What the
 * caller may not do is left out.
 */
void pressure(void) __attribute__((noreturn));

#endif
