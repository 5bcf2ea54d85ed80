/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KLOG_H
#define KLOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* whence: SEEK_SET for all lines there are, SEEK_END for those to come. */
int klog_open(int whence);

/* The next line; false at the end. */
bool klog_next(int fd, char *line, size_t size);

/* A line of the module, or one about a cache attribute that was overridden. */
bool klog_is_ours(const char *line);
bool klog_is_conflict(const char *line);

#endif
