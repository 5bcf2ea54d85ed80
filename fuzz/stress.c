// SPDX-License-Identifier: GPL-2.0-only
/*
 * One process of mmapdemo-stress. Its first thread checks: a stripe of the
 * device's buffer that is this process's alone, private buffers that it makes,
 * and those that others passed on. Its other threads, and with --threads 1 the
 * same one, make the calls that calls.c decodes from random bytes; they open
 * the device for reading only, so that no stripe is theirs to change.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "buffer.h"
#include "message.h"
#include "stress.h"
#include "transfer.h"

#define BYTES_PER_SEQUENCE 256
/* After so many steps a process starts with a new set of buffers. */
#define SEQUENCES_PER_START 8
/* One of so many processes has buffers that an entry of 2 MiB can map. */
#define PROCESSES_PER_HUGE 8

static bool stopped(const struct worker *w)
{
	return __atomic_load_n(&w->shared->stop, __ATOMIC_RELAXED);
}

/* what is checked */

/* The stripe is nobody else's; whoever had it in an earlier life is dead. */
static void check_stripe(struct worker *w)
{
	struct part part = { .what = "own stripe" };
	struct mmapdemo_info info;
	unsigned char *want;

	part.fd = device_try_open(w->shared->device, O_RDWR);
	if (part.fd < 0 || buffer_info(part.fd, 0, &info)) {
		stress_mismatch(w, "open: %s", strerror(-part.fd));
		return;
	}
	part.length = info.buffer_size / w->shared->processes;
	part.at = part.length * w->process;
	part.want = want = allocate(part.length);
	stress_want_count(want, part.at, part.length, w->own_pattern);
	for (uint64_t i = stress_decide(w, 4); w->stored && i; i--)
		stress_check_part(w, &part);
	w->own_pattern = stress_random(&w->random);
	stress_want_count(want, part.at, part.length, w->own_pattern);
	stress_store_part(w, &part, w->own_pattern);
	w->stored = true;
	stress_check_part(w, &part);
	free(want);
	close(part.fd);
}

/* the threads */

static void check(struct worker *w)
{
	check_stripe(w);
	stress_check_private(w);
	stress_check_received(w);
}

static void make_calls(struct worker *w, struct calls *calls)
{
	unsigned char bytes[BYTES_PER_SEQUENCE];
	uint64_t before = calls->made;

	for (size_t i = 0; i < sizeof(bytes); i += 8) {
		uint64_t random = stress_random(&w->random);

		memcpy(bytes + i, &random, 8);
	}
	if (!calls_run(calls,
		       (struct calls_bytes){ bytes, bytes + sizeof(bytes) })) {
		stress_mismatch(w, "%s, in a sequence that ended with:",
				calls->finding);
		calls_print_one(stderr, &calls->last);
		calls->finding = NULL;
	}
	stress_count(&w->shared->calls, calls->made - before);
}

static bool begin_calls(struct worker *w, struct calls *calls)
{
	struct calls_place place = calls_place(w->thread);
	int error;

	place.reader = true;
	place.largest = w->process % PROCESSES_PER_HUGE ?
				STRESS_LARGEST_PRIVATE :
				CALLS_HUGE;
	error = calls_begin(calls, &place, w->progress);
	if (error)
		stress_mismatch(w, "cannot begin: %s", strerror(-error));
	return !error;
}

static void some_sequences(struct worker *w, struct calls *calls)
{
	if (begin_calls(w, calls))
		for (int i = 0; i < SEQUENCES_PER_START && !stopped(w); i++)
			make_calls(w, calls);
	calls_end(calls);
}

static void *work(void *argument)
{
	struct worker *w = argument;
	struct calls *calls = allocate(sizeof(*calls));

	w->progress->thread = syscall(SYS_gettid);
	while (!stopped(w)) {
		if (w->checks)
			check(w);
		if (w->calls)
			some_sequences(w, calls);
	}
	w->progress->thread = 0;
	free(calls);
	return NULL;
}

void stress_process(struct stress *shared, unsigned int index,
		    unsigned int life)
{
	unsigned int threads = shared->threads;
	struct worker workers[threads];
	pthread_t ids[threads];

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (shared->pages_to_lose)
		do_poison_left = &shared->pages_to_lose;
	setpriority(PRIO_PROCESS, 0, 10); /* the parent's turn comes in time */
	for (unsigned int i = 0; i < threads; i++) {
		workers[i] = (struct worker){
			.shared = shared,
			.progress = &shared->progress[index * threads + i],
			.process = index,
			.life = life,
			.thread = i,
			.random = shared->seed ^ (uint64_t)index << 40 ^
				  (uint64_t)life << 20 ^ (i + 1),
			.checks = i == 0,
			.calls = i > 0 || threads == 1,
		};
		if (pthread_create(&ids[i], NULL, work, &workers[i]))
			_exit(2);
	}
	for (unsigned int i = 0; i < threads; i++)
		pthread_join(ids[i], NULL);
	_exit(0);
}
