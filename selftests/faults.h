/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _MMAPDEMO_SELFTEST_FAULTS_H
#define _MMAPDEMO_SELFTEST_FAULTS_H

/*
 * Has the kernel fail the nth allocation or copy that this thread calls for:
 * /proc/thread-self/fail-nth, see Documentation/fault-injection in the kernel.
 *
 * Prints "# injected: CALL KIND N, M failed it" for each call and, when the
 * program ends, "# injected N failures".
 */

#include "device.h"

#define FAIL_NTH "/proc/thread-self/fail-nth"
#define DEBUGFS "/sys/kernel/debug/"

/* A run without a failure comes much earlier, whatever the kernel checks. */
#define RUNS_MAX 2000

/* Of whatever may sleep, too, silently, and pages of any order and user. */
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

/* Addresses of functions. */
struct functions {
	unsigned long start, end;
};

static const struct functions functions_of_all = { 0, ~0UL };
static const struct functions functions_of_none = { 0, 0 };

/* Where modules are, as long as the kernel has a fixed address. */
static const struct functions functions_of_modules = {
	(unsigned long)0xffffffffa0000000ULL,
	(unsigned long)0xffffffffff000000ULL,
};

static int fail_nth = -1;

/* Of the harness and of all the processes that it makes. */
static unsigned long *faults_injected;

__attribute__((constructor)) static inline void faults_share(void)
{
	faults_injected = mmap(NULL, sizeof(*faults_injected),
			       PROT_READ | PROT_WRITE,
			       MAP_SHARED | MAP_ANONYMOUS, -1, 0);
}

__attribute__((destructor)) static inline void faults_print(void)
{
	if (*faults_injected)
		printf("# injected %lu failures\n", *faults_injected);
}

/* Of runs of a call, each with one failure. */
static inline void faults_report(const char *call, const struct kind *kind,
				 unsigned int runs, unsigned int failed)
{
	dprintf(STDOUT_FILENO, "# injected: %s %s-%s-%s %u, %u failed it\n",
		call, backings[kind->backing].name, cache_names[kind->cache],
		kind->lazy ? "lazy" : "now", runs, failed);
	*faults_injected += runs;
}

/* 0 or -errno */
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
 * Only those fail that these functions ask for, be it through others, and that
 * those of the second kind do not ask for. 0; -ENOENT: the kernel cannot tell
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

/* From one function of the kernel to the end of another. False: not found */
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

/* For this thread. Why there can be no faults, or NULL */
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

/* 0 for none. What copies the number may be failed, too. */
static inline void faults_arm(unsigned int nth)
{
	char text[16];
	int length = snprintf(text, sizeof(text), "%u", nth);

	while (pwrite(fail_nth, text, length, 0) != length)
		;
}

/* Disarms. Was there an nth? If not, the copy of what is left may fail. */
static inline bool faults_fired(void)
{
	char text[16] = "";
	bool fired = pread(fail_nth, text, sizeof(text) - 1, 0) > 0 &&
		     !atoi(text);

	faults_arm(0);
	return fired;
}

static inline bool starts_like(const char *line, const char *const *beginnings)
{
	for (; *beginnings; beginnings++)
		if (!strncmp(line, *beginnings, strlen(*beginnings)))
			return true;
	return false;
}

/* What was logged since the mark and starts like none of these, or NULL */
static inline const char *unexpected_line(int log, const char *const *expected)
{
	static char lines[8192];
	char *rest = lines, *line;

	log_lines(log, lines, sizeof(lines));
	while ((line = strsep(&rest, "\n")))
		if (*line && !starts_like(line, expected))
			return line;
	return NULL;
}

#define PAGE_TABLES DEBUGFS "page_tables/kernel"

/* Bytes of the kernel's direct map that are not write-back, -1 if unknown */
static inline long direct_map_not_wb(void)
{
	unsigned long start, end;
	bool direct = false;
	char line[256];
	long bytes = 0;
	FILE *f = fopen(PAGE_TABLES, "re");

	if (!f)
		return -1;
	while (fgets(line, sizeof(line), f)) {
		if (strstr(line, "]---"))
			direct = strstr(line, "Low Kernel Mapping");
		else if (direct &&
			 (strstr(line, " PWT ") || strstr(line, " PCD ") ||
			  strstr(line, " PAT ")) &&
			 sscanf(line, "0x%lx-0x%lx", &start, &end) == 2)
			bytes += end - start;
	}
	fclose(f);
	return bytes;
}

/* In a test: without faults it is skipped, with FAULTS=required it fails. */
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
