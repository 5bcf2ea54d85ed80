// SPDX-License-Identifier: GPL-2.0-only
/*
 * mmapdemo verify --all: each backing, attribute and population, by private
 * buffers. Unsupported combinations must be refused, and only those.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "json.h"
#include "signals.h"
#include "verify_outcome.h"

/* Three pages, with bytes past the size. */
#define SIZE 9000

/* The attributes that INFO returns for the backing; 0 if there is no buffer. */
static uint32_t caches_available(const char *device, uint32_t backing)
{
	struct private_spec spec = { .size = 1, .backing = backing };
	struct buffer buffer;

	for (; spec.cache < CACHE_COUNT; spec.cache++) {
		if (buffer_try_create(&buffer, device, &spec))
			continue;
		buffer_close(&buffer);
		return buffer.info.cache_available;
	}
	return 0;
}

static enum outcome say(struct json *json, enum outcome outcome,
			const struct private_spec *spec, const char *reason)
{
	char name[PRIVATE_NAME_SIZE];

	if (json) {
		json_string(json, "cache", cache_name(spec->cache));
		json_string(json, "backing", backing_name(spec->backing));
		json_string(json, "populate", populate_name(spec->lazy));
	}
	private_name(spec, name, sizeof(name));
	return outcome_say(json, outcome, name, reason);
}

static enum outcome prove(const struct verify_all *all,
			  const struct private_spec *spec, bool available)
{
	struct verify v;
	int error = -buffer_try_create(&v.buffer, all->device, spec);

	if (error == EOPNOTSUPP && !available)
		return say(all->json, REFUSED, spec, private_refusal(spec));
	if (error)
		return say(all->json, FAILED, spec, strerror(error));
	if (available) {
		verify_prepare(&v, all->json);
		return outcome_prove(&v);
	}
	buffer_close(&v.buffer);
	return say(all->json, FAILED, spec,
		   "not available, but such a buffer was made");
}

static enum outcome prove_spec(const struct verify_all *all,
			       const struct private_spec *spec, bool available)
{
	char name[PRIVATE_NAME_SIZE];
	enum outcome outcome;

	private_name(spec, name, sizeof(name));
	if (all->json)
		json_open(all->json, NULL, '{');
	else
		printf("== %s\n", name);
	outcome = prove(all, spec, available);
	outcome_json(all->json, outcome);
	return outcome;
}

/* DMA memory cannot be lazy. */
static bool can_be_lazy(uint32_t backing)
{
	return backing != MMAPDEMO_BACKING_DMA;
}

static void prove_backing(struct verify_all *all, uint32_t backing)
{
	uint32_t caches = caches_available(all->device, backing);

	for (uint32_t cache = 0; cache < CACHE_COUNT; cache++) {
		for (int lazy = 0; lazy < 2 && !signals_pending(); lazy++) {
			struct private_spec spec = { SIZE, backing, cache,
						     lazy };
			bool available = caches & 1U << cache &&
					 (!lazy || can_be_lazy(backing));

			all->counts[prove_spec(all, &spec, available)]++;
		}
	}
}

void prove_private_buffers(struct verify_all *all)
{
	if (all->json)
		json_open(all->json, "private_buffers", '[');
	for (uint32_t backing = 0; backing < BACKING_COUNT; backing++)
		prove_backing(all, backing);
	if (all->json)
		json_close(all->json, ']');
}
