// SPDX-License-Identifier: GPL-2.0-only
/*
 * Each tracepoint fires once per event with the right values, and none shows a
 * kernel address.
 */
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <sys/mount.h>

#include "device.h"

#define TRACING "/sys/kernel/tracing"
#define EVENTS TRACING "/events/mmapdemo"

static const char *const events[] = {
	"mmapdemo_create", "mmapdemo_destroy", "mmapdemo_mmap",
	"mmapdemo_fault",  "mmapdemo_fill",    "mmapdemo_checksum",
	"mmapdemo_wait",   "mmapdemo_wake",
};

/* Writes to an existing file. Returns 0 or -errno. */
static int put(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC);
	int rc;

	if (fd < 0)
		return -errno;
	rc = RC(write(fd, text, strlen(text)));
	close(fd);
	return rc < 0 ? rc : 0;
}

static size_t get(const char *path, char *text, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t used = 0;
	ssize_t n;

	while (fd >= 0 && (n = read(fd, text + used, size - 1 - used)) > 0)
		used += n;
	text[used] = '\0';
	close(fd);
	return used;
}

static const char *tracing_missing(void)
{
	if (access(TRACING "/events", F_OK))
		mount("none", TRACING, "tracefs", 0, NULL);
	return access(TRACING "/events", F_OK) ? "no tracefs" : NULL;
}

/*
 * With an event on, the kernel by default also notes the names of processes, by
 * a hook in the scheduler. To patch that hook in while other processors run it
 * now and then kills an emulated machine (int3 in __schedule, QEMU 7.2 without
 * KVM). Nobody here wants names, so the option is off while the program runs;
 * its children, the tests, leave by _exit() and do not come past the second.
 */
static char record_cmd[2];

static void __attribute__((constructor)) note_no_names(void)
{
	if (tracing_missing())
		return;
	get(TRACING "/options/record-cmd", record_cmd, sizeof(record_cmd));
	put(TRACING "/options/record-cmd", "0");
}

static void __attribute__((destructor)) note_names_as_before(void)
{
	if (record_cmd[0])
		put(TRACING "/options/record-cmd", record_cmd);
}

static char trace_text[1 << 16];

/* Returns what was recorded since the last call, without the header. */
static char *recorded(void)
{
	char *line;

	get(TRACING "/trace", trace_text, sizeof(trace_text));
	put(TRACING "/trace", "");
	line = trace_text;
	while (*line == '#')
		line += strcspn(line, "\n") + 1;
	return line;
}

static int occurrences(const char *text, const char *what)
{
	int count = 0;

	while ((text = strstr(text, what))) {
		count++;
		text++;
	}
	return count;
}

/*
 * Expects that exactly one event was recorded, with these fields at the end of its
 * line.
 */
#define EXPECT_RECORDED(...)                                              \
	do {                                                              \
		char _want[256], *_seen = recorded();                     \
                                                                          \
		snprintf(_want, sizeof(_want), __VA_ARGS__);              \
		EXPECT_EQ(1, occurrences(_seen, _want))                   \
		{                                                         \
			TH_LOG("wanted '%s' in:\n%s", _want, _seen);      \
		}                                                         \
		EXPECT_EQ(1, occurrences(_seen, "\n"))                    \
		{                                                         \
			TH_LOG("wanted only '%s' in:\n%s", _want, _seen); \
		}                                                         \
	} while (0)

/*
 * Records one kind of event from here on, or "" for all; the fixture has loaded
 * the module, with all of them off.
 */
#define START_TRACING(event)                                        \
	do {                                                        \
		if (tracing_missing())                              \
			SKIP(return, "%s", tracing_missing());      \
		ASSERT_EQ(0, put(TRACING "/trace", ""));            \
		ASSERT_EQ(0, put(EVENTS "/" event "/enable", "1")); \
	} while (0)

TEST_F(device, mmap)
{
	void *map;

	START_TRACING("mmapdemo_mmap");
	map = map_shared(self->fd, page_size(), PROT_READ, page_size());
	ASSERT_NE(MAP_FAILED, map);
	EXPECT_RECORDED("mmapdemo_mmap: start=0x%lx length=%zu pgoff=1 ret=0\n",
			(unsigned long)map, page_size());
	munmap(map, page_size());
	EXPECT_EQ(MAP_FAILED,
		  map_shared(self->fd, 5 * page_size(), PROT_READ, 0));
	EXPECT_RECORDED(" length=%zu pgoff=0 ret=%d\n", 5 * page_size(),
			-ENXIO);
	if (backings[variant->kind.backing].copies)
		return;
	EXPECT_EQ(MAP_FAILED,
		  mmap(NULL, page_size(), PROT_READ, MAP_PRIVATE, self->fd, 0));
	EXPECT_RECORDED(" pgoff=0 ret=%d\n", -EINVAL);
}

TEST_F(device, fill)
{
	START_TRACING("mmapdemo_fill");
	ASSERT_EQ(0, fill(self->fd, 0, 3, 4990, 0xfedcba9876543210));
	EXPECT_RECORDED(
		"mmapdemo_fill: offset=3 length=4990 pattern=0xfedcba9876543210 ret=0\n");
	ASSERT_EQ(-EINVAL, fill(self->fd, 0, DEVICE_SIZE, 1, 5));
	EXPECT_RECORDED(
		"mmapdemo_fill: offset=%d length=1 pattern=0x5 ret=%d\n",
		DEVICE_SIZE, -EINVAL);
}

TEST_F(device, checksum)
{
	__u32 crc;

	scramble(self->map, DEVICE_SIZE, 1);
	fence();
	START_TRACING("mmapdemo_checksum");
	ASSERT_EQ(0, checksum(self->fd, 7, 4000, &crc));
	EXPECT_RECORDED(
		"mmapdemo_checksum: offset=7 length=4000 crc=0x%08x ret=0\n",
		crc);
	ASSERT_EQ(-EINVAL, checksum(self->fd, 0, -1, &crc));
	EXPECT_RECORDED(
		"mmapdemo_checksum: offset=0 length=18446744073709551615 crc=0x00000000 ret=%d\n",
		-EINVAL);
}

/*
 * WAKE, write(2) and FILL record a wake-up with the range of bytes that it
 * concerns.
 */
TEST_F(device, wake)
{
	pid_t pid;

	START_TRACING("mmapdemo_wake");
	ASSERT_EQ(0, wake_word(self->fd, 8, 1));
	EXPECT_RECORDED("mmapdemo_wake: offset=8 length=4 woken=0\n");
	ASSERT_EQ(3, pwrite(self->fd, "abc", 3, 5));
	EXPECT_RECORDED("mmapdemo_wake: offset=5 length=3 woken=0\n");
	ASSERT_EQ(0, fill(self->fd, 0, 77, 4000, 0));
	EXPECT_RECORDED("mmapdemo_wake: offset=77 length=4000 woken=0\n");
	pid = fork();
	if (!pid)
		_exit(-wait_word(self->fd, 4000, 0, NO_TIMEOUT));
	while (!asleep(pid))
		usleep(1000);
	ASSERT_EQ(8, pwrite(self->fd, "12345678", 8, 3996));
	EXPECT_EQ(0, child_status(pid));
	EXPECT_RECORDED("mmapdemo_wake: offset=3996 length=8 woken=1\n");
	EXPECT_EQ(-EINVAL, wake_word(self->fd, 2, 1));
	EXPECT_EQ(0, pwrite(self->fd, "", 0, 0));
	EXPECT_STREQ("", recorded());
}

TEST_F(device, wait)
{
	START_TRACING("mmapdemo_wait");
	ASSERT_EQ(0, wait_word(self->fd, 4, 0xffffffff, NO_TIMEOUT));
	EXPECT_RECORDED("mmapdemo_wait: offset=4 expected=4294967295 ret=0\n");
	ASSERT_EQ(-ETIMEDOUT, wait_word(self->fd, 8, 0, 1));
	EXPECT_RECORDED("mmapdemo_wait: offset=8 expected=0 ret=%d\n",
			-ETIMEDOUT);
	ASSERT_EQ(0, fcntl(self->fd, F_SETFL, O_NONBLOCK));
	ASSERT_EQ(-EAGAIN, wait_word(self->fd, 8, 0, NO_TIMEOUT));
	EXPECT_RECORDED("mmapdemo_wait: offset=8 expected=0 ret=%d\n", -EAGAIN);
	EXPECT_EQ(-EINVAL, wait_word(self->fd, 2, 0, NO_TIMEOUT));
	EXPECT_STREQ("", recorded());
}

/* FAULT_FLAG_WRITE and VM_FAULT_NOPAGE of the kernel */
#define FAULT_STORES 1
#define FAULT_MAPPED 0x100

/* Stores without a load before it, which touch() does. */
static void access_byte(volatile char *at, bool store)
{
	if (store)
		*at = 7;
	else
		(void)*at;
}

/* Touches a page that has no entry yet, and one that has. */
static void expect_fault(struct __test_metadata *_metadata, char *at,
			 unsigned long page, unsigned int order, bool store)
{
	unsigned int flags, result, seen_order;
	unsigned long pgoff;
	char *text;

	access_byte(at, store);
	text = recorded();
	EXPECT_EQ(1, occurrences(text, "\n"))
	{
		TH_LOG("wanted one fault in:\n%s", text);
	}
	text = strstr(text, "mmapdemo_fault: ");
	ASSERT_NE(NULL, text);
	ASSERT_EQ(4,
		  sscanf(text,
			 "mmapdemo_fault: pgoff=%lu order=%u flags=%x ret=%x",
			 &pgoff, &seen_order, &flags, &result));
	EXPECT_EQ(page, pgoff);
	EXPECT_EQ(order, seen_order);
	EXPECT_EQ(store, !!(flags & FAULT_STORES));
	EXPECT_TRUE(result == 0 || result == FAULT_MAPPED)
	{
		TH_LOG("result %#x", result);
	}
	access_byte(at, store);
	EXPECT_STREQ("", recorded());
}

TEST_F(device, fault)
{
	char *copy, *map = (char *)self->map;

	START_TRACING("mmapdemo_fault");
	if (variant->kind.lazy) {
		expect_fault(_metadata, map + page_size() + 5, 1, 0, true);
		expect_fault(_metadata, map, 0, 0, false);
	}
	touch_pages(self->map, self->mapped, true);
	EXPECT_STREQ("", recorded());
	if (!backings[variant->kind.backing].copies)
		return;
	copy = mmap(NULL, page_size(), RW, MAP_PRIVATE, self->fd, page_size());
	ASSERT_NE(MAP_FAILED, copy);
	expect_fault(_metadata, copy, 1, 0, false);
	munmap(copy, page_size());
}

/* Expects one event for each entry of 2 MiB where those are possible. */
TEST_F(device, fault_of_a_large_entry)
{
	size_t bytes = large_entry(&variant->kind);
	unsigned int order = 0;
	char *text;

	if (!variant->kind.lazy)
		return;
	while (page_size() << order < bytes)
		order++;
	RENEW(2 * HUGE_ENTRY);
	START_TRACING("mmapdemo_fault");
	if (order) {
		expect_fault(_metadata, (char *)self->map + HUGE_ENTRY,
			     HUGE_ENTRY / page_size(), order, true);
		return;
	}
	/*
	 * The kernel may try a large entry first, and once more where it has to
	 * take another lock in between.
	 */
	access_byte((char *)self->map, true);
	text = recorded();
	EXPECT_EQ(1, occurrences(text, "pgoff=0 order=0 "))
	{
		TH_LOG("in:\n%s", text);
	}
	EXPECT_GE(3, occurrences(text, "\n"));
}

/* The creation and the release of a private buffer are recorded. */
TEST_F(device, private_buffer)
{
	int fd;

	START_TRACING("mmapdemo_create");
	ASSERT_EQ(0, put(EVENTS "/mmapdemo_destroy/enable", "1"));
	fd = create(self->fd, &variant->kind, 4097);
	ASSERT_LE(0, fd);
	EXPECT_RECORDED("mmapdemo_create: size=4097 backing=%u cache=%u\n",
			variant->kind.backing, variant->kind.cache);
	close(fd);
	EXPECT_RECORDED("mmapdemo_destroy: size=4097 backing=%u cache=%u\n",
			variant->kind.backing, variant->kind.cache);
	EXPECT_EQ(-EINVAL, create(self->fd, &variant->kind, 0));
	EXPECT_STREQ("", recorded());
}

/* Calls that are no event record none. */
TEST_F(device, silence)
{
	struct mmapdemo_info info;
	char byte;

	START_TRACING("");
	ASSERT_EQ(0, get_info(self->fd, &info));
	ASSERT_EQ(1, pread(self->fd, &byte, 1, 0));
	ASSERT_EQ(0, pwrite(self->fd, &byte, 0, 0));
	close(device_open(O_RDWR));
	EXPECT_STREQ("", recorded());
}

/* Shares a processor with the reader, which runs first when it is woken. */
static void share_processor(int policy)
{
	struct sched_param param = { .sched_priority = policy == SCHED_FIFO };
	cpu_set_t first;

	CPU_ZERO(&first);
	CPU_SET(0, &first);
	sched_setaffinity(0, sizeof(first), &first);
	sched_setscheduler(0, policy, &param);
}

/* Starts a child that sleeps until something is recorded, and passes it on. */
static pid_t start_reader(int to)
{
	pid_t pid = fork();
	char text[1024];
	ssize_t n;
	int fd;

	if (!pid) {
		share_processor(SCHED_FIFO);
		fd = open(TRACING "/trace_pipe", O_RDONLY);
		n = read(fd, text, sizeof(text));
		_exit(n <= 0 || write(to, text, n) != n);
	}
	while (!asleep(pid))
		usleep(1000);
	return pid;
}

/*
 * Returns what is recorded while the module is unloaded, until nothing came for a
 * second.
 */
static const char *recorded_by_unload(void)
{
	static char text[1024];
	struct pollfd p = { .events = POLLIN };
	int pipes[2];
	pid_t pid;

	text[0] = '\0';
	if (pipe(pipes))
		return text;
	pid = start_reader(pipes[1]);
	p.fd = pipes[0];
	if (!module_unload() && poll(&p, 1, 1000) == 1)
		text[read(p.fd, text, sizeof(text) - 1)] = '\0';
	kill(pid, SIGKILL);
	child_status(pid);
	close(pipes[0]);
	close(pipes[1]);
	return text;
}

/*
 * The unload empties the buffer of recorded events when it is done. So somebody
 * has to read while it goes on, which may need more than one try.
 */
TEST_F_TIMEOUT(device, destroy, 60)
{
	const char *seen = "";
	char want[128];
	int i;

	if (tracing_missing())
		SKIP(return, "%s", tracing_missing());
	snprintf(want, sizeof(want),
		 "mmapdemo_destroy: size=%d backing=%d cache=%u\n", DEVICE_SIZE,
		 variant->kind.backing, variant->kind.cache);
	share_processor(SCHED_OTHER);
	for (i = 0; i < 20 && !*seen; i++) {
		put(TRACING "/trace", "");
		ASSERT_EQ(0, put(EVENTS "/mmapdemo_destroy/enable", "1"));
		device_release(self);
		seen = recorded_by_unload();
		ASSERT_EQ(0, device_renew(self, DEVICE_SIZE, &variant->kind));
	}
	TH_LOG("seen in unload %d", i);
	EXPECT_EQ(1, occurrences(seen, want))
	{
		TH_LOG("wanted '%s' in '%s'", want, seen);
	}
}

/* Enables the events as soon as the module has registered them while it loads. */
static void *enable_early(void *stop)
{
	while (!*(volatile bool *)stop &&
	       put(EVENTS "/mmapdemo_create/enable", "1"))
		;
	return NULL;
}

/* Loads the module while another process enables the event. */
static long load_traced(size_t size, const struct kind *kind)
{
	bool stop = false;
	pthread_t thread;
	long rc;

	rc = module_gone();
	if (rc)
		return rc;
	put(TRACING "/trace", "");
	pthread_create(&thread, NULL, enable_early, &stop);
	rc = device_load(size, kind);
	stop = true;
	pthread_join(thread, NULL);
	return rc;
}

/*
 * The event is over when the load is, and nobody can ask for it before the
 * module has begun to load: a race. It is won often enough, since a load of
 * 4 MiB takes its time.
 */
TEST_F_TIMEOUT(device, create, 60)
{
	const size_t size = (4 << 20) - 77;
	char want[128], *seen = "";
	int i;

	if (tracing_missing())
		SKIP(return, "%s", tracing_missing());
	snprintf(want, sizeof(want),
		 "mmapdemo_create: size=%zu backing=%d cache=%u\n", size,
		 variant->kind.backing, variant->kind.cache);
	device_release(self);
	for (i = 0; i < 40 && !*seen; i++) {
		ASSERT_EQ(0, load_traced(size, &variant->kind));
		seen = recorded();
	}
	TH_LOG("seen in load %d", i);
	EXPECT_EQ(1, occurrences(seen, want))
	{
		TH_LOG("wanted '%s' in '%s'", want, seen);
	}
	ASSERT_EQ(0, device_renew(self, DEVICE_SIZE, &variant->kind));
}

static void keep_filling(int fd, size_t size)
{
	for (;;)
		fill(fd, MMAPDEMO_FILL_COUNT, 0, size, 1);
}

static void keep_summing(int fd, size_t size)
{
	__u32 crc;

	for (;;)
		checksum(fd, 0, size, &crc);
}

/* Kills children until one was hit within a call. Returns how many it took. */
static int kill_within_a_call(int fd, size_t size, const char *event,
			      void (*work)(int fd, size_t size))
{
	char *seen, *line;
	pid_t pid;
	int i;

	for (i = 1; i <= 50; i++) {
		pid = fork();
		if (!pid)
			work(fd, size);
		usleep(5000 + i * 777);
		kill(pid, SIGKILL);
		child_status(pid);
		seen = recorded();
		while ((line = strsep(&seen, "\n")))
			if (strstr(line, event) && strstr(line, " ret=-4"))
				return i;
	}
	return 0;
}

/* Only a fatal signal interrupts: EINTR is seen by nobody but us. */
TEST_F_TIMEOUT(device, killed_within_a_call, 60)
{
	const size_t size = 4 << 20;

	RENEW(size);
	START_TRACING("mmapdemo_fill");
	ASSERT_EQ(0, put(EVENTS "/mmapdemo_checksum/enable", "1"));
	EXPECT_LT(0, kill_within_a_call(self->fd, size,
					"mmapdemo_fill:", keep_filling));
	EXPECT_LT(0, kill_within_a_call(self->fd, size,
					"mmapdemo_checksum:", keep_summing));
}

/* Fields are numbers of a fixed size. There is no pointer, no text and no %p. */
TEST_F(device, fields)
{
	char path[128], *field, *end;
	size_t i;

	if (tracing_missing())
		SKIP(return, "%s", tracing_missing());
	for (i = 0; i < ARRAY_SIZE(events); i++) {
		snprintf(path, sizeof(path), EVENTS "/%s/format", events[i]);
		ASSERT_LT(0, get(path, trace_text, sizeof(trace_text)));
		EXPECT_EQ(NULL, strstr(trace_text, "%p"));
		for (field = strstr(trace_text, "field:"); field;
		     field = strstr(end, "field:")) {
			end = field + strcspn(field, ";");
			EXPECT_EQ(NULL, memchr(field, '*', end - field))
			{
				TH_LOG("%s: %.*s", events[i],
				       (int)(end - field), field);
			}
			EXPECT_EQ(NULL, memchr(field, '[', end - field));
		}
	}
}

/* No field shows a number in the upper half, where kernel addresses are. */
TEST_F(device, no_kernel_address)
{
	/* mmap, fault, WAKE, FILL with its wake-up, CHECKSUM and WAIT */
	const int fields = 4 + (variant->kind.lazy ? 4 : 0) + 3 + 4 + 3 + 4 + 3;
	char *number, *map;
	int count = 0;
	__u32 crc;

	START_TRACING("");
	map = map_shared(self->fd, page_size(), PROT_READ, 0);
	EXPECT_EQ(0, touch(map, false));
	munmap(map, page_size());
	ASSERT_EQ(0, wake_word(self->fd, 0, 1));
	ASSERT_EQ(0, fill(self->fd, 0, 0, 8, 0));
	ASSERT_EQ(0, checksum(self->fd, 0, 8, &crc));
	ASSERT_EQ(0, wait_word(self->fd, 0, 1, NO_TIMEOUT));
	for (number = strchr(recorded(), '='); number;
	     number = strchr(number, '=')) {
		EXPECT_GT(1ULL << 63, strtoull(++number, NULL, 0))
		{
			TH_LOG("in %s", number);
		}
		count++;
	}
	EXPECT_EQ(fields, count);
}

TEST_HARNESS_MAIN
