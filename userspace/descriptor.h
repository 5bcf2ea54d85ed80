/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef DESCRIPTOR_H
#define DESCRIPTOR_H

#include <stdbool.h>

/* A path that means an open descriptor rather than a file. */
struct descriptor {
	int pid; /* 0: this process */
	int fd;
};

/* fd:N, /dev/fd/N, /proc/self/fd/N or /proc/PID/fd/N. */
bool descriptor_parse(const char *path, struct descriptor *descriptor);

/* A duplicate, closed by execve(2); -errno. */
int descriptor_take(const struct descriptor *descriptor);

#endif
