// SPDX-License-Identifier: GPL-2.0-only
/* mmapdemo list: every live buffer, and the processes that have it. */
#include <errno.h>
#include <inttypes.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "command.h"
#include "device.h"
#include "json.h"
#include "live.h"
#include "message.h"
#include "module.h"
#include "seals.h"

#define ROW "%-8s %12s %-7s %-5s %-8s %12s %8s  %-12s"

static struct {
	bool json;
} args;

static const struct option_spec options[] = {
	JSON_OPTION(args.json),
	{ 0 },
};

static uint64_t bytes(uint64_t pages)
{
	return pages * sysconf(_SC_PAGESIZE);
}

static void print_holders(const struct live_buffer *buffer,
			  const struct holders *holders)
{
	char text[HOLDER_TEXT_SIZE];
	bool any = buffer->pinned;

	for (size_t i = 0; i < holders->count; i++) {
		if (holders->list[i].buffer != buffer->id)
			continue;
		printf(" %s",
		       holder_text(&holders->list[i], text, sizeof(text)));
		any = true;
	}
	puts(buffer->pinned ? " pinned" : any ? "" : " -");
}

static void print_buffer(const struct live_buffer *buffer,
			 const struct holders *holders)
{
	char id[24] = "device", size[24] = "-", memory[24] = "-", mappings[24],
	     seals[SEALS_TEXT_SIZE] = "-";

	if (buffer->id != DEVICE_BUFFER)
		snprintf(id, sizeof(id), "%" PRIu64, buffer->id);
	if (buffer->described)
		snprintf(size, sizeof(size), "%" PRIu64, buffer->size);
	if (buffer->counted)
		snprintf(memory, sizeof(memory), "%" PRIu64 " KiB",
			 bytes(buffer->pages) / 1024);
	if (buffer->seals)
		seals_text(buffer->seals, seals, sizeof(seals));
	snprintf(mappings, sizeof(mappings), "%" PRIu64, buffer->mappings);
	printf(ROW, id, size, buffer->described ? buffer->backing : "-",
	       buffer->described ? buffer->cache : "-",
	       buffer->described ? buffer->populate : "-", memory, mappings,
	       seals);
	print_holders(buffer, holders);
}

static void print_limit(const struct live_buffers *buffers)
{
	size_t private = 0;

	for (size_t i = 0; i < buffers->count; i++)
	private += buffers->list[i].id != DEVICE_BUFFER;
	if (buffers->complete)
		printf("%zu private, %" PRIu64 " of the %" PRIu64
		       " KiB that limit_mb allows\n",
		       private, bytes(buffers->used_pages) / 1024,
		       bytes(buffers->limit_pages) / 1024);
	else
		printf("%zu private\n", private);
}

static void print_text(const struct live_buffers *buffers,
		       const struct holders *holders)
{
	printf(ROW " %s\n", "ID", "SIZE", "BACKING", "CACHE", "POPULATE",
	       "MEMORY", "MAPPINGS", "SEALS", "HOLDERS");
	for (size_t i = 0; i < buffers->count; i++)
		print_buffer(&buffers->list[i], holders);
	print_limit(buffers);
}

static void json_holder(struct json *json, const struct holder *holder)
{
	json_open(json, NULL, '{');
	json_number(json, "pid", holder->pid);
	json_string(json, "command", holder->command);
	if (holder->fd >= 0)
		json_format(json, "path", "/proc/%d/fd/%d", holder->pid,
			    holder->fd);
	json_number(json, "descriptors", holder->descriptors);
	json_number(json, "mappings", holder->mappings);
	json_close(json, '}');
}

static void json_buffer(struct json *json, const struct live_buffer *buffer,
			const struct holders *holders)
{
	json_open(json, NULL, '{');
	json_number(json, "id", buffer->id);
	json_bool(json, "private", buffer->id != DEVICE_BUFFER);
	if (buffer->described) {
		json_number(json, "size", buffer->size);
		json_string(json, "backing", buffer->backing);
		json_string(json, "cache", buffer->cache);
		json_string(json, "populate", buffer->populate);
		seals_json(json, buffer->seals);
	}
	if (buffer->counted) {
		json_number(json, "pages", buffer->pages);
		json_number(json, "memory", bytes(buffer->pages));
		json_bool(json, "pinned", buffer->pinned);
	}
	json_number(json, "mappings", buffer->mappings);
	json_open(json, "holders", '[');
	for (size_t i = 0; i < holders->count; i++) {
		if (holders->list[i].buffer == buffer->id)
			json_holder(json, &holders->list[i]);
	}
	json_close(json, ']');
	json_close(json, '}');
}

static void print_json(const struct live_buffers *buffers,
		       const struct holders *holders)
{
	struct json json = { 0 };

	json_open(&json, NULL, '{');
	json_open(&json, "buffers", '[');
	for (size_t i = 0; i < buffers->count; i++)
		json_buffer(&json, &buffers->list[i], holders);
	json_close(&json, ']');
	if (buffers->complete) {
		json_number(&json, "limit", bytes(buffers->limit_pages));
		json_number(&json, "used", bytes(buffers->used_pages));
	}
	json_bool(&json, "complete", buffers->complete && holders->complete);
	json_close(&json, '}');
}

/* An incomplete list is no failure, but it is explained. */
static void explain_gap(int error)
{
	struct statfs fs;

	if (geteuid()) {
		complain(
			"only buffers that /proc shows to this user are listed; root also sees those of others, and the use of limit_mb");
		hint("sudo mmapdemo list");
		return;
	}
	complain(
		LIVE_BUFFERS
		": %s: buffers that no process has, and the use of limit_mb, are not listed",
		strerror(error));
	if (!statfs(DEBUGFS, &fs) && fs.f_type == DEBUGFS_MAGIC)
		hint("dmesg | grep " MODULE_NAME);
	else
		hint("mount -t debugfs none " DEBUGFS);
}

static int run(int argc, char **argv)
{
	struct live_buffers buffers;
	struct holders holders;
	int error;

	(void)argc;
	(void)argv;
	if (!module_loaded()) {
		complain("the module " MODULE_NAME " is not loaded");
		hint("modprobe " MODULE_NAME);
		return EXIT_NO_DEVICE;
	}
	error = -live_read(&buffers);
	holders_scan(&holders, DEFAULT_DEVICE);
	live_add(&buffers, &holders, DEFAULT_DEVICE);
	if (args.json)
		print_json(&buffers, &holders);
	else
		print_text(&buffers, &holders);
	if (error && !args.json)
		explain_gap(error);
	holders_free(&holders);
	live_free(&buffers);
	return EXIT_OK;
}

const struct command cmd_list = {
	.name = "list",
	.summary = "Print every live buffer, its memory and who holds it",
	.options = options,
	.run = run,
};
