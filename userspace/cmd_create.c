// SPDX-License-Identifier: GPL-2.0-only
/* mmapdemo create: a private buffer for other programs (MMAPDEMO_IOC_CREATE). */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "buffer.h"
#include "command.h"
#include "json.h"
#include "message.h"
#include "signals.h"

#define DESCRIPTOR_VARIABLE "MMAPDEMO_FD"

static struct {
	bool exec;
	bool hold;
} args;

static const struct option_spec options[] = {
	{ 'e', "exec", NULL,
	  "run CMD, with the descriptor in " DESCRIPTOR_VARIABLE, parse_flag,
	  &args.exec },
	{ 'k', "hold", NULL, "keep it for others until SIGINT or SIGTERM",
	  parse_flag, &args.hold },
	BUFFER_OPTIONS,
	JSON_OPTION,
	{ 0 },
};

static int execute(char **argv)
{
	int fd = private_open(0);
	char number[16];
	int error;

	snprintf(number, sizeof(number), "%d", fd);
	setenv(DESCRIPTOR_VARIABLE, number, 1);
	execvp(argv[0], argv);
	error = errno;
	complain("%s: %s", argv[0], strerror(error));
	return error == ENOENT ? EXIT_NO_PROGRAM : EXIT_NOT_EXECUTED;
}

static void print_json(const struct private_spec *spec, int fd)
{
	json_open(NULL, '{');
	json_string("device", device_path);
	json_bool("private", true);
	json_format("path", "/proc/%d/fd/%d", getpid(), fd);
	json_number("pid", getpid());
	json_number("fd", fd);
	json_number("size", spec->size);
	json_string("backing", backing_name(spec->backing));
	json_string("cache", cache_name(spec->cache));
	json_string("populate", populate_name(spec->lazy));
	json_close('}');
}

/* The signals first: whoever reads the path may send one at once. */
static int hold(void)
{
	int fd = private_open(MMAPDEMO_CREATE_CLOEXEC);

	signals_hold();
	if (json_wanted)
		print_json(&private_args.spec, fd);
	else
		printf("/proc/%d/fd/%d\n", getpid(), fd);
	if (fflush(stdout))
		return EXIT_FAILED; /* nobody would know where it is */
	signals_wait();
	close(fd);
	return EXIT_OK;
}

static int run(int argc, char **argv)
{
	if (args.exec == args.hold)
		die_usage("create: give either --hold or --exec CMD");
	if (args.exec && json_wanted)
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
