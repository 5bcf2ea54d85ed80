// SPDX-License-Identifier: GPL-2.0-only
/*
 * errors: every error that mmap(2) documents, provoked on purpose.
 *
 * The idea: each errno has one cause, and tells where to look for it. The
 * kernel checks the arguments first, then the descriptor, then limits; last is
 * the mmap of the driver or file system. Some flags do less than their names
 * say.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "errors.h"

static const char usage[] =
	"usage: errors " PLACE "\n"
	"Provokes each documented error of mmap(2): expected and seen, side by side;\n"
	"then what a file or a buffer adds.\n" PLACE_HELP;

static const struct {
	const char *what;
	int (*provoke)(void);
	int expected;
} prepared[] = {
	{ "more mappings than vm.max_map_count", no_more_mappings, ENOMEM },
	{ "more than ulimit -v", no_address_space, ENOMEM },
	{ "LOCKED, more than ulimit -l", too_much_locked, EAGAIN },
	{ "stores to a sealed memfd", sealed_memfd, EPERM },
	{ "PROT_EXEC, mounted noexec", noexec_mount, EPERM },
	{ "shared anonymous, no file is left", out_of_files, ENFILE },
};

/* In a child, a limit or a full address space does not affect later lines. */
static void row_in_child(const char *what, int (*provoke)(void), int expected)
{
	int status;
	pid_t pid = fork();

	if (!pid) {
		status = provoke();
		_exit(status == SKIPPED ? 255 : status);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
		die("%s: the child did not end well", what);
	if (WEXITSTATUS(status) == 255)
		printf("skip  %-38s %-10s needs %s\n", what,
		       strerrorname_np(expected),
		       expected == ENFILE ? "a machine to spoil" : "root");
	else
		row(what, expected, WEXITSTATUS(status));
}

int main(int argc, char **argv)
{
	struct place place =
		place_open(usage, argv + 1, O_RDWR | O_CREAT | O_EXCL, 1);

	(void)argc;
	printf("      %-38s %-10s %s\n", "mmap of", "expected", "seen");
	rows_of_calls();
	for (size_t i = 0; i < sizeof(prepared) / sizeof(prepared[0]); i++)
		row_in_child(prepared[i].what, prepared[i].provoke,
			     prepared[i].expected);
	rows_of_place(&place);
	return verdict();
}
