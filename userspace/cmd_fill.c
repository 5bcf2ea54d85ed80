// SPDX-License-Identifier: GPL-2.0-only
/* mmapdemo fill: the kernel stores a pattern (MMAPDEMO_IOC_FILL). */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "buffer.h"
#include "command.h"
#include "json.h"
#include "message.h"

static struct {
	struct range range;
	struct optional_u64 byte;
	struct optional_u64 pattern;
	bool count;
	struct buffer_args buffer;
	bool json;
} args = { .range = RANGE_INIT, .buffer = BUFFER_ARGS_INIT };

static const struct option_spec options[] = {
	RANGE_OPTIONS(args.range),
	{ 'b', "byte", "NUMBER", "each byte becomes this (default 0)",
	  parse_byte, &args.byte },
	{ 'p', "pattern", "NUMBER", "each 8 bytes become this 64-bit number",
	  parse_u64, &args.pattern },
	{ 'c', "count", NULL, "add its offset to each 8 bytes", parse_flag,
	  &args.count },
	BUFFER_OPTIONS(args.buffer),
	JSON_OPTION(args.json),
	{ 0 },
};

static uint64_t pattern(void)
{
	if (args.byte.given && args.pattern.given)
		die_usage("--byte and --pattern exclude each other");
	if (args.pattern.given)
		return args.pattern.value;
	return args.byte.value * UINT64_C(0x0101010101010101);
}

static void report(const struct buffer *buffer, const struct range *range,
		   uint64_t number)
{
	struct json json = { 0 };

	if (!args.json) {
		printf("filled %" PRIu64 " bytes at offset %" PRIu64
		       " of %s with 0x%016" PRIx64 "%s\n",
		       range->length, range->offset, buffer_name(buffer),
		       number, args.count ? " + offset" : "");
		return;
	}
	json_open(&json, NULL, '{');
	buffer_json(&json, buffer);
	json_number(&json, "offset", range->offset);
	json_number(&json, "length", range->length);
	json_format(&json, "pattern", "0x%016" PRIx64, number);
	json_bool(&json, "count", args.count);
	json_close(&json, '}');
}

static int run(int argc, char **argv)
{
	uint64_t number = pattern();
	struct buffer buffer;
	struct range range;

	(void)argc;
	(void)argv;
	buffer_open(&buffer, &args.buffer, O_WRONLY);
	buffer_check_unsealed(&buffer);
	range = range_resolve(&args.range, &buffer);
	if (buffer_fill(buffer.fd, &range, number,
			args.count ? MMAPDEMO_FILL_COUNT : 0))
		die(EXIT_FAILED,
		    "%s: fill of %" PRIu64 " bytes at offset %" PRIu64 ": %s",
		    buffer_name(&buffer), range.length, range.offset,
		    strerror(errno));
	report(&buffer, &range, number);
	buffer_close(&buffer);
	return EXIT_OK;
}

const struct command cmd_fill = {
	.name = "fill",
	.summary = "Let the kernel store a pattern",
	.options = options,
	.run = run,
};
