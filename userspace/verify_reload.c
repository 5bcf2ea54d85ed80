// SPDX-License-Identifier: GPL-2.0-only
/*
 * mmapdemo verify --all: the device's own buffer with each cache attribute. An
 * attribute belongs to a buffer for good, so root reloads the module for each
 * and in the end with the parameters it had. The contents survive that as well.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "json.h"
#include "message.h"
#include "module.h"
#include "signals.h"
#include "transfer.h"
#include "verify_all.h"

/* The module as it was, and the whole mapping, with the bytes behind the size.
 */
static struct before {
	struct mmapdemo_info info;
	struct module_parameters parameters;
	unsigned char *contents;
	bool changed; /* since the module was reloaded */
} before;

static void put_back_at_exit(void);

void reload_remember(void)
{
	struct buffer buffer;
	unsigned char *map;

	buffer_open(&buffer, O_RDWR);
	if (buffer.private)
		die_usage("--all needs the device, not a private buffer");
	map = buffer_map(&buffer, PROT_READ);
	before.info = buffer.info;
	before.contents = allocate(buffer.info.mapping_size);
	memcpy(before.contents, map, buffer.info.mapping_size);
	module_parameters_read(&before.parameters);
	buffer_unmap(&buffer, map);
	buffer_close(&buffer);
	atexit(put_back_at_exit);
}

/* udev may take a moment to make the node and give it its mode. */
static bool wait_for_node(void)
{
	for (int tenths = 0; tenths < 50; tenths++) {
		if (!access(device_path, R_OK | W_OK))
			return true;
		usleep(100000);
	}
	return false;
}

static bool reload(const struct module_parameters *parameters, char *error,
		   size_t size)
{
	if (module_loaded() && !module_unload(error, size))
		return false;
	before.changed = true;
	if (!module_load(parameters, error, size))
		return false;
	if (wait_for_node())
		return true;
	snprintf(error, size, "%s did not appear", device_path);
	return false;
}

static bool reload_with(uint32_t cache, char *error, size_t size)
{
	struct module_parameters parameters = before.parameters;

	module_parameters_set(&parameters, "cache", cache_name(cache));
	return reload(&parameters, error, size);
}

static bool put_back_contents(void)
{
	struct buffer buffer;
	unsigned char *map;

	if (buffer_try_open(&buffer, O_RDWR))
		return false;
	map = buffer_try_map(&buffer, PROT_READ | PROT_WRITE);
	if (map != MAP_FAILED &&
	    buffer.info.mapping_size == before.info.mapping_size) {
		memcpy(map, before.contents, before.info.mapping_size);
		store_fence();
		before.changed = false;
	}
	if (map != MAP_FAILED)
		buffer_unmap(&buffer, map);
	buffer_close(&buffer);
	return !before.changed;
}

static void say_how_to_put_back(const char *error)
{
	complain(
		"the module is not as it was, or the buffer's contents are lost: %s",
		error);
	fputs("mmapdemo: try: modprobe -r " MODULE_NAME
	      "; modprobe " MODULE_NAME,
	      stderr);
	for (int i = 0; i < before.parameters.count; i++)
		fprintf(stderr, " %s", before.parameters.text[i]);
	fputc('\n', stderr);
}

bool reload_put_back(void)
{
	char error[256] = "";

	if (!before.changed)
		return true;
	if (reload(&before.parameters, error, sizeof(error)) &&
	    put_back_contents())
		return true;
	say_how_to_put_back(error);
	before.changed = false; /* said once is enough */
	return false;
}

/* Also when a step ends the tool on the way. */
static void put_back_at_exit(void)
{
	reload_put_back();
}

static enum outcome prove(void)
{
	struct verify v;

	verify_open(&v);
	return outcome_prove(&v);
}

static enum outcome say(enum outcome outcome, uint32_t cache,
			const char *reason)
{
	char what[32];

	if (json_wanted)
		json_string("cache", cache_name(cache));
	snprintf(what, sizeof(what), "cache=%s", cache_name(cache));
	return outcome_say(outcome, what, reason);
}

/* Why the module has to stay as it is, or NULL. */
static const char *reload_impossible(void)
{
	return geteuid() ? "only root can reload the module with it" :
			   module_cannot_return();
}

/* Loaded anew, with an attribute that this platform has. */
static enum outcome prove_reloaded(uint32_t cache)
{
	char error[256];

	if (reload_impossible())
		return say(UNVERIFIED, cache, reload_impossible());
	if (!reload_with(cache, error, sizeof(error)))
		return say(FAILED, cache, error);
	return prove();
}

/* An attribute that cannot be in force must be refused, not replaced. */
static enum outcome prove_refused(uint32_t cache)
{
	char error[256];

	if (reload_impossible())
		return say(REFUSED, cache, "this platform does not have it");
	if (reload_with(cache, error, sizeof(error)))
		return say(FAILED, cache,
			   "not available, but the module loads with it");
	if (module_loaded())
		return say(FAILED, cache, error);
	return say(REFUSED, cache, error);
}

static enum outcome prove_attribute(uint32_t cache)
{
	enum outcome outcome;

	if (json_wanted)
		json_open(NULL, '{');
	else
		printf("== %s cache=%s (%s)\n", device_path, cache_name(cache),
		       cache_words(cache));
	if (cache == before.info.cache_requested)
		outcome = prove();
	else if (before.info.cache_available & 1U << cache)
		outcome = prove_reloaded(cache);
	else
		outcome = prove_refused(cache);
	outcome_json(outcome);
	return outcome;
}

/* The present attribute comes first: it needs no reload. */
void prove_attributes(int counts[OUTCOMES])
{
	uint32_t present = before.info.cache_requested;

	if (json_wanted)
		json_open("attributes", '[');
	if (!signals_pending())
		counts[prove_attribute(present)]++;
	for (uint32_t cache = MMAPDEMO_CACHE_WB; cache <= MMAPDEMO_CACHE_WT;
	     cache++) {
		if (cache != present && !signals_pending())
			counts[prove_attribute(cache)]++;
	}
	if (json_wanted)
		json_close(']');
}
