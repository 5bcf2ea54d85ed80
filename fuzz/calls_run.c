// SPDX-License-Identifier: GPL-2.0-only
/*
 * Makes the calls that calls.c decodes, and knows of each page of the arena
 * what a touch must do: no signal where it may be read or stored to, one where
 * not. What must hold after other calls is in calls_judge.c.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "calls_judge.h"

/* What is known of a page: PROT_READ and PROT_WRITE, or: */
#define PAGE_UNKNOWN 0x80

/* Newer than the headers of Debian 12 */
#ifndef MADV_GUARD_INSTALL
#define MADV_GUARD_INSTALL 102
#endif

/* A mapping may reach past the arena; there it is not looked after. */
#define ARENA_BYTES (CALLS_PAGE * CALLS_ARENA_PAGES)
#define BEHIND_ARENA CALLS_HUGE

/* what is known of the arena's pages */

/* NULL: not in the arena. */
static unsigned char *page_of(struct calls *calls, uint64_t address)
{
	uint64_t page = (address - calls->place.arena) / CALLS_PAGE;

	return page < CALLS_ARENA_PAGES ? &calls->pages[page] : NULL;
}

static void mark(struct calls *calls, uint64_t address, uint64_t length,
		 unsigned char what)
{
	for (uint64_t at = 0; at < length; at += CALLS_PAGE) {
		unsigned char *page = page_of(calls, address + at);

		if (page)
			*page = what;
	}
}

static unsigned char access_of(uint64_t prot)
{
	return prot & PROT_WRITE ? PROT_READ | PROT_WRITE : prot & PROT_READ;
}

/* Since 6.17 gaps between mappings may be moved over, too, and hide nothing. */
static void mark_moved(struct calls *calls, const struct call *call,
		       uint64_t to)
{
	uint64_t from = call->args[0], old = call->args[1];
	uint64_t new = call->args[2];
	unsigned char moved[CALLS_ARENA_PAGES];
	bool keeps = !old || call->args[3] & MREMAP_DONTUNMAP;

	for (uint64_t i = 0; i < new / CALLS_PAGE; i++) {
		unsigned char *page = page_of(calls, from + i * CALLS_PAGE);

		moved[i] = page && *page != PROT_NONE && !keeps &&
					   i < old / CALLS_PAGE ?
				   *page :
				   PAGE_UNKNOWN;
	}
	mark(calls, from, old, keeps ? PAGE_UNKNOWN : PROT_NONE);
	for (uint64_t i = 0; i < new / CALLS_PAGE; i++)
		mark(calls, to + i * CALLS_PAGE, CALLS_PAGE, moved[i]);
}

/* A call that failed may have done a part of its work. */
static void mark_unknown(struct calls *calls, const struct call *call)
{
	mark(calls, call->args[0], call->args[1], PAGE_UNKNOWN);
	if (call->nr == SYS_mremap)
		mark(calls, call->args[4], call->args[2], PAGE_UNKNOWN);
}

static void follow(struct calls *calls, const struct call *call, long result)
{
	uint64_t at = call->args[0], length = call->args[1];

	switch (call->nr) {
	case SYS_mmap:
	case SYS_munmap:
	case SYS_mprotect:
	case SYS_mremap:
	case SYS_remap_file_pages:
		break;
	case SYS_madvise:
		if (call->args[2] == MADV_GUARD_INSTALL && !result)
			mark_unknown(calls, call);
		return;
	default:
		return;
	}
	if (result == -1 || call->nr == SYS_remap_file_pages)
		mark_unknown(calls, call);
	else if (call->nr == SYS_mremap)
		mark_moved(calls, call, result);
	else if (call->nr == SYS_munmap)
		mark(calls, at, length, PROT_NONE);
	else
		mark(calls, at, length, access_of(call->args[2]));
	if (result != -1 && call->args[2] & PROT_EXEC &&
	    (call->nr == SYS_mmap || call->nr == SYS_mprotect) && length)
		calls->finding = "a mapping became executable";
}

static void judge_touch(struct calls *calls, uint64_t address, int needs,
			int sig)
{
	const unsigned char *page = page_of(calls, address);

	if (!page || *page == PAGE_UNKNOWN ||
	    (sig == SIGBUS && calls->poisoned))
		return;
	if (sig && *page & needs)
		calls->finding = sig == SIGBUS ?
					 "SIGBUS in a mapping that allows it" :
					 "SIGSEGV in a mapping that allows it";
	else if (!sig && !(*page & needs))
		calls->finding = "a touch that no mapping allows";
}

/* making the calls */

static bool is_device(int fd)
{
	struct stat stat;

	return !fstat(fd, &stat) && S_ISCHR(stat.st_mode);
}

/* Is the device itself opened again, through the descriptor in this path? */
static bool opens_device(const struct call *call)
{
	static const char folder[] = "/proc/self/fd/";
	const char *path = (const char *)call->data;

	return call->nr == SYS_openat &&
	       !strncmp(path, folder, sizeof(folder) - 1) &&
	       is_device(atoi(path + sizeof(folder) - 1));
}

/*
 * The device is shared with others, who rely on its mode, and on readers that
 * stay readers. False: the call is left out.
 */
static bool spare_device(const struct calls *calls, struct call *call)
{
	if (calls->place.reader && opens_device(call))
		call->args[2] = O_RDONLY | O_CLOEXEC;
	return !(call->nr == SYS_fchmod || call->nr == SYS_fchown) ||
	       !is_device(call->args[0]);
}

static long system_call(const struct calls *calls, const struct call *decoded)
{
	struct call call = *decoded;
	const uint64_t *args = call.args;

	if (!spare_device(calls, &call))
		return 0;
	if (call.nr == SYS_process_vm_readv || call.nr == SYS_process_vm_writev)
		call.args[0] = getpid();
	if (call.nr == SYS_fcntl && args[1] == F_SETOWN)
		call.args[2] = getpid();
	return syscall(call.nr, args[0], args[1], args[2], args[3], args[4],
		       args[5]);
}

static void touch(struct calls *calls, uint64_t address, int store)
{
	judge_touch(calls, address, store < 0 ? PROT_READ : PROT_WRITE,
		    do_touch(address, store));
}

static long make(struct calls *calls, const struct call *call)
{
	const uint64_t *args = call->args;

	switch (call->nr) {
	case CALLS_LOAD:
		touch(calls, args[0], -1);
		return 0;
	case CALLS_STORE:
		touch(calls, args[0], args[1] & 0xff);
		return 0;
	case CALLS_FORK_TOUCH:
		calls->finding =
			do_touch_in_child(args[0], args[1], args[2], args[3]);
		return 0;
	case CALLS_MAP_ANYWHERE:
		do_map_anywhere(args[1], args[2], args[3], args[4], args[5]);
		return 0;
	case CALLS_UFFD_OPEN:
		do_keep(args[0], do_uffd_open(args[1]));
		return 0;
	case CALLS_URING:
		calls->finding = do_uring(args[0], args[1], args[2], args[3],
					  args[4], args[5]);
		return 0;
	case CALLS_RACE:
		calls->finding = do_race(args[0], args[1], args[2]);
		return 0;
	case CALLS_POISON:
		calls->poisoned = do_poison_left;
		calls->finding = do_poison(args[0], args[1], args[2]);
		return 0;
	default:
		return system_call(calls, call);
	}
}

void calls_progress_step(struct calls_progress *progress, const char *what,
			 const struct call *call)
{
	if (!progress)
		return;
	snprintf(progress->what, sizeof(progress->what), "%s",
		 what ? what : "");
	if (call)
		progress->call = *call;
	__atomic_add_fetch(&progress->made, 1, __ATOMIC_RELEASE);
}

static void make_one(struct calls *calls, const struct call *call)
{
	long result;

	calls->last = *call;
	calls_progress_step(calls->progress, NULL, call);
	if (call->data_length)
		memcpy((void *)(uintptr_t)call->data_at, call->data,
		       call->data_length);
	errno = 0;
	result = make(calls, call);
	calls->made++;
	if (call->nr >= 0)
		judge_call(calls, call, result, errno);
	if (call->keep >= 0)
		do_keep(call->keep, result);
	follow(calls, call, result);
}

bool calls_run(struct calls *calls, struct calls_bytes bytes)
{
	struct call call;

	while (!calls->finding && calls_next(&bytes, &calls->place, &call))
		make_one(calls, &call);
	calls_progress_step(calls->progress, "judging contents", NULL);
	for (int i = 0; !calls->finding && i < CALLS_FILES; i++)
		judge_contents(calls, calls->place.first_descriptor + i);
	return !calls->finding;
}

int calls_begin(struct calls *calls, const struct calls_place *place,
		struct calls_progress *progress)
{
	struct call call;
	int error;

	*calls = (struct calls){ .place = *place, .progress = progress };
	if (progress)
		__atomic_store_n(&progress->thread, syscall(SYS_gettid),
				 __ATOMIC_RELAXED);
	error = do_prepare(place->first_descriptor, place->data,
			   place->scratch);
	for (unsigned int i = 0; !error && calls_start(i, place, &call); i++)
		make_one(calls, &call);
	return error;
}

void calls_end(struct calls *calls)
{
	const struct calls_place *place = &calls->place;

	munmap((void *)(uintptr_t)place->arena, ARENA_BYTES + BEHIND_ARENA);
	munmap((void *)(uintptr_t)place->data, CALLS_DATA_PAGES * CALLS_PAGE);
	munmap((void *)(uintptr_t)place->scratch,
	       CALLS_SCRATCH_PAGES * CALLS_PAGE);
	for (int i = 0; i < CALLS_DESCRIPTORS; i++)
		close(place->first_descriptor + i);
}
