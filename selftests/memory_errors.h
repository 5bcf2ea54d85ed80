/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _MMAPDEMO_SELFTEST_MEMORY_ERRORS_H
#define _MMAPDEMO_SELFTEST_MEMORY_ERRORS_H

/*
 * Hardware memory errors, which MADV_HWPOISON simulates. The kernel logs each
 * one, and never uses the page again.
 */
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>

#include "log.h"
#include "memory.h"
#include "module.h"

/* The beginnings of the kernel's lines about memory errors */
static inline bool log_is_memory_error(const char *line)
{
	static const char *const beginnings[] = {
		"Injecting memory failure for pfn ",
		"Memory failure: 0x",
		"MCE: Killing ",
		NULL,
	};

	return starts_like(line, beginnings);
}

/* The lines since the mark that are not about memory errors */
static inline const char *log_without_memory_errors(int log)
{
	static char lines[65536];
	char *from = lines, *to = lines, *end;

	log_lines(log, lines, sizeof(lines));
	for (; *from; from = end) {
		end = from + strcspn(from, "\n") + 1;
		if (log_is_memory_error(from))
			continue;
		memmove(to, from, end - from);
		to += end - from;
	}
	*to = '\0';
	return lines;
}

#define EXPECT_ONLY_MEMORY_ERRORS(log) \
	EXPECT_STREQ("", log_without_memory_errors(log))

/*
 * 0, or -errno: -EINVAL if the kernel was built without MEMORY_FAILURE. The
 * kernel can neither free nor unmap a page of a driver, which it calls EBUSY or,
 * in a huge page, EHWPOISON; the page is poisoned nevertheless.
 */
static inline long poison_page(void *at)
{
	long rc = RC(madvise(at, sysconf(_SC_PAGESIZE), MADV_HWPOISON));

	return rc == -EBUSY || rc == -EHWPOISON ? 0 : rc;
}

#endif /* _MMAPDEMO_SELFTEST_MEMORY_ERRORS_H */
