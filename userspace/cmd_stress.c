// SPDX-License-Identifier: GPL-2.0-only
/*
 * mmapdemo stress: processes that do anything with the device while others check
 * that nothing else happened. The parent kills some of them and, with --reload,
 * takes the module away and brings it back otherwise. What a process does is in
 * stress.c.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <linux/mmapdemo.h>

#include "buffer.h"
#include "command.h"
#include "device.h"
#include "json.h"
#include "message.h"
#include "module.h"
#include "names.h"
#include "private.h"
#include "signals.h"
#include "stress.h"

#define MAX_PROCESSES 1024
#define MAX_THREADS 16
#define ROUND_SECONDS 2	    /* between two loads of the module */
#define PATIENCE_SECONDS 60 /* for processes to end, and for the last user */
#define KILL_EVERY_NS 20000000L

static struct {
	struct optional_u64 seconds, seed, processes, threads;
	bool reload;
} args = {
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
	{ 'r', "reload", NULL, "unload and load the module every 2 s",
	  parse_flag, &args.reload },
	DEVICE_OPTION,
	JSON_OPTION,
	{ 0 },
};

static struct {
	struct stress *shared;
	struct child {
		pid_t pid; /* 0: none */
		unsigned int life;
	} children[MAX_PROCESSES];
	uint64_t killed, reloads, failures;
	uint64_t random; /* the parent's own decisions */
} state;

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec + time.tv_nsec / 1e9;
}

static void fail(const char *what)
{
	complain("stress: %s (seed %" PRIu64 ")", what, state.shared->seed);
	state.failures++;
}

static void start_child(unsigned int index)
{
	struct child *child = &state.children[index];

	fflush(stdout);
	child->pid = fork();
	if (!child->pid) {
		signals_release();
		stress_process(state.shared, index, child->life);
	}
	if (child->pid < 0) {
		child->pid = 0;
		fail("fork failed");
	}
	child->life++;
}

/* Its verdict is in the shared counters; how it ended is one, too. */
static void judge_end(unsigned int index, int status, bool killed)
{
	char what[96];

	state.children[index].pid = 0;
	if (killed && WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL)
		return;
	if (WIFEXITED(status) && !WEXITSTATUS(status))
		return;
	snprintf(what, sizeof(what), "process %u, life %u ended with %s %d",
		 index, state.children[index].life - 1,
		 WIFSIGNALED(status) ? "signal" : "status",
		 WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
	fail(what);
}

/* All are told to die before the first is waited for: that takes its time. */
static void kill_some(void)
{
	bool chosen[MAX_PROCESSES] = { false };
	uint64_t count = 1 + args.processes.value / 16;
	int status;

	while (count--) {
		unsigned int i =
			stress_random(&state.random) % args.processes.value;

		chosen[i] = state.children[i].pid;
		if (chosen[i])
			kill(state.children[i].pid, SIGKILL);
	}
	for (unsigned int i = 0; i < args.processes.value; i++) {
		if (!chosen[i] ||
		    waitpid(state.children[i].pid, &status, 0) < 0)
			continue;
		judge_end(i, status, true);
		state.killed++;
		start_child(i);
	}
}

static bool ended(unsigned int index)
{
	struct child *child = &state.children[index];
	int status;

	if (!child->pid)
		return true;
	if (waitpid(child->pid, &status, WNOHANG) != child->pid)
		return false;
	judge_end(index, status, false);
	return true;
}

static void end_children(void)
{
	double until = now() + PATIENCE_SECONDS;
	char what[64];

	__atomic_store_n(&state.shared->stop, 1, __ATOMIC_RELAXED);
	for (unsigned int i = 0; i < args.processes.value; i++) {
		while (!ended(i) && now() < until)
			usleep(5000);
		if (!state.children[i].pid)
			continue;
		snprintf(what, sizeof(what), "process %u did not end", i);
		fail(what);
		kill(state.children[i].pid, SIGKILL);
		waitpid(state.children[i].pid, NULL, 0);
		state.children[i].pid = 0;
	}
}

/* Descriptors that nobody received go with the sockets. */
static void one_round(double until)
{
	const struct timespec pause = { .tv_nsec = KILL_EVERY_NS };
	struct stress *shared = state.shared;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC,
		       0, shared->exchange))
		die(EXIT_FAILED, "socketpair: %s", strerror(errno));
	shared->stop = 0;
	for (unsigned int i = 0; i < args.processes.value; i++)
		start_child(i);
	while (now() < until && !signals_pending() && !shared->mismatches) {
		nanosleep(&pause, NULL);
		kill_some();
	}
	end_children();
	close(shared->exchange[0]);
	close(shared->exchange[1]);
}

/* the module comes and goes */

/* One of those that this machine can have */
static const struct private_spec *choose_spec(void)
{
	static const struct private_spec choices[] = {
		{ 262144, MMAPDEMO_BACKING_KMALLOC, MMAPDEMO_CACHE_WB, false },
		{ 100000, MMAPDEMO_BACKING_KMALLOC, MMAPDEMO_CACHE_WC, false },
		{ 131072, MMAPDEMO_BACKING_KMALLOC, MMAPDEMO_CACHE_UC, true },
		{ 2097152, MMAPDEMO_BACKING_KMALLOC, MMAPDEMO_CACHE_WB, true },
		{ 300001, MMAPDEMO_BACKING_VMALLOC, MMAPDEMO_CACHE_WB, false },
		{ 262144, MMAPDEMO_BACKING_VMALLOC, MMAPDEMO_CACHE_WB, true },
		{ 270000, MMAPDEMO_BACKING_SHMEM, MMAPDEMO_CACHE_WB, false },
		{ 262144, MMAPDEMO_BACKING_SHMEM, MMAPDEMO_CACHE_WB, true },
		{ 131072, MMAPDEMO_BACKING_DMA, MMAPDEMO_CACHE_WB, false },
		{ 131072, MMAPDEMO_BACKING_DMA, MMAPDEMO_CACHE_WC, false },
	};
	int device = device_open(ACCESS_ANY);
	const struct private_spec *choice;

	do {
		choice = &choices[stress_random(&state.random) %
				  (sizeof(choices) / sizeof(choices[0]))];
	} while (!private_possible(device, choice));
	close(device);
	return choice;
}

static void choose_parameters(struct module_parameters *parameters)
{
	const struct private_spec *spec = choose_spec();
	char size[32];

	snprintf(size, sizeof(size), "%" PRIu64, spec->size);
	module_parameters_set(parameters, "backing",
			      backing_name(spec->backing));
	module_parameters_set(parameters, "cache", cache_name(spec->cache));
	module_parameters_set(parameters, "populate",
			      populate_name(spec->lazy));
	module_parameters_set(parameters, "size", size);
}

/* A killed process may not be gone completely when it has been waited for. */
static bool unload(void)
{
	double until = now() + PATIENCE_SECONDS;
	char error[256];

	while (!module_unload(error, sizeof(error))) {
		if (now() >= until) {
			complain("stress: modprobe -r: %s", error);
			return false;
		}
		usleep(20000);
	}
	return true;
}

static bool load(const struct module_parameters *parameters)
{
	double until = now() + PATIENCE_SECONDS;
	char error[256];
	int fd;

	if (!module_load(parameters, error, sizeof(error))) {
		complain("stress: modprobe: %s", error);
		return false;
	}
	while ((fd = device_try_open(O_RDWR)) < 0 && now() < until)
		usleep(5000); /* udev */
	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

static bool reload(const struct module_parameters *parameters)
{
	if (!unload() || !load(parameters)) {
		fail("the module did not come back");
		return false;
	}
	state.reloads++;
	return true;
}

static void rounds(void)
{
	double until = now() + args.seconds.value, round_end;
	struct module_parameters original = { 0 }, parameters;

	if (args.reload)
		module_parameters_read(&original);
	parameters = original;
	do {
		round_end = args.reload ? now() + ROUND_SECONDS : until;
		one_round(round_end < until ? round_end : until);
		if (!args.reload || now() >= until)
			break;
		choose_parameters(&parameters);
		if (!reload(&parameters))
			return;
	} while (!state.shared->mismatches && !signals_pending());
	if (args.reload && state.reloads)
		reload(&original);
}

/* before and after */

static void check_arguments(void)
{
	if (!args.processes.value || args.processes.value > MAX_PROCESSES)
		die_usage("--processes: 1 to %d", MAX_PROCESSES);
	if (!args.threads.value || args.threads.value > MAX_THREADS)
		die_usage("--threads: 1 to %d", MAX_THREADS);
	if (!args.reload)
		return;
	if (geteuid())
		die(EXIT_NO_PERMISSION,
		    "stress: --reload unloads the module, which only root may do");
	if (module_cannot_return())
		die(EXIT_FAILED, "stress: --reload: %s",
		    module_cannot_return());
	if (strcmp(device_path, DEFAULT_DEVICE) != 0)
		die_usage("--reload works with " DEFAULT_DEVICE " alone");
}

/* Each process needs a part of the buffer for itself. */
static void check_buffer(void)
{
	struct buffer buffer;
	uint64_t needed = args.processes.value * STRESS_LEAST_STRIPE;

	buffer_open(&buffer, O_RDWR);
	if (buffer.info.buffer_size < needed) {
		complain("%s: %" PRIu64 " bytes are too few for %" PRIu64
			 " processes, %d each",
			 device_path, (uint64_t)buffer.info.buffer_size,
			 args.processes.value, STRESS_LEAST_STRIPE);
		hint("modprobe -r " MODULE_NAME "; modprobe " MODULE_NAME
		     " size=%" PRIu64 ", or stress --processes %" PRIu64,
		     needed,
		     (uint64_t)buffer.info.buffer_size / STRESS_LEAST_STRIPE);
		exit(EXIT_FAILED);
	}
	buffer_close(&buffer);
}

static void prepare(void)
{
	uint64_t seed = args.seed.value;

	if (!args.seed.given)
		seed = (uint64_t)time(NULL) << 16 ^ getpid();
	state.shared = mmap(NULL, sizeof(*state.shared), PROT_READ | PROT_WRITE,
			    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (state.shared == MAP_FAILED)
		die(EXIT_FAILED, "stress: %s", strerror(errno));
	state.shared->seed = seed;
	state.shared->processes = args.processes.value;
	state.shared->threads = args.threads.value;
	state.random = seed;
	if (!json_wanted)
		printf("seed %" PRIu64 "\n", seed);
	fflush(stdout);
}

static void report(double seconds, bool ok)
{
	const struct stress *shared = state.shared;

	if (!json_wanted) {
		printf("%s: %" PRIu64 " calls, %" PRIu64 " checks, %" PRIu64
		       " descriptors passed, %" PRIu64
		       " processes killed, %" PRIu64 " reloads, %" PRIu64
		       " mismatches, %" PRIu64 " failures in %.0f s\n",
		       ok ? "ok" : "FAILED", shared->calls, shared->checks,
		       shared->passed, state.killed, state.reloads,
		       shared->mismatches, state.failures, seconds);
		return;
	}
	json_open(NULL, '{');
	json_string("device", device_path);
	json_number("seed", shared->seed);
	json_number("processes", shared->processes);
	json_number("threads", shared->threads);
	json_number("calls", shared->calls);
	json_number("checks", shared->checks);
	json_number("descriptors_passed", shared->passed);
	json_number("processes_killed", state.killed);
	json_number("reloads", state.reloads);
	json_number("mismatches", shared->mismatches);
	json_number("failures", state.failures);
	json_bool("ok", ok);
	json_close('}');
}

static int run(int argc, char **argv)
{
	double start = now();
	bool ok;

	(void)argc;
	(void)argv;
	check_arguments();
	check_buffer();
	prepare();
	signals_hold();
	rounds();
	ok = !state.shared->mismatches && !state.failures;
	report(now() - start, ok);
	signals_release();
	return ok ? EXIT_OK : EXIT_FAILED;
}

const struct command cmd_stress = {
	.name = "stress",
	.summary =
		"Do anything with many processes, and check that nothing else happens",
	.options = options,
	.run = run,
};
