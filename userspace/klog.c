// SPDX-License-Identifier: GPL-2.0-only
/* Reads the kernel log from /dev/kmsg, one record at a time. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "klog.h"
#include "module.h"

int klog_open(int whence)
{
	int fd = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);

	if (fd >= 0)
		lseek(fd, 0, whence);
	return fd;
}

/* A record is "level,number,time,flags;text\n KEY=value\n". */
bool klog_next(int fd, char *line, size_t size)
{
	char record[8192];
	char *text;
	ssize_t n;

	/* EPIPE means that records were overwritten meanwhile. */
	do {
		n = read(fd, record, sizeof(record) - 1);
	} while (n < 0 && (errno == EPIPE || errno == EINTR));
	if (n <= 0)
		return false;
	record[n] = '\0';
	text = strchr(record, ';');
	text = text ? text + 1 : record;
	text[strcspn(text, "\n")] = '\0';
	snprintf(line, size, "%s", text);
	return true;
}

bool klog_is_ours(const char *line)
{
	return !strncmp(line, MODULE_NAME ":", strlen(MODULE_NAME ":"));
}

bool klog_is_conflict(const char *line)
{
	return strstr(line, "x86/PAT:") &&
	       (strstr(line, "map pfn") || strstr(line, "failed") ||
		strstr(line, "conflict"));
}
