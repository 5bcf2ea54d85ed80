// SPDX-License-Identifier: GPL-2.0-only
/*
 * mmapdemo wait: sleep until a word of the buffer changes (MMAPDEMO_IOC_WAIT).
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>

#include "buffer.h"
#include "command.h"
#include "json.h"
#include "message.h"
#include "transfer.h"

static struct {
	uint64_t offset;
	struct optional_u64 expected;
	struct optional_u64 timeout;
	bool absolute;
	struct buffer_args buffer;
	bool json;
} args = { .buffer = BUFFER_ARGS_INIT };

static const struct option_spec options[] = {
	{ 't', "timeout", "SECONDS", "no longer than this, as in 1.5",
	  parse_seconds, &args.timeout },
	{ 'a', "absolute", NULL, "--timeout is a time of CLOCK_MONOTONIC",
	  parse_flag, &args.absolute },
	BUFFER_OPTIONS(args.buffer),
	JSON_OPTION(args.json),
	{ 0 },
};

/* Returns true if the word changed, false if the timeout expired. */
static bool wait_for_change(const struct buffer *buffer)
{
	struct mmapdemo_wait wait = {
		.size = sizeof(wait),
		.flags = (args.timeout.given ? MMAPDEMO_WAIT_TIMEOUT : 0) |
			 (args.absolute ? MMAPDEMO_WAIT_ABSOLUTE : 0),
		.offset = args.offset,
		.timeout = args.timeout.value,
		.expected = args.expected.value,
	};

	if (!ioctl(buffer->fd, MMAPDEMO_IOC_WAIT, &wait))
		return true;
	if (errno == EAGAIN)
		die(EXIT_FAILED,
		    "%s: the word at offset %" PRIu64 " is %" PRIu32
		    ", and the descriptor has O_NONBLOCK, so it does not wait",
		    buffer_name(buffer), args.offset,
		    (uint32_t)args.expected.value);
	if (errno != ETIMEDOUT)
		die(EXIT_FAILED, "%s: wait at offset %" PRIu64 ": %s",
		    buffer_name(buffer), args.offset, strerror(errno));
	return false;
}

static uint32_t word_now(const struct buffer *buffer)
{
	uint32_t word;

	if (pread_all(buffer->fd, &word, sizeof(word), args.offset) <
	    sizeof(word))
		die(EXIT_FAILED, "%s: read at offset %" PRIu64 ": %s",
		    buffer_name(buffer), args.offset, strerror(errno));
	return word;
}

static void print_json(const struct buffer *buffer, bool changed, uint32_t word)
{
	struct json json = { 0 };

	json_open(&json, NULL, '{');
	buffer_json(&json, buffer);
	json_number(&json, "offset", args.offset);
	json_number(&json, "expected", args.expected.value);
	json_bool(&json, "changed", changed);
	json_number(&json, "value", word);
	json_close(&json, '}');
}

static int run(int argc, char **argv)
{
	struct buffer buffer;
	uint32_t word;
	bool changed;

	(void)argc;
	parse_size("OFFSET", argv[0], &args.offset);
	parse_u32("EXPECTED", argv[1], &args.expected);
	if (args.absolute && !args.timeout.given)
		die_usage("--absolute needs --timeout");
	buffer_open(&buffer, &args.buffer, O_RDONLY);
	buffer_check_word(&buffer, args.offset);
	changed = wait_for_change(&buffer);
	word = word_now(&buffer);
	if (args.json)
		print_json(&buffer, changed, word);
	else if (changed)
		printf("%" PRIu32 "\n", word);
	if (!changed)
		complain("%s: timed out, the word at offset %" PRIu64
			 " is still %" PRIu32,
			 buffer_name(&buffer), args.offset,
			 (uint32_t)args.expected.value);
	buffer_close(&buffer);
	return changed ? EXIT_OK : EXIT_FAILED;
}

const struct command cmd_wait = {
	.name = "wait",
	.operands = "OFFSET EXPECTED",
	.min_operands = 2,
	.max_operands = 2,
	.summary =
		"Sleep until the 32-bit word at OFFSET differs from EXPECTED",
	.options = options,
	.run = run,
};
