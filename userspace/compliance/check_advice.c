// SPDX-License-Identifier: GPL-2.0-only
/* Advice and flags are followed or refused, and harm nothing. */
#define _GNU_SOURCE
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "check.h"
#include "touch.h"

#define MOST (64UL << 10)
#define MOST_ADVICE 26

#ifndef MAP_SHARED_VALIDATE
#define MAP_SHARED_VALIDATE 3
#endif

/*
 * All advices but MADV_REMOVE, which changes the contents, and those that inject
 * memory errors
 */
static void run_madvise(const struct target *target)
{
	size_t length = target_part(target, MOST);
	unsigned char *map = map_or_skip(target, length);
	int advice;

	mark_pages(map, length, 8);
	for (advice = 0; advice < MOST_ADVICE; advice++) {
		if (advice == MADV_REMOVE || !madvise(map, length, advice))
			continue;
		MUST(errno == EINVAL || errno == EPERM || errno == EBUSY ||
			     errno == EAGAIN || errno == EFAULT ||
			     errno == ENOSYS || errno == EOPNOTSUPP ||
			     errno == ENODEV || errno == EACCES,
		     "madvise(2) with advice %d fails with an odd error: %s",
		     advice, strerror(errno));
	}
	MUST(touch_pages(map, length, true) < 0,
	     "after madvise(2) page %ld cannot be touched",
	     touch_pages(map, length, true));
	MUST(first_unmarked(map, length, 8) < 0,
	     "after madvise(2) page %ld holds other bytes",
	     first_unmarked(map, length, 8));
}

static void run_mlock(const struct target *target)
{
	size_t length = target_part(target, MOST);
	unsigned char *map = map_or_skip(target, length);

	if (mlock(map, length))
		fact("refused: %s", strerror(errno));
	MUST(!munlock(map, length), "munlock(2) fails after mlock(2): %s",
	     strerror(errno));
}

static void run_mincore(const struct target *target)
{
	size_t length = target_part(target, MOST);
	unsigned char *map = map_or_skip(target, length);
	unsigned char in[(MOST >> 12) + 1];

	MUST(!mincore(map, length, in), "mincore(2) fails: %s",
	     strerror(errno));
}

static void run_msync(const struct target *target)
{
	size_t length = target_part(target, MOST);
	unsigned char *map = map_or_skip(target, length);

	MUST(!msync(map, length, MS_SYNC) || errno == EINVAL,
	     "msync(2) fails with an odd error: %s", strerror(errno));
	MUST(!msync(map, length, MS_ASYNC), "msync(2) MS_ASYNC fails: %s",
	     strerror(errno));
}

static void must_map(const struct target *target, int flags, const char *name)
{
	size_t length = target_part(target, MOST);
	long map = try_map(target->fd, length, target->prot, MAP_SHARED | flags,
			   0);

	MUST(map >= 0 || map < -4095, "%s is refused: %s", name,
	     strerror(-map));
	munmap((void *)map, length);
}

static void run_flags(const struct target *target)
{
	must_map(target, MAP_POPULATE, "MAP_POPULATE");
	must_map(target, MAP_NORESERVE, "MAP_NORESERVE");
	must_map(target, MAP_POPULATE | MAP_NONBLOCK, "MAP_NONBLOCK");
	must_map(target, MAP_SHARED_VALIDATE & ~MAP_SHARED,
		 "MAP_SHARED_VALIDATE");
}

/* With MAP_SHARED_VALIDATE a flag that the driver does not know is an error. */
static void run_unknown(const struct target *target)
{
	long map = try_map(target->fd, page_size(), PROT_READ,
			   MAP_SHARED_VALIDATE | 0x2000000, 0);

	MUST(map < 0 && map > -4096,
	     "MAP_SHARED_VALIDATE with an unknown flag is accepted");
}

const struct check advice_checks[] = {
	{ "advice.madvise",
	  "No advice of madvise(2) changes what the mapping holds.",
	  "After MADV_DONTNEED a mapping without a fault handler has no pages any more.",
	  "madvise(2)", WRONG, STORE, run_madvise },
	{ "advice.mlock", "What mlock(2) locks, munlock(2) unlocks.",
	  "Programs with real-time parts lock all they have.", "mlock(2)",
	  WRONG, 0, run_mlock },
	{ "advice.mincore", "mincore(2) answers.", "Monitors ask for it.",
	  "mincore(2)", WRONG, 0, run_mincore },
	{ "advice.msync", "msync(2) succeeds, or says EINVAL.",
	  "Libraries that map files call it before they unmap.", "msync(2)",
	  WRONG, 0, run_msync },
	{ "advice.flags",
	  "MAP_POPULATE, MAP_NORESERVE, MAP_NONBLOCK and MAP_SHARED_VALIDATE are accepted.",
	  "They are hints, or about the call alone.", "mmap(2)", WRONG, 0,
	  run_flags },
	{ "advice.unknown-flag",
	  "MAP_SHARED_VALIDATE refuses a flag that nobody knows.",
	  "A program could not tell whether MAP_SYNC is in force.",
	  "mmap(2): EOPNOTSUPP", WRONG, 0, run_unknown },
	{ 0 }
};
