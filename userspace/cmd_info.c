// SPDX-License-Identifier: GPL-2.0-only
/* mmapdemo info: everything MMAPDEMO_IOC_INFO tells, in words. */
#include <inttypes.h>
#include <stdio.h>

#include "buffer.h"
#include "command.h"
#include "json.h"
#include "message.h"

static const struct option_spec options[] = {
	BUFFER_OPTIONS,
	JSON_OPTION,
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

static void json_available(const char *key, struct available available)
{
	json_open(key, '[');
	for (uint32_t i = 0; i < 32; i++) {
		if (available.mask & 1U << i)
			json_string(NULL, available.name(i));
	}
	json_close(']');
}

static void print_text(const struct buffer *buffer)
{
	const struct mmapdemo_info *info = &buffer->info;

	printf("device             %s\n", device_path);
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
	printf("populate           %s\n",
	       populate_name(info->flags & MMAPDEMO_INFO_LAZY));
	printf("cache requested    %s (%s)\n",
	       cache_name(info->cache_requested),
	       cache_words(info->cache_requested));
	printf("cache effective    %s (%s)\n",
	       cache_name(info->cache_effective),
	       cache_words(info->cache_effective));
	print_available("cache available",
			(struct available){ info->cache_available,
					    cache_name });
	printf("generation         %" PRIu64 "\n", (uint64_t)info->generation);
}

static void print_json(const struct buffer *buffer)
{
	const struct mmapdemo_info *info = &buffer->info;

	json_open(NULL, '{');
	buffer_json(buffer);
	json_number("size", info->buffer_size);
	json_number("mapping_size", info->mapping_size);
	json_number("page_size", info->page_size);
	json_string("backing", backing_name(info->backing));
	json_available("backing_available",
		       (struct available){ info->backing_available,
					   backing_name });
	json_string("populate",
		    populate_name(info->flags & MMAPDEMO_INFO_LAZY));
	json_string("cache_requested", cache_name(info->cache_requested));
	json_string("cache_effective", cache_name(info->cache_effective));
	json_available("cache_available",
		       (struct available){ info->cache_available, cache_name });
	json_number("generation", info->generation);
	json_close('}');
}

static int run(int argc, char **argv)
{
	struct buffer buffer;

	(void)argc;
	(void)argv;
	buffer_open(&buffer, ACCESS_ANY);
	if (json_wanted)
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
