// SPDX-License-Identifier: GPL-2.0-only
/*
 * increment: 10,000 integers are read, incremented and stored, in four ways.
 *
 * The idea: read(2) and write(2) copy, and each call costs; a mapping does not
 * copy, but each first touch of a page can cost, and so do mmap and munmap. Which
 * one wins, and by how much, depends on how the data is used. "mmap is three
 * times as fast" is a result of one machine, one size and one kind of memory: of
 * a wc or uc buffer each load goes to the memory itself, and mmap loses.
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "example.h"

const char usage[] =
	"usage: increment " PLACE "\n"
	"Increments 10,000 integers by read/write, by stdio and by mmap; prints the\n"
	"times. Its claim is that the integers are right, not who is fastest.\n";

#define COUNT 10000
#define SIZE (COUNT * sizeof(int))
#define ROUNDS 5

/* The whole array by one call each way. */
static void by_read_write(const struct place *place)
{
	static int numbers[COUNT];

	if (pread(place->fd, numbers, SIZE, 0) != SIZE)
		die("%s: read: %m", place->name);
	for (int i = 0; i < COUNT; i++)
		numbers[i]++;
	if (pwrite(place->fd, numbers, SIZE, 0) != SIZE)
		die("%s: write: %m", place->name);
}

/* Two calls for each integer, as when they do not lie side by side. */
static void by_single_calls(const struct place *place)
{
	int number;

	for (size_t at = 0; at < SIZE; at += sizeof(int)) {
		if (pread(place->fd, &number, sizeof(int), at) != sizeof(int))
			die("%s: read: %m", place->name);
		number++;
		if (pwrite(place->fd, &number, sizeof(int), at) != sizeof(int))
			die("%s: write: %m", place->name);
	}
}

/* stdio's buffer saves calls, but the data is copied once more. */
static void by_stdio(const struct place *place)
{
	static int numbers[COUNT];
	FILE *stream = fdopen(dup(place->fd), "r+");

	if (!stream)
		die("%s: fdopen: %m", place->name);
	rewind(stream); /* the other descriptor's place is this one's, too */
	for (int i = 0; i < COUNT; i++)
		if (fread(&numbers[i], sizeof(int), 1, stream) != 1)
			die("%s: fread: %m", place->name);
	rewind(stream); /* as the standard wants between reading and writing */
	for (int i = 0; i < COUNT; i++) {
		numbers[i]++;
		if (fwrite(&numbers[i], sizeof(int), 1, stream) != 1)
			die("%s: fwrite: %m", place->name);
	}
	if (fclose(stream))
		die("%s: fclose: %m", place->name);
}

/* All that it costs, so mmap and munmap are inside. */
static void by_mmap(const struct place *place)
{
	int *numbers = place_map(place, SIZE, PROT_READ | PROT_WRITE);

	for (int i = 0; i < COUNT; i++)
		numbers[i]++;
	munmap(numbers, SIZE);
}

static double nanoseconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1e9 + now.tv_nsec;
}

/* The best of some rounds: the others were disturbed by something. */
static double best(void (*way)(const struct place *), const struct place *place)
{
	double start, time, least = 0;

	for (int i = 0; i < ROUNDS; i++) {
		start = nanoseconds();
		way(place);
		time = nanoseconds() - start;
		if (!i || time < least)
			least = time;
	}
	return least;
}

static int wrong_numbers(const struct place *place, int increments)
{
	int *numbers = place_map(place, SIZE, PROT_READ);
	int wrong = 0;

	for (int i = 0; i < COUNT; i++)
		wrong += numbers[i] != i + increments;
	munmap(numbers, SIZE);
	return wrong;
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		void (*way)(const struct place *place);
	} ways[] = {
		{ "mmap", by_mmap },
		{ "read/write, one call each", by_read_write },
		{ "read/write, a call per integer", by_single_calls },
		{ "stdio", by_stdio },
	};
	struct place place =
		place_open(argv + 1, O_RDWR | O_CREAT | O_EXCL, SIZE);
	int *numbers = place_map(&place, SIZE, PROT_WRITE);
	double mapped = 0, time;

	(void)argc;
	for (int i = 0; i < COUNT; i++)
		numbers[i] = i;
	munmap(numbers, SIZE);

	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
		time = best(ways[i].way, &place);
		if (!i)
			mapped = time;
		claim(!wrong_numbers(&place, (i + 1) * ROUNDS),
		      "%-30s %9.1f us, %6.2f times mmap", ways[i].name,
		      time / 1e3, time / mapped);
	}
	return verdict();
}
