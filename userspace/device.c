// SPDX-License-Identifier: GPL-2.0-only
/* What --device names: how it is opened, and what to do if it cannot be. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "descriptor.h"
#include "device.h"
#include "message.h"
#include "module.h"

#define PTRACE_SCOPE "/proc/sys/kernel/yama/ptrace_scope"

const char *device_path = DEFAULT_DEVICE;

/* A descriptor that is passed on was opened by somebody else. */
static int check_mode(int fd, int access)
{
	int mode = fcntl(fd, F_GETFL) & O_ACCMODE;

	if (access == ACCESS_ANY || mode == O_RDWR || mode == access)
		return fd;
	close(fd);
	return -EBADF;
}

/*
 * Opening is tried first: another process may forbid to take from it. A private
 * buffer's descriptor cannot be opened: EACCES, since its inode belongs to root,
 * or for root ENXIO.
 */
int device_try_open(int access)
{
	int flags = (access == ACCESS_ANY ? O_RDONLY : access) | O_CLOEXEC;
	struct descriptor descriptor;
	bool taken = descriptor_parse(device_path, &descriptor);
	int fd = -1;

	if (!taken || descriptor.pid) {
		fd = open(device_path, flags);
		if (fd >= 0)
			return fd;
		if (!taken || (errno != ENXIO && errno != EACCES))
			return -errno;
	}
	fd = descriptor_take(&descriptor);
	return fd < 0 ? fd : check_mode(fd, access);
}

int device_open(int access)
{
	int fd = device_try_open(access);

	if (fd < 0)
		device_explain(-fd);
	return fd;
}

static void explain_missing(int error)
{
	complain("%s: %s", device_path, strerror(error));
	if (!module_loaded())
		hint("modprobe " MODULE_NAME);
	else
		hint("mmapdemo doctor");
}

static void explain_forbidden(int error)
{
	complain("%s: %s", device_path, strerror(error));
	hint("sudo usermod -aG " MODULE_NAME
	     " $USER, then log in again; mmapdemo doctor tells more");
}

/* Yama may keep even the same user away. */
static void explain_not_traceable(int error)
{
	char scope[16];

	complain(
		"%s: %s: only the same user, or root, can take a process's descriptors",
		device_path, strerror(error));
	if (module_read_line(PTRACE_SCOPE, scope, sizeof(scope)) &&
	    strcmp(scope, "0") != 0)
		complain(PTRACE_SCOPE
			 " is %s, which keeps the same user away, too",
			 scope);
	hint("sudo mmapdemo, or let that process pass the descriptor on");
}

static void explain_descriptor(const struct descriptor *descriptor, int error)
{
	switch (error) {
	case EBADF:
		complain("%s: not an open descriptor, or not open for this",
			 device_path);
		break;
	case ENOENT:
	case ESRCH:
		complain("%s: no such process, or it has no such descriptor",
			 device_path);
		break;
	case EACCES:
	case EPERM:
		explain_not_traceable(error);
		exit(EXIT_NO_PERMISSION);
	default:
		return;
	}
	if (descriptor->pid)
		hint("ls -l /proc/%d/fd; cat /proc/%d/fdinfo/%d",
		     descriptor->pid, descriptor->pid, descriptor->fd);
	else
		hint("mmapdemo create --exec CMD, which passes one on");
	exit(EXIT_NO_DEVICE);
}

void device_explain(int error)
{
	struct descriptor descriptor;

	if (descriptor_parse(device_path, &descriptor))
		explain_descriptor(&descriptor, error);
	switch (error) {
	case ENOENT:
	case ENODEV:
	case ENXIO:
	case ENOTDIR:
		explain_missing(error);
		exit(EXIT_NO_DEVICE);
	case EACCES:
	case EPERM:
		explain_forbidden(error);
		exit(EXIT_NO_PERMISSION);
	case ENOTTY:
	case EISDIR:
		complain("%s: not a device of the module " MODULE_NAME,
			 device_path);
		hint("mmapdemo doctor");
		exit(EXIT_NO_DEVICE);
	default:
		complain("%s: %s", device_path, strerror(error));
		hint("mmapdemo doctor");
		exit(EXIT_FAILED);
	}
}
