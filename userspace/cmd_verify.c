// SPDX-License-Identifier: GPL-2.0-only
/*
 * mmapdemo verify: prove the steps of verify_steps.c on one buffer, and leave
 * its contents as they were, whatever happens.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <unistd.h>

#include "command.h"
#include "json.h"
#include "message.h"
#include "result.h"
#include "transfer.h"
#include "verify.h"

static struct {
	bool all;
} args;

static const struct option_spec options[] = {
	{ 'a', "all", NULL,
	  "with each cache attribute (root: reloads the module)", parse_flag,
	  &args.all },
	BUFFER_OPTIONS,
	JSON_OPTION,
	{ 0 },
};

/* Signals that end the tool, without those that nohup and the like ignore. */
static void ending_signals(sigset_t *set)
{
	static const int all[] = { SIGHUP, SIGINT, SIGPIPE, SIGQUIT, SIGTERM };
	struct sigaction action;

	sigemptyset(set);
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		sigaction(all[i], NULL, &action);
		if (action.sa_handler != SIG_IGN)
			sigaddset(set, all[i]);
	}
}

void verify_hold_signals(void)
{
	sigset_t set;

	ending_signals(&set);
	sigprocmask(SIG_BLOCK, &set, NULL);
}

void verify_release_signals(void)
{
	sigset_t set;

	fflush(stdout); /* one of them may end the tool here */
	ending_signals(&set);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
}

bool verify_interrupted(void)
{
	sigset_t ending, pending, both;

	ending_signals(&ending);
	sigpending(&pending);
	sigandset(&both, &ending, &pending);
	return !sigisemptyset(&both);
}

/* Two proofs at once would save each other's patterns as the contents. */
static void lock(const struct buffer *buffer)
{
	if (!flock(buffer->fd, LOCK_EX | LOCK_NB))
		return;
	if (errno == EWOULDBLOCK) {
		complain("%s: waiting for another mmapdemo verify",
			 buffer_device);
		if (!flock(buffer->fd, LOCK_EX))
			return;
	}
	die(EXIT_FAILED, "%s: lock: %s", buffer_device, strerror(errno));
}

void verify_open(struct verify *v)
{
	buffer_open(&v->buffer, O_RDWR);
	lock(&v->buffer);
	v->map = buffer_map(&v->buffer, PROT_READ | PROT_WRITE);
	v->size = v->buffer.info.buffer_size;
	v->page_size = v->buffer.info.page_size;
	v->pages = v->buffer.info.mapping_size / v->page_size;
	v->saved = allocate(v->size);
	v->expected = allocate(v->size);
	v->found = allocate(v->size);
}

void verify_close(struct verify *v)
{
	buffer_unmap(&v->buffer, v->map);
	buffer_close(&v->buffer);
	free(v->saved);
	free(v->expected);
	free(v->found);
}

static void print_step(const struct verify_step *step, bool ok,
		       const char *text)
{
	if (json_wanted) {
		json_open(NULL, '{');
		json_string("step", step->name);
		json_string("claim", step->claim);
		json_bool("ok", ok);
		json_string("detail", text);
		json_close('}');
	} else {
		result_print(ok ? RESULT_OK : RESULT_FAIL);
		printf("%s: %s\n", step->claim, text);
	}
	fflush(stdout); /* whoever waits for it sees how far it is */
}

/* A mapping without its pages is a failed claim, not the tool's end. */
static sigjmp_buf fault_exit;
static void *volatile fault_address;

static void on_fault(int signal, siginfo_t *info, void *context)
{
	(void)context;
	fault_address = info->si_addr;
	siglongjmp(fault_exit, signal);
}

static bool run_step(const struct verify_step *step, struct verify *v)
{
	const struct sigaction action = { .sa_sigaction = on_fault,
					  .sa_flags = SA_SIGINFO };
	volatile bool ok = false;
	struct sigaction bus, segv;
	int signal;

	sigaction(SIGBUS, &action, &bus);
	sigaction(SIGSEGV, &action, &segv);
	signal = sigsetjmp(fault_exit, 1);
	if (!signal)
		ok = step->run(v);
	else
		snprintf(v->text, sizeof(v->text),
			 "signal %d (%s) %td bytes into the mapping", signal,
			 strsignal(signal),
			 (unsigned char *)fault_address - v->map);
	sigaction(SIGBUS, &bus, NULL);
	sigaction(SIGSEGV, &segv, NULL);
	print_step(step, ok, v->text);
	return ok;
}

static int run_steps(struct verify *v)
{
	const struct verify_step *step;
	int failed = 0;

	if (!run_step(&verify_save, v))
		return 1;
	for (step = verify_steps; step->name && !verify_interrupted(); step++)
		failed += !run_step(step, v);
	failed += !run_step(&verify_restore, v);
	return failed;
}

static void print_summary(const struct verify *v, int failed, bool ok)
{
	const struct mmapdemo_info *info = &v->buffer.info;

	result_print(ok ? RESULT_OK : RESULT_FAIL);
	if (failed)
		printf("%s: failed steps: %d", buffer_device, failed);
	else
		printf("%s: %s", buffer_device,
		       ok ? "verified" : "interrupted");
	printf(", %" PRIu64 " bytes, %s, %s\n", v->size,
	       backing_name(info->backing), cache_name(info->cache_requested));
}

bool verify_buffer(struct verify *v)
{
	int failed;
	bool ok;

	if (json_wanted) {
		json_number("size", v->size);
		json_string("backing", backing_name(v->buffer.info.backing));
		json_open("steps", '[');
	}
	failed = run_steps(v);
	ok = !failed && !verify_interrupted();
	if (json_wanted)
		json_close(']');
	else
		print_summary(v, failed, ok);
	return ok;
}

static int verify_present(void)
{
	struct verify v;
	bool ok;

	verify_open(&v);
	verify_hold_signals();
	if (json_wanted) {
		json_open(NULL, '{');
		json_string("device", buffer_device);
		json_string("cache", cache_name(v.buffer.info.cache_requested));
	}
	ok = verify_buffer(&v);
	if (verify_interrupted())
		complain("%s: interrupted", buffer_device);
	if (json_wanted) {
		json_bool("ok", ok);
		json_close('}');
	}
	verify_release_signals();
	verify_close(&v);
	return ok ? EXIT_OK : EXIT_FAILED;
}

static int run(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	return args.all ? verify_all() : verify_present();
}

const struct command cmd_verify = {
	.name = "verify",
	.summary = "Prove that the buffer is shared as it says, step by step",
	.options = options,
	.run = run,
};
