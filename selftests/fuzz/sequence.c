// SPDX-License-Identifier: GPL-2.0-only
/*
 * usage: sequence FILE...           makes the calls of each file, prints KTAP
 *        sequence --print FILE      prints them as a C program
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "calls.h"

#define LONGEST (64 << 10)

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

/* NULL, or what is wrong */
static const char *replay(const char *path)
{
	static struct calls calls;
	struct calls_place place = calls_place(0);
	const char *finding;

	if (calls_begin(&calls, &place))
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
	const char *finding;
	int failed = 0;

	if (argc == 3 && !strcmp(argv[1], "--print")) {
		calls_print(stdout, &place, load(argv[2]));
		return fflush(stdout) ? 1 : 0;
	}
	printf("TAP version 13\n1..%d\n", argc - 1);
	for (int i = 1; i < argc; i++) {
		printf("# %s\n",
		       argv[i]); /* the last one, if the machine dies */
		fflush(stdout);
		finding = replay(argv[i]);
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
