// SPDX-License-Identifier: GPL-2.0-only
/*
 * mmapdemo verify --all: the proof with each cache attribute. An attribute
 * belongs to a buffer for good, so root reloads the module for each and in the
 * end with the parameters it had. The contents survive that as well.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "json.h"
#include "message.h"
#include "module.h"
#include "result.h"
#include "transfer.h"
#include "verify.h"

enum outcome {
	VERIFIED,
	FAILED,
	REFUSED,    /* as it must: not available */
	UNVERIFIED, /* for want of permission */
};

static const enum result outcome_results[] = {
	[VERIFIED] = RESULT_OK,
	[FAILED] = RESULT_FAIL,
	[REFUSED] = RESULT_OK,
	[UNVERIFIED] = RESULT_SKIP,
};

static const char *const outcome_names[] = {
	[VERIFIED] = "verified",
	[FAILED] = "failed",
	[REFUSED] = "refused",
	[UNVERIFIED] = "unverified",
};

/* The module as it was, and the whole mapping, with the bytes behind the size.
 */
static struct before {
	struct mmapdemo_info info;
	struct module_parameters parameters;
	unsigned char *contents;
	bool changed; /* since the module was reloaded */
} before;

static void remember(void)
{
	struct buffer buffer;
	unsigned char *map;

	buffer_open(&buffer, O_RDWR);
	map = buffer_map(&buffer, PROT_READ);
	before.info = buffer.info;
	before.contents = allocate(buffer.info.mapping_size);
	memcpy(before.contents, map, buffer.info.mapping_size);
	module_parameters_read(&before.parameters);
	buffer_unmap(&buffer, map);
	buffer_close(&buffer);
}

/* udev may take a moment to make the node and give it its mode. */
static bool wait_for_node(void)
{
	for (int tenths = 0; tenths < 50; tenths++) {
		if (!access(buffer_device, R_OK | W_OK))
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
	if (!module_load(parameters, error, size))
		return false;
	if (wait_for_node())
		return true;
	snprintf(error, size, "%s did not appear", buffer_device);
	return false;
}

static bool reload_with(uint32_t cache, char *error, size_t size)
{
	struct module_parameters parameters = before.parameters;

	module_parameters_set(&parameters, "cache", cache_name(cache));
	before.changed = true;
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

static bool put_back(void)
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
	put_back();
}

static enum outcome prove(void)
{
	struct verify v;
	bool ok;

	verify_open(&v);
	ok = verify_buffer(&v);
	verify_close(&v);
	return ok ? VERIFIED : FAILED;
}

static enum outcome say(enum outcome outcome, uint32_t cache, const char *text)
{
	if (json_wanted) {
		json_string("reason", text);
	} else {
		result_print(outcome_results[outcome]);
		printf("cache=%s: %s: %s\n", cache_name(cache),
		       outcome_names[outcome], text);
	}
	return outcome;
}

/* Loaded anew, with an attribute that this platform has. */
static enum outcome prove_reloaded(uint32_t cache)
{
	char error[256];

	if (geteuid())
		return say(UNVERIFIED, cache,
			   "only root can reload the module with it");
	if (!reload_with(cache, error, sizeof(error)))
		return say(FAILED, cache, error);
	return prove();
}

/* An attribute that cannot be in force must be refused, not replaced. */
static enum outcome prove_refused(uint32_t cache)
{
	char error[256];

	if (geteuid())
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

	if (json_wanted) {
		json_open(NULL, '{');
		json_string("cache", cache_name(cache));
	} else {
		printf("== cache=%s (%s)\n", cache_name(cache),
		       cache_words(cache));
	}
	if (cache == before.info.cache_requested)
		outcome = prove();
	else if (before.info.cache_available & 1U << cache)
		outcome = prove_reloaded(cache);
	else
		outcome = prove_refused(cache);
	if (json_wanted) {
		json_string("result", outcome_names[outcome]);
		json_close('}');
	}
	return outcome;
}

/* The present attribute comes first: it needs no reload. */
static void prove_attributes(int counts[])
{
	uint32_t present = before.info.cache_requested;

	counts[prove_attribute(present)]++;
	for (uint32_t cache = MMAPDEMO_CACHE_WB; cache <= MMAPDEMO_CACHE_WT;
	     cache++) {
		if (cache != present && !verify_interrupted())
			counts[prove_attribute(cache)]++;
	}
}

static int status_of(const int counts[], bool whole)
{
	if (counts[FAILED] || !whole)
		return EXIT_FAILED;
	if (!counts[UNVERIFIED])
		return EXIT_OK;
	complain("%d attributes are left unverified", counts[UNVERIFIED]);
	hint("sudo mmapdemo verify --all");
	return EXIT_NO_PERMISSION;
}

int verify_all(void)
{
	int counts[UNVERIFIED + 1] = { 0 };
	int status;
	bool whole;

	remember();
	atexit(put_back_at_exit);
	verify_hold_signals();
	if (json_wanted) {
		json_open(NULL, '{');
		json_string("device", buffer_device);
		json_open("attributes", '[');
	}
	prove_attributes(counts);
	whole = put_back();
	if (verify_interrupted()) {
		complain("verify --all: interrupted");
		whole = false;
	}
	status = status_of(counts, whole);
	if (json_wanted) {
		json_close(']');
		json_bool("ok", status == EXIT_OK);
		json_close('}');
	} else {
		result_print(status ? RESULT_FAIL : RESULT_OK);
		printf("verify --all: %d verified, %d refused, %d failed, %d unverified\n",
		       counts[VERIFIED], counts[REFUSED], counts[FAILED],
		       counts[UNVERIFIED]);
	}
	verify_release_signals();
	return status;
}
