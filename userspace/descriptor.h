/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef DESCRIPTOR_H
#define DESCRIPTOR_H

#include <stdbool.h>

/* An open descriptor that a path names. */
struct descriptor {
	int pid; /* 0: this process */
	int fd;
};

/* True for fd:N, /dev/fd/N, /proc/self/fd/N and /proc/PID/fd/N. */
bool descriptor_parse(const char *path, struct descriptor *descriptor);

/* Returns a duplicate with close-on-exec, or -errno. */
int descriptor_take(const struct descriptor *descriptor);

#endif
