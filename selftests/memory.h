/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _MMAPDEMO_SELFTEST_MEMORY_H
#define _MMAPDEMO_SELFTEST_MEMORY_H

/* How much memory is free, and whether all of it comes back. */
#include "procfs.h"

/* A line of /proc/meminfo, -1 if there is none of that name. */
static inline long meminfo_kb(const char *name)
{
	char line[128];
	long kb = -1;
	FILE *f = fopen("/proc/meminfo", "re");

	while (f && kb < 0 && fgets(line, sizeof(line), f))
		if (!strncmp(line, name, strlen(name)) &&
		    line[strlen(name)] == ':')
			kb = atol(line + strlen(name) + 1);
	if (f)
		fclose(f);
	return kb;
}

/* Unused memory, with the pages on the lists of each CPU, which MemFree omits. */
static inline long free_kb(void)
{
	long kb = meminfo_kb("MemFree"), count;
	char line[128];
	FILE *f = fopen("/proc/zoneinfo", "re");

	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, " count: %ld", &count) == 1)
			kb += count * sysconf(_SC_PAGESIZE) / 1024;
	if (f)
		fclose(f);
	return kb;
}

/* Fails if that much less memory is free than before, on a plain kernel. */
#define EXPECT_MEMORY_BACK(most_kb, before_kb)               \
	do {                                                 \
		long lost_kb = (before_kb)-free_kb();        \
                                                             \
		TH_LOG("%ld KiB less are free", lost_kb);    \
		if (!kernel_is_instrumented())               \
			EXPECT_GT((long)(most_kb), lost_kb); \
	} while (0)

/*
 * Switches huge pages for new shmem files on or off; a machine starts with off.
 * False if this kernel has none.
 */
static inline bool shmem_huge_pages(bool on)
{
	FILE *f = fopen("/sys/kernel/mm/transparent_hugepage/shmem_enabled",
			"we");

	return f && fputs(on ? "always" : "never", f) >= 0 && !fclose(f);
}

#endif /* _MMAPDEMO_SELFTEST_MEMORY_H */
