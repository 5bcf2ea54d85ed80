/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _MMAPDEMO_SELFTEST_LOG_H
#define _MMAPDEMO_SELFTEST_LOG_H

/* Reads the kernel's log from a mark on. */

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Beginnings of lines that any kernel logs under load */
static const char *const log_noise[] = {
	"clocksource:",
	"hrtimer:",
	"perf:",
	"random:",
	"sched: RT throttling",
	"sched: DL replenish",
	"tsc:",
};

/* Returns a descriptor that is positioned after the newest line. */
static inline int log_mark(void)
{
	int fd = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);

	if (fd >= 0)
		lseek(fd, 0, SEEK_END);
	return fd;
}

static inline bool log_is_noise(const char *text)
{
	size_t i;

	for (i = 0; i < sizeof(log_noise) / sizeof(log_noise[0]); i++)
		if (!strncmp(text, log_noise[i], strlen(log_noise[i])))
			return true;
	return false;
}

/*
 * Collects the kernel's lines after the mark, each with a newline, and moves
 * the mark. A record is "priority,number,time,flags;text\n properties". Returns
 * the number of lines.
 */
static inline int log_lines(int fd, char *lines, size_t size)
{
	char record[8192], *text;
	size_t used = 0;
	int count = 0;
	ssize_t n;

	lines[0] = '\0';
	for (;;) {
		n = read(fd, record, sizeof(record) - 1);
		if (n < 0 && (errno == EPIPE || errno == EINTR))
			continue;
		if (n <= 0)
			return count;
		record[n] = '\0';
		text = strchr(record, ';');
		if (!text || strtoul(record, NULL, 10) >= 8)
			continue;
		text++;
		text[strcspn(text, "\n")] = '\0';
		if (log_is_noise(text))
			continue;
		count++;
		if (used < size)
			used += snprintf(lines + used, size - used, "%s\n",
					 text);
	}
}

static inline bool starts_like(const char *line, const char *const *beginnings)
{
	for (; *beginnings; beginnings++)
		if (!strncmp(line, *beginnings, strlen(*beginnings)))
			return true;
	return false;
}

/* Returns a line since the mark that starts like none of these, or NULL. */
static inline const char *unexpected_line(int log, const char *const *expected)
{
	static char lines[8192];
	char *rest = lines, *line;

	log_lines(log, lines, sizeof(lines));
	while ((line = strsep(&rest, "\n")))
		if (*line && !starts_like(line, expected))
			return line;
	return NULL;
}

/* In a test: checks that nothing was logged since the mark. */
#define EXPECT_LOG_SILENT(fd)                                       \
	do {                                                        \
		char _lines[4096];                                  \
                                                                    \
		EXPECT_EQ(0, log_lines(fd, _lines, sizeof(_lines))) \
		TH_LOG("the kernel logged: %s", _lines);            \
	} while (0)

#endif /* _MMAPDEMO_SELFTEST_LOG_H */
