// SPDX-License-Identifier: GPL-2.0-only
/*
 * Finds the processes that have a buffer, by /proc/PID/fd and /proc/PID/maps. A
 * private buffer's name there is mmapdemo:[INODE]; the device is recognised by
 * its number.
 */
#define _GNU_SOURCE
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "holders.h"
#include "message.h"
#include "module.h"

/* How the device is recognised: by its own number, and by its node. */
struct device {
	unsigned int major_number, minor_number;
	bool has_node;
	struct statx node;
};

struct scan {
	struct holders *holders;
	struct device device;
	pid_t pid;
	int directory; /* /proc/PID */
	size_t first;  /* of this process in the list */
};

static bool is_device(const struct device *device, const struct statx *stat)
{
	return S_ISCHR(stat->stx_mode) &&
	       stat->stx_rdev_major == device->major_number &&
	       stat->stx_rdev_minor == device->minor_number;
}

static void find_device(struct device *device, const char *path)
{
	char line[32];

	if (!module_read_line("/sys/class/misc/" MODULE_NAME "/dev", line,
			      sizeof(line)) ||
	    sscanf(line, "%u:%u", &device->major_number,
		   &device->minor_number) != 2)
		device->major_number = UINT_MAX;
	device->has_node =
		!statx(AT_FDCWD, path, 0, STATX_BASIC_STATS, &device->node) &&
		is_device(device, &device->node);
}

/* Parses mmapdemo:[INODE]. */
static bool is_private_name(const char *name, uint64_t *buffer)
{
	char closing, rest;

	return sscanf(name, MODULE_NAME ":[%" SCNu64 "%c%c", buffer, &closing,
		      &rest) == 2 &&
	       closing == ']';
}

static void read_command(const struct scan *scan, struct holder *holder)
{
	int fd = openat(scan->directory, "comm", O_RDONLY | O_CLOEXEC);
	ssize_t n = 0;

	if (fd >= 0) {
		n = read(fd, holder->command, sizeof(holder->command) - 1);
		close(fd);
	}
	holder->command[n > 0 ? n : 0] = '\0';
	holder->command[strcspn(holder->command, "\n")] = '\0';
}

/* Returns the entry of this process and buffer, a new one if there is none. */
static struct holder *holder_of(struct scan *scan, uint64_t buffer)
{
	struct holders *holders = scan->holders;
	struct holder *holder;

	for (size_t i = scan->first; i < holders->count; i++) {
		if (holders->list[i].buffer == buffer)
			return &holders->list[i];
	}
	holders->list = reallocarray(holders->list, holders->count + 1,
				     sizeof(*holders->list));
	if (!holders->list)
		die(EXIT_FAILED, "%s", strerror(errno));
	holder = &holders->list[holders->count++];
	*holder =
		(struct holder){ .buffer = buffer, .pid = scan->pid, .fd = -1 };
	read_command(scan, holder);
	return holder;
}

/* DONT_SYNC: the server of a network file system may not answer. */
static bool is_device_descriptor(const struct scan *scan, int directory,
				 const char *number)
{
	struct statx stat;

	return !statx(directory, number, AT_NO_AUTOMOUNT | AT_STATX_DONT_SYNC,
		      STATX_TYPE | STATX_MODE, &stat) &&
	       is_device(&scan->device, &stat);
}

static void scan_descriptor(struct scan *scan, int directory,
			    const char *number)
{
	char name[PATH_MAX];
	ssize_t n = readlinkat(directory, number, name, sizeof(name) - 1);
	uint64_t buffer = DEVICE_BUFFER;
	struct holder *holder;

	if (n <= 0)
		return;
	name[n] = '\0';
	if (!is_private_name(name, &buffer) &&
	    (name[0] != '/' || !is_device_descriptor(scan, directory, number)))
		return;
	holder = holder_of(scan, buffer);
	if (holder->fd < 0)
		holder->fd = atoi(number);
	holder->descriptors++;
}

/*
 * A process that may not be read can hide buffers; one that has ended cannot.
 */
static void note_gap(struct scan *scan)
{
	if (errno == EACCES || errno == EPERM)
		scan->holders->complete = false;
}

static void scan_descriptors(struct scan *scan)
{
	int fd = openat(scan->directory, "fd",
			O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *directory = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;

	if (!directory) {
		note_gap(scan);
		return;
	}
	while ((entry = readdir(directory))) {
		if (isdigit((unsigned char)entry->d_name[0]))
			scan_descriptor(scan, fd, entry->d_name);
	}
	closedir(directory);
}

/* A line is: start-end perms offset major:minor inode name */
static void scan_mapping(struct scan *scan, const char *line)
{
	const struct statx *node = &scan->device.node;
	unsigned int major_number, minor_number;
	uint64_t inode, buffer = DEVICE_BUFFER;
	int name = 0;

	if (sscanf(line, "%*s %*s %*s %x:%x %" SCNu64 " %n", &major_number,
		   &minor_number, &inode, &name) != 3 ||
	    !name)
		return;
	if (is_private_name(line + name, &buffer) ||
	    (scan->device.has_node && inode == node->stx_ino &&
	     major_number == node->stx_dev_major &&
	     minor_number == node->stx_dev_minor))
		holder_of(scan, buffer)->mappings++;
}

static void scan_mappings(struct scan *scan)
{
	int fd = openat(scan->directory, "maps", O_RDONLY | O_CLOEXEC);
	FILE *file = fd < 0 ? NULL : fdopen(fd, "r");
	char *line = NULL;
	size_t size = 0;
	ssize_t n;

	if (!file) {
		note_gap(scan);
		return;
	}
	while ((n = getline(&line, &size, file)) > 0) {
		line[strcspn(line, "\n")] = '\0';
		scan_mapping(scan, line);
	}
	free(line);
	fclose(file);
}

static void scan_process(struct scan *scan, int proc, const char *pid)
{
	scan->pid = atoi(pid);
	scan->first = scan->holders->count;
	scan->directory = openat(proc, pid, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (scan->directory < 0)
		return;
	scan_descriptors(scan);
	scan_mappings(scan);
	close(scan->directory);
}

void holders_scan(struct holders *holders, const char *device)
{
	struct scan scan = { .holders = holders };
	DIR *proc = opendir("/proc");
	struct dirent *entry;

	*holders = (struct holders){ .complete = proc && !geteuid() };
	if (!proc)
		return;
	find_device(&scan.device, device);
	while ((entry = readdir(proc))) {
		if (isdigit((unsigned char)entry->d_name[0]) &&
		    atoi(entry->d_name) != getpid())
			scan_process(&scan, dirfd(proc), entry->d_name);
	}
	closedir(proc);
}

const char *holder_text(const struct holder *holder, char *text, size_t size)
{
	snprintf(text, size, "%s(%d)", holder->command, holder->pid);
	for (char *at = text; *at; at++) {
		if (!isgraph((unsigned char)*at))
			*at = '?';
	}
	return text;
}

void holders_free(struct holders *holders)
{
	free(holders->list);
}
