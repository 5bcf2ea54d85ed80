/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _MMAPDEMO_SELFTEST_FAULTS_H
#define _MMAPDEMO_SELFTEST_FAULTS_H

/*
 * Makes the kernel fail the nth allocation or copy of this thread, by
 * /proc/thread-self/fail-nth. See Documentation/fault-injection in the kernel.
 *
 * Prints "# injected: CALL KIND N, M failed it" for each call and, when the
 * program ends, "# injected N failures".
 */

#include "device.h"
#include "direct_map.h"

#define FAIL_NTH "/proc/thread-self/fail-nth"
#define DEBUGFS "/sys/kernel/debug/"

/*
 * Stops a test that does not end. A run without a failure comes much earlier,
 * whatever the kernel checks.
 */
#define RUNS_MAX 2000

/*
 * Also fail allocations that may sleep, and pages of any order and for user
 * space. Do not log the failures.
 */
static const struct {
	const char *path;
	const char *value;
} fault_knobs[] = {
	{ DEBUGFS "failslab/ignore-gfp-wait", "N" },
	{ DEBUGFS "failslab/verbose", "0" },
	{ DEBUGFS "fail_page_alloc/ignore-gfp-wait", "N" },
	{ DEBUGFS "fail_page_alloc/ignore-gfp-highmem", "N" },
	{ DEBUGFS "fail_page_alloc/min-order", "0" },
	{ DEBUGFS "fail_page_alloc/verbose", "0" },
	{ DEBUGFS "fail_usercopy/verbose", "0" },
};

static const char *const fault_attributes[] = {
	"failslab",
	"fail_page_alloc",
	"fail_usercopy",
};

/* A range of addresses of functions */
struct functions {
	unsigned long start, end;
};

static const struct functions functions_of_all = { 0, ~0UL };
static const struct functions functions_of_none = { 0, 0 };

/* Modules are in this range if the kernel's address is not randomized. */
static const struct functions functions_of_modules = {
	(unsigned long)0xffffffffa0000000ULL,
	(unsigned long)0xffffffffff000000ULL,
};

static int fail_nth = -1;

/* Counts the failures of the harness and all its child processes. */
static unsigned long *faults_injected;

__attribute__((constructor)) static inline void faults_share(void)
{
	faults_injected = mmap(NULL, sizeof(*faults_injected), RW,
			       MAP_SHARED | MAP_ANONYMOUS, -1, 0);
}

__attribute__((destructor)) static inline void faults_print(void)
{
	if (*faults_injected)
		printf("# injected %lu failures\n", *faults_injected);
}

/* Reports how many runs a call had, each with one failure. */
static inline void faults_report(const char *call, const struct kind *kind,
				 unsigned int runs, unsigned int failed)
{
	dprintf(STDOUT_FILENO, "# injected: %s %s-%s-%s %u, %u failed it\n",
		call, backings[kind->backing].name, cache_names[kind->cache],
		kind->lazy ? "lazy" : "now", runs, failed);
	*faults_injected += runs;
}

/* Writes a text to a file. Returns 0 or -errno. */
static inline int put_text(const char *path, const char *text)
{
	int fd = RC(open(path, O_WRONLY | O_CLOEXEC));
	int rc = fd;

	if (fd >= 0) {
		rc = RC(write(fd, text, strlen(text)));
		close(fd);
	}
	return rc < 0 ? rc : 0;
}

static inline int put_address(const char *attribute, const char *knob,
			      unsigned long address)
{
	char path[128], text[32];

	snprintf(path, sizeof(path), DEBUGFS "%s/%s", attribute, knob);
	snprintf(text, sizeof(text), "%#lx", address);
	return put_text(path, text);
}

/*
 * Limits failures to requests whose stack contains one of these functions and
 * none of not_those. Returns 0, or -ENOENT if the kernel cannot tell.
 */
static inline int faults_only_from(const struct functions *these,
				   const struct functions *not_those)
{
	int rc = 0;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(fault_attributes) && !rc; i++) {
		const char *attribute = fault_attributes[i];

		rc = put_address(attribute, "require-start", these->start) ?:
			     put_address(attribute, "require-end", these->end) ?:
			     put_address(attribute, "reject-start", not_those->start) ?:
			     put_address(attribute, "reject-end",
					 not_those->end);
	}
	return rc;
}

/*
 * Finds the addresses from one function of the kernel to the end of another.
 * Returns false if it does not find them.
 */
static inline bool find_functions(const char *first, const char *last,
				  struct functions *found)
{
	unsigned long address, last_start = 0;
	char line[256], name[128];
	FILE *f = fopen("/proc/kallsyms", "re");

	*found = functions_of_none;
	while (f && fgets(line, sizeof(line), f)) {
		if (sscanf(line, "%lx %*c %127s", &address, name) != 2)
			continue;
		if (last_start && !found->end && address > last_start)
			found->end = address;
		if (!strcmp(name, first))
			found->start = address;
		if (!strcmp(name, last))
			last_start = address;
	}
	if (f)
		fclose(f);
	return found->start && found->end > found->start;
}

/* Prepares this thread for failures. Returns why there can be none, or NULL. */
static inline const char *faults_prepare(void)
{
	static char why[128];
	size_t i;

	fail_nth = open(FAIL_NTH, O_RDWR | O_CLOEXEC);
	if (fail_nth < 0)
		return "no " FAIL_NTH ": needs CONFIG_FAULT_INJECTION";
	for (i = 0; i < ARRAY_SIZE(fault_knobs); i++) {
		if (!put_text(fault_knobs[i].path, fault_knobs[i].value))
			continue;
		snprintf(why, sizeof(why), "no %s: needs " DEBUGFS " mounted",
			 fault_knobs[i].path);
		return why;
	}
	faults_only_from(&functions_of_all, &functions_of_none);
	return NULL;
}

/*
 * Arms the nth failure, or none with 0. The write(2) is repeated, because its
 * own copy may be failed, too.
 */
static inline void faults_arm(unsigned int nth)
{
	char text[16];
	int length = snprintf(text, sizeof(text), "%u", nth);

	while (pwrite(fail_nth, text, length, 0) != length)
		;
}

/*
 * Was the nth request made to fail? Disarms the failure. If it is still armed,
 * it may hit the read(2) here, which then means no.
 */
static inline bool faults_fired(void)
{
	char text[16] = "";
	bool fired = pread(fail_nth, text, sizeof(text) - 1, 0) > 0 &&
		     !atoi(text);

	faults_arm(0);
	return fired;
}

/*
 * In a test: skips it if failures cannot be injected. With FAULTS=required the
 * test fails instead.
 */
#define REQUIRE_FAULTS()                                             \
	do {                                                         \
		const char *_why = faults_prepare();                 \
		const char *_faults = getenv("FAULTS");              \
                                                                     \
		if (_why && _faults && !strcmp(_faults, "required")) \
			ASSERT_EQ(NULL, _why)                        \
		TH_LOG("FAULTS=required, but %s", _why);             \
		if (_why)                                            \
			SKIP(return, "%s", _why);                    \
	} while (0)

#endif /* _MMAPDEMO_SELFTEST_FAULTS_H */
