/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _MMAPDEMO_SELFTEST_PROCFS_H
#define _MMAPDEMO_SELFTEST_PROCFS_H

/* Reads and writes files of /proc and /sys. */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Counts the lines that hold one word and not another; -1 if there is no file. */
static inline long count_lines(const char *path, const char *with,
			       const char *without)
{
	char line[1024];
	long count = 0;
	FILE *f = fopen(path, "re");

	while (f && fgets(line, sizeof(line), f))
		count += strstr(line, with) &&
			 (!without || !strstr(line, without));
	if (f)
		fclose(f);
	return f ? count : -1;
}

/* The sum of the counters in /proc/vmstat that begin with the prefix; -1 if none do. */
static inline long vmstat_sum(const char *prefix)
{
	char name[64];
	long value, sum = -1;
	FILE *f = fopen("/proc/vmstat", "re");

	while (f && fscanf(f, "%63s %ld", name, &value) == 2)
		if (!strncmp(name, prefix, strlen(prefix)))
			sum = (sum < 0 ? 0 : sum) + value;
	if (f)
		fclose(f);
	return sum;
}

/* Is this word on a line of the file that starts with key? */
static inline bool file_has_word(const char *path, const char *key,
				 const char *word)
{
	char *line = NULL, *w, *rest;
	bool found = false;
	size_t space = 0;
	FILE *f = fopen(path, "re");

	while (f && !found && getline(&line, &space, f) > 0) {
		if (strncmp(line, key, strlen(key)))
			continue;
		rest = line;
		while (!found && (w = strsep(&rest, " \t\n")))
			found = !strcmp(w, word);
	}
	free(line);
	if (f)
		fclose(f);
	return found;
}

/*
 * Does KASAN or KCSAN check every access of the kernel? Such a kernel is ten
 * times as slow, the driver's code is larger, and freed memory is kept back for
 * a while. There kmemleak says whether memory is lost: see check-debug.
 */
static inline bool kernel_is_instrumented(void)
{
	static int known = -1;
	char line[512];
	FILE *f;

	if (known >= 0)
		return known;
	known = 0;
	f = fopen("/proc/kallsyms", "re");
	while (f && !known && fgets(line, sizeof(line), f))
		known = strstr(line, " __asan_load8") ||
			strstr(line, " __tsan_read8");
	if (f)
		fclose(f);
	return known;
}

/* Writes a file that holds one number, or ends the test. */
static inline void put_number(const char *path, unsigned long value)
{
	FILE *f = fopen(path, "we");

	if (f && fprintf(f, "%lu", value) > 0 && !fclose(f))
		return;
	fprintf(stderr, "# cannot write %s\n", path);
	_exit(1);
}

static inline unsigned long get_number(const char *path)
{
	unsigned long value = ~0UL;
	FILE *f = fopen(path, "re");

	if (f && fscanf(f, "%lu", &value) != 1)
		value = ~0UL;
	if (f)
		fclose(f);
	return value;
}

#endif /* _MMAPDEMO_SELFTEST_PROCFS_H */
