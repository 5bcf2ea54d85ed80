// SPDX-License-Identifier: GPL-2.0-only
/*
 * Finds the live buffers: in the module's list in debugfs, or in
 * /proc/PID/fdinfo of the processes that have them.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "buffer.h"
#include "live.h"
#include "message.h"

static struct live_buffer *append(struct live_buffers *buffers, uint64_t id)
{
	struct live_buffer *buffer;

	buffers->list = reallocarray(buffers->list, buffers->count + 1,
				     sizeof(*buffers->list));
	if (!buffers->list)
		die(EXIT_FAILED, "%s", strerror(errno));
	buffer = &buffers->list[buffers->count++];
	*buffer = (struct live_buffer){ .id = id };
	return buffer;
}

static struct live_buffer *find(struct live_buffers *buffers, uint64_t id)
{
	for (size_t i = 0; i < buffers->count; i++) {
		if (buffers->list[i].id == id)
			return &buffers->list[i];
	}
	return NULL;
}

/* A line is: id size backing cache populate pages mappings seals pinned */
static bool parse_line(struct live_buffers *buffers, const char *line)
{
	struct live_buffer b = { .described = true, .counted = true };
	char mappings[32];
	unsigned int pinned;

	if (sscanf(line,
		   "%" SCNu64 " %" SCNu64 " %15s %15s %15s %" SCNu64
		   " %31s %" SCNx32 " %u",
		   &b.id, &b.size, b.backing, b.cache, b.populate, &b.pages,
		   mappings, &b.seals, &pinned) != 9)
		return false;
	b.mappings = strtoull(mappings, NULL, 10); /* "-" is 0 */
	b.pinned = pinned;
	*append(buffers, b.id) = b;
	return true;
}

static void parse_list(struct live_buffers *buffers, FILE *file)
{
	char line[256];

	if (!fgets(line, sizeof(line), file) ||
	    sscanf(line, "limit_pages %" SCNu64 " used_pages %" SCNu64,
		   &buffers->limit_pages, &buffers->used_pages) != 2)
		die(EXIT_FAILED, LIVE_BUFFERS
		    ": the first line is not 'limit_pages N used_pages N': tool and module are not of one version");
	if (!fgets(line, sizeof(line), file)) /* the titles of the columns */
		return;
	while (fgets(line, sizeof(line), file)) {
		line[strcspn(line, "\n")] = '\0';
		if (!parse_line(buffers, line))
			die(EXIT_FAILED,
			    LIVE_BUFFERS
			    ": '%s' is no buffer: tool and module are not of one version",
			    line);
	}
}

int live_read(struct live_buffers *buffers)
{
	FILE *file = fopen(LIVE_BUFFERS, "re");

	*buffers = (struct live_buffers){ .complete = file };
	if (!file)
		return -errno;
	parse_list(buffers, file);
	fclose(file);
	return 0;
}

static void describe_line(struct live_buffer *buffer, const char *key,
			  const char *value)
{
	if (!strcmp(key, "size"))
		buffer->size = strtoull(value, NULL, 10);
	else if (!strcmp(key, "backing"))
		strcpy(buffer->backing, value);
	else if (!strcmp(key, "cache"))
		strcpy(buffer->cache, value);
	else if (!strcmp(key, "populate"))
		strcpy(buffer->populate, value);
	else if (!strcmp(key, "seals"))
		buffer->seals = strtoul(value, NULL, 16);
	else
		return;
	buffer->described = true;
}

static void describe_by_fdinfo(struct live_buffer *buffer,
			       const struct holder *holder)
{
	char path[64], line[256], key[16], value[16];
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/fdinfo/%d", holder->pid,
		 holder->fd);
	file = fopen(path, "re");
	while (file && fgets(line, sizeof(line), file)) {
		if (sscanf(line, "mmapdemo-%15[^:]: %15s", key, value) == 2)
			describe_line(buffer, key, value);
	}
	if (file)
		fclose(file);
}

/* INFO describes the device's own buffer, if the caller may open the device. */
static void describe_device(struct live_buffer *to, const char *device)
{
	struct buffer buffer;

	if (buffer_try_open(&buffer, device, ACCESS_ANY))
		return;
	to->described = true;
	to->size = buffer.info.buffer_size;
	strcpy(to->backing, backing_name(buffer.info.backing));
	strcpy(to->cache, cache_name(buffer.info.cache_requested));
	strcpy(to->populate, populate_name(buffer_lazy(&buffer)));
	buffer_close(&buffer);
}

void live_add(struct live_buffers *buffers, const struct holders *holders,
	      const char *device)
{
	struct live_buffer *own = find(buffers, DEVICE_BUFFER);

	if (!own)
		own = append(buffers, DEVICE_BUFFER);
	if (!own->described)
		describe_device(own, device);
	for (size_t i = 0; i < holders->count; i++) {
		const struct holder *holder = &holders->list[i];
		struct live_buffer *buffer = find(buffers, holder->buffer);

		if (!buffer)
			buffer = append(buffers, holder->buffer);
		if (!buffer->described && holder->fd >= 0)
			describe_by_fdinfo(buffer, holder);
		if (!buffer->counted || buffer->id == DEVICE_BUFFER)
			buffer->mappings += holder->mappings;
	}
}

void live_free(struct live_buffers *buffers)
{
	free(buffers->list);
}
