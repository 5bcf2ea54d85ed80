// SPDX-License-Identifier: GPL-2.0-only
/* mmapdemo read: bytes of the buffer to stdout. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "buffer.h"
#include "command.h"
#include "hexdump.h"
#include "json.h"
#include "message.h"
#include "transfer.h"

static struct {
	struct range range;
	bool raw;
	bool syscall;
	struct buffer_args buffer;
	bool json;
} args = { .range = RANGE_INIT, .buffer = BUFFER_ARGS_INIT };

static const struct option_spec options[] = {
	RANGE_OPTIONS(args.range),
	{ 'r', "raw", NULL, "the bytes themselves instead of a hex dump",
	  parse_flag, &args.raw },
	{ 's', "syscall", NULL, "by read(2) instead of through a mapping",
	  parse_flag, &args.syscall },
	BUFFER_OPTIONS(args.buffer),
	JSON_OPTION(args.json),
	{ 0 },
};

static void by_mapping(const struct buffer *buffer, const struct range *range,
		       unsigned char *to)
{
	unsigned char *map = buffer_map(buffer, PROT_READ);

	memcpy(to, map + range->offset, range->length);
	buffer_unmap(buffer, map);
}

static void by_syscall(const struct buffer *buffer, const struct range *range,
		       unsigned char *to)
{
	size_t done = pread_all(buffer->fd, to, range->length, range->offset);

	if (done < range->length)
		die(EXIT_FAILED, "%s: read at offset %" PRIu64 ": %s",
		    buffer_name(buffer), range->offset + done,
		    errno ? strerror(errno) : "unexpected end");
}

static void print_json(const struct buffer *buffer, const struct range *range,
		       const unsigned char *bytes)
{
	struct json json = { 0 };
	char *hex = allocate(2 * range->length + 1);

	hex[0] = '\0';
	for (uint64_t i = 0; i < range->length; i++)
		sprintf(hex + 2 * i, "%02x", bytes[i]);
	json_open(&json, NULL, '{');
	buffer_json(&json, buffer);
	json_number(&json, "offset", range->offset);
	json_number(&json, "length", range->length);
	json_string(&json, "data", hex);
	json_close(&json, '}');
	free(hex);
}

static int run(int argc, char **argv)
{
	struct buffer buffer;
	struct range range;
	unsigned char *bytes;

	(void)argc;
	(void)argv;
	if (args.raw && args.json)
		die_usage("--raw and --json exclude each other");
	buffer_open(&buffer, &args.buffer, O_RDONLY);
	range = range_resolve(&args.range, &buffer);
	bytes = allocate(range.length);
	if (args.syscall)
		by_syscall(&buffer, &range, bytes);
	else
		by_mapping(&buffer, &range, bytes);
	if (args.json)
		print_json(&buffer, &range, bytes);
	else if (args.raw)
		fwrite(bytes, 1, range.length, stdout);
	else
		hexdump(bytes, range.length, range.offset);
	free(bytes);
	buffer_close(&buffer);
	return EXIT_OK;
}

const struct command cmd_read = {
	.name = "read",
	.summary = "Print bytes of the buffer, as a hex dump or raw",
	.options = options,
	.run = run,
};
