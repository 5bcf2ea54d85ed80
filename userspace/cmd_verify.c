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
#include <sys/mman.h>
#include <unistd.h>

#include "command.h"
#include "json.h"
#include "message.h"
#include "result.h"
#include "signals.h"
#include "transfer.h"
#include "verify.h"

static struct {
	bool all;
} args;

static const struct option_spec options[] = {
	{ 'a', "all", NULL,
	  "every kind of private buffer, then the device's own with each attribute (root: reloads the module)",
	  parse_flag, &args.all },
	BUFFER_OPTIONS,
	JSON_OPTION,
	{ 0 },
};

/*
 * Two proofs at once would save each other's patterns as the contents. Not
 * flock(2): its lock belongs to the open file, which processes can share.
 */
static void lock(const struct buffer *buffer)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };

	if (!fcntl(buffer->fd, F_SETLK, &lock))
		return;
	if (errno == EAGAIN || errno == EACCES) {
		complain("%s: waiting for another mmapdemo verify",
			 buffer_name());
		if (!fcntl(buffer->fd, F_SETLKW, &lock))
			return;
	}
	die(EXIT_FAILED, "%s: lock: %s", buffer_name(), strerror(errno));
}

void verify_open(struct verify *v)
{
	buffer_open(&v->buffer, O_RDWR);
	if (!private_args.given) /* else nobody else has it */
		lock(&v->buffer);
	verify_prepare(v);
}

void verify_prepare(struct verify *v)
{
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
	for (step = verify_steps; step->name && !signals_pending(); step++)
		failed += !run_step(step, v);
	failed += !run_step(&verify_restore, v);
	return failed;
}

static void print_summary(const struct verify *v, int failed, bool ok)
{
	const struct mmapdemo_info *info = &v->buffer.info;

	result_print(ok ? RESULT_OK : RESULT_FAIL);
	if (failed)
		printf("%s: failed steps: %d", buffer_name(), failed);
	else
		printf("%s: %s", buffer_name(),
		       ok ? "verified" : "interrupted");
	printf(", %" PRIu64 " bytes, %s, %s, %s\n", v->size,
	       backing_name(info->backing), cache_name(info->cache_requested),
	       populate_name(info->flags & MMAPDEMO_INFO_LAZY));
}

bool verify_buffer(struct verify *v)
{
	const struct mmapdemo_info *info = &v->buffer.info;
	int failed;
	bool ok;

	if (json_wanted) {
		json_string("cache", cache_name(info->cache_requested));
		json_string("backing", backing_name(info->backing));
		json_string("populate",
			    populate_name(info->flags & MMAPDEMO_INFO_LAZY));
		json_number("size", v->size);
		json_open("steps", '[');
	}
	failed = run_steps(v);
	ok = !failed && !signals_pending();
	if (json_wanted)
		json_close(']');
	else
		print_summary(v, failed, ok);
	return ok;
}

static int verify_one(void)
{
	struct verify v;
	bool ok;

	verify_open(&v);
	signals_hold();
	if (json_wanted) {
		json_open(NULL, '{');
		buffer_json(&v.buffer);
	}
	ok = verify_buffer(&v);
	if (signals_pending())
		complain("%s: interrupted", buffer_name());
	if (json_wanted) {
		json_bool("ok", ok);
		json_close('}');
	}
	signals_release();
	verify_close(&v);
	return ok ? EXIT_OK : EXIT_FAILED;
}

static int run(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	if (args.all && private_args.given)
		die_usage("--all chooses the private buffers by itself");
	return args.all ? verify_all() : verify_one();
}

const struct command cmd_verify = {
	.name = "verify",
	.summary = "Prove that the buffer is shared as it says, step by step",
	.options = options,
	.run = run,
};
