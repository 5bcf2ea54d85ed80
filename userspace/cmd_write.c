// SPDX-License-Identifier: GPL-2.0-only
/* mmapdemo write: bytes of an argument, a file or stdin into the buffer. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "buffer.h"
#include "command.h"
#include "json.h"
#include "message.h"
#include "transfer.h"

static struct {
	struct range range;
	const char *file;
	bool syscall;
	struct buffer_args buffer;
	bool json;
} args = { .range = RANGE_INIT, .buffer = BUFFER_ARGS_INIT };

static const struct option_spec options[] = {
	{ 'o', "offset", "BYTES", "start there (default 0)", parse_size,
	  &args.range.offset },
	{ 'l', "length", "BYTES",
	  "exactly that many of the data (default: all)", parse_size,
	  &args.range.length },
	{ 'f', "file", "PATH", "take the data from a file; - is stdin",
	  parse_string, &args.file },
	{ 's', "syscall", NULL, "by write(2) instead of through a mapping",
	  parse_flag, &args.syscall },
	BUFFER_OPTIONS(args.buffer),
	JSON_OPTION(args.json),
	{ 0 },
};

#define UNKNOWN_LENGTH UINT64_MAX

/* The source of the data: text in memory, or a descriptor. */
struct source {
	const char *name;
	const char *text;
	int fd;
	uint64_t length; /* or UNKNOWN_LENGTH: a pipe, a terminal */
};

static uint64_t length_of_file(int fd)
{
	struct stat stat;
	off_t position = lseek(fd, 0, SEEK_CUR);

	if (fstat(fd, &stat) || !S_ISREG(stat.st_mode) || position < 0)
		return UNKNOWN_LENGTH;
	return stat.st_size > position ? stat.st_size - position : 0;
}

static void source_open(struct source *source, int argc, char **argv)
{
	const char *file = args.file;

	if (!argc == !file)
		die_usage("write: give either DATA or --file");
	if (argc && strcmp(argv[0], "-") != 0) {
		*source =
			(struct source){ "DATA", argv[0], -1, strlen(argv[0]) };
		return;
	}
	*source = (struct source){ .name = "stdin", .fd = STDIN_FILENO };
	if (file && strcmp(file, "-") != 0) {
		source->name = file;
		source->fd = open(file, O_RDONLY | O_CLOEXEC);
		if (source->fd < 0)
			die(EXIT_FAILED, "%s: %s", file, strerror(errno));
	}
	source->length = length_of_file(source->fd);
}

/*
 * The range to store to. Data that is known not to fit is refused before that.
 */
static struct range range_that_fits(const struct source *source,
				    const struct buffer *buffer)
{
	struct range range = { args.range.offset, REST_OF_BUFFER };
	uint64_t wanted = args.range.length;

	if (wanted == REST_OF_BUFFER)
		wanted = source->length;
	if (source->length != UNKNOWN_LENGTH && source->length < wanted)
		die(EXIT_FAILED,
		    "%s: has %" PRIu64 " bytes, --length asks for %" PRIu64
		    "; nothing was written",
		    source->name, source->length, wanted);
	range = range_resolve(&range, buffer);
	if (wanted == UNKNOWN_LENGTH)
		return range;
	if (wanted > range.length)
		die(EXIT_FAILED,
		    "%s: %" PRIu64 " bytes do not fit after offset %" PRIu64
		    " of %" PRIu64 " bytes; nothing was written",
		    buffer_name(buffer), wanted, range.offset,
		    (uint64_t)buffer->info.buffer_size);
	range.length = wanted;
	return range;
}

static size_t source_read(struct source *source, void *to, size_t length)
{
	if (source->fd >= 0)
		return read_all(source->fd, to, length);
	memcpy(to, source->text, length);
	return length;
}

static void store_by_mapping(const struct buffer *buffer, uint64_t offset,
			     const void *from, size_t length)
{
	unsigned char *map = buffer_map(buffer, PROT_READ | PROT_WRITE);

	memcpy(map + offset, from, length);
	store_fence();
	buffer_unmap(buffer, map);
}

static void store_by_syscall(const struct buffer *buffer, uint64_t offset,
			     const void *from, size_t length)
{
	size_t done = pwrite_all(buffer->fd, from, length, offset);

	if (done < length)
		die(EXIT_FAILED,
		    "%s: write at offset %" PRIu64
		    ": %s; %zu of %zu bytes were written",
		    buffer_name(buffer), offset + done,
		    errno ? strerror(errno) : "nothing accepted", done, length);
}

static void report(const struct buffer *buffer, uint64_t offset, size_t written)
{
	struct json json = { 0 };

	if (!args.json) {
		printf("wrote %zu bytes at offset %" PRIu64 " of %s\n", written,
		       offset, buffer_name(buffer));
		return;
	}
	json_open(&json, NULL, '{');
	buffer_json(&json, buffer);
	json_number(&json, "offset", offset);
	json_number(&json, "written", written);
	json_close(&json, '}');
}

/*
 * Returns true if all data was stored: the source had as many bytes as
 * requested, or ended before the buffer did. Else prints why not; what could be
 * read is stored.
 */
static bool complete(const struct source *source, size_t got, int error,
		     uint64_t room)
{
	char more;

	if (error) {
		complain("%s: %s; %zu bytes were written", source->name,
			 strerror(error), got);
		return false;
	}
	if (args.range.length != REST_OF_BUFFER ||
	    source->length != UNKNOWN_LENGTH) {
		if (got == room)
			return true;
		complain("%s: ended after %zu of %" PRIu64
			 " bytes, which were written",
			 source->name, got, room);
		return false;
	}
	if (got < room || !read_all(source->fd, &more, 1))
		return true;
	complain("%s: has more than fits; the first %zu bytes were written",
		 source->name, got);
	return false;
}

static int run(int argc, char **argv)
{
	struct source source;
	struct buffer buffer;
	struct range range;
	unsigned char *bytes;
	size_t got;
	int error;
	bool all;

	source_open(&source, argc, argv);
	buffer_open(&buffer, &args.buffer, args.syscall ? O_WRONLY : O_RDWR);
	buffer_check_unsealed(&buffer);
	range = range_that_fits(&source, &buffer);
	bytes = allocate(range.length);
	got = source_read(&source, bytes, range.length);
	error = got < range.length ? errno : 0;
	if (args.syscall)
		store_by_syscall(&buffer, range.offset, bytes, got);
	else
		store_by_mapping(&buffer, range.offset, bytes, got);
	free(bytes);
	report(&buffer, range.offset, got);
	all = complete(&source, got, error, range.length);
	buffer_close(&buffer);
	return all ? EXIT_OK : EXIT_FAILED;
}

const struct command cmd_write = {
	.name = "write",
	.operands = "DATA",
	.max_operands = 1,
	.summary = "Store DATA, a file or stdin (-) into the buffer",
	.options = options,
	.run = run,
};
