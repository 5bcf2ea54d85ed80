// SPDX-License-Identifier: GPL-2.0-only
/*
 * Every failure path. Each system call of the driver is made again and again
 * while the kernel fails its first, second, ... allocation or copy, until one
 * run has none left to fail. After each run nothing may be lost and nothing
 * left behind.
 */
#include "fault_calls.h"
#include "faults.h"

/* What was there before a call and has to be there after it. */
struct belongings {
	int descriptor; /* that comes next */
	long mappings;
	long users; /* of the module */
};

/* The lowest number that is free: a reserved one counts, too. */
static int next_descriptor(void)
{
	int fd = dup(STDIN_FILENO);

	close(fd);
	return fd;
}

static struct belongings take_stock(void)
{
	return (struct belongings){
		.descriptor = next_descriptor(),
		.mappings = count_lines("/proc/self/maps", MODULE_NAME, NULL),
		.users = get_number("/sys/module/" MODULE_NAME "/refcnt"),
	};
}

static const char *check_belongings(const struct belongings *was)
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

static const char *check_content(const struct scene *s)
{
	unsigned char kernel[DEVICE_SIZE];

	if (pread(s->fd, kernel, sizeof(kernel), 0) != sizeof(kernel) ||
	    !shows_content(s, kernel) || !shows_content(s, s->map))
		return "the buffer holds something else";
	return NULL;
}

#define LIMIT "/sys/module/" MODULE_NAME "/parameters/limit_mb"

/* With nothing made, what the limit allows is all there, and no more. */
static const char *check_quota(struct scene *s)
{
	unsigned long limit = get_number(LIMIT);
	const char *wrong = NULL;
	int fd, more;

	put_number(LIMIT, 1);
	fd = create(s->fd, &plain_kind, 1 << 20);
	more = create(s->fd, &plain_kind, 1);
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
	put_number(LIMIT, limit);
	return wrong;
}

/*
 * The memory that the call has had and given back is the first to be had again:
 * of the size that kmalloc takes for a wc or uc buffer.
 */
static const char *check_next_memory(struct scene *s)
{
	const char *wrong = NULL;
	struct mmapdemo_info info;
	int fds[4];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(fds); i++) {
		fds[i] = create(s->fd, &plain_kind, 4 * page_size());
		if (get_info(fds[i], &info) ||
		    info.cache_effective != MMAPDEMO_CACHE_WB)
			wrong = "new memory is not write-back";
	}
	for (i = 0; i < ARRAY_SIZE(fds); i++)
		close(fds[i]);
	return wrong;
}

/* Of the buffer that was there all the time. */
static const char *check_attribute(const struct scene *s)
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

static const char *check_direct_map(const struct scene *s)
{
	if (direct_map_not_wb() != s->wc_bytes)
		return "other parts of the direct map are not write-back";
	return NULL;
}

/*
 * A page fault without memory is tried again, and talked about. The detector of
 * leaks can do without this.
 */
static const char *const core_lines[] = {
	"Huh VM_FAULT_OOM leaked out to the #PF handler",
	"pagefault_out_of_memory: ",
	"kmemleak: Cannot allocate a scan area, scanning the full object",
	NULL,
};

static const char *check_result(const struct call *call, long rc, bool fired)
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

/* What is held counts against limit_mb. */
static const char *check_all(struct scene *s, const struct belongings *was)
{
	const char *wrong = check_belongings(was) ?: check_content(s);

	wrong = wrong ?: check_attribute(s);
	if (!s->held_count)
		wrong = wrong ?: check_quota(s);
	else
		wrong = wrong ?: check_direct_map(s);
	if (s->kind->cache != MMAPDEMO_CACHE_WB)
		wrong = wrong ?: check_next_memory(s);
	return wrong ?: unexpected_line(s->log, core_lines);
}

/* Makes the call once, its nth allocation fails. What is wrong, or NULL */
static const char *fail_once(struct scene *s, const struct call *call,
			     unsigned int nth, bool *fired)
{
	struct belongings was;
	const char *wrong;

	if (call->fresh_memory)
		hold_memory(s);
	was = take_stock();
	if (call->before)
		call->before(s);
	faults_arm(nth);
	s->rc = call->run(s);
	*fired = faults_fired();
	wrong = check_result(call, s->rc, *fired);
	if (call->after)
		wrong = call->after(s) ?: wrong;
	return wrong ?: check_all(s, &was);
}

static void set_content(struct scene *s)
{
	scramble_scratch(s);
	memcpy(s->content, s->scratch, DEVICE_SIZE);
	memcpy(s->map, s->content, DEVICE_SIZE);
	fence();
}

static void fail_each(struct __test_metadata *_metadata, struct scene *s,
		      const struct call *call)
{
	const char *wrong = NULL;
	unsigned int nth, failed = 0;
	bool fired = true;

	for (nth = 1; !wrong && fired && nth < RUNS_MAX; nth++) {
		wrong = fail_once(s, call, nth, &fired);
		failed += s->rc != call->result;
	}
	release_memory(s);
	if (wrong)
		set_content(s);
	EXPECT_EQ(NULL, wrong)
	TH_LOG("%s, failure %u, returned %ld: %s", call->name, nth - 1, s->rc,
	       wrong);
	EXPECT_TRUE(wrong || !fired) TH_LOG("%s has no end", call->name);
	faults_report(call->name, s->kind, nth - 1 - !fired, failed);
}

static void set_scene(struct scene *s, const device_data *self,
		      const struct kind *kind)
{
	s->kind = kind;
	s->log = self->log;
	s->fd = self->fd;
	s->map = self->map;
	s->mapped = self->mapped;
	set_content(s);
	prepare_place(0);
	s->wc_bytes = direct_map_not_wb();
	mlockall(MCL_CURRENT);
}

/* False if the kernel cannot tell where an allocation comes from. */
static bool narrow_down(const struct call *call)
{
	struct functions only = functions_of_all;

	if (call->only_driver)
		only = functions_of_modules;
	if (call->only_function &&
	    !find_functions(call->only_function, call->only_function, &only))
		return false;
	return !faults_only_from(&only, &functions_of_none) ||
	       !call->only_function;
}

TEST_F_TIMEOUT(device, calls, 300)
{
	static struct scene scene;
	const struct call *call;
	size_t i;

	REQUIRE_FAULTS();
	set_scene(&scene, self, &variant->kind);
	for (i = 0; i < ARRAY_SIZE(calls); i++) {
		call = &calls[i];
		if (!call->possible || call->possible(&variant->kind))
			if (narrow_down(call))
				fail_each(_metadata, &scene, call);
	}
	faults_only_from(&functions_of_all, &functions_of_none);
	EXPECT_EQ(NULL, check_direct_map(&scene));
	munlockall();
}

TEST_HARNESS_MAIN
