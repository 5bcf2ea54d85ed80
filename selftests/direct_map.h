/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _MMAPDEMO_SELFTEST_DIRECT_MAP_H
#define _MMAPDEMO_SELFTEST_DIRECT_MAP_H

/* Reads the cache attributes of the kernel's direct map from debugfs. */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define PAGE_TABLES "/sys/kernel/debug/page_tables/kernel"

/* Returns how many bytes of the direct map are not write-back, or -1. */
static inline long direct_map_not_wb(void)
{
	unsigned long start, end;
	bool direct = false;
	char line[256];
	long bytes = 0;
	FILE *f = fopen(PAGE_TABLES, "re");

	if (!f)
		return -1;
	while (fgets(line, sizeof(line), f)) {
		if (strstr(line, "]---"))
			direct = strstr(line, "Low Kernel Mapping");
		else if (direct &&
			 (strstr(line, " PWT ") || strstr(line, " PCD ") ||
			  strstr(line, " PAT ")) &&
			 sscanf(line, "0x%lx-0x%lx", &start, &end) == 2)
			bytes += end - start;
	}
	fclose(f);
	return bytes;
}

#endif /* _MMAPDEMO_SELFTEST_DIRECT_MAP_H */
