// SPDX-License-Identifier: GPL-2.0-only
/*
 * semaphore-post: posts the semaphore that semaphore-wait, another process,
 * made and sleeps on.
 *
 * The idea: the two programs share nothing but the name of a file or buffer,
 * and the semaphore in it.
 */
#include <fcntl.h>
#include <sys/mman.h>

#include "semaphore.h"

static const char usage[] =
	"usage: semaphore-post [PATH]\n"
	"Wakes the semaphore-wait of the same file or buffer.\n";

int main(int argc, char **argv)
{
	struct place place =
		place_open(usage, argv + 1, O_RDWR, sizeof(struct shared));
	struct shared *shared;

	(void)argc;
	if (place.size < sizeof(*shared))
		die("%s: holds no semaphore; run semaphore-wait first",
		    place.name);
	shared = place_map(&place, sizeof(*shared), PROT_READ | PROT_WRITE);

	/* Posting a semaphore that was not initialised is undefined. */
	if (__atomic_load_n(&shared->ready, __ATOMIC_SEQ_CST) != READY)
		die("%s: nobody waits; run semaphore-wait first", place.name);

	if (!has_futexes(&place, shared))
		publish(&place, &shared->posted, shared->posted + 1);
	else if (sem_post(&shared->semaphore))
		die("sem_post: %m");
	claim(true, "posted");
	return verdict();
}
