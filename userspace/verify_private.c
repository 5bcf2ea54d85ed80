// SPDX-License-Identifier: GPL-2.0-only
/*
 * mmapdemo verify --all: each backing, attribute and population, by private
 * buffers. What cannot be in force must be refused, and only that.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "json.h"
#include "signals.h"
#include "verify_all.h"

/* Three pages, and bytes behind the size. */
#define SIZE 9000

/* What INFO says of such a backing; 0 if there is no buffer to ask. */
static uint32_t caches_available(uint32_t backing)
{
	struct private_spec spec = { .size = 1, .backing = backing };
	struct buffer buffer;

	for (; spec.cache <= MMAPDEMO_CACHE_WT; spec.cache++) {
		if (buffer_try_create(&buffer, &spec))
			continue;
		buffer_close(&buffer);
		return buffer.info.cache_available;
	}
	return 0;
}

static enum outcome say(enum outcome outcome, const struct private_spec *spec,
			const char *reason)
{
	char name[PRIVATE_NAME_SIZE];

	if (json_wanted) {
		json_string("cache", cache_name(spec->cache));
		json_string("backing", backing_name(spec->backing));
		json_string("populate", populate_name(spec->lazy));
	}
	private_name(spec, name, sizeof(name));
	return outcome_say(outcome, name, reason);
}

static enum outcome prove(const struct private_spec *spec, bool available)
{
	struct verify v;
	int error = -buffer_try_create(&v.buffer, spec);

	if (error == EOPNOTSUPP && !available)
		return say(REFUSED, spec, private_refusal(spec));
	if (error)
		return say(FAILED, spec, strerror(error));
	if (available) {
		verify_prepare(&v);
		return outcome_prove(&v);
	}
	buffer_close(&v.buffer);
	return say(FAILED, spec, "not available, but such a buffer was made");
}

static enum outcome prove_spec(const struct private_spec *spec, bool available)
{
	char name[PRIVATE_NAME_SIZE];
	enum outcome outcome;

	private_name(spec, name, sizeof(name));
	if (json_wanted)
		json_open(NULL, '{');
	else
		printf("== %s\n", name);
	outcome = prove(spec, available);
	outcome_json(outcome);
	return outcome;
}

/* The device's memory is mapped at once. */
static bool can_be_lazy(uint32_t backing)
{
	return backing != MMAPDEMO_BACKING_DMA;
}

static void prove_backing(uint32_t backing, int counts[OUTCOMES])
{
	uint32_t caches = caches_available(backing);

	for (uint32_t cache = MMAPDEMO_CACHE_WB; cache <= MMAPDEMO_CACHE_WT;
	     cache++) {
		for (int lazy = 0; lazy < 2 && !signals_pending(); lazy++) {
			struct private_spec spec = { SIZE, backing, cache,
						     lazy };
			bool available = caches & 1U << cache &&
					 (!lazy || can_be_lazy(backing));

			counts[prove_spec(&spec, available)]++;
		}
	}
}

void prove_private_buffers(int counts[OUTCOMES])
{
	if (json_wanted)
		json_open("private_buffers", '[');
	for (uint32_t backing = MMAPDEMO_BACKING_KMALLOC;
	     backing <= MMAPDEMO_BACKING_DMA; backing++)
		prove_backing(backing, counts);
	if (json_wanted)
		json_close(']');
}
