// SPDX-License-Identifier: GPL-2.0-only
/*
 * usage: sequence FILE...           makes the calls of each file, prints KTAP
 *        sequence --print FILE      prints them as a C program
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "calls_watch.h"
#include "program.h"

#define LONGEST (64 << 10)
#define PAGES_TO_LOSE 64

static unsigned char data[LONGEST];

static struct calls_bytes load(const char *path)
{
	FILE *file = fopen(path, "re");
	size_t length;

	if (!file) {
		perror(path);
		exit(2);
	}
	length = fread(data, 1, sizeof(data), file);
	fclose(file);
	return (struct calls_bytes){ data, data + length };
}

static struct calls_progress *watch(void)
{
	static unsigned int pages_to_lose = PAGES_TO_LOSE;
	struct calls_progress *progress;

	do_poison_left = &pages_to_lose;
	progress = mmap(NULL, sizeof(*progress), PROT_READ | PROT_WRITE,
			MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (progress == MAP_FAILED || calls_watch_self(progress, false)) {
		perror("sequence: cannot watch itself");
		exit(2);
	}
	return progress;
}

/* Returns NULL, or what is wrong. */
static const char *replay(const char *path, struct calls_progress *progress)
{
	static struct calls calls;
	struct calls_place place = calls_place(0);
	const char *finding;

	if (calls_begin(&calls, &place, progress))
		return "no descriptors or memory to begin with";
	calls_run(&calls, load(path));
	finding = calls.finding;
	if (!finding && !calls.made)
		finding = "no calls in it";
	calls_end(&calls);
	return finding;
}

int main(int argc, char **argv)
{
	struct calls_place place = calls_place(0);
	struct calls_progress *progress;
	const char *finding;
	int failed = 0;

	if (argc == 3 && !strcmp(argv[1], "--print")) {
		program_print(stdout, &place, load(argv[2]));
		return fflush(stdout) ? 1 : 0;
	}
	progress = watch();
	printf("TAP version 13\n1..%d\n", argc - 1);
	for (int i = 1; i < argc; i++) {
		printf("# %s\n",
		       argv[i]); /* the last one, if the machine dies */
		fflush(stdout);
		finding = replay(argv[i], progress);
		if (finding)
			printf("# %s: sequence --print shows the calls\nnot ",
			       finding);
		printf("ok %d - %s\n", i,
		       strrchr(argv[i], '/') ? strrchr(argv[i], '/') + 1 :
					       argv[i]);
		failed |= !!finding;
	}
	return failed || argc < 2;
}
