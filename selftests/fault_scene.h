/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _MMAPDEMO_SELFTEST_FAULT_SCENE_H
#define _MMAPDEMO_SELFTEST_FAULT_SCENE_H

/*
 * Describes the calls that are made to fail and what they work on. Contains
 * what the tests of several subjects share.
 */
#include <poll.h>
#include <sys/epoll.h>
#include <sys/mman.h>

/*
 * The buffer has three pages, so one is neither the first nor the last. It ends
 * within the last one.
 */
#define DEVICE_SIZE 9000

#include "device.h"

/* Less than a page, because the kernel may copy page by page. */
#define PART 3000

#define POLLED 64

/* What a call works on */
struct scene {
	const struct kind *kind;
	int log;
	int fd;		    /* descriptor of the device's own buffer */
	unsigned char *map; /* mapping of all of it, populated */
	size_t mapped;
	unsigned char content[DEVICE_SIZE]; /* what the buffer should hold */
	unsigned char scratch[DEVICE_SIZE];
	int made;   /* descriptor of a private buffer */
	int other;  /* another descriptor */
	int opener; /* descriptor that CREATE is called on */
	int pipe[2];
	unsigned char *at; /* a mapping beside map */
	pid_t child;
	struct pollfd polled[POLLED];
	struct epoll_event event;
	struct mmapdemo_wait wait;
	struct mmapdemo_info info;
	struct mmapdemo_mapinfo mapinfo;
	__u32 crc;
	long wc_bytes; /* bytes of the direct map not write-back */
	long rc;       /* result of the call */
};

/*
 * One call. Failures are injected into run() alone. It returns @result on
 * success, or -errno. With @partial it may return less than @result. after()
 * undoes what the call did or failed to do, and returns what is wrong, or NULL.
 */
struct call {
	const char *name;
	bool (*possible)(const struct kind *kind);
	void (*before)(struct scene *s);
	long (*run)(struct scene *s);
	const char *(*after)(struct scene *s);
	long result;
	bool partial;
	bool all_write_back; /* check the direct map, which is slow */
	bool only_driver;
	const char *only_function; /* fail only below this kernel function */
	int errors[3];
};

/*
 * Creates a private buffer through a descriptor of its own. An open creator
 * keeps the file system of private buffers mounted. This one is closed, so that
 * the next CREATE mounts it again.
 */
static inline int create_apart(const struct kind *kind, size_t size)
{
	int opener = device_open(O_RDWR);
	int made = create(opener, kind, size);

	close(opener);
	return made;
}

static inline void private_before(struct scene *s)
{
	s->made = create_apart(s->kind, DEVICE_SIZE);
}

/*
 * Returns an address far from all other mappings, so that a mapping needs page
 * tables of its own. It starts in the last page of an entry of the highest
 * level, so it needs two tables of each level. The tables of its first page
 * exist already, because kernels before 6.16 warn when remap_pfn_range() fails
 * before the first page.
 */
static inline unsigned char *place(unsigned int number)
{
	uint64_t top = sizeof(long) == 8 ? 1ULL << 44 : 1ULL << 30;

	return (unsigned char *)(uintptr_t)(top + number * (top >> 3) -
					    page_size());
}

/* Allocates the page tables of the page before a place. They are not freed. */
static inline void prepare_place(unsigned int number)
{
	touch_pages(mmap(place(number) - page_size(), page_size(), RW,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1,
			 0),
		    page_size(), true);
}

static inline bool shows_content(const struct scene *s, const unsigned char *at)
{
	return !memcmp(at, s->content, DEVICE_SIZE);
}

static inline void scramble_scratch(struct scene *s)
{
	static uint32_t seed;

	scramble(s->scratch, sizeof(s->scratch), ++seed);
}

/* Compares what a call has read into scratch with the buffer. */
static inline const char *compare_scratch(struct scene *s)
{
	if (s->rc > 0 && memcmp(s->scratch, s->content, s->rc))
		return "it read something else";
	return NULL;
}

/* Updates content: the call has written as much of scratch as it returned. */
static inline const char *scratch_was_written(struct scene *s)
{
	if (s->rc > 0)
		memcpy(s->content, s->scratch, s->rc);
	return NULL;
}

static inline void memfd_before(struct scene *s)
{
	s->other = memfd_create("fault_test", MFD_CLOEXEC);
	lseek(s->fd, 0, SEEK_SET);
}

/* Checks that the file holds as much as the call returned. */
static inline const char *memfd_after(struct scene *s)
{
	long there = pread(s->other, s->scratch, DEVICE_SIZE, 0);

	close(s->other);
	if (s->rc > 0 && there < s->rc)
		return "not all of it has arrived";
	return compare_scratch(s);
}

#endif /* _MMAPDEMO_SELFTEST_FAULT_SCENE_H */
