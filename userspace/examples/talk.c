// SPDX-License-Identifier: GPL-2.0-only
/*
 * talk: two processes exchange text through one page.
 *
 * The idea: shared memory carries data, but does not tell another process that
 * something has changed. Polling once a second is too slow, and spinning wastes
 * the processor. A word in the page says whose turn it is, and the kernel lets
 * the other process sleep until it changes: with a futex on a file, with
 * MMAPDEMO_IOC_WAIT on a buffer.
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "example.h"

static const char usage[] =
	"usage: talk " PLACE "\n"
	"Two processes exchange text through one page.\n" PLACE_HELP;

#define HELLO "hello"
#define ANSWER "from another process"
#define LAST "the descriptor is closed, the mapping is not"

enum turn {
	NOBODY,
	CHILD_SPOKE,
	PARENT_SPOKE
};

struct page {
	uint32_t turn; /* first, where wait_until_not() expects it */
	char text[100];
};

/*
 * Stores the text before the turn: a process that sees the turn sees the text.
 */
static void speak(const struct place *place, struct page *page, enum turn turn,
		  const char *text)
{
	strcpy(page->text, text);
	publish(place, &page->turn, turn);
}

static void child(const struct place *place, struct page *page)
{
	speak(place, page, CHILD_SPOKE, HELLO);
	wait_until_not(place, &page->turn, CHILD_SPOKE);
	if (strcmp(page->text, ANSWER))
		_exit(1);

	/*
	 * The mapping keeps the file or buffer, so it can be used as before.
	 * Only waiting and waking on the device need the descriptor; the parent
	 * waits for the end of the child instead.
	 */
	close(place->fd);
	strcpy(page->text, LAST);
	_exit(0);
}

int main(int argc, char **argv)
{
	struct place place = place_open(usage, argv + 1,
					O_RDWR | O_CREAT | O_EXCL, page_size());
	struct page *page =
		place_map(&place, sizeof(*page), PROT_READ | PROT_WRITE);
	pid_t pid;
	int status;

	(void)argc;
	page->turn = NOBODY; /* the device still has the last conversation */
	pid = fork();
	if (pid < 0)
		die("fork: %m");
	alarm(10); /* ends this process if the other one is gone */
	if (!pid) {
		alarm(10);
		child(&place, page);
	}
	wait_until_not(&place, &page->turn, NOBODY);
	claim(!strcmp(page->text, HELLO), "the parent reads '%.99s'",
	      page->text);
	speak(&place, page, PARENT_SPOKE, ANSWER);
	close(place.fd);

	if (waitpid(pid, &status, 0) != pid)
		die("waitpid: %m");
	claim(!status, "the child reads '%s'", ANSWER);
	claim(!strcmp(page->text, LAST), "the parent reads '%.99s'",
	      page->text);
	return verdict();
}
