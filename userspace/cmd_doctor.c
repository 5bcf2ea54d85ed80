// SPDX-License-Identifier: GPL-2.0-only
/*
 * mmapdemo doctor: what keeps the caller from using the buffer. Each check
 * prints a line with the next command to type. The checks are in doctor.c.
 */
#include <stdio.h>

#include "device.h"
#include "command.h"
#include "doctor.h"
#include "json.h"
#include "message.h"

static struct {
	const char *device;
	bool json;
} args = { .device = DEFAULT_DEVICE };

static const struct option_spec options[] = {
	DEVICE_OPTION(args.device),
	JSON_OPTION(args.json),
	{ 0 },
};

static void print_text(const char *name, const struct finding *finding)
{
	result_print(finding->result);
	printf("%s: %s%s%s\n", name, finding->text,
	       *finding->next ? "; try: " : "", finding->next);
}

static void print_json(struct json *json, const char *name,
		       const struct finding *finding)
{
	json_open(json, NULL, '{');
	json_string(json, "check", name);
	json_string(json, "result", result_word(finding->result));
	json_string(json, "text", finding->text);
	json_string(json, "next", finding->next);
	json_close(json, '}');
}

static int run(int argc, char **argv)
{
	struct json json = { 0 };
	int status = EXIT_OK;

	(void)argc;
	(void)argv;
	if (args.json) {
		json_open(&json, NULL, '{');
		json_string(&json, "device", args.device);
		json_open(&json, "checks", '[');
	}
	for (const struct check *check = checks; check->name; check++) {
		struct finding finding = { .device = args.device };

		check->run(&finding);
		if (args.json)
			print_json(&json, check->name, &finding);
		else
			print_text(check->name, &finding);
		if (!status)
			status = finding.status;
	}
	if (args.json) {
		json_close(&json, ']');
		json_bool(&json, "usable", !status);
		json_close(&json, '}');
	}
	return status;
}

const struct command cmd_doctor = {
	.name = "doctor",
	.summary =
		"Find out why the device cannot be used, and what to type next",
	.options = options,
	.run = run,
};
