// SPDX-License-Identifier: GPL-2.0-only
/*
 * MMAPDEMO_IOC_SEAL: what a sealed buffer refuses, what keeps it from being
 * sealed, and that no byte changes after it was. A memfd is the control.
 */
#include <linux/userfaultfd.h>
#include <pthread.h>
#include <sched.h>

#include "private.h"

#define SEAL MMAPDEMO_SEAL_SEAL
#define WRITE MMAPDEMO_SEAL_WRITE
#define FUTURE MMAPDEMO_SEAL_FUTURE_WRITE
#define NO_SUCH_SEAL 8

/* Adds seals to the fixture's object. */
#define SEALS(fd, add) object_seals(variant, fd, add)

static void *map_object(int fd, int prot)
{
	return map_shared(fd, OBJECT_MAPPED, prot, 0);
}

static unsigned char first_byte(int fd)
{
	unsigned char byte = 0xcc;

	return pread(fd, &byte, 1, 0) == 1 ? byte : 0xcc;
}

/* Expects the same result from each way to write. */
static void expect_writes(struct __test_metadata *_metadata, bool memfd, int fd,
			  long want)
{
	const struct write_way *way;

	for (way = write_ways; way < WAYS_END(write_ways); way++) {
		if (memfd && way->only_ours)
			continue;
		EXPECT_EQ(want, way->change(fd))
		{
			TH_LOG("by %s", way->name);
		}
	}
}

/* Expects that a shared mapping can be read, and can never be written. */
static void expect_read_only(struct __test_metadata *_metadata,
			     unsigned char *map)
{
	const struct poke_way *way;

	EXPECT_EQ(-EACCES, RC(mprotect(map, OBJECT_MAPPED, RW)));
	EXPECT_EQ(-EACCES, RC(mprotect(map, page_size(), RW)));
	EXPECT_EQ(SIGSEGV, touch(map, true));
	for (way = poke_ways; way < WAYS_END(poke_ways); way++) {
		EXPECT_EQ(way->refused, way->poke(map))
		{
			TH_LOG("by %s", way->name);
		}
	}
}

/* Reading still works, by the same descriptor and by a new one. */
static void expect_reads(struct __test_metadata *_metadata, int fd,
			 unsigned char value)
{
	int again = reopen(fd, O_RDONLY);

	ASSERT_LE(0, again);
	EXPECT_EQ(value, first_byte(fd));
	EXPECT_EQ(value, first_byte(again));
	close(again);
}

TEST_F(object, none_at_first)
{
	int reader = reopen(self->fd, O_RDONLY);
	int writer = reopen(self->fd, O_WRONLY);

	EXPECT_EQ(0, SEALS(self->fd, 0));
	EXPECT_EQ(0, SEALS(reader, 0));
	EXPECT_EQ(0, SEALS(writer, 0));
	close(reader);
	close(writer);
}

/* The seals belong to the buffer, so every descriptor shows the same. */
TEST_F(object, seen_by_every_descriptor)
{
	int reader = reopen(self->fd, O_RDONLY);
	int writer = reopen(self->fd, O_WRONLY);
	int path = reopen(self->fd, O_PATH);

	EXPECT_EQ(FUTURE, SEALS(writer, FUTURE));
	EXPECT_EQ(FUTURE, SEALS(self->fd, 0));
	EXPECT_EQ(FUTURE, SEALS(reader, 0));
	EXPECT_EQ(-EBADF, SEALS(path, 0));
	EXPECT_EQ(FUTURE | WRITE, SEALS(self->fd, WRITE));
	EXPECT_EQ(FUTURE | WRITE, SEALS(reader, 0));
	EXPECT_EQ(FUTURE | WRITE, SEALS(writer, 0));
	close(reader);
	close(writer);
	close(path);
}

TEST_F(object, added_only_by_a_writer)
{
	int reader = reopen(self->fd, O_RDONLY);

	EXPECT_EQ(-EPERM, SEALS(reader, WRITE));
	EXPECT_EQ(-EPERM, SEALS(reader, FUTURE));
	EXPECT_EQ(-EPERM, SEALS(reader, SEAL));
	EXPECT_EQ(0, SEALS(self->fd, 0));
	close(reader);
}

TEST_F(object, no_more_after_seal)
{
	EXPECT_EQ(SEAL, SEALS(self->fd, SEAL));
	EXPECT_EQ(-EPERM, SEALS(self->fd, WRITE));
	EXPECT_EQ(-EPERM, SEALS(self->fd, FUTURE));
	EXPECT_EQ(-EPERM, SEALS(self->fd, SEAL));
	EXPECT_EQ(SEAL, SEALS(self->fd, 0));
	expect_writes(_metadata, variant->memfd, self->fd, 1);
}

TEST_F(object, all_at_once_and_twice)
{
	EXPECT_EQ(WRITE, SEALS(self->fd, WRITE));
	EXPECT_EQ(WRITE, SEALS(self->fd, WRITE));
	EXPECT_EQ(WRITE | FUTURE | SEAL,
		  SEALS(self->fd, WRITE | FUTURE | SEAL));
	expect_writes(_metadata, variant->memfd, self->fd, -EPERM);
}

/* INFO and fdinfo show the seals, too. */
TEST_F(object, shown)
{
	struct mmapdemo_info info;
	struct buffer_line listed;
	char path[64];

	if (variant->memfd)
		return;
	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", self->fd);
	EXPECT_TRUE(file_has_word(path, "mmapdemo-seals:", "0x0"));
	ASSERT_EQ(WRITE | SEAL, SEALS(self->fd, WRITE | SEAL));
	EXPECT_TRUE(file_has_word(path, "mmapdemo-seals:", "0x3"));
	ASSERT_EQ(0, get_info(self->fd, &info));
	EXPECT_EQ(WRITE | SEAL, info.seals);
	if (!buffers_missing()) {
		ASSERT_EQ(0, list_find(id_of(self->fd), &listed));
		EXPECT_EQ(WRITE | SEAL, listed.seals);
	}
}

TEST_F(object, bad_arguments)
{
	struct mmapdemo_seal arg = { .size = sizeof(arg), .flags = 1 };
	__u32 bit;

	if (variant->memfd)
		return;
	EXPECT_EQ(-EINVAL, RC(ioctl(self->fd, MMAPDEMO_IOC_SEAL, &arg)));
	for (bit = NO_SUCH_SEAL; bit; bit <<= 1) {
		EXPECT_EQ(-EINVAL, SEALS(self->fd, bit));
		EXPECT_EQ(-EINVAL, SEALS(self->fd, bit | SEAL));
	}
	EXPECT_EQ(0, SEALS(self->fd, 0));
}

/* The device's own buffer cannot be sealed. */
TEST_F(device, no_seals)
{
	EXPECT_EQ(-EINVAL, buffer_seals(self->fd, 0));
	EXPECT_EQ(-EINVAL, buffer_seals(self->fd, SEAL));
	EXPECT_EQ(-EINVAL, buffer_seals(self->fd, WRITE));
	EXPECT_EQ(-EINVAL, buffer_seals(self->fd, FUTURE));
	EXPECT_EQ(1, pwrite(self->fd, "x", 1, 0));
	EXPECT_EQ('x', self->map[0]);
}

TEST_F(object, write_refuses_writes)
{
	int writer, both;

	ASSERT_EQ(1, pwrite(self->fd, "s", 1, 0));
	ASSERT_EQ(WRITE, SEALS(self->fd, WRITE));
	writer = reopen(self->fd, O_WRONLY);
	both = reopen(self->fd, O_RDWR);
	expect_writes(_metadata, variant->memfd, self->fd, -EPERM);
	expect_writes(_metadata, variant->memfd, writer, -EPERM);
	expect_writes(_metadata, variant->memfd, both, -EPERM);
	expect_reads(_metadata, self->fd, 's');
	close(writer);
	close(both);
}

/* A refused store is no event. WAKE stores nothing, so it still works. */
TEST_F(object, generation_of_a_sealed_buffer)
{
	long long generation;
	__u32 crc, again;

	if (variant->memfd)
		return;
	ASSERT_EQ(WRITE, SEALS(self->fd, WRITE));
	ASSERT_EQ(0, checksum(self->fd, 0, OBJECT_SIZE, &crc));
	generation = fd_generation(self->fd);
	expect_writes(_metadata, false, self->fd, -EPERM);
	EXPECT_EQ(generation, fd_generation(self->fd));
	EXPECT_EQ(0, wake_word(self->fd, 0, 1));
	EXPECT_EQ(generation + 1, fd_generation(self->fd));
	EXPECT_EQ(0, checksum(self->fd, 0, OBJECT_SIZE, &again));
	EXPECT_EQ(crc, again);
	EXPECT_EQ(-ETIMEDOUT, wait_word(self->fd, 0, 0, 1));
}

TEST_F(object, write_refuses_mappings)
{
	int reader = reopen(self->fd, O_RDONLY);
	unsigned char *map;

	ASSERT_EQ(WRITE, SEALS(self->fd, WRITE));
	EXPECT_EQ(-EPERM, try_map(self->fd, OBJECT_MAPPED, RW, MAP_SHARED, 0));
	EXPECT_EQ(-EACCES, try_map(reader, OBJECT_MAPPED, RW, MAP_SHARED, 0));
	/* A memfd allows this since 6.7. */
	if (!variant->memfd) {
		EXPECT_EQ(-EPERM, try_map(self->fd, OBJECT_MAPPED, PROT_READ,
					  MAP_SHARED, 0));
	}
	map = map_object(reader, PROT_READ);
	ASSERT_NE(MAP_FAILED, map);
	expect_read_only(_metadata, map);
	EXPECT_EQ(OBJECT_MAPPED, bytes_until_not(map, 0, OBJECT_MAPPED));
	munmap(map, OBJECT_MAPPED);
	close(reader);
}

/* Private mappings can still be written, since they have copies. */
TEST_F(object, private_mappings)
{
	unsigned char *early, *late;

	if (!object_copies(variant))
		return;
	early = mmap(NULL, OBJECT_MAPPED, RW, MAP_PRIVATE, self->fd, 0);
	ASSERT_NE(MAP_FAILED, early);
	touch_pages(early, OBJECT_MAPPED, false);
	early[0] = 1;
	ASSERT_EQ(WRITE | FUTURE, SEALS(self->fd, WRITE | FUTURE));
	late = mmap(NULL, OBJECT_MAPPED, RW, MAP_PRIVATE, self->fd, 0);
	ASSERT_NE(MAP_FAILED, late);
	early[1] = 2;
	late[0] = 3;
	EXPECT_EQ(1, early[0]);
	EXPECT_EQ(0, first_byte(self->fd));
	EXPECT_EQ(0, mprotect(late, OBJECT_MAPPED, PROT_READ));
	EXPECT_EQ(0, mprotect(late, OBJECT_MAPPED, RW));
	late[1] = 4;
	munmap(early, OBJECT_MAPPED);
	munmap(late, OBJECT_MAPPED);
}

TEST_F(object, future_write_refuses)
{
	int reader = reopen(self->fd, O_RDONLY);
	unsigned char *map;

	ASSERT_EQ(FUTURE, SEALS(self->fd, FUTURE));
	expect_writes(_metadata, variant->memfd, self->fd, -EPERM);
	EXPECT_EQ(-EPERM, try_map(self->fd, OBJECT_MAPPED, RW, MAP_SHARED, 0));
	map = map_object(self->fd, PROT_READ);
	ASSERT_NE(MAP_FAILED, map);
	expect_read_only(_metadata, map);
	munmap(map, OBJECT_MAPPED);
	map = map_object(reader, PROT_READ);
	ASSERT_NE(MAP_FAILED, map);
	expect_read_only(_metadata, map);
	munmap(map, OBJECT_MAPPED);
	expect_reads(_metadata, self->fd, 0);
	close(reader);
}

/* Each store that the kernel makes through the old mapping succeeds. */
static void expect_pokes(struct __test_metadata *_metadata,
			 const object_variant *variant, int fd,
			 unsigned char *map)
{
	const struct poke_way *way;

	for (way = poke_ways; way < WAYS_END(poke_ways); way++) {
		if (way->pins && !object_pins(variant))
			continue;
		map[0] = 0;
		fence();
		EXPECT_EQ(1, way->poke(map));
		EXPECT_EQ('x', first_byte(fd))
		{
			TH_LOG("by %s", way->name);
		}
	}
}

TEST_F(object, future_write_leaves_what_is_mapped)
{
	unsigned char *map = map_object(self->fd, RW);
	pid_t pid;

	ASSERT_NE(MAP_FAILED, map);
	ASSERT_EQ(FUTURE, SEALS(self->fd, FUTURE));
	map[0] = 'm';
	fence();
	EXPECT_EQ('m', first_byte(self->fd));
	pid = fork();
	if (!pid) {
		map[0] = 'f';
		_exit(0);
	}
	EXPECT_EQ(0, child_status(pid));
	fence();
	EXPECT_EQ('f', first_byte(self->fd));
	EXPECT_EQ(0, mprotect(map, OBJECT_MAPPED, PROT_READ));
	EXPECT_EQ(0, mprotect(map, OBJECT_MAPPED, RW));
	expect_pokes(_metadata, variant, self->fd, map);
	EXPECT_EQ(-EBUSY, SEALS(self->fd, WRITE));
	munmap(map, OBJECT_MAPPED);
	EXPECT_EQ(FUTURE | WRITE, SEALS(self->fd, WRITE));
}

/*
 * A shared mapping by a descriptor open for writing prevents WRITE, even if it is
 * only readable or belongs to a child. Then no seal is added.
 */
TEST_F(object, busy_while_mapped)
{
	static const int prots[] = { PROT_NONE, PROT_READ, RW };
	unsigned char *map;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(prots); i++) {
		map = map_object(self->fd, prots[i]);
		ASSERT_NE(MAP_FAILED, map);
		EXPECT_EQ(-EBUSY, SEALS(self->fd, WRITE));
		EXPECT_EQ(-EBUSY, SEALS(self->fd, WRITE | FUTURE | SEAL));
		EXPECT_EQ(0, SEALS(self->fd, 0));
		expect_writes(_metadata, variant->memfd, self->fd, 1);
		munmap(map, OBJECT_MAPPED);
	}
	EXPECT_EQ(WRITE, SEALS(self->fd, WRITE));
}

TEST_F(object, busy_while_a_child_has_it_mapped)
{
	unsigned char *map = map_object(self->fd, RW);
	pid_t pid = traced_child();

	ASSERT_LT(0, pid);
	munmap(map, OBJECT_MAPPED);
	EXPECT_EQ(-EBUSY, SEALS(self->fd, WRITE));
	child_gone(pid);
	EXPECT_EQ(WRITE, SEALS(self->fd, WRITE));
}

/* Each part of a mapping counts. */
TEST_F(object, busy_while_a_part_is_mapped)
{
	unsigned char *map = map_object(self->fd, RW);

	ASSERT_NE(MAP_FAILED, map);
	ASSERT_EQ(0, munmap(map + page_size(), page_size()));
	EXPECT_EQ(-EBUSY, SEALS(self->fd, WRITE));
	ASSERT_EQ(0, munmap(map, page_size()));
	EXPECT_EQ(-EBUSY, SEALS(self->fd, WRITE));
	ASSERT_EQ(0, munmap(map + 2 * page_size(), page_size()));
	EXPECT_EQ(WRITE, SEALS(self->fd, WRITE));
}

/* Mappings by read-only descriptors do not prevent WRITE. */
TEST_F(object, not_busy_while_mapped_by_a_reader)
{
	int reader = reopen(self->fd, O_RDONLY);
	unsigned char *map = map_object(reader, PROT_READ);

	ASSERT_NE(MAP_FAILED, map);
	touch_pages(map, OBJECT_MAPPED, false);
	EXPECT_EQ(WRITE, SEALS(self->fd, WRITE));
	EXPECT_EQ(OBJECT_MAPPED, bytes_until_not(map, 0, OBJECT_MAPPED));
	expect_read_only(_metadata, map);
	munmap(map, OBJECT_MAPPED);
	close(reader);
}

/* A mapping that failed or was removed does not count any more. */
TEST_F(object, refused_mappings_are_not_counted)
{
	unsigned long past = round_up_to_pages(OBJECT_SIZE);
	unsigned char *map;

	EXPECT_GT(0, try_map(self->fd, 0, RW, MAP_SHARED, 0));
	if (!variant->memfd) {
		EXPECT_EQ(-ENXIO,
			  try_map(self->fd, page_size(), RW, MAP_SHARED, past));
		EXPECT_EQ(-EPERM, try_map(self->fd, page_size(), RW | PROT_EXEC,
					  MAP_SHARED, 0));
	}
	ASSERT_EQ(FUTURE, SEALS(self->fd, FUTURE));
	EXPECT_EQ(-EPERM, try_map(self->fd, page_size(), RW, MAP_SHARED, 0));
	map = map_object(self->fd, PROT_READ);
	ASSERT_NE(MAP_FAILED, map);
	munmap(map, OBJECT_MAPPED);
	expect_writes(_metadata, variant->memfd, self->fd, -EPERM);
	EXPECT_EQ(WRITE | FUTURE, SEALS(self->fd, WRITE));
}

/* Mappings that are refused after WRITE do not make it possible to write again. */
TEST_F(object, refused_mappings_do_not_unseal)
{
	int i;

	ASSERT_EQ(WRITE, SEALS(self->fd, WRITE));
	for (i = 0; i < 10; i++)
		EXPECT_EQ(-EPERM,
			  try_map(self->fd, page_size(), RW, MAP_SHARED, 0));
	expect_writes(_metadata, variant->memfd, self->fd, -EPERM);
	EXPECT_EQ(WRITE | SEAL, SEALS(self->fd, SEAL));
}

/* A page that is missing until slow_page_arrives(): copying from it sleeps. */
struct slow_page {
	int uffd;
	void *page;
};

static int slow_page(struct slow_page *slow)
{
	struct uffdio_api api = { .api = UFFD_API };
	struct uffdio_register reg = { .mode = UFFDIO_REGISTER_MODE_MISSING };

	slow->uffd = RC(syscall(SYS_userfaultfd, O_CLOEXEC));
	if (slow->uffd < 0)
		return slow->uffd;
	slow->page =
		mmap(NULL, page_size(), RW, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	reg.range.start = (uintptr_t)slow->page;
	reg.range.len = page_size();
	if (slow->page == MAP_FAILED || ioctl(slow->uffd, UFFDIO_API, &api) ||
	    ioctl(slow->uffd, UFFDIO_REGISTER, &reg))
		return -errno;
	return 0;
}

/* Returns when a task waits for the page. */
static int slow_page_wanted(const struct slow_page *slow)
{
	struct uffd_msg msg;

	return RC(read(slow->uffd, &msg, sizeof(msg)));
}

static int slow_page_arrives(const struct slow_page *slow, const void *bytes)
{
	struct uffdio_copy copy = {
		.dst = (uintptr_t)slow->page,
		.src = (uintptr_t)bytes,
		.len = page_size(),
	};

	return RC(ioctl(slow->uffd, UFFDIO_COPY, &copy));
}

struct slow_write {
	int fd;
	const void *from;
	long rc;
};

static void *write_slowly(void *arg)
{
	struct slow_write *w = arg;

	w->rc = RC(pwrite(w->fd, w->from, page_size(), 0));
	return NULL;
}

/*
 * A write sleeps in a page fault. F_ADD_SEALS of a memfd waits for it. The driver
 * refuses at once, so that nobody can make the owner wait for ever.
 */
TEST_F(object, busy_while_written)
{
	static unsigned char bytes[1 << 16] __attribute__((aligned(1 << 16)));
	struct slow_page slow;
	struct slow_write write = { .fd = self->fd };
	pthread_t thread;

	if (variant->memfd)
		return;
	if (slow_page(&slow))
		SKIP(return, "no userfaultfd");
	memset(bytes, 'w', sizeof(bytes));
	write.from = slow.page;
	ASSERT_EQ(0, pthread_create(&thread, NULL, write_slowly, &write));
	ASSERT_EQ(sizeof(struct uffd_msg), slow_page_wanted(&slow));
	EXPECT_EQ(-EBUSY, SEALS(self->fd, WRITE));
	EXPECT_EQ(-EBUSY, SEALS(self->fd, WRITE | SEAL));
	EXPECT_EQ(-EBUSY, SEALS(self->fd, FUTURE));
	EXPECT_EQ(0, SEALS(self->fd, 0));
	EXPECT_EQ(1, pwrite(self->fd, "y", 1, page_size()));
	ASSERT_EQ(0, slow_page_arrives(&slow, bytes));
	pthread_join(thread, NULL);
	EXPECT_EQ(page_size(), write.rc);
	EXPECT_EQ('w', first_byte(self->fd));
	EXPECT_EQ(WRITE, SEALS(self->fd, WRITE));
	EXPECT_EQ(-EPERM, write_by_pwrite(self->fd));
	munmap(slow.page, page_size());
	close(slow.uffd);
}

/*
 * Pins the second page by ten bytes of it in a pipe. Nothing stays mapped. Returns
 * what vmsplice(2) returned.
 */
static int pin_by_pipe(struct __test_metadata *_metadata, int fd, int pipes[2])
{
	unsigned char *map = map_object(fd, RW);
	struct iovec from = { map + page_size(), 10 };
	int rc;

	ASSERT_NE(MAP_FAILED, map);
	ASSERT_EQ(0, pipe(pipes));
	rc = vmsplice(pipes[1], &from, 1, 0);
	munmap(map, OBJECT_MAPPED);
	return rc;
}

/*
 * The mapping is gone, but the page is pinned. vmsplice(2) only reads, but an
 * O_DIRECT read that pins it would store to it.
 */
TEST_F(object, busy_while_pinned)
{
	char bytes[10];
	int pipes[2];

	if (!object_pins(variant))
		return;
	ASSERT_EQ(10, pin_by_pipe(_metadata, self->fd, pipes));
	EXPECT_EQ(-EBUSY, SEALS(self->fd, WRITE));
	EXPECT_EQ(-EBUSY, SEALS(self->fd, WRITE | SEAL));
	EXPECT_EQ(0, SEALS(self->fd, 0));
	expect_writes(_metadata, variant->memfd, self->fd, 1);
	ASSERT_EQ(10, read(pipes[0], bytes, 10));
	EXPECT_EQ(WRITE, SEALS(self->fd, WRITE));
	expect_writes(_metadata, variant->memfd, self->fd, -EPERM);
	close(pipes[0]);
	close(pipes[1]);
}

/* A thread that repeats something until it is stopped, and counts refusals. */
struct repeater {
	pthread_t thread;
	int fd;
	unsigned char *map;
	volatile bool stop;
	unsigned long done;
	unsigned long refused;
};

static void repeat(struct repeater *r, void *(*step)(void *))
{
	pthread_create(&r->thread, NULL, step, r);
	while (!*(volatile unsigned long *)&r->done)
		sched_yield();
}

static void repeat_no_more(struct repeater *r)
{
	r->stop = true;
	pthread_join(r->thread, NULL);
}

/*
 * MADV_PAGEOUT takes pages off their LRU list. They get back to it when the batch
 * of the processor is full, so other pages fill it.
 */
static void *page_out(void *arg)
{
	struct repeater *r = arg;
	size_t length = 64 * page_size();
	char *others = mmap(NULL, length, RW,
			    MAP_SHARED | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);

	for (; !r->stop; r->done++) {
		madvise(r->map, OBJECT_MAPPED, MADV_PAGEOUT);
		madvise(others, length, MADV_PAGEOUT);
	}
	munmap(others, length);
	return NULL;
}

/* Makes the mapping lose and get its pages, the first and the last in turns. */
static void *map_in_turns(void *arg)
{
	struct repeater *r = arg;
	volatile unsigned char *first = r->map;
	volatile unsigned char *last = r->map + OBJECT_MAPPED - page_size();

	for (; !r->stop; r->done++) {
		madvise((void *)last, page_size(), MADV_DONTNEED);
		(void)*first;
		madvise((void *)first, page_size(), MADV_DONTNEED);
		(void)*last;
	}
	return NULL;
}

static void *write_often(void *arg)
{
	struct repeater *r = arg;

	for (; !r->stop; r->done++) {
		if (pwrite(r->fd, "r", 1, 0) != 1)
			r->refused++;
		if (fill(r->fd, 0, 8, 8, 'r'))
			r->refused++;
		if (try_map(r->fd, page_size(), RW, MAP_SHARED, 0))
			r->refused++;
	}
	return NULL;
}

/*
 * A process that can only read moves the pages between lists, or maps and unmaps
 * them. The references that this takes and drops must not hide the pin, and must
 * not count as one afterwards.
 */
static void pinned_in_motion(struct __test_metadata *_metadata,
			     const object_variant *variant, int fd,
			     void *(*motion)(void *))
{
	struct repeater r = { 0 };
	int pipes[2], ro, i;
	char bytes[10];

	ro = reopen(fd, O_RDONLY);
	ASSERT_GE(ro, 0);
	r.map = map_object(ro, PROT_READ);
	ASSERT_NE(MAP_FAILED, r.map);
	ASSERT_EQ(10, pin_by_pipe(_metadata, fd, pipes));
	repeat(&r, motion);
	for (i = 0; i < 1000; i++)
		ASSERT_EQ(-EBUSY, SEALS(fd, WRITE));
	repeat_no_more(&r);
	EXPECT_EQ(-EBUSY, SEALS(fd, WRITE));
	ASSERT_EQ(10, read(pipes[0], bytes, 10));
	EXPECT_EQ(WRITE, SEALS(fd, WRITE));
	munmap(r.map, OBJECT_MAPPED);
	close(ro);
	close(pipes[0]);
	close(pipes[1]);
}

TEST_F(object, busy_while_pinned_and_paged_out)
{
	if (variant->memfd || !object_pins(variant))
		return;
	pinned_in_motion(_metadata, variant, self->fd, page_out);
}

TEST_F(object, busy_while_pinned_and_mapped_in_turns)
{
	if (variant->memfd || !object_pins(variant))
		return;
	pinned_in_motion(_metadata, variant, self->fd, map_in_turns);
}

/* A seal that cannot be added refuses nobody's write meanwhile. */
TEST_F(object, busy_without_an_effect)
{
	struct repeater r = { .fd = self->fd };
	int pipes[2], i;

	if (variant->memfd || !object_pins(variant))
		return;
	ASSERT_EQ(10, pin_by_pipe(_metadata, self->fd, pipes));
	repeat(&r, write_often);
	for (i = 0; i < 300; i++)
		EXPECT_EQ(-EBUSY, SEALS(self->fd, WRITE));
	repeat_no_more(&r);
	EXPECT_EQ(0, r.refused);
	EXPECT_EQ(0, SEALS(self->fd, 0));
	close(pipes[0]);
	close(pipes[1]);
}

TEST_F(object, busy_while_a_ring_has_it)
{
	unsigned char *map = map_object(self->fd, RW);
	struct ring ring;
	long rc;

	ASSERT_NE(MAP_FAILED, map);
	RING_OPEN(&ring, 0);
	rc = ring_register(&ring, map, OBJECT_MAPPED);
	munmap(map, OBJECT_MAPPED);
	if (!rc) {
		EXPECT_EQ(-EBUSY, SEALS(self->fd, WRITE));
		EXPECT_EQ(0, ring_unregister(&ring));
	} else {
		/* contract_pin_test.c tests these errors. */
		EXPECT_EQ(object_pins(variant) ? -EOPNOTSUPP : -EFAULT, rc);
	}
	EXPECT_EQ(WRITE, SEALS(self->fd, WRITE));
	ring_close(&ring);
}

/* Threads that write until they are refused, each in another way */
struct racer {
	int fd;
	bool memfd;
	int way;
	volatile bool *sealed;
	unsigned long writes;
	bool late;
	long last;
};

#define RACING_WAYS 4

static long racer_writes(const struct racer *racer, unsigned char byte)
{
	unsigned char bytes[64];
	unsigned char *map;

	memset(bytes, byte, sizeof(bytes));
	switch (racer->way) {
	case 0:
		return RC(pwrite(racer->fd, bytes, sizeof(bytes), 0));
	case 1:
		return RC(pwrite(racer->fd, bytes, 1, page_size()));
	case 2:
		if (!racer->memfd)
			return fill(racer->fd, 0, 8, 64, byte) ?: 64;
		return RC(pwrite(racer->fd, bytes, 8, 8));
	default:
		map = map_object(racer->fd, RW);
		if (map == MAP_FAILED)
			return -errno;
		map[3] = byte;
		map[page_size() + 3] = byte;
		munmap(map, OBJECT_MAPPED);
		return 1;
	}
}

/* Writes with pauses, so that there are moments without a writer. */
static void *race(void *arg)
{
	struct racer *racer = arg;
	bool sealed;

	do {
		sealed = *racer->sealed;
		racer->last = racer_writes(racer, racer->writes);
		if (racer->last > 0)
			racer->writes++;
		if (racer->writes % 8 == 0)
			usleep(300);
	} while (racer->last > 0 && !sealed);
	racer->late = racer->last > 0;
	return NULL;
}

/* Returns how many tries it took, or -errno. */
static long seal_in_the_end(const object_variant *variant, int fd)
{
	long tries, rc = -EBUSY;

	for (tries = 0; tries < 100000 && rc == -EBUSY; tries++) {
		rc = SEALS(fd, WRITE);
		if (rc == -EBUSY)
			usleep(tries % 100);
	}
	return rc < 0 ? rc : tries;
}

/* After the seal is seen the bytes never change again. */
static void expect_frozen(struct __test_metadata *_metadata, int fd)
{
	static unsigned char first[OBJECT_SIZE], again[OBJECT_SIZE];
	int i;

	ASSERT_EQ(OBJECT_SIZE, pread(fd, first, OBJECT_SIZE, 0));
	for (i = 0; i < 20; i++) {
		sched_yield();
		ASSERT_EQ(OBJECT_SIZE, pread(fd, again, OBJECT_SIZE, 0));
		ASSERT_EQ(0, memcmp(first, again, OBJECT_SIZE));
	}
}

static unsigned long race_once(struct __test_metadata *_metadata,
			       const object_variant *variant, int fd)
{
	struct racer racers[RACING_WAYS];
	pthread_t threads[RACING_WAYS];
	volatile bool sealed = false;
	unsigned long writes = 0;
	int i;

	for (i = 0; i < RACING_WAYS; i++) {
		racers[i] = (struct racer){ fd, variant->memfd, i, &sealed };
		pthread_create(&threads[i], NULL, race, &racers[i]);
	}
	usleep(2000);
	EXPECT_LT(0, seal_in_the_end(variant, fd));
	sealed = true;
	expect_frozen(_metadata, fd);
	for (i = 0; i < RACING_WAYS; i++) {
		pthread_join(threads[i], NULL);
		writes += racers[i].writes;
		EXPECT_FALSE(racers[i].late);
		EXPECT_EQ(-EPERM, racers[i].last);
	}
	expect_frozen(_metadata, fd);
	return writes;
}

#define RACES 20

TEST_F_TIMEOUT(object, sealed_while_threads_write, 180)
{
	unsigned long writes = 0;
	int i, fd;

	for (i = 0; i < RACES; i++) {
		fd = object_new(self, variant);
		ASSERT_LE(0, fd);
		writes += race_once(_metadata, variant, fd);
		close(fd);
	}
	TH_LOG("%lu writes raced with %d seals", writes, RACES);
	EXPECT_LT(RACES, writes);
}

TEST_HARNESS_MAIN
