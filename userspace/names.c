// SPDX-License-Identifier: GPL-2.0-only
/* The names of backings, cache attributes and populations. */
#include <stddef.h>
#include <string.h>

#include "names.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

#define CACHE_ROW(constant, ...) [constant] = { __VA_ARGS__ },

static const char *const backings[] = { FOR_EACH_BACKING(KIND_NAME) };

static const struct {
	const char *name;
	const char *words;
} caches[] = {
	FOR_EACH_CACHE(CACHE_ROW) /* and those that only INFO returns */
		[MMAPDEMO_CACHE_UNKNOWN] = { "unknown", "not read back" },
	[MMAPDEMO_CACHE_MIXED] = { "mixed", "the pages differ" },
};

const char *backing_name(uint32_t backing)
{
	return backing < COUNT(backings) ? backings[backing] : "?";
}

const char *cache_name(uint32_t cache)
{
	return cache < COUNT(caches) && caches[cache].name ?
		       caches[cache].name :
		       "?";
}

const char *cache_words(uint32_t cache)
{
	return cache < COUNT(caches) && caches[cache].words ?
		       caches[cache].words :
		       "unknown to this tool";
}

const char *populate_name(bool lazy)
{
	return lazy ? "lazy" : "now";
}

bool backing_by_name(const char *name, uint32_t *backing)
{
	for (*backing = 0; *backing < COUNT(backings); ++*backing) {
		if (!strcmp(backings[*backing], name))
			return true;
	}
	return false;
}

bool cache_by_name(const char *name, uint32_t *cache)
{
	for (*cache = 0; *cache < CACHE_COUNT; ++*cache) {
		if (!strcmp(caches[*cache].name, name))
			return true;
	}
	return false;
}
