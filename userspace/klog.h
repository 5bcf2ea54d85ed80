/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KLOG_H
#define KLOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* whence is SEEK_SET for all lines, SEEK_END for new ones. */
int klog_open(int whence);

/* Reads the next line; returns false at the end. */
bool klog_next(int fd, char *line, size_t size);

/* Is the line the module's, or about a cache attribute that was overridden? */
bool klog_is_ours(const char *line);
bool klog_is_conflict(const char *line);

#endif
