// SPDX-License-Identifier: GPL-2.0-only
/*
 * mmapdemo verify --all: the device's own buffer with each cache attribute. The
 * attribute of a buffer never changes, so root reloads the module for each, and
 * at the end with the parameters and the contents that it had.
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
#include "verify_reload.h"

/* What exit(3) restores if a step ends the tool. */
static struct reload *unfinished;

static void put_back_at_exit(void);

void reload_remember(struct reload *reload, struct verify_all *all)
{
	const struct buffer_args args = { .device = all->device };
	struct buffer buffer;
	unsigned char *map;

	buffer_open(&buffer, &args, O_RDWR);
	if (buffer.private)
		die_usage("--all needs the device, not a private buffer");
	map = buffer_map(&buffer, PROT_READ);
	*reload = (struct reload){
		.all = all,
		.info = buffer.info,
		.contents = allocate(buffer.info.mapping_size),
	};
	memcpy(reload->contents, map, buffer.info.mapping_size);
	module_parameters_read(&reload->parameters);
	buffer_unmap(&buffer, map);
	buffer_close(&buffer);
	unfinished = reload;
	atexit(put_back_at_exit);
}

/* udev may need a moment to make the node and set its mode. */
static bool wait_for_node(const char *device)
{
	for (int tenths = 0; tenths < 50; tenths++) {
		if (!access(device, R_OK | W_OK))
			return true;
		usleep(100000);
	}
	return false;
}

static bool load_with(struct reload *reload,
		      const struct module_parameters *parameters, char *error,
		      size_t size)
{
	if (module_loaded() && !module_unload(error, size))
		return false;
	reload->changed = true;
	if (!module_load(parameters, error, size))
		return false;
	if (wait_for_node(reload->all->device))
		return true;
	snprintf(error, size, "%s did not appear", reload->all->device);
	return false;
}

static bool load_with_cache(struct reload *reload, uint32_t cache, char *error,
			    size_t size)
{
	struct module_parameters parameters = reload->parameters;

	module_parameters_set(&parameters, "cache", cache_name(cache));
	return load_with(reload, &parameters, error, size);
}

static bool put_back_contents(struct reload *reload)
{
	struct buffer buffer;
	unsigned char *map;

	if (buffer_try_open(&buffer, reload->all->device, O_RDWR))
		return false;
	map = buffer_try_map(&buffer, PROT_READ | PROT_WRITE);
	if (map != MAP_FAILED &&
	    buffer.info.mapping_size == reload->info.mapping_size) {
		memcpy(map, reload->contents, reload->info.mapping_size);
		store_fence();
		reload->changed = false;
	}
	if (map != MAP_FAILED)
		buffer_unmap(&buffer, map);
	buffer_close(&buffer);
	return !reload->changed;
}

static void say_how_to_put_back(const struct reload *reload, const char *error)
{
	complain(
		"the module is not as it was, or the buffer's contents are lost: %s",
		error);
	fputs("mmapdemo: try: modprobe -r " MODULE_NAME
	      "; modprobe " MODULE_NAME,
	      stderr);
	for (int i = 0; i < reload->parameters.count; i++)
		fprintf(stderr, " %s", reload->parameters.text[i]);
	fputc('\n', stderr);
}

bool reload_put_back(struct reload *reload)
{
	char error[256] = "";

	unfinished = NULL; /* not once more by exit(3) */
	if (!reload->changed)
		return true;
	if (load_with(reload, &reload->parameters, error, sizeof(error)) &&
	    put_back_contents(reload))
		return true;
	say_how_to_put_back(reload, error);
	return false;
}

static void put_back_at_exit(void)
{
	if (unfinished)
		reload_put_back(unfinished);
}

static enum outcome prove(const struct reload *reload)
{
	const struct buffer_args args = { .device = reload->all->device };
	struct verify v;

	verify_open(&v, &args, reload->all->json);
	return outcome_prove(&v);
}

static enum outcome say(struct json *json, enum outcome outcome, uint32_t cache,
			const char *reason)
{
	char what[32];

	if (json)
		json_string(json, "cache", cache_name(cache));
	snprintf(what, sizeof(what), "cache=%s", cache_name(cache));
	return outcome_say(json, outcome, what, reason);
}

/* Why the module has to stay as it is, or NULL. */
static const char *reload_impossible(void)
{
	return geteuid() ? "only root can reload the module with it" :
			   module_cannot_return();
}

/* Reloads the module with an attribute that this machine supports. */
static enum outcome prove_reloaded(struct reload *reload, uint32_t cache)
{
	char error[256];

	if (reload_impossible())
		return say(reload->all->json, UNVERIFIED, cache,
			   reload_impossible());
	if (!load_with_cache(reload, cache, error, sizeof(error)))
		return say(reload->all->json, FAILED, cache, error);
	return prove(reload);
}

/* An unsupported attribute must be refused, and not replaced by another. */
static enum outcome prove_refused(struct reload *reload, uint32_t cache)
{
	char error[256];

	if (reload_impossible())
		return say(reload->all->json, REFUSED, cache,
			   "this platform does not have it");
	if (load_with_cache(reload, cache, error, sizeof(error)))
		return say(reload->all->json, FAILED, cache,
			   "not available, but the module loads with it");
	if (module_loaded())
		return say(reload->all->json, FAILED, cache, error);
	return say(reload->all->json, REFUSED, cache, error);
}

static enum outcome prove_attribute(struct reload *reload, uint32_t cache)
{
	struct json *json = reload->all->json;
	enum outcome outcome;

	if (json)
		json_open(json, NULL, '{');
	else
		printf("== %s cache=%s (%s)\n", reload->all->device,
		       cache_name(cache), cache_words(cache));
	if (cache == reload->info.cache_requested)
		outcome = prove(reload);
	else if (reload->info.cache_available & 1U << cache)
		outcome = prove_reloaded(reload, cache);
	else
		outcome = prove_refused(reload, cache);
	outcome_json(json, outcome);
	return outcome;
}

/* The present attribute comes first: it needs no reload. */
void prove_attributes(struct reload *reload)
{
	int *counts = reload->all->counts;
	struct json *json = reload->all->json;
	uint32_t present = reload->info.cache_requested;

	if (json)
		json_open(json, "attributes", '[');
	if (!signals_pending())
		counts[prove_attribute(reload, present)]++;
	for (uint32_t cache = 0; cache < CACHE_COUNT; cache++) {
		if (cache != present && !signals_pending())
			counts[prove_attribute(reload, cache)]++;
	}
	if (json)
		json_close(json, ']');
}
