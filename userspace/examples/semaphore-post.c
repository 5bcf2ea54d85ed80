// SPDX-License-Identifier: GPL-2.0-only
/*
 * semaphore-post: posts the semaphore that semaphore-wait, another process,
 * made and sleeps on.
 *
 * The idea: neither knows the other. All that they share is a name to map, and
 * what lies there.
 */
#include <fcntl.h>
#include <sys/mman.h>

#include "semaphore.h"

const char usage[] = "usage: semaphore-post [PATH]\n"
		     "Wakes the semaphore-wait of the same file or buffer.\n";

int main(int argc, char **argv)
{
	struct place place =
		place_open(argv + 1, O_RDWR, sizeof(struct shared));
	struct shared *shared;

	(void)argc;
	if (place.size < sizeof(*shared))
		die("%s: holds no semaphore; run semaphore-wait first",
		    place.name);
	shared = place_map(&place, sizeof(*shared), PROT_READ | PROT_WRITE);

	/* A semaphore nobody made is garbage; posting it is undefined. */
	if (__atomic_load_n(&shared->ready, __ATOMIC_SEQ_CST) != READY)
		die("%s: nobody waits; run semaphore-wait first", place.name);

	if (!has_futexes(&place, shared))
		publish(&place, &shared->posted, shared->posted + 1);
	else if (sem_post(&shared->semaphore))
		die("sem_post: %m");
	claim(true, "posted");
	return verdict();
}
