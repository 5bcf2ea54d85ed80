// SPDX-License-Identifier: GPL-2.0-only
/*
 * mmapdemo-stress: processes do anything with the device, while others check
 * that nothing else happens. The parent kills some of them, in
 * stress_children.c, and with --reload reloads the module with other
 * parameters, in stress_reload.c. stress.c has what a process does.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#include "buffer.h"
#include "command.h"
#include "json.h"
#include "message.h"
#include "module.h"
#include "signals.h"
#include "stress_run.h"
#include "transfer.h"

#define MAX_THREADS 16
#define ROUND_SECONDS 2 /* between two loads of the module */

static struct {
	struct buffer_args buffer;
	struct optional_u64 seconds, seed, processes, threads, poison;
	bool reload, pressure, json;
} args = {
	.buffer = BUFFER_ARGS_INIT,
	.seconds = { .value = 10 },
	.processes = { .value = 8 },
	.threads = { .value = 2 },
};

static const struct option_spec options[] = {
	{ 's', "seconds", "N", "go on for that long (default 10)", parse_u64,
	  &args.seconds },
	{ 'S', "seed", "N", "make the decisions of that seed again", parse_u64,
	  &args.seed },
	{ 'P', "processes", "N", "so many processes (default 8)", parse_u64,
	  &args.processes },
	{ 'T', "threads", "N", "so many threads in each (default 2)", parse_u64,
	  &args.threads },
	{ 0, "pressure", NULL, "keep the machine short of memory", parse_flag,
	  &args.pressure },
	{ 0, "poison", "N",
	  "give up to N pages of memory an error: lost until the next boot",
	  parse_u64, &args.poison },
	{ 'r', "reload", NULL, "unload and load the module every 2 s",
	  parse_flag, &args.reload },
	DEVICE_OPTION(args.buffer.device),
	JSON_OPTION(args.json),
	{ 0 },
};

static void rounds(struct run *run)
{
	double until = stress_now() + args.seconds.value, round_end;
	struct module_parameters original = { 0 }, parameters;

	if (args.reload)
		module_parameters_read(&original);
	parameters = original;
	do {
		round_end = args.reload ? stress_now() + ROUND_SECONDS : until;
		stress_round(run, round_end < until ? round_end : until);
		if (!args.reload || stress_now() >= until)
			break;
		stress_choose_parameters(run, &parameters);
		if (!stress_reload(run, &parameters))
			return;
	} while (stress_goes_on(run));
	if (args.reload && run->reloads)
		stress_reload(run, &original);
}

static void check_arguments(void)
{
	if (!args.processes.value || args.processes.value > MAX_PROCESSES)
		die_usage("--processes: 1 to %d", MAX_PROCESSES);
	if (!args.threads.value || args.threads.value > MAX_THREADS)
		die_usage("--threads: 1 to %d", MAX_THREADS);
	if (args.poison.given && geteuid())
		die(EXIT_NO_PERMISSION,
		    "--poison %" PRIu64 " needs root, as MADV_HWPOISON does",
		    args.poison.value);
	if (!args.reload)
		return;
	if (geteuid())
		die(EXIT_NO_PERMISSION,
		    "--reload unloads the module, which only root may do");
	if (module_cannot_return())
		die(EXIT_FAILED, "--reload: %s", module_cannot_return());
	if (strcmp(args.buffer.device, DEFAULT_DEVICE) != 0)
		die_usage("--reload works with " DEFAULT_DEVICE " alone");
}

/*
 * Exits if the buffer is too small: each process stores to a part of its own.
 */
static void check_buffer(void)
{
	struct buffer buffer;
	uint64_t needed = args.processes.value * STRESS_LEAST_STRIPE;

	buffer_open(&buffer, &args.buffer, O_RDWR);
	if (buffer.info.buffer_size < needed) {
		complain("%s: %" PRIu64 " bytes are too few for %" PRIu64
			 " processes, %d each",
			 args.buffer.device, (uint64_t)buffer.info.buffer_size,
			 args.processes.value, STRESS_LEAST_STRIPE);
		hint("modprobe -r " MODULE_NAME "; modprobe " MODULE_NAME
		     " size=%" PRIu64
		     ", or mmapdemo-stress --processes %" PRIu64,
		     needed,
		     (uint64_t)buffer.info.buffer_size / STRESS_LEAST_STRIPE);
		exit(EXIT_FAILED);
	}
	buffer_close(&buffer);
}

static void prepare(struct run *run)
{
	uint64_t seed = args.seed.value;
	uint64_t threads = args.processes.value * args.threads.value;

	if (!args.seed.given)
		seed = (uint64_t)time(NULL) << 16 ^ getpid();
	run->shared = mmap(
		NULL,
		sizeof(*run->shared) + threads * sizeof(struct calls_progress),
		PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (run->shared == MAP_FAILED)
		die(EXIT_FAILED, "%s", strerror(errno));
	run->device = args.buffer.device;
	run->processes = args.processes.value;
	run->threads = args.threads.value;
	run->shared->device = args.buffer.device;
	run->shared->seed = seed;
	run->shared->processes = args.processes.value;
	run->shared->threads = args.threads.value;
	run->shared->pages_to_lose = args.poison.value;
	run->watches = allocate(threads * sizeof(*run->watches));
	run->random = seed;
	run->pressure_wanted = args.pressure;
	if (!args.json)
		printf("seed %" PRIu64 "\n", seed);
	fflush(stdout);
}

static void report(const struct run *run, double seconds, bool ok)
{
	struct json json = { 0 };
	const struct stress *shared = run->shared;

	if (!args.json) {
		printf("%s: %" PRIu64 " calls, %" PRIu64 " checks, %" PRIu64
		       " descriptors passed, %" PRIu64
		       " processes killed, %" PRIu64 " reloads, %" PRIu64
		       " mismatches, %" PRIu64 " failures in %.0f s\n",
		       ok ? "ok" : "FAILED", shared->calls, shared->checks,
		       shared->passed, run->killed, run->reloads,
		       shared->mismatches, run->failures, seconds);
		return;
	}
	json_open(&json, NULL, '{');
	json_string(&json, "device", args.buffer.device);
	json_number(&json, "seed", shared->seed);
	json_number(&json, "processes", shared->processes);
	json_number(&json, "threads", shared->threads);
	json_number(&json, "calls", shared->calls);
	json_number(&json, "checks", shared->checks);
	json_number(&json, "descriptors_passed", shared->passed);
	json_number(&json, "processes_killed", run->killed);
	json_number(&json, "reloads", run->reloads);
	json_number(&json, "mismatches", shared->mismatches);
	json_number(&json, "failures", run->failures);
	json_bool(&json, "ok", ok);
	json_close(&json, '}');
}

static const struct command stress = {
	.summary =
		"Do anything with many processes, and check that nothing else happens",
	.options = options,
};

int main(int argc, char **argv)
{
	static struct run run;
	double start = stress_now();
	bool ok;

	message_start("mmapdemo-stress", NULL);
	options_parse(&stress, argc, argv);
	check_arguments();
	check_buffer();
	prepare(&run);
	signals_hold();
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	rounds(&run);
	ok = !run.shared->mismatches && !run.failures;
	report(&run, stress_now() - start, ok);
	signals_release();
	return ok ? EXIT_OK : EXIT_FAILED;
}
