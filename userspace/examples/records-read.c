// SPDX-License-Identifier: GPL-2.0-only
/*
 * records-read: shows what records-write has stored. The two processes share
 * only the name of the file or device.
 *
 * The idea: while the writer's page is in memory, all processes that map the
 * file share it, with all ten records. Later a file on a disk is read again: it
 * has five records, and zeros follow. On tmpfs the page in memory is the file,
 * so all ten stay, though read(2) never shows the last five (see BUGS in
 * mmap(2)). The device is longer than ten records and keeps all.
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "example.h"
#include "records.h"

static const char usage[] =
	"usage: records-read [PATH [EXPECTED]]\n"
	"Prints the records that a mapping of PATH shows, and checks them.\n"
	"EXPECTED is how many there must be: 5 or 10.\n";

/* Counts the right records; all others must be zero. */
static int count_records(const struct record *records, int from, int to)
{
	static const struct record none;
	struct record wanted;
	int found = 0;

	for (int i = from; i < to; i++) {
		wanted = record_number(i);
		printf("%2d  %-4s %u\n", i, records[i].name, records[i].age);
		if (!memcmp(&records[i], &wanted, sizeof(wanted)))
			found++;
		else if (memcmp(&records[i], &none, sizeof(none)))
			die("record %d is neither the writer's nor zero", i);
	}
	return found;
}

/* Copies the records, since another process may change them meanwhile. */
static void look(const struct place *place, struct record copy[RECORDS])
{
	size_t length = RECORDS * sizeof(copy[0]);
	void *map = place_map(place, length, PROT_READ);

	memcpy(copy, map, length);
	munmap(map, length);
	for (int i = 0; i < RECORDS; i++)
		copy[i].name[sizeof(copy[i].name) - 1] = '\0';
}

int main(int argc, char **argv)
{
	char *path[] = { argc > 1 ? argv[1] : NULL, NULL };
	struct record records[RECORDS];
	struct record more;
	struct place place;
	int inside, past;

	if (argc > 3)
		die_usage(usage);
	place = place_open(usage, path, O_RDONLY, FITTING * sizeof(records[0]));
	if (place.size < FITTING * sizeof(records[0]))
		die("%s: no file of %d records; run records-write first",
		    place.name, FITTING);
	look(&place, records);
	inside = count_records(records, 0, FITTING);
	past = count_records(records, FITTING, RECORDS);

	claim(inside == FITTING, "the first %d are the writer's", FITTING);
	if (place.device)
		claim(past == RECORDS - FITTING, "a device keeps them all");
	else
		claim(!pread(place.fd, &more, sizeof(more),
			     FITTING * sizeof(more)),
		      "for read(2) the file ends after the first %d", FITTING);
	if (argc == 3)
		claim(inside + past == (int)parse_number(argv[2]),
		      "the mapping shows %d, %s expected", inside + past,
		      argv[2]);
	else
		printf("      the mapping shows %d\n", inside + past);
	return verdict();
}
