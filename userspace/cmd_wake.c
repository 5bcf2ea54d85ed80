// SPDX-License-Identifier: GPL-2.0-only
/* mmapdemo wake: wake those that wait for a word (MMAPDEMO_IOC_WAKE). */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#include "buffer.h"
#include "command.h"
#include "json.h"
#include "message.h"

static struct {
	uint64_t offset;
	struct optional_u64 count;
	struct optional_u64 store;
	struct buffer_args buffer;
	bool json;
} args = { .count.value = UINT32_MAX, .buffer = BUFFER_ARGS_INIT };

static const struct option_spec options[] = {
	{ 'n', "count", "NUMBER", "wake at most that many (default: all)",
	  parse_u32, &args.count },
	{ 's', "store", "VALUE", "store this 32-bit number there first",
	  parse_u32, &args.store },
	BUFFER_OPTIONS(args.buffer),
	JSON_OPTION(args.json),
	{ 0 },
};

static void store_word(const struct buffer *buffer)
{
	unsigned char *map;
	volatile uint32_t *word;

	buffer_check_unsealed(buffer);
	map = buffer_map(buffer, PROT_READ | PROT_WRITE);
	word = (volatile uint32_t *)(map + args.offset);
	*word = args.store.value;
	store_fence();
	buffer_unmap(buffer, map);
}

static int wake(const struct buffer *buffer)
{
	struct mmapdemo_wake wake = {
		.size = sizeof(wake),
		.offset = args.offset,
		.count = args.count.value,
	};
	int woken = ioctl(buffer->fd, MMAPDEMO_IOC_WAKE, &wake);

	if (woken < 0)
		die(EXIT_FAILED, "%s: wake at offset %" PRIu64 ": %s",
		    buffer_name(buffer), args.offset, strerror(errno));
	return woken;
}

static void report(const struct buffer *buffer, int woken)
{
	struct json json = { 0 };

	if (!args.json) {
		printf("woke %d at offset %" PRIu64 " of %s\n", woken,
		       args.offset, buffer_name(buffer));
		return;
	}
	json_open(&json, NULL, '{');
	buffer_json(&json, buffer);
	json_number(&json, "offset", args.offset);
	if (args.store.given)
		json_number(&json, "stored", args.store.value);
	json_number(&json, "woken", woken);
	json_close(&json, '}');
}

static int run(int argc, char **argv)
{
	struct buffer buffer;

	(void)argc;
	parse_size("OFFSET", argv[0], &args.offset);
	buffer_open(&buffer, &args.buffer,
		    args.store.given ? O_RDWR : O_WRONLY);
	buffer_check_word(&buffer, args.offset);
	if (args.store.given)
		store_word(&buffer);
	report(&buffer, wake(&buffer));
	buffer_close(&buffer);
	return EXIT_OK;
}

const struct command cmd_wake = {
	.name = "wake",
	.operands = "OFFSET",
	.min_operands = 1,
	.max_operands = 1,
	.summary =
		"Wake those that wait for a change of the 32-bit word at OFFSET",
	.options = options,
	.run = run,
};
