// SPDX-License-Identifier: GPL-2.0-only
/* mmapdemo doctor: which processes keep the module in use. */
#include <stdio.h>

#include "doctor_finding.h"
#include "holders.h"
#include "module.h"

/* Names each process once, however many buffers it has. */
static void name_holders(struct finding *f, const struct holders *holders)
{
	size_t used = snprintf(f->text, sizeof(f->text), "in use by");
	char name[HOLDER_TEXT_SIZE];
	pid_t last = 0;

	for (size_t i = 0; i < holders->count && used < sizeof(f->text); i++) {
		const struct holder *holder = &holders->list[i];

		if (holder->pid != last)
			used += snprintf(
				f->text + used, sizeof(f->text) - used, " %s",
				holder_text(holder, name, sizeof(name)));
		last = holder->pid;
	}
	finding_next(f, "sudo mmapdemo list");
}

void check_use(struct finding *f)
{
	struct holders holders;

	if (!module_loaded()) {
		finding_say(f, RESULT_OK, "the module is not loaded");
		return;
	}
	holders_scan(&holders, f->device);
	if (holders.count) {
		name_holders(f, &holders);
	} else if (holders.complete) {
		finding_say(f, RESULT_OK, "by no process");
	} else {
		finding_say(f, RESULT_SKIP,
			    "by no process that this user can see");
		finding_next(f, "sudo mmapdemo list");
	}
	holders_free(&holders);
}
