// SPDX-License-Identifier: GPL-2.0-only
/* mmapdemo info: all that MMAPDEMO_IOC_INFO returns, in words. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "buffer.h"
#include "command.h"
#include "json.h"
#include "message.h"
#include "seals.h"

static struct {
	struct buffer_args buffer;
	bool json;
} args = { .buffer = BUFFER_ARGS_INIT };

static const struct option_spec options[] = {
	BUFFER_OPTIONS(args.buffer),
	JSON_OPTION(args.json),
	{ 0 },
};

/* One of the two masks in struct mmapdemo_info, as names. */
struct available {
	uint32_t mask;
	const char *(*name)(uint32_t value);
};

static void print_available(const char *title, struct available available)
{
	printf("%-18s", title);
	for (uint32_t i = 0; i < 32; i++) {
		if (available.mask & 1U << i)
			printf(" %s", available.name(i));
	}
	putchar('\n');
}

static void json_available(struct json *json, const char *key,
			   struct available available)
{
	json_open(json, key, '[');
	for (uint32_t i = 0; i < 32; i++) {
		if (available.mask & 1U << i)
			json_string(json, NULL, available.name(i));
	}
	json_close(json, ']');
}

static void print_text(const struct buffer *buffer)
{
	const struct mmapdemo_info *info = &buffer->info;
	char seals[SEALS_TEXT_SIZE];

	printf("device             %s\n", buffer->device);
	printf("buffer             %s\n",
	       buffer->private ? "private" : "the device's own");
	printf("size               %" PRIu64 " bytes\n",
	       (uint64_t)info->buffer_size);
	printf("mapping size       %" PRIu64 " bytes, pages of %" PRIu32 "\n",
	       (uint64_t)info->mapping_size, info->page_size);
	printf("backing            %s\n", backing_name(info->backing));
	print_available("backing available",
			(struct available){ info->backing_available,
					    backing_name });
	printf("populate           %s\n", populate_name(buffer_lazy(buffer)));
	printf("cache requested    %s (%s)\n",
	       cache_name(info->cache_requested),
	       cache_words(info->cache_requested));
	printf("cache effective    %s (%s)\n",
	       cache_name(info->cache_effective),
	       cache_words(info->cache_effective));
	print_available("cache available",
			(struct available){ info->cache_available,
					    cache_name });
	printf("seals              %s\n",
	       seals_text(info->seals, seals, sizeof(seals)));
	printf("generation         %" PRIu64 "\n", (uint64_t)info->generation);
}

static void print_json(const struct buffer *buffer)
{
	struct json json = { 0 };
	const struct mmapdemo_info *info = &buffer->info;

	json_open(&json, NULL, '{');
	buffer_json(&json, buffer);
	json_number(&json, "size", info->buffer_size);
	json_number(&json, "mapping_size", info->mapping_size);
	json_number(&json, "page_size", info->page_size);
	json_string(&json, "backing", backing_name(info->backing));
	json_available(&json, "backing_available",
		       (struct available){ info->backing_available,
					   backing_name });
	json_string(&json, "populate", populate_name(buffer_lazy(buffer)));
	json_string(&json, "cache_requested",
		    cache_name(info->cache_requested));
	json_string(&json, "cache_effective",
		    cache_name(info->cache_effective));
	json_available(&json, "cache_available",
		       (struct available){ info->cache_available, cache_name });
	seals_json(&json, info->seals);
	json_number(&json, "generation", info->generation);
	json_close(&json, '}');
}

static int run(int argc, char **argv)
{
	struct buffer buffer;

	(void)argc;
	(void)argv;
	buffer_open(&buffer, &args.buffer, ACCESS_ANY);
	if (buffer_info(buffer.fd, MMAPDEMO_INFO_READ_BACK, &buffer.info))
		die(EXIT_FAILED, "%s: MMAPDEMO_IOC_INFO: %s",
		    buffer_name(&buffer), strerror(errno));
	if (args.json)
		print_json(&buffer);
	else
		print_text(&buffer);
	buffer_close(&buffer);
	return EXIT_OK;
}

const struct command cmd_info = {
	.name = "info",
	.summary =
		"Describe the buffer: size, backing, cache attribute, what is available",
	.options = options,
	.run = run,
};
