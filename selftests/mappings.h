/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _MMAPDEMO_SELFTEST_MAPPINGS_H
#define _MMAPDEMO_SELFTEST_MAPPINGS_H

/* Mappings: how they are made, touched and described in /proc/self/smaps. */
#include <setjmp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "module.h"

#define RW (PROT_READ | PROT_WRITE)

static inline size_t page_size(void)
{
	return sysconf(_SC_PAGESIZE);
}

static inline size_t round_up_to_pages(size_t size)
{
	return (size + page_size() - 1) / page_size() * page_size();
}

/* Stores through a wc mapping reach the memory only with a fence. */
static inline void fence(void)
{
	__sync_synchronize();
}

static inline void *map_shared(int fd, size_t length, int prot, off_t offset)
{
	return mmap(NULL, length, prot, MAP_SHARED, fd, offset);
}

/* Calls mmap(2) itself, which takes any offset, and unmaps. 0 or -errno */
static inline long try_map(int fd, size_t length, int prot, int flags,
			   unsigned long offset)
{
	long rc = RC(syscall(SYS_mmap, NULL, length, prot, flags, fd, offset));

	if (rc < 0 && rc > -4096)
		return rc;
	munmap((void *)rc, length);
	return 0;
}

/* Is this two-letter flag in the line VmFlags of smaps? */
static inline bool vma_has_flag(const void *address, const char *flag)
{
	char *line = NULL, want[8];
	bool ours = false, found = false;
	unsigned long start, end;
	size_t space = 0;
	FILE *f = fopen("/proc/self/smaps", "re");

	snprintf(want, sizeof(want), " %s ", flag);
	while (f && getline(&line, &space, f) > 0) {
		if (sscanf(line, "%lx-%lx ", &start, &end) == 2)
			ours = (uintptr_t)address >= start &&
			       (uintptr_t)address < end;
		if (ours && !strncmp(line, "VmFlags:", 8))
			found = strstr(line, want);
	}
	free(line);
	fclose(f);
	return found;
}

/* Stores to or loads from each page, which maps those of a lazy mapping. */
static inline void touch_pages(volatile unsigned char *map, size_t length,
			       bool store)
{
	size_t at;

	for (at = 0; at < length; at += page_size()) {
		if (store)
			map[at] = map[at];
		else
			(void)map[at];
	}
}

static sigjmp_buf touch_env;

static inline void touch_signal(int sig)
{
	siglongjmp(touch_env, sig);
}

/* Loads or stores one byte. The signal that this raises, or 0 */
static inline int touch(volatile void *at, bool store)
{
	volatile char *p = at;
	struct sigaction act = { .sa_handler = touch_signal }, segv, bus;
	int sig;

	sigaction(SIGSEGV, &act, &segv);
	sigaction(SIGBUS, &act, &bus);
	sig = sigsetjmp(touch_env, 1);
	if (!sig && store)
		*p = *p;
	else if (!sig)
		(void)*p;
	sigaction(SIGSEGV, &segv, NULL);
	sigaction(SIGBUS, &bus, NULL);
	return sig;
}

#endif /* _MMAPDEMO_SELFTEST_MAPPINGS_H */
