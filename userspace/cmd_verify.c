// SPDX-License-Identifier: GPL-2.0-only
/* mmapdemo verify: the proof on one buffer, or with --all on each kind. */
#include "command.h"
#include "json.h"
#include "message.h"
#include "signals.h"
#include "verify.h"

static struct {
	bool all;
	struct buffer_args buffer;
	bool json;
} args = { .buffer = BUFFER_ARGS_INIT };

static const struct option_spec options[] = {
	{ 'a', "all", NULL,
	  "every kind of private buffer, then the device's own with each attribute (root: reloads the module)",
	  parse_flag, &args.all },
	BUFFER_OPTIONS(args.buffer),
	JSON_OPTION(args.json),
	{ 0 },
};

static int verify_one(struct json *json)
{
	struct verify v;
	bool ok;

	verify_open(&v, &args.buffer, json);
	signals_hold();
	if (json) {
		json_open(json, NULL, '{');
		buffer_json(json, &v.buffer);
	}
	ok = verify_buffer(&v);
	if (signals_pending())
		complain("%s: interrupted", buffer_name(&v.buffer));
	if (json) {
		json_bool(json, "ok", ok);
		json_close(json, '}');
	}
	signals_release();
	verify_close(&v);
	return ok ? EXIT_OK : EXIT_FAILED;
}

static int run(int argc, char **argv)
{
	struct json json = { 0 }, *wanted = args.json ? &json : NULL;

	(void)argc;
	(void)argv;
	if (args.all && args.buffer.private.given)
		die_usage("--all chooses the private buffers by itself");
	return args.all ? verify_all(args.buffer.device, wanted) :
			  verify_one(wanted);
}

const struct command cmd_verify = {
	.name = "verify",
	.summary = "Prove that the buffer is shared as it says, step by step",
	.options = options,
	.run = run,
};
