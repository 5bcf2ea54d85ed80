// SPDX-License-Identifier: GPL-2.0-only
/*
 * mmapdemo: look at, use and verify the buffer of the module mmapdemo
 *
 * The table below names the subcommands; each has its own cmd_*.c.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "command.h"
#include "message.h"
#include "options.h"

static const struct command *const commands[] = {
	&cmd_info,   &cmd_read,	  &cmd_write,  &cmd_fill, &cmd_sum,
	&cmd_wait,   &cmd_wake,	  &cmd_create, &cmd_seal, &cmd_list,
	&cmd_verify, &cmd_doctor, &cmd_tour,
};

#define N_COMMANDS (sizeof(commands) / sizeof(commands[0]))

static void help(void)
{
	printf("Usage:\n mmapdemo COMMAND [options]\n\n"
	       "Share a buffer of kernel memory through mmap, and prove that it is shared.\n\n"
	       "Commands:\n");
	for (size_t i = 0; i < N_COMMANDS; i++)
		printf(" %-10s %s\n", commands[i]->name, commands[i]->summary);
	printf("\nOptions:\n -h, --help     display this help\n -V, --version  display version\n\n"
	       "Exit status: 0 ok, 1 mismatch or failure, 2 usage, 3 no device, 4 no permission.\n"
	       "For more details see mmapdemo COMMAND --help and mmapdemo(1).\n");
}

/*
 * If the output cannot be written, as on a full disk, the program has failed.
 * It ends by _exit(), since this function is called by exit().
 */
static void close_stdout(void)
{
	int failed = ferror(stdout);

	if (fflush(stdout) || close(STDOUT_FILENO) || failed) {
		complain("standard output: %s", strerror(errno));
		_exit(EXIT_FAILED);
	}
}

/*
 * If stdout is closed at the start, open() of the device would return
 * descriptor 1, and the results would be written to the device. So these
 * descriptors are opened first, read-only.
 */
static void occupy_standard_descriptors(void)
{
	int fd;

	do {
		fd = open("/dev/null", O_RDONLY);
	} while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd >= 0)
		close(fd);
}

static const struct command *find_command(const char *name)
{
	for (size_t i = 0; i < N_COMMANDS; i++) {
		if (!strcmp(commands[i]->name, name))
			return commands[i];
	}
	return NULL;
}

static int global_option(const char *option)
{
	if (!strcmp(option, "-h") || !strcmp(option, "--help")) {
		help();
		return EXIT_OK;
	}
	if (!strcmp(option, "-V") || !strcmp(option, "--version")) {
		printf("mmapdemo %s\n", VERSION);
		return EXIT_OK;
	}
	die_usage("unrecognized option '%s'", option);
}

int main(int argc, char **argv)
{
	const struct command *command;
	int first;

	occupy_standard_descriptors();
	atexit(close_stdout);
	if (argc < 2)
		die_usage("a command is missing");
	if (argv[1][0] == '-')
		return global_option(argv[1]);
	command = find_command(argv[1]);
	if (!command)
		die_usage("unknown command '%s'", argv[1]);
	message_start("mmapdemo", command->name);
	first = options_parse(command, argc - 1, argv + 1);
	return command->run(argc - 1 - first, argv + 1 + first);
}
