/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef DEVICE_H
#define DEVICE_H

#include <stdbool.h>

#include "options.h"

#define DEFAULT_DEVICE "/dev/mmapdemo"

/* Why opening fails with EPERM, and a hint, which has the device twice. */
#define DEVICE_CGROUP \
	"the device cgroup of this service or container does not allow it"
#define DEVICE_ALLOW \
	"systemd-run -p DeviceAllow='%s rw' COMMAND, or docker run --device %s IMAGE"

// clang-format off
/*
 * path: a node, or a descriptor as in descriptor.h. Starts as DEFAULT_DEVICE.
 */
#define DEVICE_OPTION(path) \
	{ 'd', "device", "PATH", \
	  "the device, or fd:N, /proc/PID/fd/N (default " DEFAULT_DEVICE ")", \
	  parse_string, &(path) }
// clang-format on

/* Any access mode, as MMAPDEMO_IOC_INFO and _CREATE take it. */
#define ACCESS_ANY (-1)

/*
 * access is O_RDONLY, O_WRONLY, O_RDWR or ACCESS_ANY. Returns a descriptor or
 * -errno.
 */
int device_try_open(const char *path, int access);

/* The same, but explains an error and exits. */
int device_open(const char *path, int access);

/* Explains why the device cannot be used, and exits with the status for it. */
void device_explain(const char *path, int error) __attribute__((noreturn));

#endif
