/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LIVE_H
#define LIVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "holders.h"

#define DEBUGFS "/sys/kernel/debug"
#define LIVE_BUFFERS DEBUGFS "/mmapdemo/buffers"

/* One live buffer, with the kernel's names of what it is. */
struct live_buffer {
	uint64_t id;	/* as in struct holder */
	bool described; /* the next five are known */
	uint64_t size;
	char backing[16];
	char cache[16];
	char populate[16];
	uint32_t seals;
	bool counted; /* the kernel told pages, mappings and pinned */
	uint64_t pages;
	uint64_t mappings; /* that /proc shows, for the device's own buffer */
	bool pinned;
};

struct live_buffers {
	struct live_buffer *list;
	size_t count;
	bool complete; /* the kernel's list was read, with the next two */
	uint64_t limit_pages;
	uint64_t used_pages;
};

/* Reads the kernel's list, which only root may do. Returns 0 or -errno. */
int live_read(struct live_buffers *buffers);

/* Adds the buffers that only holders show, and that of the device. */
void live_add(struct live_buffers *buffers, const struct holders *holders,
	      const char *device);
void live_free(struct live_buffers *buffers);

#endif
