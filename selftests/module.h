/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _MMAPDEMO_SELFTEST_MODULE_H
#define _MMAPDEMO_SELFTEST_MODULE_H

/*
 * Loads and unloads the module under test with finit_module(2) and
 * delete_module(2), since a test wants the exact errno. The file is the one that
 * modprobe would take.
 */

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#define MODULE_NAME "mmapdemo"

#ifndef MODULE_INIT_COMPRESSED_FILE
#define MODULE_INIT_COMPRESSED_FILE 4
#endif

/* The value of a call, or its errno as a negative number. */
#define RC(call)                                \
	({                                      \
		long _rc = (long)(call);        \
                                                \
		_rc == -1 ? -(long)errno : _rc; \
	})

/* modules.dep has a line "path: dependencies" for each module. */
static inline bool module_is_on_line(const char *line)
{
	const char *colon = strchr(line, ':');
	const char *name = line;
	const char *p;

	if (!colon)
		return false;
	for (p = line; p < colon; p++)
		if (*p == '/')
			name = p + 1;
	return !strncmp(name, MODULE_NAME ".ko", strlen(MODULE_NAME ".ko"));
}

/* The module's file, NULL if this kernel has none. */
static inline const char *module_path(void)
{
	static char path[PATH_MAX];
	char dir[PATH_MAX / 4], dep[PATH_MAX / 2];
	char *line = NULL;
	size_t space = 0;
	struct utsname u;
	FILE *f;

	if (path[0])
		return path;
	uname(&u);
	snprintf(dir, sizeof(dir), "/lib/modules/%s/", u.release);
	snprintf(dep, sizeof(dep), "%smodules.dep", dir);
	f = fopen(dep, "re");
	while (f && !path[0] && getline(&line, &space, f) > 0) {
		if (!module_is_on_line(line))
			continue;
		*strchr(line, ':') = '\0';
		snprintf(path, sizeof(path), "%s%s", line[0] == '/' ? "" : dir,
			 line);
	}
	free(line);
	if (f)
		fclose(f);
	return path[0] ? path : NULL;
}

/* Why the module cannot be tested here, NULL if it can. */
static inline const char *module_missing(void)
{
	if (geteuid())
		return "needs root to load " MODULE_NAME;
	if (!module_path())
		return "no " MODULE_NAME ".ko in modules.dep of this kernel";
	return NULL;
}

/* 0 or -errno */
static inline long module_load(const char *params)
{
	const char *path = module_path();
	int flags = 0, fd;
	long rc;

	if (!path)
		return -ENOENT;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (strcmp(path + strlen(path) - strlen(".ko"), ".ko"))
		flags = MODULE_INIT_COMPRESSED_FILE;
	rc = RC(syscall(SYS_finit_module, fd, params, flags));
	close(fd);
	return rc;
}

/* 0 or -errno */
static inline long module_unload(void)
{
	return RC(syscall(SYS_delete_module, MODULE_NAME, O_NONBLOCK));
}

static inline bool module_loaded(void)
{
	return !access("/sys/module/" MODULE_NAME, F_OK);
}

/* Unloads the module, and waits for users that are dying. 0 or -errno */
static inline long module_gone(void)
{
	long rc = 0;
	int i;

	for (i = 0; i < 2000; i++) {
		rc = module_unload();
		if (rc == -ENOENT)
			return 0;
		if (rc && rc != -EBUSY && rc != -EAGAIN)
			return rc;
		if (rc)
			usleep(10000);
	}
	return rc;
}

/*
 * The first out-of-tree module after boot makes the kernel log that it is tainted.
 * Loads it once, so that this is logged before a test looks.
 */
static inline void module_taint(void)
{
	unsigned long taint = 0;
	FILE *f = fopen("/proc/sys/kernel/tainted", "re");

	if (f && fscanf(f, "%lu", &taint) != 1)
		taint = 0;
	if (f)
		fclose(f);
	if (!(taint & (1 << 12)) && !module_load(""))
		module_gone();
}

#endif /* _MMAPDEMO_SELFTEST_MODULE_H */
