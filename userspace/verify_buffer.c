// SPDX-License-Identifier: GPL-2.0-only
/*
 * Proves the steps of verify_steps.c on one buffer, and restores its contents,
 * whatever the result.
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

#include "json.h"
#include "message.h"
#include "result.h"
#include "signals.h"
#include "transfer.h"
#include "verify.h"

/*
 * Without a lock, two proofs would save each other's patterns as the contents.
 * It is not one of flock(2), which belongs to an open file that processes can
 * share.
 */
static void lock(const struct buffer *buffer)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };

	if (!fcntl(buffer->fd, F_SETLK, &lock))
		return;
	if (errno == EAGAIN || errno == EACCES) {
		complain("%s: waiting for another mmapdemo verify",
			 buffer_name(buffer));
		if (!fcntl(buffer->fd, F_SETLKW, &lock))
			return;
	}
	die(EXIT_FAILED, "%s: lock: %s", buffer_name(buffer), strerror(errno));
}

void verify_open(struct verify *v, const struct buffer_args *args,
		 struct json *json)
{
	buffer_open(&v->buffer, args, O_RDWR);
	buffer_check_unsealed(&v->buffer);
	if (!args->private.given) /* no other process has a private one */
		lock(&v->buffer);
	verify_prepare(v, json);
}

void verify_prepare(struct verify *v, struct json *json)
{
	v->json = json;
	v->map = buffer_map(&v->buffer, PROT_READ | PROT_WRITE);
	v->size = v->buffer.info.buffer_size;
	v->page_size = v->buffer.info.page_size;
	v->pages = v->buffer.info.mapping_size / v->page_size;
	v->saved = allocate(v->size);
	v->expected = allocate(v->size);
	v->found = allocate(v->size);
	v->again = -1;
}

void verify_close(struct verify *v)
{
	buffer_unmap(&v->buffer, v->map);
	if (v->again >= 0)
		close(v->again);
	buffer_close(&v->buffer);
	free(v->saved);
	free(v->expected);
	free(v->found);
}

static void print_step(const struct verify_step *step, bool ok,
		       const struct verify *v)
{
	struct json *json = v->json;

	if (json) {
		json_open(json, NULL, '{');
		json_string(json, "step", step->name);
		json_string(json, "claim", step->claim);
		json_bool(json, "ok", ok);
		json_string(json, "detail", v->text);
		json_close(json, '}');
	} else {
		result_print(ok ? RESULT_OK : RESULT_FAIL);
		printf("%s: %s\n", step->claim, v->text);
	}
	fflush(stdout); /* shows the progress, also in a pipe */
}

/* A fault in the mapping is a failed claim, and must not end the tool. */
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
	print_step(step, ok, v);
	return ok;
}

static int run_steps(struct verify *v)
{
	const struct verify_step *step;
	int failed = 0;

	if (!run_step(&verify_first, v))
		return 1;
	for (step = verify_steps; step->name && !signals_pending(); step++)
		failed += !run_step(step, v);
	failed += !run_step(&verify_last, v);
	return failed;
}

static void print_summary(const struct verify *v, int failed, bool ok)
{
	const struct mmapdemo_info *info = &v->buffer.info;

	result_print(ok ? RESULT_OK : RESULT_FAIL);
	if (failed)
		printf("%s: failed steps: %d", buffer_name(&v->buffer), failed);
	else
		printf("%s: %s", buffer_name(&v->buffer),
		       ok ? "verified" : "interrupted");
	printf(", %" PRIu64 " bytes, %s, %s, %s\n", v->size,
	       backing_name(info->backing), cache_name(info->cache_requested),
	       populate_name(buffer_lazy(&v->buffer)));
}

bool verify_buffer(struct verify *v)
{
	struct json *json = v->json;
	const struct mmapdemo_info *info = &v->buffer.info;
	int failed;
	bool ok;

	if (json) {
		json_string(json, "cache", cache_name(info->cache_requested));
		json_string(json, "backing", backing_name(info->backing));
		json_string(json, "populate",
			    populate_name(buffer_lazy(&v->buffer)));
		json_number(json, "size", v->size);
		json_open(json, "steps", '[');
	}
	failed = run_steps(v);
	ok = !failed && !signals_pending();
	if (json)
		json_close(json, ']');
	else
		print_summary(v, failed, ok);
	return ok;
}
