// SPDX-License-Identifier: GPL-2.0-only
/* mmapdemo verify --all: every kind of buffer that this machine can have. */
#include <stdio.h>

#include "json.h"
#include "message.h"
#include "result.h"
#include "signals.h"
#include "verify_reload.h"

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

static void report(const struct verify_all *all, int status)
{
	const int *counts = all->counts;

	if (all->json) {
		json_bool(all->json, "ok", status == EXIT_OK);
		json_close(all->json, '}');
		return;
	}
	result_print(status ? RESULT_FAIL : RESULT_OK);
	printf("verify --all: %d verified, %d refused, %d failed, %d unverified\n",
	       counts[VERIFIED], counts[REFUSED], counts[FAILED],
	       counts[UNVERIFIED]);
}

int verify_all(const char *device, struct json *json)
{
	struct verify_all all = { .device = device, .json = json };
	struct reload reload;
	int status;
	bool whole;

	reload_remember(&reload, &all);
	signals_hold();
	if (json) {
		json_open(json, NULL, '{');
		json_string(json, "device", device);
	}
	prove_private_buffers(&all);
	prove_attributes(&reload);
	whole = reload_put_back(&reload);
	if (signals_pending()) {
		complain("verify --all: interrupted");
		whole = false;
	}
	status = status_of(all.counts, whole);
	report(&all, status);
	signals_release();
	return status;
}
