/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _MMAPDEMO_SELFTEST_CGROUP_H
#define _MMAPDEMO_SELFTEST_CGROUP_H

/* A memory cgroup that a test creates for itself. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define CGROUP "/sys/fs/cgroup/mmapdemo"

static inline const char *cgroup_missing(void)
{
	FILE *f;

	if (access("/sys/fs/cgroup/cgroup.controllers", F_OK))
		return "no cgroup2 at /sys/fs/cgroup";
	f = fopen("/sys/fs/cgroup/cgroup.subtree_control", "we");
	if (f) {
		fputs("+memory", f);
		fclose(f);
	}
	mkdir(CGROUP, 0755);
	if (access(CGROUP "/memory.max", F_OK))
		return "no memory cgroups";
	return NULL;
}

static inline unsigned long cgroup_event(const char *name)
{
	unsigned long value;
	char line[64];
	FILE *f = fopen(CGROUP "/memory.events", "re");
	size_t n = strlen(name);

	while (f && fgets(line, sizeof(line), f)) {
		if (!strncmp(line, name, n) && line[n] == ' ') {
			value = strtoul(line + n, NULL, 10);
			fclose(f);
			return value;
		}
	}
	return ~0UL;
}

#endif /* _MMAPDEMO_SELFTEST_CGROUP_H */
