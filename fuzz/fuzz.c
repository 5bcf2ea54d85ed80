// SPDX-License-Identifier: GPL-2.0-only
/*
 * libFuzzer's target: its bytes become calls on the device. What it counts as
 * coverage is, beside the decoder's own, each place of the module that KCOV saw,
 * if the kernel has KCOV; else it is blind to the driver.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <linux/kcov.h>

#include "calls_watch.h"
#include "pressure.h"

#define PAGES_TO_LOSE 200
#define PLACES (64 << 10) /* that one input may come by */
#define COUNTERS (32 << 10)

static unsigned char counters[COUNTERS]
	__attribute__((section("__libfuzzer_extra_counters")));

static struct {
	unsigned long *places; /* NULL: no KCOV; places[0] is their number */
	int fd;
	unsigned long start, end; /* of the module */
} kcov;

/* Elsewhere in the kernel are timers and the like, which are not repeatable. */
static void find_module(void)
{
	char line[512];
	FILE *modules = fopen("/proc/modules", "re");
	unsigned long size;

	while (modules && fgets(line, sizeof(line), modules)) {
		if (sscanf(line, "mmapdemo %lu %*d %*s %*s %lx", &size,
			   &kcov.start) == 2)
			kcov.end = kcov.start + size;
	}
	if (modules)
		fclose(modules);
}

static void kcov_begin(void)
{
	size_t bytes = PLACES * sizeof(unsigned long);
	void *map;

	kcov.fd = open("/sys/kernel/debug/kcov", O_RDWR | O_CLOEXEC);
	if (kcov.fd < 0 || ioctl(kcov.fd, KCOV_INIT_TRACE, PLACES)) {
		fprintf(stderr, "fuzz: no KCOV: blind to the driver\n");
		return;
	}
	map = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, kcov.fd, 0);
	find_module();
	if (map == MAP_FAILED || !kcov.end ||
	    ioctl(kcov.fd, KCOV_ENABLE, KCOV_TRACE_PC)) {
		perror("fuzz: KCOV does not work");
		exit(1);
	}
	kcov.places = map;
}

/* The place and the one before it, as AFL counts edges. */
static void kcov_count(void)
{
	unsigned long count, at, before = 0;

	if (!kcov.places)
		return;
	count = __atomic_load_n(&kcov.places[0], __ATOMIC_RELAXED);
	for (unsigned long i = 1; i <= count && i < PLACES; i++) {
		at = kcov.places[i] - kcov.start;
		if (kcov.places[i] < kcov.start || kcov.places[i] >= kcov.end)
			continue;
		counters[(at ^ before << 1) % COUNTERS]++;
		before = at;
	}
}

static void kcov_restart(void)
{
	if (kcov.places)
		__atomic_store_n(&kcov.places[0], 0, __ATOMIC_RELAXED);
}

/*
 * Writes the sequence in one piece, since a kernel that crashes would lose it: see
 * run.
 */
static void tell(const uint8_t *data, size_t size)
{
	static const char digits[] = "0123456789abcdef";
	static char line[2 * 65536 + 16] = "input ";
	char *to = line + strlen("input ");

	if (!getenv("FUZZ_TELL") || size > 65536)
		return;
	for (size_t i = 0; i < size; i++) {
		*to++ = digits[data[i] >> 4];
		*to++ = digits[data[i] & 15];
	}
	*to++ = '\n';
	if (write(STDOUT_FILENO, line, to - line) < 0)
		abort();
}

/*
 * Memory shared with the watching process, and pages that may get a memory error.
 */
static struct {
	struct calls_progress progress;
	unsigned int pages_to_lose;
} * shared;

static void start_pressure(void)
{
	if (fork())
		return;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	pressure();
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (shared == MAP_FAILED || calls_watch_self(&shared->progress, true)) {
		perror("fuzz: cannot watch itself");
		exit(1);
	}
	shared->pages_to_lose = PAGES_TO_LOSE;
	do_poison_left = &shared->pages_to_lose;
	if (getenv("FUZZ_PRESSURE"))
		start_pressure();
	kcov_begin();
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct calls calls;
	struct calls_place place = calls_place(0);
	struct calls_bytes bytes = { data, data + size };

	tell(data, size);
	if (calls_begin(&calls, &place, &shared->progress)) {
		perror("fuzz: cannot begin");
		abort();
	}
	kcov_restart();
	if (!calls_run(&calls, bytes)) {
		fprintf(stderr, "fuzz: finding: %s, after:\n", calls.finding);
		calls_print_one(stderr, &calls.last);
		abort();
	}
	calls_end(&calls);
	kcov_count();
	return 0;
}
