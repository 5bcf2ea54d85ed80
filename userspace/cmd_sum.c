// SPDX-License-Identifier: GPL-2.0-only
/* mmapdemo sum: the kernel's CRC-32 of the buffer (MMAPDEMO_IOC_CHECKSUM). */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <zlib.h>

#include "buffer.h"
#include "command.h"
#include "json.h"
#include "message.h"

static struct {
	struct range range;
	bool check;
	struct buffer_args buffer;
	bool json;
} args = { .range = RANGE_INIT, .buffer = BUFFER_ARGS_INIT };

static const struct option_spec options[] = {
	RANGE_OPTIONS(args.range),
	{ 'c', "check", NULL, "compare with zlib's CRC-32 of the mapping",
	  parse_flag, &args.check },
	BUFFER_OPTIONS(args.buffer),
	JSON_OPTION(args.json),
	{ 0 },
};

static uint32_t sum_by_kernel(const struct buffer *buffer,
			      const struct range *range)
{
	uint32_t crc;

	if (buffer_checksum(buffer->fd, range, &crc))
		die(EXIT_FAILED,
		    "%s: checksum of %" PRIu64 " bytes at offset %" PRIu64
		    ": %s",
		    buffer_name(buffer), range->length, range->offset,
		    strerror(errno));
	return crc;
}

static uint32_t sum_by_mapping(const struct buffer *buffer,
			       const struct range *range)
{
	unsigned char *map = buffer_map(buffer, PROT_READ);
	uint32_t crc = crc32_z(0, map + range->offset, range->length);

	buffer_unmap(buffer, map);
	return crc;
}

static void print_json(const struct buffer *buffer, const struct range *range,
		       uint32_t kernel, uint32_t user)
{
	struct json json = { 0 };

	json_open(&json, NULL, '{');
	buffer_json(&json, buffer);
	json_number(&json, "offset", range->offset);
	json_number(&json, "length", range->length);
	json_format(&json, "crc32", "%08" PRIx32, kernel);
	if (args.check) {
		json_format(&json, "crc32_of_mapping", "%08" PRIx32, user);
		json_bool(&json, "ok", kernel == user);
	}
	json_close(&json, '}');
}

static int run(int argc, char **argv)
{
	struct buffer buffer;
	struct range range;
	uint32_t kernel, user;

	(void)argc;
	(void)argv;
	buffer_open(&buffer, &args.buffer, O_RDONLY);
	range = range_resolve(&args.range, &buffer);
	kernel = sum_by_kernel(&buffer, &range);
	user = args.check ? sum_by_mapping(&buffer, &range) : kernel;
	if (args.json)
		print_json(&buffer, &range, kernel, user);
	else
		printf("%08" PRIx32 " %" PRIu64 " %s\n", kernel, range.length,
		       buffer_name(&buffer));
	buffer_close(&buffer);
	if (kernel == user)
		return EXIT_OK;
	complain("%s: the kernel's CRC-32 is %08" PRIx32
		 ", the mapping's is %08" PRIx32,
		 buffer_name(&buffer), kernel, user);
	hint("mmapdemo verify");
	return EXIT_FAILED;
}

const struct command cmd_sum = {
	.name = "sum",
	.summary = "Print the CRC-32 that the kernel computes over the buffer",
	.options = options,
	.run = run,
};
