// SPDX-License-Identifier: GPL-2.0-only
/* Opens what --device names, and explains why that failed. */
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

/* A descriptor that was passed on has the mode that its opener chose. */
static int check_mode(int fd, int access)
{
	int mode = fcntl(fd, F_GETFL) & O_ACCMODE;

	if (access == ACCESS_ANY || mode == O_RDWR || mode == access)
		return fd;
	close(fd);
	return -EBADF;
}

/*
 * A path is opened first: that gives a descriptor with the access mode that is
 * needed, and Yama does not forbid it. If the inode's mode forbids it, or if it
 * cannot be opened at all, the descriptor itself is duplicated. fd:N is no
 * path.
 */
int device_try_open(const char *path, int access)
{
	int flags = (access == ACCESS_ANY ? O_RDONLY : access) | O_CLOEXEC;
	struct descriptor descriptor;
	bool taken = descriptor_parse(path, &descriptor);
	int fd = -1;

	if (!taken || strchr(path, '/')) {
		fd = open(path, flags);
		if (fd >= 0)
			return fd;
		if (!taken || (errno != ENXIO && errno != EACCES))
			return -errno;
	}
	fd = descriptor_take(&descriptor);
	return fd < 0 ? fd : check_mode(fd, access);
}

int device_open(const char *path, int access)
{
	int fd = device_try_open(path, access);

	if (fd < 0)
		device_explain(path, -fd);
	return fd;
}

static void explain_missing(const char *path, int error)
{
	complain("%s: %s", path, strerror(error));
	if (!module_loaded())
		hint("modprobe " MODULE_NAME);
	else
		hint("mmapdemo doctor");
}

static void explain_forbidden(const char *path, int error)
{
	complain("%s: %s", path, strerror(error));
	hint("sudo usermod -aG " MODULE_NAME
	     " $USER, then log in again; mmapdemo doctor tells more");
}

/* A file mode causes EACCES; only a device cgroup causes EPERM. */
static void explain_device_cgroup(const char *path)
{
	complain("%s: %s: " DEVICE_CGROUP, path, strerror(EPERM));
	hint(DEVICE_ALLOW, path, path);
}

/* Yama may forbid it even to the same user. */
static void explain_not_traceable(const char *path, int error)
{
	char scope[16];

	complain(
		"%s: %s: only the same user, or root, can take a process's descriptors",
		path, strerror(error));
	if (module_read_line(PTRACE_SCOPE, scope, sizeof(scope)) &&
	    strcmp(scope, "0") != 0)
		complain(PTRACE_SCOPE
			 " is %s, which forbids it to the same user, too",
			 scope);
	hint("sudo mmapdemo, or let that process pass the descriptor on");
}

static void explain_descriptor(const char *path,
			       const struct descriptor *descriptor, int error)
{
	switch (error) {
	case EBADF:
		complain(
			"%s: not an open descriptor, or not open in the access mode that is needed",
			path);
		break;
	case ENOENT:
	case ESRCH:
		complain("%s: no such process, or it has no such descriptor",
			 path);
		break;
	case EACCES:
	case EPERM:
		explain_not_traceable(path, error);
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

void device_explain(const char *path, int error)
{
	struct descriptor descriptor;

	if (descriptor_parse(path, &descriptor))
		explain_descriptor(path, &descriptor, error);
	switch (error) {
	case ENOENT:
	case ENODEV:
	case ENXIO:
	case ENOTDIR:
		explain_missing(path, error);
		exit(EXIT_NO_DEVICE);
	case EACCES:
		explain_forbidden(path, error);
		exit(EXIT_NO_PERMISSION);
	case EPERM:
		explain_device_cgroup(path);
		exit(EXIT_NO_PERMISSION);
	case ENOTTY:
	case EISDIR:
		complain("%s: not a device of the module " MODULE_NAME, path);
		hint("mmapdemo doctor");
		exit(EXIT_NO_DEVICE);
	default:
		complain("%s: %s", path, strerror(error));
		hint("mmapdemo doctor");
		exit(EXIT_FAILED);
	}
}
