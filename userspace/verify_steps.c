// SPDX-License-Identifier: GPL-2.0-only
/*
 * The claims that mmapdemo verify proves, in the order of the table at the end.
 *
 * Each step stores another pattern, so that none can pass on what an earlier
 * one left. Patterns are those of MMAPDEMO_IOC_FILL, computed here a second
 * time: with COUNT, no two places of the buffer are alike.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include <zlib.h>

#include "transfer.h"
#include "verify.h"

#define PATTERN_USER_STORE UINT64_C(0xa1b2c3d4e5f60718)
#define PATTERN_KERNEL_STORE UINT64_C(0x1827364554637281)
#define PATTERN_KERNEL_PART UINT64_C(0x9c8d7e6f50413223)
#define PATTERN_READ UINT64_C(0x3141592653589793)
#define PATTERN_WRITE UINT64_C(0x2718281828459045)
#define PATTERN_FIRST_PROCESS UINT64_C(0x5a5b5c5d5e5f6061)
#define PATTERN_SECOND_PROCESS UINT64_C(0xc6c7c8c9cacbcccd)
#define PATTERN_WHOLE UINT64_C(0x7f6e5d4c3b2a1908)
#define PATTERN_SHARED UINT64_C(0x1122344556677889)
#define PATTERN_PRIVATE UINT64_C(0xeeddcbbaa9988776)
#define PATTERN_SINGLE UINT64_C(0xe0d1c2b3a4958677)

static bool say(struct verify *v, bool ok, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

static bool say(struct verify *v, bool ok, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(v->text, sizeof(v->text), format, args);
	va_end(args);
	return ok;
}

static bool say_errno(struct verify *v, const char *what)
{
	return say(v, false, "%s: %s", what, strerror(errno));
}

/* Two names that must be equal: of an attribute, of an errno. */
static bool say_expected(struct verify *v, const char *expected,
			 const char *found)
{
	if (!strcmp(expected, found))
		return say(v, true, "%s", found);
	return say(v, false, "expected %s, found %s", expected, found);
}

/* What the buffer's bytes from offset on are after FILL with COUNT. */
static void pattern_make(unsigned char *to, uint64_t offset, uint64_t length,
			 uint64_t pattern)
{
	for (uint64_t o = offset; o < offset + length; o++)
		*to++ = (pattern + (o - o % 8)) >> (8 * (o % 8));
}

/* found shows the buffer from offset on. */
static bool same(struct verify *v, const char *who, const unsigned char *found,
		 const unsigned char *expected, uint64_t offset,
		 uint64_t length)
{
	uint64_t first = length, wrong = 0;

	for (uint64_t i = 0; i < length; i++) {
		if (found[i] == expected[i])
			continue;
		if (!wrong++)
			first = i;
	}
	if (!wrong)
		return true;
	return say(v, false,
		   "%s: offset %" PRIu64
		   ": expected 0x%02x, found 0x%02x (%" PRIu64 " of %" PRIu64
		   " bytes differ)",
		   who, offset + first, expected[first], found[first], wrong,
		   length);
}

/* The mapping is read once: a second look could hide what the first saw. */
static bool map_shows(struct verify *v, const char *who)
{
	memcpy(v->found, v->map, v->size);
	return same(v, who, v->found, v->expected, 0, v->size);
}

static void store(struct verify *v, uint64_t pattern)
{
	pattern_make(v->expected, 0, v->size, pattern);
	memcpy(v->map, v->expected, v->size);
	store_fence();
}

static uint64_t bytes_of_page(const struct verify *v, uint64_t page)
{
	uint64_t left = v->size - page * v->page_size;

	return left < v->page_size ? left : v->page_size;
}

/* For the message only: the byte that the kernel has, by its CRC-32. */
static bool say_byte_seen_by_kernel(struct verify *v, const char *who,
				    uint64_t offset)
{
	const struct range range = { offset, 1 };
	unsigned char byte = 0;
	uint32_t crc;

	if (buffer_checksum(v->buffer.fd, &range, &crc))
		return say_errno(v, "MMAPDEMO_IOC_CHECKSUM");
	while (crc32_z(0, &byte, 1) != crc && byte != 0xff)
		byte++;
	return say(v, false,
		   "%s: offset %" PRIu64 ": expected 0x%02x, found 0x%02x", who,
		   offset, v->expected[offset], byte);
}

/* Narrows a wrong checksum down to the first byte that has one. */
static bool find_first_unseen(struct verify *v, const char *who, uint64_t page)
{
	uint64_t start = page * v->page_size;
	uint64_t end = start + bytes_of_page(v, page);
	struct range range = { start, 1 };
	uint32_t crc;

	for (; range.offset < end; range.offset++) {
		if (buffer_checksum(v->buffer.fd, &range, &crc))
			return say_errno(v, "MMAPDEMO_IOC_CHECKSUM");
		if (crc != crc32_z(0, v->expected + range.offset, 1))
			return say_byte_seen_by_kernel(v, who, range.offset);
	}
	return say(v, false,
		   "%s: bytes %" PRIu64 "..%" PRIu64
		   ": CHECKSUM is wrong, that of each byte is right",
		   who, start, end - 1);
}

/* CHECKSUM of the whole and of each page against zlib over expected. */
static bool kernel_sees(struct verify *v, const char *who)
{
	struct range range = { 0, v->size };
	uint32_t crc, whole = crc32_z(0, v->expected, v->size);

	for (uint64_t page = 0; page < v->pages; page++) {
		range = (struct range){ page * v->page_size,
					bytes_of_page(v, page) };
		if (buffer_checksum(v->buffer.fd, &range, &crc))
			return say_errno(v, "MMAPDEMO_IOC_CHECKSUM");
		if (crc != crc32_z(0, v->expected + range.offset, range.length))
			return find_first_unseen(v, who, page);
	}
	range = (struct range){ 0, v->size };
	if (buffer_checksum(v->buffer.fd, &range, &crc))
		return say_errno(v, "MMAPDEMO_IOC_CHECKSUM");
	if (crc != whole)
		return say(v, false,
			   "%s: CHECKSUM of the whole is %08" PRIx32
			   ", expected %08" PRIx32
			   ", that of each page is right",
			   who, crc, whole);
	return say(v, true, "%" PRIu64 " bytes, CRC-32 %08" PRIx32, v->size,
		   crc);
}

static bool step_save(struct verify *v)
{
	memcpy(v->saved, v->map, v->size);
	memcpy(v->expected, v->saved, v->size);
	return kernel_sees(v, "the kernel, before any store");
}

static bool step_restore(struct verify *v)
{
	memcpy(v->expected, v->saved, v->size);
	memcpy(v->map, v->saved, v->size);
	store_fence();
	return kernel_sees(v, "the kernel");
}

/* Nothing here stores behind the size: those bytes are only looked at. */
static bool step_padding(struct verify *v)
{
	uint64_t end = v->pages * v->page_size;

	for (uint64_t offset = v->size; offset < end; offset++) {
		unsigned char byte = v->map[offset];

		if (byte)
			return say(
				v, false,
				"offset %" PRIu64
				": expected 0x00, found 0x%02x;"
				" a program stored there, or it is not the buffer's",
				offset, byte);
	}
	if (v->size == end)
		return say(v, true,
			   "there are none, %" PRIu64 " bytes fill their pages",
			   v->size);
	return say(v, true, "%" PRIu64 "..%" PRIu64, v->size, end - 1);
}

static bool step_kernel_attribute(struct verify *v)
{
	const struct mmapdemo_info *info = &v->buffer.info;

	return say_expected(v, cache_name(info->cache_requested),
			    cache_name(info->cache_effective));
}

static bool page_attribute(struct verify *v, uint64_t page,
			   uint32_t *entry_size)
{
	const uint32_t flags = MMAPDEMO_MAPINFO_PRESENT |
			       MMAPDEMO_MAPINFO_WRITE;
	uint64_t offset = page * v->page_size;
	struct mmapdemo_mapinfo is;

	(void)*(volatile unsigned char *)(v->map + offset); /* may be lazy */
	if (buffer_mapinfo(v->buffer.fd, v->map + offset, &is))
		return say_errno(v, "MMAPDEMO_IOC_MAPINFO");
	*entry_size = is.entry_size;
	if (is.flags != flags)
		return say(v, false,
			   "offset %" PRIu64
			   ": expected flags 0x%x, found 0x%x",
			   offset, flags, is.flags);
	if (is.offset != offset)
		return say(v, false,
			   "offset %" PRIu64
			   ": MAPINFO calls it offset %" PRIu64,
			   offset, (uint64_t)is.offset);
	return say(v, is.cache == v->buffer.info.cache_requested,
		   "offset %" PRIu64 ": expected %s, found %s", offset,
		   cache_name(v->buffer.info.cache_requested),
		   cache_name(is.cache));
}

static bool step_user_attribute(struct verify *v)
{
	uint32_t entry_size = 0, smallest = UINT32_MAX;

	for (uint64_t page = 0; page < v->pages; page++) {
		if (!page_attribute(v, page, &entry_size))
			return false;
		if (entry_size < smallest)
			smallest = entry_size;
	}
	if (smallest < v->page_size)
		return say(v, false,
			   "an entry covers %" PRIu32
			   " bytes, a page has %" PRIu64,
			   smallest, v->page_size);
	return say(v, true,
		   "%" PRIu64 " pages, %s, entries of %" PRIu32 " bytes",
		   v->pages, cache_name(v->buffer.info.cache_requested),
		   smallest);
}

/* The pages of a fresh mapping that are there, or -1. */
static int64_t present_pages(struct verify *v, const unsigned char *map)
{
	struct mmapdemo_mapinfo is;
	int64_t present = 0;

	for (uint64_t page = 0; page < v->pages; page++) {
		if (buffer_mapinfo(v->buffer.fd, map + page * v->page_size,
				   &is))
			return -1;
		present += is.flags & MMAPDEMO_MAPINFO_PRESENT;
	}
	return present;
}

/* map: fresh. Of a lazy buffer, a touch must bring what was not there. */
static bool populated_as_said(struct verify *v, const unsigned char *map)
{
	bool lazy = v->buffer.info.flags & MMAPDEMO_INFO_LAZY;
	int64_t untouched = present_pages(v, map), touched;

	for (uint64_t page = 0; lazy && page < v->pages; page++)
		(void)*(const volatile unsigned char *)(map +
							page * v->page_size);
	touched = present_pages(v, map);
	if (untouched < 0 || touched < 0)
		return say_errno(v, "MMAPDEMO_IOC_MAPINFO");
	return say(v,
		   untouched == (lazy ? 0 : (int64_t)v->pages) &&
			   touched == (int64_t)v->pages,
		   "%s: %" PRId64 " of %" PRIu64
		   " pages before a touch, %" PRId64 " after",
		   populate_name(lazy), untouched, v->pages, touched);
}

static bool step_populate(struct verify *v)
{
	unsigned char *map = buffer_try_map(&v->buffer, PROT_READ);
	bool ok;

	if (map == MAP_FAILED)
		return say_errno(v, "mmap");
	ok = populated_as_said(v, map);
	buffer_unmap(&v->buffer, map);
	return ok;
}

static bool step_user_store(struct verify *v)
{
	store(v, PATTERN_USER_STORE);
	return kernel_sees(v, "the kernel");
}

/* A part in the middle, too: what lies around it must stay. */
static bool step_kernel_store(struct verify *v)
{
	const struct range all = { 0, v->size };
	const struct range part = { v->size / 3, v->size / 2 - v->size / 3 };

	if (buffer_fill(v->buffer.fd, &all, PATTERN_KERNEL_STORE,
			MMAPDEMO_FILL_COUNT))
		return say_errno(v, "MMAPDEMO_IOC_FILL");
	pattern_make(v->expected, 0, v->size, PATTERN_KERNEL_STORE);
	if (!map_shows(v, "the mapping"))
		return false;
	if (buffer_fill(v->buffer.fd, &part, PATTERN_KERNEL_PART,
			MMAPDEMO_FILL_COUNT))
		return say_errno(v, "MMAPDEMO_IOC_FILL");
	pattern_make(v->expected + part.offset, part.offset, part.length,
		     PATTERN_KERNEL_PART);
	if (!map_shows(v, "the mapping after a fill of a part"))
		return false;
	return say(v, true,
		   "%" PRIu64 " bytes, then %" PRIu64
		   " of them again at offset %" PRIu64,
		   v->size, part.length, part.offset);
}

static bool step_read(struct verify *v)
{
	size_t done;

	store(v, PATTERN_READ);
	memset(v->found, 0, v->size);
	done = pread_all(v->buffer.fd, v->found, v->size, 0);
	if (done < v->size)
		return say(v, false, "read at offset %zu: %s", done,
			   errno ? strerror(errno) : "unexpected end");
	if (!same(v, "read(2)", v->found, v->expected, 0, v->size))
		return false;
	return say(v, true, "%" PRIu64 " bytes", v->size);
}

static bool step_write(struct verify *v)
{
	size_t done;

	pattern_make(v->expected, 0, v->size, PATTERN_WRITE);
	done = pwrite_all(v->buffer.fd, v->expected, v->size, 0);
	if (done < v->size)
		return say(v, false, "write at offset %zu: %s", done,
			   errno ? strerror(errno) : "nothing accepted");
	if (!map_shows(v, "the mapping"))
		return false;
	return say(v, true, "%" PRIu64 " bytes", v->size);
}

/* A private buffer has no path: its descriptor was inherited. */
static bool second_open(struct verify *v)
{
	buffer_unmap(&v->buffer, v->map);
	if (!v->buffer.private) {
		int error;

		close(v->buffer.fd);
		error = buffer_try_open(&v->buffer, O_RDWR);
		if (error)
			return say(v, false, "the second process: open: %s",
				   strerror(-error));
	}
	v->map = buffer_try_map(&v->buffer, PROT_READ | PROT_WRITE);
	if (v->map == MAP_FAILED)
		return say_errno(v, "the second process: mmap");
	return true;
}

/*
 * The second process: opens and maps on its own, tells that it has, waits for
 * the first one's stores, looks, stores, and leaves its verdict in the socket.
 * An empty verdict is a good one.
 */
static void second_process(struct verify *v, int socket)
{
	char turn = 0;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	signal(SIGBUS, SIG_DFL); /* not the parent's way out */
	signal(SIGSEGV, SIG_DFL);
	v->text[0] = '\0';
	if (!second_open(v))
		goto verdict;
	if (send(socket, &turn, 1, MSG_NOSIGNAL) != 1 ||
	    recv(socket, &turn, 1, 0) != 1)
		_exit(1);
	pattern_make(v->expected, 0, v->size, PATTERN_FIRST_PROCESS);
	if (map_shows(v, "the second process"))
		store(v, PATTERN_SECOND_PROCESS);
verdict:
	send(socket, v->text, strlen(v->text), MSG_NOSIGNAL);
	_exit(0);
}

/* The first process's half; returns the length of the verdict, -1 for none. */
static ssize_t talk_to_second(struct verify *v, int socket)
{
	char first[sizeof(v->text)];
	ssize_t n = recv(socket, first, sizeof(first) - 1, 0);

	if (n <= 0)
		return -1;
	if (n > 1 || first[0]) { /* not its turn byte: it could not start */
		first[n] = '\0';
		say(v, false, "%s", first);
		return n;
	}
	store(v, PATTERN_FIRST_PROCESS);
	if (send(socket, first, 1, MSG_NOSIGNAL) != 1)
		return -1;
	n = recv(socket, v->text, sizeof(v->text) - 1, 0);
	if (n >= 0)
		v->text[n] = '\0';
	return n;
}

static bool judge_second(struct verify *v, ssize_t verdict, int status)
{
	if (WIFSIGNALED(status))
		return say(v, false,
			   "the second process died of signal %d (%s)",
			   WTERMSIG(status), strsignal(WTERMSIG(status)));
	if (verdict < 0 || WEXITSTATUS(status))
		return say(v, false,
			   "the second process ended without a verdict");
	if (verdict > 0)
		return false;
	pattern_make(v->expected, 0, v->size, PATTERN_SECOND_PROCESS);
	if (!map_shows(v, "the first process"))
		return false;
	return say(v, true,
		   "%" PRIu64
		   " bytes each way, with %s and a mapping of its own",
		   v->size,
		   v->buffer.private ? "the descriptor passed on" : "an open");
}

static bool step_second_process(struct verify *v)
{
	int ends[2], status = 0;
	ssize_t verdict;
	pid_t child;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends))
		return say_errno(v, "socketpair");
	fflush(stdout);
	child = fork();
	if (!child) {
		close(ends[0]);
		second_process(v, ends[1]);
	}
	close(ends[1]);
	if (child < 0) {
		close(ends[0]);
		return say_errno(v, "fork");
	}
	verdict = talk_to_second(v, ends[0]);
	close(ends[0]);
	while (waitpid(child, &status, 0) < 0 && errno == EINTR)
		;
	return judge_second(v, verdict, status);
}

/* Looks at one page by a mapping of its own and stores another pattern. */
static bool page_alone(struct verify *v, uint64_t page)
{
	uint64_t offset = page * v->page_size, bytes = bytes_of_page(v, page);
	unsigned char *map = mmap(NULL, v->page_size, PROT_READ | PROT_WRITE,
				  MAP_SHARED, v->buffer.fd, offset);
	bool ok;

	if (map == MAP_FAILED)
		return say(v, false,
			   "mmap of the page at offset %" PRIu64 ": %s", offset,
			   strerror(errno));
	ok = same(v, "a mapping of this page alone", map, v->expected + offset,
		  offset, bytes);
	pattern_make(v->expected + offset, offset, bytes, PATTERN_SINGLE);
	memcpy(map, v->expected + offset, bytes);
	store_fence();
	munmap(map, v->page_size);
	return ok;
}

static bool step_pages(struct verify *v)
{
	store(v, PATTERN_WHOLE);
	for (uint64_t page = 0; page < v->pages; page++) {
		if (!page_alone(v, page))
			return false;
	}
	if (!map_shows(v, "the whole mapping"))
		return false;
	return say(v, true,
		   "%" PRIu64 " pages, each mapped alone, then the whole",
		   v->pages);
}

/* A mapping that must not come to be. */
static bool refused(struct verify *v, int prot, int flags, uint64_t length,
		    uint64_t offset, const char *error)
{
	void *map = mmap(NULL, length, prot, flags, v->buffer.fd, offset);

	if (map == MAP_FAILED)
		return say_expected(v, error, strerrorname_np(errno));
	munmap(map, length);
	return say_expected(v, error, "a mapping");
}

/* map: a private mapping of the whole, which must copy what is stored. */
static bool copies(struct verify *v, unsigned char *map)
{
	memcpy(v->found, map, v->size);
	if (!same(v, "the private mapping", v->found, v->expected, 0, v->size))
		return false;
	pattern_make(v->found, 0, v->size, PATTERN_PRIVATE);
	memcpy(map, v->found, v->size);
	return same(v, "the private mapping after a store", map, v->found, 0,
		    v->size) &&
	       map_shows(v, "the shared mapping") &&
	       kernel_sees(v, "the kernel");
}

static bool step_copy(struct verify *v)
{
	unsigned char *map = mmap(NULL, v->size, PROT_READ | PROT_WRITE,
				  MAP_PRIVATE, v->buffer.fd, 0);
	bool ok;

	if (map == MAP_FAILED)
		return say_errno(v, "a private mapping");
	store(v, PATTERN_SHARED);
	ok = copies(v, map);
	munmap(map, v->size);
	return ok &&
	       say(v, true, "%" PRIu64 " bytes copied, the buffer as it was",
		   v->size);
}

/* Only pages that can be copied on write may be mapped privately. */
static bool step_private(struct verify *v)
{
	if (v->buffer.info.backing == MMAPDEMO_BACKING_SHMEM)
		return step_copy(v);
	return refused(v, PROT_READ | PROT_WRITE, MAP_PRIVATE, v->page_size, 0,
		       "EINVAL");
}

static bool step_executable(struct verify *v)
{
	return refused(v, PROT_READ | PROT_EXEC, MAP_SHARED, v->page_size, 0,
		       "EPERM");
}

static bool step_executable_later(struct verify *v)
{
	if (!mprotect(v->map, v->page_size,
		      PROT_READ | PROT_WRITE | PROT_EXEC)) {
		mprotect(v->map, v->page_size, PROT_READ | PROT_WRITE);
		return say_expected(v, "EACCES", "an executable mapping");
	}
	return say_expected(v, "EACCES", strerrorname_np(errno));
}

static bool step_past_end(struct verify *v)
{
	return refused(v, PROT_READ | PROT_WRITE, MAP_SHARED, v->page_size,
		       v->pages * v->page_size, "ENXIO");
}

static bool step_across_end(struct verify *v)
{
	return refused(v, PROT_READ | PROT_WRITE, MAP_SHARED,
		       (v->pages + 1) * v->page_size, 0, "ENXIO");
}

const struct verify_step verify_save = {
	"save", "contents saved, the kernel sees what the user sees", step_save
};

const struct verify_step verify_restore = { "restore", "contents put back",
					    step_restore };

const struct verify_step verify_steps[] = {
	{ "padding", "bytes behind the size are zero", step_padding },
	{ "kernel-attribute",
	  "the kernel's page table entries carry the attribute",
	  step_kernel_attribute },
	{ "user-attribute", "the user's page table entries carry the attribute",
	  step_user_attribute },
	{ "populate", "a fresh mapping has its pages at once, or on touch",
	  step_populate },
	{ "user-store", "the kernel sees the user's stores", step_user_store },
	{ "kernel-store", "the user sees the kernel's stores",
	  step_kernel_store },
	{ "read", "read(2) returns what a mapping stored", step_read },
	{ "write", "a mapping shows what write(2) stored", step_write },
	{ "second-process", "a second process sees the same bytes",
	  step_second_process },
	{ "pages", "every page is distinct and lands at its offset",
	  step_pages },
	{ "padding-after", "bytes behind the size are still zero",
	  step_padding },
	{ "private", "a private mapping copies on write, or is refused",
	  step_private },
	{ "refuse-exec", "an executable mapping is refused", step_executable },
	{ "refuse-exec-later", "a mapping cannot become executable",
	  step_executable_later },
	{ "refuse-past-end", "a mapping behind the end is refused",
	  step_past_end },
	{ "refuse-across-end", "a mapping across the end is refused",
	  step_across_end },
	{ 0 },
};
