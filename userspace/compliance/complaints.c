// SPDX-License-Identifier: GPL-2.0-only
/* Lines of the kernel's log by which it says that something is wrong. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../klog.h"
#include "complaints.h"

/* Each line is charged once, since a driver may repeat it at each mapping. */
static struct complaint {
	const char *words;
	bool once;
	bool charged;
} complaints[] = {
	{ .words = "WARNING: " },
	{ .words = "BUG: " },
	{ .words = "kernel BUG at" },
	{ .words = "Oops" },
	{ .words = "general protection" },
	{ .words = "Bad page" },
	{ .words = "Bad rss-counter" },
	{ .words = "refcount_t: " },
	{ .words = "list_add corruption" },
	{ .words = "list_del corruption" },
	{ .words = "x86/PAT: ", .once = true },
	{ .words = "UBSAN: " },
	{ .words = "blocked for more than" },
	{ .words = "soft lockup" },
	{ .words = "possible circular locking" },
	{ .words = "possible recursive locking" },
};

/* A number in hexadecimal as large as the address of RAM */
static bool shows_address(const char *line)
{
	static bool charged;

	for (; !charged && (line = strstr(line, "0x")); line += 2)
		if (strspn(line + 2, "0123456789abcdefABCDEF") >= 8 &&
		    strtoull(line, NULL, 16) >= 0x1000)
			return charged = true;
	return false;
}

static bool complains(const char *line)
{
	struct complaint *c = complaints;

	for (; c < complaints + sizeof(complaints) / sizeof(complaints[0]);
	     c++) {
		if (!strstr(line, c->words))
			continue;
		if (c->once && c->charged)
			return false;
		return c->charged = true;
	}
	return shows_address(line);
}

int complaints_open(void)
{
	return klog_open(SEEK_END);
}

bool complaints_read(int log, char *text, size_t size)
{
	char line[1024];
	bool found = false;

	while (log >= 0 && klog_next(log, line, sizeof(line))) {
		if (found || !complains(line))
			continue;
		snprintf(text, size, "%s", line);
		found = true;
	}
	return found;
}
