// SPDX-License-Identifier: GPL-2.0-only
/* mmapdemo seal: the seals of a private buffer (MMAPDEMO_IOC_SEAL). */
#include <fcntl.h>
#include <stdio.h>

#include "buffer.h"
#include "command.h"
#include "json.h"
#include "message.h"
#include "seals.h"

static struct {
	struct buffer_args buffer;
	uint32_t add;
	bool json;
} args = { .buffer = BUFFER_ARGS_INIT };

static const struct option_spec options[] = {
	{ 'a', "add", "SEALS",
	  "add these for good: write, future-write, seal, with commas between",
	  parse_seals, &args.add },
	DEVICE_OPTION(args.buffer.device),
	JSON_OPTION(args.json),
	{ 0 },
};

static int run(int argc, char **argv)
{
	struct json json = { 0 };
	char text[SEALS_TEXT_SIZE];
	struct buffer buffer;
	uint32_t seals;

	(void)argc;
	(void)argv;
	buffer_open(&buffer, &args.buffer, args.add ? O_WRONLY : ACCESS_ANY);
	seals = seals_add(buffer.fd, buffer_name(&buffer), args.add);
	if (args.json) {
		json_open(&json, NULL, '{');
		buffer_json(&json, &buffer);
		seals_json(&json, seals);
		json_close(&json, '}');
	} else {
		printf("%s\n", seals_text(seals, text, sizeof(text)));
	}
	buffer_close(&buffer);
	return EXIT_OK;
}

const struct command cmd_seal = {
	.name = "seal",
	.summary = "Print the seals of a private buffer, and add some",
	.options = options,
	.run = run,
};
