// SPDX-License-Identifier: GPL-2.0-only
/* The results of mmapdemo verify --all for each kind of buffer. */
#include <stdio.h>

#include "json.h"
#include "result.h"
#include "verify_outcome.h"

static const struct {
	const char *name;
	enum result result;
} outcomes[] = {
	[VERIFIED] = { "verified", RESULT_OK },
	[FAILED] = { "failed", RESULT_FAIL },
	[REFUSED] = { "refused", RESULT_OK },
	[UNVERIFIED] = { "unverified", RESULT_SKIP },
};

enum outcome outcome_say(struct json *json, enum outcome outcome,
			 const char *what, const char *reason)
{
	if (json) {
		json_string(json, "reason", reason);
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

void outcome_json(struct json *json, enum outcome outcome)
{
	if (!json)
		return;
	json_string(json, "result", outcomes[outcome].name);
	json_close(json, '}');
}
