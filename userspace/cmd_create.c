// SPDX-License-Identifier: GPL-2.0-only
/*
 * mmapdemo create: a private buffer for other programs (MMAPDEMO_IOC_CREATE).
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "buffer.h"
#include "command.h"
#include "json.h"
#include "message.h"
#include "seals.h"
#include "signals.h"

#define DESCRIPTOR_VARIABLE "MMAPDEMO_FD"

static struct {
	bool exec;
	bool hold;
	uint32_t seals;
	struct buffer_args buffer;
	bool json;
} args = { .buffer = BUFFER_ARGS_INIT };

static const struct option_spec options[] = {
	{ 'e', "exec", NULL,
	  "run CMD, with the descriptor in " DESCRIPTOR_VARIABLE, parse_flag,
	  &args.exec },
	{ 'k', "hold", NULL, "keep it for others until SIGINT or SIGTERM",
	  parse_flag, &args.hold },
	{ 0, "seal", "SEALS", "with these seals, as mmapdemo seal --add",
	  parse_seals, &args.seals },
	BUFFER_OPTIONS(args.buffer),
	JSON_OPTION(args.json),
	{ 0 },
};

static int open_sealed(void)
{
	char name[PRIVATE_NAME_SIZE];
	int fd = private_open(args.buffer.device, &args.buffer.private.spec);

	private_name(&args.buffer.private.spec, name, sizeof(name));
	if (args.seals)
		seals_add(fd, name, args.seals);
	return fd;
}

static int execute(char **argv)
{
	int fd = open_sealed();
	char number[16];
	int error;

	if (fcntl(fd, F_SETFD, 0)) /* no close-on-exec */
		die(EXIT_FAILED, "create: descriptor %d: %s", fd,
		    strerror(errno));
	snprintf(number, sizeof(number), "%d", fd);
	setenv(DESCRIPTOR_VARIABLE, number, 1);
	execvp(argv[0], argv);
	error = errno;
	complain("%s: %s", argv[0], strerror(error));
	return error == ENOENT ? EXIT_NO_PROGRAM : EXIT_NOT_EXECUTED;
}

static void print_json(const struct private_spec *spec, int fd)
{
	struct json json = { 0 };

	json_open(&json, NULL, '{');
	json_string(&json, "device", args.buffer.device);
	json_bool(&json, "private", true);
	json_format(&json, "path", "/proc/%d/fd/%d", getpid(), fd);
	json_number(&json, "pid", getpid());
	json_number(&json, "fd", fd);
	json_number(&json, "size", spec->size);
	json_string(&json, "backing", backing_name(spec->backing));
	json_string(&json, "cache", cache_name(spec->cache));
	json_string(&json, "populate", populate_name(spec->lazy));
	seals_json(&json, args.seals);
	json_close(&json, '}');
}

/*
 * Signals are held before the path is printed: its reader may send one at once.
 */
static int hold(void)
{
	int fd = open_sealed();

	signals_hold();
	if (args.json)
		print_json(&args.buffer.private.spec, fd);
	else
		printf("/proc/%d/fd/%d\n", getpid(), fd);
	if (fflush(stdout))
		return EXIT_FAILED; /* no program knows the path */
	signals_wait();
	close(fd);
	return EXIT_OK;
}

static int run(int argc, char **argv)
{
	if (args.exec == args.hold)
		die_usage("create: give either --hold or --exec CMD");
	if (args.exec && args.json)
		die_usage("--exec and --json exclude each other");
	if (args.exec && !argc)
		die_usage("create: --exec: CMD is missing");
	if (args.hold && argc)
		die_usage("create: unexpected operand '%s'", argv[0]);
	return args.exec ? execute(argv) : hold();
}

const struct command cmd_create = {
	.name = "create",
	.operands = "[CMD [ARG]...]",
	.max_operands = INT_MAX,
	.operands_last = true,
	.summary = "Make a private buffer for other programs",
	.options = options,
	.run = run,
};
