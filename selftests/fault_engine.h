/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _MMAPDEMO_SELFTEST_FAULT_ENGINE_H
#define _MMAPDEMO_SELFTEST_FAULT_ENGINE_H

/*
 * Tests every failure path. Each call of a table is made again and again while
 * the kernel fails its first, second, ... allocation or copy, until a run has
 * no further one to fail. After each run nothing may be lost, and nothing left
 * over.
 */
#include "fault_checks.h"
#include "fault_scene.h"
#include "faults.h"

/*
 * Makes the call once while its nth allocation fails. Returns what is wrong, or
 * NULL.
 */
static inline const char *fail_once(struct scene *s, const struct call *call,
				    unsigned int nth, bool *fired)
{
	struct belongings was;
	const char *wrong;

	was = take_stock();
	if (call->before)
		call->before(s);
	faults_arm(nth);
	s->rc = call->run(s);
	*fired = faults_fired();
	wrong = check_result(call, s->rc, *fired);
	if (call->after)
		wrong = call->after(s) ?: wrong;
	return wrong ?: check_all(s, call, &was);
}

static inline void set_content(struct scene *s)
{
	scramble_scratch(s);
	memcpy(s->content, s->scratch, DEVICE_SIZE);
	memcpy(s->map, s->content, DEVICE_SIZE);
	fence();
}

static inline void fail_each(struct __test_metadata *_metadata, struct scene *s,
			     const struct call *call)
{
	const char *wrong = NULL;
	unsigned int nth, failed = 0;
	bool fired = true;

	for (nth = 1; !wrong && fired && nth < RUNS_MAX; nth++) {
		wrong = fail_once(s, call, nth, &fired);
		failed += s->rc != call->result;
	}
	if (wrong)
		set_content(s);
	EXPECT_EQ(NULL, wrong)
	TH_LOG("%s, failure %u, returned %ld: %s", call->name, nth - 1, s->rc,
	       wrong);
	EXPECT_TRUE(wrong || !fired) TH_LOG("%s has no end", call->name);
	faults_report(call->name, s->kind, nth - 1 - !fired, failed);
}

static inline void set_scene(struct scene *s, const device_data *self,
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

/*
 * Limits failures to the functions that the call names. Returns false if the
 * kernel cannot tell where an allocation comes from.
 */
static inline bool narrow_down(const struct call *call)
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

/* Makes every call of the table fail in all ways, with this kind of buffer. */
static inline void fail_calls(struct __test_metadata *_metadata,
			      const device_data *self, const struct kind *kind,
			      const struct call *calls, size_t count)
{
	static struct scene scene;
	const struct call *call;

	set_scene(&scene, self, kind);
	for (call = calls; call < calls + count; call++)
		if (!call->possible || call->possible(kind))
			if (narrow_down(call))
				fail_each(_metadata, &scene, call);
	faults_only_from(&functions_of_all, &functions_of_none);
	EXPECT_EQ(NULL, check_direct_map(&scene));
	munlockall();
}

/* Defines the test of a program. Its table of calls must be named calls. */
#define TEST_CALLS()                                               \
	TEST_F_TIMEOUT(device, calls, 900)                         \
	{                                                          \
		REQUIRE_FAULTS();                                  \
		fail_calls(_metadata, self, &variant->kind, calls, \
			   ARRAY_SIZE(calls));                     \
	}

#endif /* _MMAPDEMO_SELFTEST_FAULT_ENGINE_H */
