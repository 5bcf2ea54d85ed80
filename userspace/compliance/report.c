// SPDX-License-Identifier: GPL-2.0-only
/* Results as lines for people, as KTAP and as JSON. */
#include <stdio.h>

#include "../json.h"
#include "report.h"
#include "table.h"

static const char *const words[] = {
	[GOOD] = "ok",
	[FACT] = "ok",
	[SKIPPED] = "skip",
	[BROKEN] = "BROKEN",
};

static struct json json;

void report_start(struct report *report, const struct target *target,
		  unsigned int checks)
{
	if (report->format == KTAP) {
		printf("TAP version 13\n1..%u\n", checks);
	} else if (report->format == JSON) {
		json_open(&json, NULL, '{');
		json_string(&json, "file", target->path);
		json_number(&json, "size", target->bytes);
		json_bool(&json, "size_known", target->size_is_known);
		json_open(&json, "checks", '[');
	} else {
		printf("%s: ", target->path);
		if (target->bytes)
			printf("%zu bytes, %s\n", target->bytes,
			       target->size_is_known ? "as it says" :
						       "found by trying");
		else
			printf("no limit up to 1 GiB\n");
	}
}

static void result_ktap(struct report *report, const struct check *check,
			const struct result *result, const char *expected)
{
	bool bad = result->status == BROKEN && !expected;

	printf("%sok %u %s%s%s\n", bad ? "not " : "", report->number,
	       check->name,
	       result->status == SKIPPED ? " # SKIP " :
	       result->text[0]		 ? " # " :
					   "",
	       result->text);
}

static void result_json(const struct check *check, const struct result *result,
			const char *expected)
{
	json_open(&json, NULL, '{');
	json_string(&json, "check", check->name);
	json_string(&json, "result",
		    expected ? "expected" : words[result->status]);
	if (result->status == BROKEN)
		json_string(&json, "severity", severity_name(check->severity));
	if (result->text[0])
		json_string(&json, "text", result->text);
	if (expected)
		json_string(&json, "reason", expected);
	json_close(&json, '}');
}

static void result_line(const struct check *check, const struct result *result,
			const char *expected)
{
	printf("%-7s %-26s %s", expected ? "wanted" : words[result->status],
	       check->name, result->text);
	if (expected)
		printf(" (%s)", expected);
	putchar('\n');
}

void report_result(struct report *report, const struct check *check,
		   const struct result *result, const char *expected)
{
	if (result->status != BROKEN)
		expected = NULL;
	report->number++;
	report->count[result->status]++;
	report->expected += !!expected;
	if (report->format == KTAP)
		result_ktap(report, check, result, expected);
	else if (report->format == JSON)
		result_json(check, result, expected);
	else
		result_line(check, result, expected);
	fflush(stdout);
}

void report_end(struct report *report)
{
	unsigned int wrong = report->count[BROKEN] - report->expected;

	if (report->format == JSON) {
		json_close(&json, ']');
		json_number(&json, "broken", wrong);
		json_close(&json, '}');
		return;
	}
	printf("%s%u rules hold, %u are broken, %u are broken as wanted, %u not tried\n",
	       report->format == KTAP ? "# " : "",
	       report->count[GOOD] + report->count[FACT], wrong,
	       report->expected, report->count[SKIPPED]);
}

void print_list(void)
{
	const struct check *check;
	unsigned int i;

	for (i = 0; (check = check_number(i)); i++)
		printf("%-26s %-8s %s\n", check->name,
		       severity_name(check->severity), check->rule);
}

void print_explanation(const struct check *check)
{
	printf("%s (%s)\n\n%s\n\nWhy: %s\nSee: %s\n", check->name,
	       severity_name(check->severity), check->rule, check->why,
	       check->source);
}
