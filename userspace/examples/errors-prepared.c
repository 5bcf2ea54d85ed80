// SPDX-License-Identifier: GPL-2.0-only
/* The errors of mmap that need a limit, a seal or a mount first. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <unistd.h>

#include "errors.h"

#define ANONYMOUS (MAP_PRIVATE | MAP_ANONYMOUS)

/*
 * ENOMEM: more mappings than vm.max_map_count allows. Adjacent mappings with
 * different protection cannot be merged.
 */
int no_more_mappings(void)
{
	int error = 0;

	for (int i = 0; !error && i < 10000000; i++)
		error = errno_of_mmap(NULL, page_size(),
				      i % 2 ? PROT_READ : PROT_NONE, ANONYMOUS,
				      -1, 0);
	return error;
}

/* ENOMEM: the limit on address space (ulimit -v) counts what is mapped. */
int no_address_space(void)
{
	struct rlimit limit = { 1, 1 };

	if (setrlimit(RLIMIT_AS, &limit))
		return SKIPPED;
	return errno_of_mmap(NULL, page_size(), PROT_READ, ANONYMOUS, -1, 0);
}

/*
 * EAGAIN: MAP_LOCKED over the limit (ulimit -l), which does not apply to root.
 * With a limit of 0 it would be EPERM.
 */
int too_much_locked(void)
{
	struct rlimit limit = { page_size(), page_size() };

	if (setrlimit(RLIMIT_MEMLOCK, &limit))
		return SKIPPED;
	if (!geteuid() && setresuid(65534, 65534, 65534))
		return SKIPPED;
	return errno_of_mmap(NULL, 2 * page_size(), PROT_READ,
			     ANONYMOUS | MAP_LOCKED, -1, 0);
}

/* EPERM: a memfd with a seal that forbids to change it. */
int sealed_memfd(void)
{
	int fd = memfd_create("sealed", MFD_ALLOW_SEALING);

	if (fd < 0 || ftruncate(fd, page_size()) ||
	    fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE))
		return SKIPPED;
	return errno_of_mmap(NULL, page_size(), PROT_READ | PROT_WRITE,
			     MAP_SHARED, fd, 0);
}

/*
 * EPERM: PROT_EXEC of a file on a file system mounted noexec. The child mounts
 * it in a mount namespace of its own, so no other process sees it.
 */
int noexec_mount(void)
{
	int fd;

	if (unshare(CLONE_NEWNS) ||
	    (mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) &&
	     errno != EINVAL) ||
	    mount("none", "/tmp", "tmpfs", MS_NOEXEC, NULL))
		return SKIPPED;
	fd = open("/tmp/program", O_RDWR | O_CREAT, 0600);
	if (fd < 0 || ftruncate(fd, page_size()))
		return SKIPPED;
	return errno_of_mmap(NULL, page_size(), PROT_READ | PROT_EXEC,
			     MAP_PRIVATE, fd, 0);
}

/* ENFILE: the whole machine would have to run out of files. */
int out_of_files(void)
{
	return SKIPPED;
}
