/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _MMAPDEMO_SELFTEST_FAULT_CHECKS_H
#define _MMAPDEMO_SELFTEST_FAULT_CHECKS_H

/* Checks what must hold after a call into which a failure was injected. */
#include "fault_scene.h"
#include "faults.h"

/* What must be the same before and after a call */
struct belongings {
	int descriptor; /* the lowest free number */
	long mappings;
	long users; /* of the module */
};

/*
 * Returns the lowest free descriptor. A reserved number does not count as free,
 * so one that a call failed to give back shows.
 */
static inline int next_descriptor(void)
{
	int fd = dup(STDIN_FILENO);

	close(fd);
	return fd;
}

static inline struct belongings take_stock(void)
{
	return (struct belongings){
		.descriptor = next_descriptor(),
		.mappings = count_lines("/proc/self/maps", MODULE_NAME, NULL),
		.users = get_number("/sys/module/" MODULE_NAME "/refcnt"),
	};
}

static inline const char *check_belongings(const struct belongings *was)
{
	struct belongings is = take_stock();

	if (is.descriptor != was->descriptor)
		return "a descriptor was left or lost";
	if (is.mappings != was->mappings)
		return "a mapping was left or lost";
	if (is.users != was->users)
		return "the module has another number of users";
	return NULL;
}

static inline const char *check_content(const struct scene *s)
{
	unsigned char kernel[DEVICE_SIZE];

	if (pread(s->fd, kernel, sizeof(kernel), 0) != sizeof(kernel) ||
	    !shows_content(s, kernel) || !shows_content(s, s->map))
		return "the buffer holds something else";
	return NULL;
}

static const struct kind plain_kind = { .backing = MMAPDEMO_BACKING_KMALLOC };

/* No buffer was leaked: with limit_mb=1 exactly 1 MiB is available. */
static inline const char *check_quota(struct scene *s)
{
	unsigned long limit = get_number(LIMIT_MB);
	const char *wrong = NULL;
	int fd, more;

	put_number(LIMIT_MB, 1);
	fd = create_apart(&plain_kind, 1 << 20);
	more = create_apart(&plain_kind, 1);
	if (fd == -ENOSPC)
		wrong = "some of limit_mb is lost";
	else if (fd < 0)
		wrong = "no buffer can be made";
	else if (more != -ENOSPC)
		wrong = "limit_mb allows more than before";
	if (more >= 0)
		close(more);
	if (fd >= 0)
		close(fd);
	put_number(LIMIT_MB, limit);
	return wrong;
}

/*
 * Checks that memory is write-back after the call freed it. The first
 * allocations get it again, if they have the size of a block of wc or uc
 * buffers.
 */
static inline const char *check_next_memory(struct scene *s)
{
	const char *wrong = NULL;
	struct mmapdemo_info info;
	int fds[4];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(fds); i++) {
		fds[i] = create_apart(&plain_kind, limit_unit(s->kind));
		if (get_info(fds[i], &info) ||
		    info.cache_effective != MMAPDEMO_CACHE_WB)
			wrong = "new memory is not write-back";
	}
	for (i = 0; i < ARRAY_SIZE(fds); i++)
		close(fds[i]);
	return wrong;
}

/* Checks the buffer that exists all the time and its mapping. */
static inline const char *check_attribute(const struct scene *s)
{
	struct mmapdemo_mapinfo mapinfo;
	struct mmapdemo_info info;

	if (get_info(s->fd, &info) || info.cache_effective != s->kind->cache)
		return "the buffer has another attribute";
	if (get_mapinfo(s->fd, s->map, &mapinfo) ||
	    mapinfo.cache != s->kind->cache)
		return "its mapping has another attribute";
	return NULL;
}

static inline const char *check_direct_map(const struct scene *s)
{
	if (direct_map_not_wb() != s->wc_bytes)
		return "other parts of the direct map are not write-back";
	return NULL;
}

/* Lines that the kernel logs when a page fault or kmemleak lacks memory */
static const char *const core_lines[] = {
	"Huh VM_FAULT_OOM leaked out to the #PF handler",
	"pagefault_out_of_memory: ",
	"kmemleak: Cannot allocate a scan area, scanning the full object",
	NULL,
};

static inline const char *check_result(const struct call *call, long rc,
				       bool fired)
{
	size_t i;

	if (rc == call->result)
		return NULL;
	if (!fired)
		return "it fails, although nothing failed it";
	if (call->partial && rc > 0 && rc < call->result)
		return NULL;
	for (i = 0; i < ARRAY_SIZE(call->errors); i++)
		if (rc < 0 && rc == -call->errors[i])
			return NULL;
	return "it should not fail like this";
}

static inline const char *check_all(struct scene *s, const struct call *call,
				    const struct belongings *was)
{
	const char *wrong = check_belongings(was) ?: check_content(s);

	wrong = wrong ?: check_attribute(s);
	wrong = wrong ?: check_quota(s);
	if (call->all_write_back)
		wrong = wrong ?: check_direct_map(s);
	if (s->kind->cache != MMAPDEMO_CACHE_WB)
		wrong = wrong ?: check_next_memory(s);
	return wrong ?: unexpected_line(s->log, core_lines);
}

#endif /* _MMAPDEMO_SELFTEST_FAULT_CHECKS_H */
