// SPDX-License-Identifier: GPL-2.0-only
/*
 * records-write: stores ten records through a mapping of a file that has room
 * for five.
 *
 * The idea: a mapping consists of whole pages, a file of bytes. The five
 * records past the file's end are in its last page, where every process that
 * maps the file sees them, but they are not part of the file. Run records-read
 * in another terminal while this program waits, and once more when it has
 * ended.
 */
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "example.h"
#include "records.h"

static const char usage[] =
	"usage: records-write [PATH]\n"
	"Stores ten records in a file of five, or in the device. Keeps the mapping\n"
	"until Enter is pressed or the input ends, so that records-read can look.\n";

#define FILE_SIZE (FITTING * sizeof(struct record))

int main(int argc, char **argv)
{
	/* A device has a fixed size, so all ten must fit. */
	struct place place =
		place_open(usage, argv + 1, O_RDWR | O_CREAT, FILE_SIZE);
	size_t length = RECORDS * sizeof(struct record);
	struct record *records;
	struct stat st;

	(void)argc;
	if (place.device && place.size < length)
		die("%s: %zu bytes are too few for %d records", place.name,
		    place.size, RECORDS);

	records = place_map(&place, length, PROT_READ | PROT_WRITE);
	for (int i = 0; i < RECORDS; i++)
		records[i] = record_number(i);

	/*
	 * The five past the end did not make the file longer. On a disk, the
	 * kernel writes the page back up to the file's end and clears the rest
	 * of it, which msync makes happen now rather than some seconds later.
	 */
	printf("%d records stored in %s; run: records-read %s\n", RECORDS,
	       place.name, place.name);
	printf("Press Enter to end.\n");
	fflush(stdout);
	getchar();
	if (!place.device && msync(records, length, MS_SYNC))
		die("%s: msync: %m", place.name);
	munmap(records, length);

	if (place.device)
		claim(true, "the device keeps its %zu bytes", place.size);
	else
		claim(!fstat(place.fd, &st) && st.st_size == FILE_SIZE,
		      "the file still has %zu bytes: room for %d records",
		      FILE_SIZE, FITTING);
	return verdict();
}
