// SPDX-License-Identifier: GPL-2.0-only
/*
 * increment: 10,000 integers are read, incremented and stored, in four ways.
 *
 * The idea: read(2) and write(2) copy, and each call takes time. A mapping does
 * not copy, but the first access to a page can take time, and so do mmap and
 * munmap. Which is faster depends on how the data is used. "mmap is three times
 * as fast" is true for one machine, one size and one kind of memory. With a wc
 * or uc buffer each load goes to the memory itself, and mmap is slower.
 */
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "example.h"

static const char usage[] =
	"usage: increment " PLACE "\n"
	"Increments 10,000 integers by read/write, by stdio and by mmap; prints the\n"
	"times. Its claim is that the integers are right, not which way is fastest.\n" PLACE_HELP;

#define COUNT 10000
#define SIZE (COUNT * sizeof(int))
#define ROUNDS 5

/* length is that of all integers, or of one, as if they were not adjacent. */
static void by_calls(const struct place *place, size_t length)
{
	int numbers[COUNT]; /* what read(2) copies to */

	for (size_t at = 0; at < SIZE; at += length) {
		if (pread(place->fd, numbers, length, at) != (ssize_t)length)
			die("%s: read: %m", place->name);
		for (size_t i = 0; i < length / sizeof(int); i++)
			numbers[i]++;
		if (pwrite(place->fd, numbers, length, at) != (ssize_t)length)
			die("%s: write: %m", place->name);
	}
}

/* stdio's buffer saves calls, but the data is copied once more. */
static void by_stdio(const struct place *place, size_t length)
{
	int numbers[COUNT]; /* what fread(3) copies to */
	FILE *stream = fdopen(dup(place->fd), "r+");
	size_t done = 0;

	if (!stream)
		die("%s: fdopen: %m", place->name);
	rewind(stream); /* both descriptors have one file offset */
	for (int i = 0; i < COUNT; i++)
		done += fread(&numbers[i], length, 1, stream);
	rewind(stream); /* C requires it between reading and writing */
	for (int i = 0; i < COUNT; i++) {
		numbers[i]++;
		done += fwrite(&numbers[i], length, 1, stream);
	}
	if (fclose(stream) || done != 2 * COUNT)
		die("%s: stdio: %m", place->name);
}

/* The time includes mmap and munmap. */
static void by_mmap(const struct place *place, size_t length)
{
	int *map = place_map(place, SIZE, PROT_READ | PROT_WRITE);

	for (size_t i = 0; i < SIZE / length; i++)
		map[i]++;
	munmap(map, SIZE);
}

static const struct {
	const char *name;
	void (*increment)(const struct place *place, size_t length);
	size_t length; /* of one step */
} ways[] = {
	{ "mmap", by_mmap, sizeof(int) },
	{ "read/write, one call each", by_calls, SIZE },
	{ "read/write, a call per integer", by_calls, sizeof(int) },
	{ "stdio", by_stdio, sizeof(int) },
};

/* The microseconds of the best round; the others were disturbed. */
static double best(size_t way, const struct place *place)
{
	struct timespec start, end;
	double time, least = 0;

	for (int i = 0; i < ROUNDS; i++) {
		clock_gettime(CLOCK_MONOTONIC, &start);
		ways[way].increment(place, ways[way].length);
		clock_gettime(CLOCK_MONOTONIC, &end);
		time = (end.tv_sec - start.tv_sec) * 1e6 +
		       (end.tv_nsec - start.tv_nsec) / 1e3;
		if (!i || time < least)
			least = time;
	}
	return least;
}

static int wrong_numbers(const int *map, int increments)
{
	int wrong = 0;

	for (int i = 0; i < COUNT; i++)
		wrong += map[i] != i + increments;
	return wrong;
}

int main(int argc, char **argv)
{
	struct place place =
		place_open(usage, argv + 1, O_RDWR | O_CREAT | O_EXCL, SIZE);
	int *map = place_map(&place, SIZE, PROT_READ | PROT_WRITE);
	double mapped = 0, time;

	(void)argc;
	for (int i = 0; i < COUNT; i++)
		map[i] = i;
	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
		time = best(i, &place);
		if (!i)
			mapped = time;
		claim(!wrong_numbers(map, (i + 1) * ROUNDS),
		      "%-30s %9.1f us, %6.2f times mmap", ways[i].name, time,
		      time / mapped);
	}
	return verdict();
}
