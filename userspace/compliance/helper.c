// SPDX-License-Identifier: GPL-2.0-only
/* For files without a name, as those that an ioctl returns. */
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../../selftests/descriptors.h"
#include "../message.h"
#include "helper.h"

int helper_run(char **argv)
{
	int pair[2], fd;

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair))
		die(EXIT_FAILED, "socketpair: %m");
	if (!fork()) {
		dup2(pair[1], STDIN_FILENO);
		close(pair[0]);
		close(pair[1]);
		execvp(argv[0], argv);
		complain("%s: %m", argv[0]);
		_exit(EXIT_NO_PROGRAM);
	}
	close(pair[1]);
	fd = receive_fd(pair[0]);
	if (fd < 0)
		die(EXIT_NO_DEVICE, "%s passed no descriptor", argv[0]);
	close(pair[0]);
	return fd;
}
