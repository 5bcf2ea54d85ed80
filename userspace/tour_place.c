// SPDX-License-Identifier: GPL-2.0-only
/*
 * What mmapdemo tour needs: the programs, a folder for files, and the device,
 * whose contents are restored.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "message.h"
#include "tour.h"
#include "transfer.h"

static bool is_folder(const char *path)
{
	struct stat stat_;

	return !stat(path, &stat_) && S_ISDIR(stat_.st_mode);
}

/*
 * The examples are next to a tool that was just built, or where make install
 * puts them. A missing program is reported when it is needed.
 */
static void find_examples(struct tour_place *place, const char *folder)
{
	char beside[sizeof(place->examples)];
	char program[PATH_MAX];
	ssize_t length =
		readlink("/proc/self/exe", program, sizeof(program) - 1);

	program[length < 0 ? 0 : length] = '\0';
	snprintf(place->tool, sizeof(place->tool), "%s", dirname(program));
	snprintf(beside, sizeof(beside), "%s/examples", place->tool);
	if (!folder)
		folder = is_folder(beside) ? beside : EXAMPLES;
	if (!realpath(folder, place->examples))
		snprintf(place->examples, sizeof(place->examples), "%s",
			 folder);
}

/* The examples come first, since there may be another program talk. */
static void set_path(struct tour_place *place)
{
	const char *before = getenv("PATH");
	char *path;

	if (asprintf(&path, "%s:%s:%s", place->examples, place->tool,
		     before ? before : "/usr/bin:/bin") < 0 ||
	    setenv("PATH", path, 1))
		die(EXIT_FAILED, "PATH: %s", strerror(errno));
	free(path);
}

static void make_work_folder(struct tour_place *place)
{
	const char *folder = getenv("TMPDIR");

	snprintf(place->work, sizeof(place->work), "%s/mmapdemo-tour-XXXXXX",
		 folder && *folder ? folder : "/tmp");
	if (!mkdtemp(place->work) || chdir(place->work))
		die(EXIT_FAILED, "%s: %s", place->work, strerror(errno));
}

static void remove_work_folder(struct tour_place *place)
{
	DIR *folder = opendir(place->work);
	struct dirent *entry;

	while (folder && (entry = readdir(folder)))
		unlinkat(dirfd(folder), entry->d_name, 0);
	if (folder)
		closedir(folder);
	if (chdir("/") || rmdir(place->work))
		complain("%s: %s", place->work, strerror(errno));
}

/* Other processes share the device's buffer, so its contents are saved. */
static void save_contents(struct tour_place *place)
{
	size_t size;

	if (buffer_try_open(&place->buffer, DEFAULT_DEVICE, O_RDWR))
		return;
	size = place->buffer.info.buffer_size;
	place->map = buffer_map(&place->buffer, PROT_READ | PROT_WRITE);
	place->saved = allocate(size);
	memcpy(place->saved, place->map, size);
}

static void put_contents_back(struct tour_place *place)
{
	if (!place->map)
		return;
	memcpy(place->map, place->saved, place->buffer.info.buffer_size);
	store_fence();
	buffer_unmap(&place->buffer, place->map);
	buffer_close(&place->buffer);
	free(place->saved);
}

void tour_enter(struct tour_place *place, const char *examples)
{
	find_examples(place, examples);
	set_path(place);
	save_contents(place);
	make_work_folder(place);
}

void tour_leave(struct tour_place *place)
{
	remove_work_folder(place);
	put_contents_back(place);
}
