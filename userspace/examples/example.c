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
	int error = errno; /* for %m: what follows may change it */
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

/* A full disk behind stdout is a failure, not a success with less output. */
static void flush_stdout(void)
{
	if (fflush(stdout) || ferror(stdout))
		die("standard output cannot be written");
}

void die_usage(void)
{
	fputs(usage, stderr);
	exit(2);
}

void help_if_asked(char **operands)
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
	fflush(stdout); /* a child must not print it once more */
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

static uint32_t backing_by_name(const char *name)
{
	static const char *const names[] = {
		[MMAPDEMO_BACKING_KMALLOC] = "kmalloc",
		[MMAPDEMO_BACKING_VMALLOC] = "vmalloc",
		[MMAPDEMO_BACKING_SHMEM] = "shmem",
		[MMAPDEMO_BACKING_DMA] = "dma",
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (name && !strcmp(name, names[i]))
			return i;
	die_usage();
}

/*
 * Any descriptor of the device will do to ask it for a buffer. Write-back, but
 * the machine decides which attribute DMA memory has: else write-combining.
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

/*
 * O_CREAT is for files alone: without the module it would make an ordinary file
 * of the device's name.
 */
static int open_path(const char *path, int flags)
{
	struct stat st;
	int fd;

	if (!strcmp(path, DEVICE) || (!stat(path, &st) && !S_ISREG(st.st_mode)))
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

/* INFO tells a buffer from all other things that can be opened. */
static void measure(struct place *place)
{
	struct mmapdemo_info info = { .size = sizeof(info) };
	struct stat st;

	place->device = !ioctl(place->fd, MMAPDEMO_IOC_INFO, &info);
	if (!place->device && fstat(place->fd, &st))
		die("%s: %m", place->name);
	if (!place->device && !S_ISREG(st.st_mode))
		die("%s: neither a file nor a buffer of mmapdemo", place->name);
	place->size = place->device ? info.buffer_size : (size_t)st.st_size;
}

/* Nobody's own file is to be spoilt by an example. */
static void prepare_file(struct place *place, size_t size)
{
	if (place->size && place->size != size)
		die("%s: has %zu bytes, not %zu; give the name of a new file",
		    place->name, place->size, size);
	if (ftruncate(place->fd, size))
		die("%s: %zu bytes: %m", place->name, size);
	place->size = size;
}

struct place place_open(char **operands, int flags, size_t size)
{
	struct place place = { .name = DEVICE };
	bool private = operands[0] && !strcmp(operands[0], "--backing");

	help_if_asked(operands);
	if (operands[0])
		place.name = operands[private];
	if (operands[0] && operands[1] && operands[1 + private])
		die_usage();
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
 * The fence lets stores to write-combining memory become visible before the
 * word does; on other memory the release alone would do. Whoever waits looks at
 * the word before it sleeps, so the order is: store, then wake.
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

/* A futex may wake up for no reason, hence the loop; WAIT never does. */
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
