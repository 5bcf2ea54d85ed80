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
} args = { .range = RANGE_INIT };

static const struct option_spec options[] = {
	RANGE_OPTIONS(args.range),
	{ 'r', "raw", NULL, "the bytes themselves instead of a hex dump",
	  parse_flag, &args.raw },
	{ 's', "syscall", NULL, "by read(2) instead of through a mapping",
	  parse_flag, &args.syscall },
	BUFFER_OPTIONS,
	JSON_OPTION,
	{ 0 },
};

static void by_mapping(const struct buffer *buffer, unsigned char *to)
{
	unsigned char *map = buffer_map(buffer, PROT_READ);

	memcpy(to, map + args.range.offset, args.range.length);
	buffer_unmap(buffer, map);
}

static void by_syscall(const struct buffer *buffer, unsigned char *to)
{
	size_t done =
		pread_all(buffer->fd, to, args.range.length, args.range.offset);

	if (done < args.range.length)
		die(EXIT_FAILED, "%s: read at offset %" PRIu64 ": %s",
		    buffer_name(), args.range.offset + done,
		    errno ? strerror(errno) : "unexpected end");
}

static void print_json(const struct buffer *buffer, const unsigned char *bytes)
{
	char *hex = allocate(2 * args.range.length + 1);

	hex[0] = '\0';
	for (uint64_t i = 0; i < args.range.length; i++)
		sprintf(hex + 2 * i, "%02x", bytes[i]);
	json_open(NULL, '{');
	buffer_json(buffer);
	json_number("offset", args.range.offset);
	json_number("length", args.range.length);
	json_string("data", hex);
	json_close('}');
	free(hex);
}

static int run(int argc, char **argv)
{
	struct buffer buffer;
	unsigned char *bytes;

	(void)argc;
	(void)argv;
	if (args.raw && json_wanted)
		die_usage("--raw and --json exclude each other");
	buffer_open(&buffer, O_RDONLY);
	range_resolve(&args.range, &buffer);
	bytes = allocate(args.range.length);
	if (args.syscall)
		by_syscall(&buffer, bytes);
	else
		by_mapping(&buffer, bytes);
	if (json_wanted)
		print_json(&buffer, bytes);
	else if (args.raw)
		fwrite(bytes, 1, args.range.length, stdout);
	else
		hexdump(bytes, args.range.length, args.range.offset);
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
