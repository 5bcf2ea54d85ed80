// SPDX-License-Identifier: GPL-2.0-only
/* Checks how a driver's mmap keeps the rules; see mmap-compliance(1). */
#include <stdio.h>
#include <string.h>

#include "../message.h"
#include "helper.h"
#include "settings.h"
#include "table.h"

static const char *missing(const struct check *check,
			   const struct target *target)
{
	unsigned int lacks = check->needs & ~target->allowed;

	if (check->needs & STORE && target->others)
		return "memory of others is mapped: nothing is stored to it";
	if (lacks & STORE)
		return "needs --store";
	if (lacks & TOUCH)
		return "needs --touch";
	if (lacks & IOCTL)
		return "needs --ioctl";
	if (lacks & FRESH)
		return "needs --fresh";
	if (check->needs & MODULE && !target->module)
		return "needs --module";
	if (check->needs & SIZE && !target->size_is_known)
		return "needs --size, because the file does not tell it";
	if (check->needs & PAGES && target->size &&
	    target->size < 2 * page_size())
		return "needs two pages";
	if (check->needs & STORE && !(target->prot & PROT_WRITE))
		return "needs a mapping that can be stored to";
	return NULL;
}

/* Runs the check, or says why not. What hangs is remembered from one to the next. */
static void one(const struct check *check, const struct target *target,
		struct result *result)
{
	const char *why = result->hangs ?
				  "a process of an earlier check is left" :
				  missing(check, target);
	bool hangs = result->hangs;

	if (!why) {
		check_run(check, target, result);
		return;
	}
	*result = (struct result){ .status = SKIPPED, .hangs = hangs };
	snprintf(result->text, sizeof(result->text), "%s", why);
}

static unsigned int count(const struct settings *settings)
{
	const struct check *check;
	unsigned int i, n = 0;

	for (i = 0; (check = check_number(i)); i++)
		n += settings_wants(settings, check);
	return n;
}

static int run_all(const struct settings *settings, struct target *target)
{
	struct report report = { .format = settings->format };
	struct result result = { .status = GOOD };
	const struct check *check;
	unsigned int i;

	report_start(&report, target, count(settings));
	for (i = 0; (check = check_number(i)); i++) {
		if (!settings_wants(settings, check))
			continue;
		one(check, target, &result);
		if (result.status == BROKEN && check->severity == EXPOSED)
			target->others = true;
		report_result(&report, check, &result,
			      settings_expected(settings, check));
	}
	report_end(&report);
	return report.count[BROKEN] > report.expected ? EXIT_FAILED : EXIT_OK;
}

int main(int argc, char **argv)
{
	struct settings settings = { 0 };
	struct target target = { 0 };
	char name[32];
	int first;

	message_start("mmap-compliance", NULL);
	first = settings_parse(&settings, argc, argv);
	if (first == argc)
		die_usage("names no file");
	if (!strcmp(argv[first - 1], "--"))
		snprintf(name, sizeof(name), "fd:%d", helper_run(argv + first));
	else if (first + 1 < argc)
		die_usage("'%s' is one file too many", argv[first + 1]);
	target.allowed = settings.allowed;
	target.module = settings.module;
	target.seconds = settings.seconds;
	target_open(&target,
		    strcmp(argv[first - 1], "--") ? argv[first] : name);
	target_measure(&target, settings.size);
	return run_all(&settings, &target);
}
