// SPDX-License-Identifier: GPL-2.0-only
/*
 * mmapdemo doctor: what stands between the caller and a usable buffer, one
 * check per line, with the next command to type. The checks are in doctor.c.
 */
#include <stdio.h>

#include "device.h"
#include "command.h"
#include "doctor.h"
#include "json.h"
#include "message.h"

static const struct option_spec options[] = {
	DEVICE_OPTION,
	JSON_OPTION,
	{ 0 },
};

static void print_text(const char *name, const struct finding *finding)
{
	result_print(finding->result);
	printf("%s: %s%s%s\n", name, finding->text,
	       *finding->next ? "; try: " : "", finding->next);
}

static void print_json(const char *name, const struct finding *finding)
{
	json_open(NULL, '{');
	json_string("check", name);
	json_string("result", result_word(finding->result));
	json_string("text", finding->text);
	json_string("next", finding->next);
	json_close('}');
}

static int run(int argc, char **argv)
{
	int status = EXIT_OK;

	(void)argc;
	(void)argv;
	if (json_wanted) {
		json_open(NULL, '{');
		json_string("device", device_path);
		json_open("checks", '[');
	}
	for (const struct check *check = checks; check->name; check++) {
		struct finding finding = { .status = EXIT_OK };

		check->run(&finding);
		if (json_wanted)
			print_json(check->name, &finding);
		else
			print_text(check->name, &finding);
		if (!status)
			status = finding.status;
	}
	if (json_wanted) {
		json_close(']');
		json_bool("usable", !status);
		json_close('}');
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
