// SPDX-License-Identifier: GPL-2.0-only
/* mmapdemo verify --all: every kind of buffer that this machine can have. */
#include <stdio.h>

#include "json.h"
#include "message.h"
#include "result.h"
#include "signals.h"
#include "verify_all.h"

static const struct {
	const char *name;
	enum result result;
} outcomes[] = {
	[VERIFIED] = { "verified", RESULT_OK },
	[FAILED] = { "failed", RESULT_FAIL },
	[REFUSED] = { "refused", RESULT_OK },
	[UNVERIFIED] = { "unverified", RESULT_SKIP },
};

enum outcome outcome_say(enum outcome outcome, const char *what,
			 const char *reason)
{
	if (json_wanted) {
		json_string("reason", reason);
	} else {
		result_print(outcomes[outcome].result);
		printf("%s: %s: %s\n", what, outcomes[outcome].name, reason);
	}
	return outcome;
}

enum outcome outcome_prove(struct verify *v)
{
	bool ok = verify_buffer(v);

	verify_close(v);
	return ok ? VERIFIED : FAILED;
}

void outcome_json(enum outcome outcome)
{
	if (!json_wanted)
		return;
	json_string("result", outcomes[outcome].name);
	json_close('}');
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

static void report(const int counts[], int status)
{
	if (json_wanted) {
		json_bool("ok", status == EXIT_OK);
		json_close('}');
		return;
	}
	result_print(status ? RESULT_FAIL : RESULT_OK);
	printf("verify --all: %d verified, %d refused, %d failed, %d unverified\n",
	       counts[VERIFIED], counts[REFUSED], counts[FAILED],
	       counts[UNVERIFIED]);
}

int verify_all(void)
{
	int counts[OUTCOMES] = { 0 };
	int status;
	bool whole;

	reload_remember();
	signals_hold();
	if (json_wanted) {
		json_open(NULL, '{');
		json_string("device", device_path);
	}
	prove_private_buffers(counts);
	prove_attributes(counts);
	whole = reload_put_back();
	if (signals_pending()) {
		complain("verify --all: interrupted");
		whole = false;
	}
	status = status_of(counts, whole);
	report(counts, status);
	signals_release();
	return status;
}
