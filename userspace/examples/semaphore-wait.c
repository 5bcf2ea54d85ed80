// SPDX-License-Identifier: GPL-2.0-only
/*
 * semaphore-wait: makes a semaphore in a mapping and sleeps until another
 * process posts it (semaphore-post).
 *
 * The idea: a semaphore is just memory. It works between processes if both map
 * that memory and the kernel can tell that it is the same.
 */
#include <fcntl.h>
#include <sys/mman.h>

#include "semaphore.h"

static const char usage[] =
	"usage: semaphore-wait [PATH]\n"
	"Makes a semaphore in a file or buffer and waits for it.\n";

static void wait_by_semaphore(struct shared *shared)
{
	while (sem_wait(&shared->semaphore))
		if (errno != EINTR)
			die("sem_wait: %m");
}

/* Does what a semaphore does: sleeps while it is 0, then takes one. */
static void wait_by_ioctl(const struct place *place, struct shared *shared)
{
	wait_until_not(place, &shared->posted, 0);
	__atomic_fetch_sub(&shared->posted, 1, __ATOMIC_ACQ_REL);
}

int main(int argc, char **argv)
{
	struct place place = place_open(usage, argv + 1, O_RDWR | O_CREAT,
					sizeof(struct shared));
	struct shared *shared =
		place_map(&place, sizeof(*shared), PROT_READ | PROT_WRITE);
	bool futexes = has_futexes(&place, shared);
	int left;

	(void)argc;
	/* shared between processes, with the value 0 */
	if (sem_init(&shared->semaphore, 1, 0))
		die("sem_init: %m");
	shared->posted = 0;
	__atomic_store_n(&shared->ready, READY, __ATOMIC_SEQ_CST);
	printf("waiting for: semaphore-post %s\n", place.name);
	fflush(stdout);

	if (futexes)
		wait_by_semaphore(shared);
	else
		wait_by_ioctl(&place, shared);
	__atomic_store_n(&shared->ready, 0, __ATOMIC_SEQ_CST);

	if (sem_getvalue(&shared->semaphore, &left))
		die("sem_getvalue: %m");
	claim(!left && !shared->posted, "posted by another process, and taken");
	return verdict();
}
