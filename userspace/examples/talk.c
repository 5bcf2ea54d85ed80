// SPDX-License-Identifier: GPL-2.0-only
/*
 * talk: two processes exchange text through one page.
 *
 * The idea: shared memory carries data, but tells nobody that something has
 * changed. Sleeping a second and hoping is no answer, nor is spinning. A word
 * in the page says whose turn it is; the kernel lets the other one sleep until
 * it differs: a futex does it on a file, MMAPDEMO_IOC_WAIT on the device.
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "example.h"

const char usage[] = "usage: talk " PLACE "\n"
		     "Two processes exchange text through one page.\n";

#define HELLO "hello"
#define ANSWER "from another process"
#define LAST "the descriptor is closed, the mapping is not"

enum turn {
	NOBODY,
	CHILD_SPOKE,
	PARENT_SPOKE
};

struct page {
	uint32_t turn; /* first, where place's waiting looks for it */
	char text[100];
};

/* The text first, then the turn: who sees the turn sees the text. */
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
	 * The mapping holds the file or buffer by itself, so it is as good as
	 * before. What is over is waiting and waking on the device, which are
	 * calls on a descriptor; here the end of the child wakes the parent.
	 */
	close(place->fd);
	strcpy(page->text, LAST);
	_exit(0);
}

int main(int argc, char **argv)
{
	struct place place =
		place_open(argv + 1, O_RDWR | O_CREAT | O_EXCL, page_size());
	struct page *page =
		place_map(&place, sizeof(*page), PROT_READ | PROT_WRITE);
	pid_t pid;
	int status;

	(void)argc;
	page->turn = NOBODY; /* the device remembers the last conversation */
	pid = fork();
	if (pid < 0)
		die("fork: %m");
	alarm(10); /* ends this process, should the other one be gone */
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
