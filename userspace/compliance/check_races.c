// SPDX-License-Identifier: GPL-2.0-only
/*
 * Many threads work at once. A fault shows in the kernel's log, or as a thread
 * that does not end.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <string.h>
#include <unistd.h>

#include "check.h"
#include "touch.h"

#define THREADS 4
#define ROUNDS 400
#define OPEN_ROUNDS 5000
#define MOST (64UL << 10)

static void *open_and_close(void *arg)
{
	const struct target *target = arg;
	int i, fd;

	for (i = 0; i < OPEN_ROUNDS && time_left(target); i++) {
		fd = target_reopen(target, target->access);
		if (fd >= 0)
			close(fd);
	}
	return NULL;
}

static void *map_and_unmap(void *arg)
{
	const struct target *target = arg;
	size_t length = target_part(target, MOST);
	long map;
	int i;

	for (i = 0; i < ROUNDS && time_left(target); i++) {
		map = try_map(target->fd, length, target->prot,
			      MAP_SHARED | (i % 2 ? MAP_POPULATE : 0), 0);
		if (map < 0 && map > -4096)
			continue;
		madvise((void *)map, length, MADV_DONTNEED);
		munmap((void *)map, length);
	}
	return NULL;
}

static void *read_into_it(void *arg)
{
	const struct target *target = arg;
	size_t length = target_part(target, MOST);
	long map;
	int i;

	for (i = 0; i < ROUNDS && time_left(target); i++) {
		map = try_map(target->fd, length, target->prot, MAP_SHARED, 0);
		if (map < 0 && map > -4096)
			continue;
		if (pread(target->fd, (void *)map, page_size(), 0) < 0)
			i += 10;
		munmap((void *)map, length);
	}
	return NULL;
}

static void in_parallel(const struct target *target, void *(*one)(void *),
			void *(*other)(void *))
{
	pthread_t threads[THREADS];
	int i;

	for (i = 0; i < THREADS; i++)
		pthread_create(&threads[i], NULL, i % 2 ? one : other,
			       (void *)target);
	for (i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
}

static void run_open(const struct target *target)
{
	in_parallel(target, open_and_close, open_and_close);
}

static void run_map(const struct target *target)
{
	in_parallel(target, map_and_unmap, open_and_close);
}

static void run_read(const struct target *target)
{
	in_parallel(target, read_into_it, map_and_unmap);
}

const struct check race_checks[] = {
	{ "races.open", "It can be opened and closed by many at once.",
	  "A list of open files without a lock is corrupted within seconds.",
	  "Documentation/kernel-hacking/locking.rst", HARMFUL, 0, run_open },
	{ "races.map", "It can be mapped and unmapped by many at once.",
	  "As above, with the list of mappings.",
	  "Documentation/kernel-hacking/locking.rst", HARMFUL, 0, run_map },
	{ "races.read",
	  "It can be read into a mapping of itself while others map it.",
	  "A lock that mmap takes, under mmap_lock, and read holds while it copies, under which mmap_lock is taken, blocks both for ever.",
	  "Documentation/mm/process_addrs.rst", HARMFUL, STORE, run_read },
	{ 0 }
};
