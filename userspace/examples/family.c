// SPDX-License-Identifier: GPL-2.0-only
/*
 * family: memory that parent and child share.
 *
 * The idea: fork(2) copies an address space, but shared mappings stay shared.
 * They need neither a name nor a file: anonymous memory is enough. A private
 * buffer of mmapdemo also has a descriptor, which the child inherits and can
 * map once more.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "example.h"

static const char usage[] =
	"usage: family " PLACE "\n"
	"Parent and child change memory that both have: anonymous memory first, then\n"
	"a file, the device or (default) a private buffer of kmalloc memory.\n" PLACE_HELP;

#define BY_PARENT 100
#define BY_CHILD 200

/*
 * The child's exit status is whether it saw the parent's value. It ends by
 * _exit(2), since exit(3) would print what the parent left in stdout's buffer.
 */
static void child(volatile int *shared, const struct place *place)
{
	volatile int *again = shared;
	bool seen;

	if (place)
		again = place_map(place, page_size(), PROT_READ | PROT_WRITE);
	seen = *again == BY_PARENT;
	*again = BY_CHILD;
	_exit(!seen);
}

/* Stores a value, forks, and compares after the child has ended. */
static void try_family(const char *what, volatile int *shared,
		       const struct place *place, int expected)
{
	int status;
	pid_t pid;

	*shared = BY_PARENT;
	pid = fork();
	if (pid < 0)
		die("fork: %m");
	if (!pid)
		child(shared, place);
	if (waitpid(pid, &status, 0) != pid)
		die("waitpid: %m");
	claim(!status, "%s: the child saw the parent's %d", what, BY_PARENT);
	claim(*shared == expected, "%s: then the parent saw %d", what, *shared);
}

static void *anonymous(int flags)
{
	void *map = mmap(NULL, page_size(), PROT_READ | PROT_WRITE,
			 flags | MAP_ANONYMOUS, -1, 0);

	if (map == MAP_FAILED)
		die("anonymous memory: %m");
	return map;
}

int main(int argc, char **argv)
{
	char *private_buffer[] = { "--backing", "kmalloc", NULL };
	char **operands = argc > 1 ? argv + 1 : private_buffer;
	struct place place;

	help_if_asked(usage, operands);
	try_family("anonymous, shared", anonymous(MAP_SHARED), NULL, BY_CHILD);

	/* The counter-example: the first store copies a private page. */
	try_family("anonymous, private", anonymous(MAP_PRIVATE), NULL,
		   BY_PARENT);

	place = place_open(usage, operands, O_RDWR | O_CREAT | O_EXCL,
			   page_size());
	try_family(place.name,
		   place_map(&place, page_size(), PROT_READ | PROT_WRITE),
		   &place, BY_CHILD);
	return verdict();
}
