// SPDX-License-Identifier: GPL-2.0-only
/* What the examples share: a place to map, and claims that are checked. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/futex.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "example.h"

#define DEVICE "/dev/mmapdemo"

static unsigned int claims, failures;

void die(const char *format, ...)
{
	int error = errno; /* for %m; fflush() may change it */
	va_list args;

	fflush(stdout);
	fprintf(stderr, "%s: ", program_invocation_short_name);
	errno = error;
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	exit(1);
}

/*
 * If the output cannot be written, as on a full disk, the program has failed.
 */
static void flush_stdout(void)
{
	if (fflush(stdout) || ferror(stdout))
		die("standard output cannot be written");
}

void die_usage(const char *usage)
{
	fputs(usage, stderr);
	exit(2);
}

void help_if_asked(const char *usage, char **operands)
{
	if (!operands[0] ||
	    (strcmp(operands[0], "--help") && strcmp(operands[0], "-h")))
		return;
	fputs(usage, stdout);
	flush_stdout();
	exit(0);
}

size_t parse_number(const char *text)
{
	char *end;
	unsigned long number;

	errno = 0;
	number = strtoul(text, &end, 0);
	if (errno || end == text || *end || *text == '-')
		die("'%s' is not a number", text);
	return number;
}

bool claim(bool holds, const char *format, ...)
{
	va_list args;

	claims++;
	failures += !holds;
	printf("%s", holds ? "ok    " : "FAIL  ");
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	putchar('\n');
	fflush(stdout); /* or a child would print it once more */
	return holds;
}

int verdict(void)
{
	if (!claims)
		die("nothing was checked");
	flush_stdout();
	if (failures)
		die("%u of %u claims do not hold", failures, claims);
	return 0;
}

size_t page_size(void)
{
	return sysconf(_SC_PAGESIZE);
}

size_t whole_pages(size_t size)
{
	return (size + page_size() - 1) / page_size() * page_size();
}

/* Returns BACKING_COUNT if there is none of that name. */
static uint32_t backing_by_name(const char *name)
{
	static const char *const names[] = { FOR_EACH_BACKING(KIND_NAME) };
	uint32_t i;

	for (i = 0; i < BACKING_COUNT; i++)
		if (name && !strcmp(name, names[i]))
			break;
	return i;
}

/*
 * CREATE takes any descriptor of the device. The buffer is write-back, or if
 * the machine does not support that, as for DMA memory, write-combining.
 */
static int create_buffer(const char *backing, size_t size)
{
	struct mmapdemo_create create = {
		.size = sizeof(create),
		.buffer_size = size ? size : 1,
		.backing = backing_by_name(backing),
		.cache = MMAPDEMO_CACHE_WB,
	};
	int device = open(DEVICE, O_RDONLY);
	int fd;

	if (device < 0)
		die(DEVICE ": %m; try: modprobe mmapdemo");
	fd = ioctl(device, MMAPDEMO_IOC_CREATE, &create);
	if (fd < 0 && errno == EOPNOTSUPP) {
		create.cache = MMAPDEMO_CACHE_WC;
		fd = ioctl(device, MMAPDEMO_IOC_CREATE, &create);
	}
	if (fd < 0)
		die("no private buffer of %zu bytes, %s: %m", size, backing);
	close(device);
	return fd;
}

/* A private buffer is a regular file; only an ioctl tells it from others. */
static bool is_buffer(const char *path)
{
	struct mmapdemo_info info = { .size = sizeof(info) };
	int fd = open(path, O_RDONLY | O_NONBLOCK);
	bool is = fd >= 0 && !ioctl(fd, MMAPDEMO_IOC_INFO, &info);

	if (fd >= 0)
		close(fd);
	return is;
}

/*
 * O_CREAT is only for files. If the module is not loaded, it would make an
 * ordinary file with the name of the device.
 */
static int open_path(const char *path, int flags)
{
	struct stat st;
	int fd;

	if (!strcmp(path, DEVICE) ||
	    (!stat(path, &st) && !S_ISREG(st.st_mode)) || is_buffer(path))
		flags &= ~(O_CREAT | O_EXCL);
	fd = open(path, flags, 0600);
	if (fd < 0)
		die("%s: %m; %s", path,
		    errno == EEXIST	 ? "give the name of a new file" :
		    strcmp(path, DEVICE) ? "give a file's path or " DEVICE :
					   "try: modprobe mmapdemo");
	if (flags & O_EXCL)
		unlink(path);
	return fd;
}

/* INFO works on buffers alone. */
static void measure(struct place *place)
{
	struct mmapdemo_info info = { .size = sizeof(info) };
	struct stat st;

	place->device = !ioctl(place->fd, MMAPDEMO_IOC_INFO, &info);
	place->private = info.properties & MMAPDEMO_INFO_PRIVATE;
	if (!place->device && fstat(place->fd, &st))
		die("%s: %m", place->name);
	if (!place->device && !S_ISREG(st.st_mode))
		die("%s: neither a file nor a buffer of mmapdemo", place->name);
	place->size = place->device ? info.buffer_size : (size_t)st.st_size;
}

/* A file that already has other contents is left alone. */
static void prepare_file(struct place *place, size_t size)
{
	if (place->size && place->size != size)
		die("%s: has %zu bytes, not %zu; give the name of a new file",
		    place->name, place->size, size);
	if (ftruncate(place->fd, size))
		die("%s: %zu bytes: %m", place->name, size);
	place->size = size;
}

struct place place_open(const char *usage, char **operands, int flags,
			size_t size)
{
	struct place place = { .name = DEVICE };
	bool private = operands[0] && !strcmp(operands[0], "--backing");

	help_if_asked(usage, operands);
	if (private && backing_by_name(operands[1]) == BACKING_COUNT)
		die_usage(usage);
	if (operands[0])
		place.name = operands[private];
	if (operands[0] && operands[1] && operands[1 + private])
		die_usage(usage);
	place.fd = private ? create_buffer(place.name, size) :
			     open_path(place.name, flags);
	measure(&place);
	if (place.device && place.size < size)
		die("%s: has %zu bytes, %zu are needed; try: modprobe -r mmapdemo && modprobe mmapdemo size=%zu",
		    place.name, place.size, size, size);
	if (!place.device && flags & O_CREAT)
		prepare_file(&place, size);
	return place;
}

void *place_map(const struct place *place, size_t length, int prot)
{
	void *map = mmap(NULL, length, prot, MAP_SHARED, place->fd, 0);

	if (map == MAP_FAILED)
		die("%s: cannot map %zu bytes: %m", place->name, length);
	return map;
}

/*
 * The fences make stores to write-combining memory visible before the word; on
 * other memory the release is enough. A process compares the word before it
 * sleeps, so the order is: store, then wake.
 */
void publish(const struct place *place, uint32_t *word, uint32_t value)
{
	struct mmapdemo_wake wake = { .size = sizeof(wake), .count = INT_MAX };
	long ret;

	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	__atomic_store_n(word, value, __ATOMIC_RELEASE);
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	if (place->device)
		ret = ioctl(place->fd, MMAPDEMO_IOC_WAKE, &wake);
	else
		ret = syscall(SYS_futex, word, FUTEX_WAKE, INT_MAX, NULL);
	if (ret < 0)
		die("%s: waking the others: %m", place->name);
}

/*
 * The loop is for the futex, which may return for no reason; WAIT never does.
 */
void wait_until_not(const struct place *place, uint32_t *word, uint32_t value)
{
	struct mmapdemo_wait wait = { .size = sizeof(wait), .expected = value };
	long ret;

	while (__atomic_load_n(word, __ATOMIC_ACQUIRE) == value) {
		if (place->device)
			ret = ioctl(place->fd, MMAPDEMO_IOC_WAIT, &wait);
		else
			ret = syscall(SYS_futex, word, FUTEX_WAIT, value, NULL);
		if (ret < 0 && errno != EAGAIN && errno != EINTR)
			die("%s: waiting for a change: %m", place->name);
	}
}
