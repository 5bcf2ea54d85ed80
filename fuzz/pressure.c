// SPDX-License-Identifier: GPL-2.0-only
/* Memory pressure that is bounded: no more than half of what is available. */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "pressure.h"

#define MOST_BYTES (64UL << 20)
#define PAUSE_NS 250000000L

static void write_to(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		return;
	if (write(fd, text, strlen(text)) < 0)
		errno = 0; /* the kernel may be unable to */
	close(fd);
}

static unsigned long available_bytes(void)
{
	FILE *file = fopen("/proc/meminfo", "re");
	unsigned long kib = 0;
	char line[128];

	while (file && fgets(line, sizeof(line), file))
		if (sscanf(line, "MemAvailable: %lu", &kib) == 1)
			break;
	if (file)
		fclose(file);
	return kib << 10;
}

/* Reclaim takes some of it while it is held, where there is swap. */
static void take_memory(void)
{
	unsigned long bytes = available_bytes() / 2;
	char *map;

	if (bytes > MOST_BYTES)
		bytes = MOST_BYTES;
	if (!bytes)
		return;
	map = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
		   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (map == MAP_FAILED)
		return;
	memset(map, 1, bytes);
	madvise(map, bytes, MADV_PAGEOUT);
	munmap(map, bytes);
}

/* Drops the caches of files, dentries and inodes. */
static void drop_caches(void)
{
	write_to("/proc/sys/vm/drop_caches", "3");
}

static void compact(void)
{
	write_to("/proc/sys/vm/compact_memory", "1");
}

void pressure(void)
{
	static void (*const ways[])(void) = { take_memory, drop_caches,
					      compact };
	const struct timespec pause = { .tv_nsec = PAUSE_NS };

	/* Before anybody else, should memory end */
	write_to("/proc/self/oom_score_adj", "1000");
	/* The kernel logs this one, and then no other one. */
	write_to("/proc/sys/vm/drop_caches", "4");
	for (unsigned int i = 0;; i++) {
		ways[i % (sizeof(ways) / sizeof(ways[0]))]();
		nanosleep(&pause, NULL);
	}
}
