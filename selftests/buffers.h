/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _MMAPDEMO_SELFTEST_BUFFERS_H
#define _MMAPDEMO_SELFTEST_BUFFERS_H

/* Reads the list of all live buffers, which root finds in debugfs. */

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "module.h"

#define BUFFERS "/sys/kernel/debug/" MODULE_NAME "/buffers"
#define BUFFERS_MAX 1024

/*
 * One line of the list. The device's own buffer shows "-" for its mappings,
 * which is -1 here.
 */
struct buffer_line {
	unsigned long long id, size;
	char backing[16], cache[8], populate[8];
	unsigned long pages;
	long mappings;
	unsigned int seals;
	int pinned;
};

struct buffer_list {
	unsigned long limit_pages, used_pages;
	int count;
	struct buffer_line lines[BUFFERS_MAX];
};

static inline const char *buffers_missing(void)
{
	if (access("/sys/kernel/debug/tracing", F_OK) &&
	    access("/sys/kernel/debug/sched", F_OK))
		return "no debugfs at /sys/kernel/debug";
	return NULL;
}

static inline bool parse_buffer(const char *text, struct buffer_line *line)
{
	char mappings[24], *rest;
	int end = 0;

	if (sscanf(text, "%llu %llu %15s %7s %7s %lu %23s %x %d\n%n", &line->id,
		   &line->size, line->backing, line->cache, line->populate,
		   &line->pages, mappings, &line->seals, &line->pinned,
		   &end) != 9 ||
	    text[end])
		return false;
	line->mappings = -1;
	if (!strcmp(mappings, "-"))
		return true;
	line->mappings = strtol(mappings, &rest, 10);
	return !*rest && line->mappings >= 0;
}

static inline bool parse_buffers(FILE *f, struct buffer_list *list)
{
	char text[256];
	int end = 0;

	if (!fgets(text, sizeof(text), f) ||
	    sscanf(text, "limit_pages %lu used_pages %lu\n%n",
		   &list->limit_pages, &list->used_pages, &end) != 2 ||
	    !end || text[end])
		return false;
	if (!fgets(text, sizeof(text), f) ||
	    strcmp(text, "id size backing cache populate pages mappings seals "
			 "pinned\n"))
		return false;
	while (fgets(text, sizeof(text), f)) {
		if (list->count == BUFFERS_MAX ||
		    !parse_buffer(text, &list->lines[list->count++])) {
			fprintf(stderr, "# unexpected: %s", text);
			return false;
		}
	}
	return !ferror(f);
}

/* Reads the whole list. Returns false if a line is malformed. */
static inline bool read_buffers(struct buffer_list *list)
{
	FILE *f = fopen(BUFFERS, "re");
	bool good;

	list->count = 0;
	good = f && parse_buffers(f, list);
	if (f)
		fclose(f);
	return good;
}

/* Returns how many pages all private buffers charge to limit_mb, or -1. */
static inline long used_pages(void)
{
	FILE *f = fopen(BUFFERS, "re");
	long used = -1;

	if (f && fscanf(f, "limit_pages %*u used_pages %ld", &used) != 1)
		used = -1;
	if (f)
		fclose(f);
	return used;
}

static inline const struct buffer_line *
find_buffer(const struct buffer_list *list, unsigned long long id)
{
	int i;

	for (i = 0; i < list->count; i++)
		if (list->lines[i].id == id)
			return &list->lines[i];
	return NULL;
}

/* Finds a buffer by its id. Returns 0, or -ENOENT if there is none. */
static inline int list_find(unsigned long long id, struct buffer_line *to)
{
	static struct buffer_list list;
	const struct buffer_line *line;

	if (!read_buffers(&list))
		return -EBADMSG;
	line = find_buffer(&list, id);
	if (!line)
		return -ENOENT;
	*to = *line;
	return 0;
}

#endif /* _MMAPDEMO_SELFTEST_BUFFERS_H */
