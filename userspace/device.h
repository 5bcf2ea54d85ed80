/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef DEVICE_H
#define DEVICE_H

#include <stdbool.h>

#include "options.h"

#define DEFAULT_DEVICE "/dev/mmapdemo"

/* Set by --device: a node, or a descriptor as in descriptor.h. */
extern const char *device_path;

// clang-format off
#define DEVICE_OPTION \
	{ 'd', "device", "PATH", \
	  "the device, or fd:N, /proc/PID/fd/N (default " DEFAULT_DEVICE ")", \
	  parse_string, &device_path }
// clang-format on

/* Access for MMAPDEMO_IOC_INFO and _CREATE: any will do. */
#define ACCESS_ANY (-1)

/* access: O_RDONLY, O_WRONLY, O_RDWR or ACCESS_ANY. A descriptor or -errno. */
int device_try_open(int access);

/* The same, but exits on error. */
int device_open(int access);

/* Explains why the device could not be used and exits as it deserves. */
void device_explain(int error) __attribute__((noreturn));

#endif
