// SPDX-License-Identifier: GPL-2.0-only
/*
 * The list of all live buffers in debugfs: what each line says, that only root
 * can read it, and that no buffer is missing while others come and go.
 */
#include <pthread.h>

#include "buffers.h"
#include "descriptors.h"
#include "device.h"

static struct buffer_list list;

static const struct buffer_line *line_of(int fd)
{
	return read_buffers(&list) ? find_buffer(&list, id_of(fd)) : NULL;
}

static long mappings_of(int fd)
{
	const struct buffer_line *line = line_of(fd);

	return line ? line->mappings : -100;
}

#define REQUIRE_BUFFERS()                                      \
	do {                                                   \
		if (buffers_missing())                         \
			SKIP(return, "%s", buffers_missing()); \
	} while (0)

static int open_as_nobody(void)
{
	pid_t pid = fork();

	if (!pid) {
		become_nobody();
		_exit(open(BUFFERS, O_RDONLY) < 0 && errno == EACCES ? 0 : 1);
	}
	return child_status(pid);
}

/* Only root can read the list, even if root lets others into debugfs. */
TEST_F(device, for_root_only)
{
	struct stat st, top;

	REQUIRE_BUFFERS();
	ASSERT_EQ(0, stat(BUFFERS, &st));
	EXPECT_EQ(S_IFREG | 0400, st.st_mode);
	EXPECT_EQ(0, st.st_uid);
	EXPECT_EQ(0, st.st_gid);
	ASSERT_EQ(0, stat("/sys/kernel/debug", &top));
	ASSERT_EQ(0, chmod("/sys/kernel/debug", 0755));
	EXPECT_EQ(0, open_as_nobody());
	EXPECT_EQ(0, chmod("/sys/kernel/debug", top.st_mode & 07777));
}

TEST_F(device, columns)
{
	const size_t size = 2 * page_size() + 1;
	const struct kind *kind = &variant->kind;
	const struct buffer_line *line;
	int fd, second;

	REQUIRE_BUFFERS();
	ASSERT_TRUE(read_buffers(&list));
	ASSERT_EQ(1, list.count);
	line = find_buffer(&list, 0);
	ASSERT_NE(NULL, line);
	EXPECT_EQ(DEVICE_SIZE, line->size);
	EXPECT_EQ(-1, line->mappings);
	EXPECT_EQ(0, list.used_pages);

	fd = create(self->fd, kind, size);
	second = create(self->fd, kind, 1);
	ASSERT_LE(0, second);
	EXPECT_NE(id_of(fd), id_of(second));
	line = line_of(second);
	ASSERT_NE(NULL, line);
	EXPECT_EQ(1, line->size);
	EXPECT_EQ(1, line->pages);
	line = line_of(fd);
	ASSERT_NE(NULL, line);
	EXPECT_EQ(3, list.count);
	EXPECT_EQ(size, line->size);
	EXPECT_STREQ(backings[kind->backing].name, line->backing);
	EXPECT_STREQ(cache_names[kind->cache], line->cache);
	EXPECT_STREQ(kind->lazy ? "lazy" : "now", line->populate);
	EXPECT_EQ(3, line->pages);
	EXPECT_EQ(0, line->mappings);
	EXPECT_EQ(0, line->seals);
	EXPECT_EQ(0, line->pinned);
	close(second);
	EXPECT_NE(NULL, line_of(fd));
	EXPECT_EQ(2, list.count);
	close(fd);
	EXPECT_TRUE(read_buffers(&list));
	EXPECT_EQ(1, list.count);
}

static int seal(int fd, __u32 add)
{
	struct mmapdemo_seal arg = { .size = sizeof(arg), .add = add };

	return RC(ioctl(fd, MMAPDEMO_IOC_SEAL, &arg));
}

TEST_F(device, seals)
{
	int fd = create(self->fd, &variant->kind, 1);
	const struct buffer_line *line;
	__u32 seals = 0, bit;

	REQUIRE_BUFFERS();
	for (bit = MMAPDEMO_SEAL_FUTURE_WRITE; bit; bit >>= 1) {
		ASSERT_EQ(0, seal(fd, bit));
		seals |= bit;
		line = line_of(fd);
		ASSERT_NE(NULL, line);
		EXPECT_EQ(seals, line->seals);
	}
	close(fd);
}

/* Every VMA counts, in any process and whichever call created it. */
TEST_F(device, mappings)
{
	const size_t page = page_size(), size = 3 * page;
	int fd = create(self->fd, &variant->kind, size);
	char *map, *second;
	pid_t pid;

	REQUIRE_BUFFERS();
	ASSERT_LE(0, fd);
	map = map_shared(fd, size, RW, 0);
	ASSERT_NE(MAP_FAILED, map);
	EXPECT_EQ(1, mappings_of(fd));
	second = map_shared(fd, page, PROT_READ, page);
	ASSERT_NE(MAP_FAILED, second);
	EXPECT_EQ(2, mappings_of(fd));
	munmap(second, page);
	EXPECT_EQ(1, mappings_of(fd));
	ASSERT_EQ(0, mprotect(map + page, page, PROT_READ));
	EXPECT_EQ(3, mappings_of(fd));
	pid = traced_child();
	ASSERT_LT(0, pid);
	EXPECT_EQ(6, mappings_of(fd));
	child_gone(pid);
	EXPECT_EQ(3, mappings_of(fd));
	munmap(map + page, page);
	EXPECT_EQ(2, mappings_of(fd));
	if (backings[variant->kind.backing].copies) {
		second = mmap(NULL, size, RW, MAP_PRIVATE, fd, 0);
		ASSERT_NE(MAP_FAILED, second);
		*second = 1;
		EXPECT_EQ(3, mappings_of(fd));
		munmap(second, size);
	}
	munmap(map, size);
	EXPECT_EQ(0, mappings_of(fd));
	close(fd);
}

/* A mapping alone keeps the buffer alive and in the list. */
TEST_F(device, mapped_but_closed)
{
	int fd = create(self->fd, &variant->kind, 1);
	unsigned long long id = id_of(fd);
	char *map = map_shared(fd, page_size(), RW, 0);

	REQUIRE_BUFFERS();
	ASSERT_NE(MAP_FAILED, map);
	close(fd);
	ASSERT_TRUE(read_buffers(&list));
	ASSERT_NE(NULL, find_buffer(&list, id));
	EXPECT_EQ(1, find_buffer(&list, id)->mappings);
	EXPECT_EQ(0, find_buffer(&list, id)->pinned);
	munmap(map, page_size());
	ASSERT_TRUE(read_buffers(&list));
	EXPECT_EQ(NULL, find_buffer(&list, id));
}

/* clang-format off */
FIXTURE(list) {
	int log;
	int fd;
};
/* clang-format on */

FIXTURE_SETUP(list)
{
	if (module_missing())
		SKIP(return, "%s", module_missing());
	REQUIRE_BUFFERS();
	module_taint();
	self->log = log_mark();
	ASSERT_EQ(0, module_gone());
	ASSERT_EQ(0, module_load(""));
	self->fd = device_open(O_RDWR);
	ASSERT_LE(0, self->fd);
}

FIXTURE_TEARDOWN(list)
{
	if (self->fd >= 0)
		close(self->fd);
	EXPECT_EQ(0, module_gone());
	EXPECT_LOG_SILENT(self->log);
	close(self->log);
}

static const struct kind pages = { MMAPDEMO_BACKING_VMALLOC };

#define EARLY 200
#define HELD 200

static bool create_some(int device, int *fds, int count)
{
	while (count--) {
		*fds = create(device, &pages, 1);
		if (*fds++ < 0)
			return false;
	}
	return true;
}

static void close_some(int *fds, int count)
{
	while (count--)
		close(*fds++);
}

/* Counts the buffers that are not in the list exactly once. */
static int not_once(const int *fds, int count)
{
	int i, n, wrong = 0;

	while (count--) {
		unsigned long long id = id_of(*fds++);

		for (n = 0, i = 0; i < list.count; i++)
			n += list.lines[i].id == id;
		wrong += n != 1;
	}
	return wrong;
}

/*
 * A long list takes several read(2) calls. Buffers that are freed in between
 * must not make the reader miss others.
 */
TEST_F(list, none_is_missed_when_others_go)
{
	static char text[65536];
	int early[EARLY], held[HELD], file;
	size_t used;
	ssize_t n;
	FILE *f;

	ASSERT_TRUE(create_some(self->fd, early, EARLY));
	ASSERT_TRUE(create_some(self->fd, held, HELD));
	file = open(BUFFERS, O_RDONLY | O_CLOEXEC);
	n = read(file, text, 2048);
	ASSERT_LT(0, n);
	used = n;
	close_some(early, EARLY);
	while ((n = read(file, text + used, sizeof(text) - used)) > 0)
		used += n;
	EXPECT_EQ(0, n);
	close(file);
	f = fmemopen(text, used, "r");
	list.count = 0;
	EXPECT_TRUE(parse_buffers(f, &list));
	fclose(f);
	EXPECT_EQ(0, not_once(held, HELD));
	close_some(held, HELD);
}

static struct {
	int device;
	bool stop;
	long rounds, failed;
} churn;

static void *create_and_close(void *arg)
{
	int fds[40], i;

	while (!__atomic_load_n(&churn.stop, __ATOMIC_RELAXED)) {
		for (i = 0; i < 40; i++) {
			fds[i] = create(churn.device, &pages, 1);
			if (fds[i] < 0)
				__atomic_add_fetch(&churn.failed, 1,
						   __ATOMIC_RELAXED);
			else if (i % 4 == 0)
				munmap(map_shared(fds[i], page_size(), RW, 0),
				       page_size());
		}
		close_some(fds, 40);
		__atomic_add_fetch(&churn.rounds, 1, __ATOMIC_RELAXED);
	}
	return NULL;
}

/* Ids are never reused and only grow, so the list is sorted by id. */
static bool list_is_ascending(void)
{
	int i;

	for (i = 1; i < list.count; i++)
		if (list.lines[i].id <= list.lines[i - 1].id)
			return false;
	return true;
}

#define CHURNERS 3
#define READS 60

TEST_F_TIMEOUT(list, consistent_while_others_come_and_go, 300)
{
	pthread_t threads[CHURNERS];
	int held[HELD], i, bad = 0;

	churn.device = self->fd;
	churn.stop = false;
	for (i = 0; i < CHURNERS; i++)
		ASSERT_EQ(0, pthread_create(&threads[i], NULL, create_and_close,
					    NULL));
	while (__atomic_load_n(&churn.rounds, __ATOMIC_RELAXED) < CHURNERS)
		usleep(1000);
	ASSERT_TRUE(create_some(self->fd, held, HELD));
	for (i = 0; i < READS && !bad; i++) {
		EXPECT_TRUE(read_buffers(&list));
		EXPECT_TRUE(list_is_ascending());
		bad = not_once(held, HELD);
		EXPECT_EQ(0, bad);
	}
	__atomic_store_n(&churn.stop, true, __ATOMIC_RELAXED);
	for (i = 0; i < CHURNERS; i++)
		pthread_join(threads[i], NULL);
	EXPECT_EQ(0, churn.failed);
	close_some(held, HELD);
	EXPECT_TRUE(read_buffers(&list));
	EXPECT_EQ(1, list.count);
	EXPECT_EQ(0, list.used_pages);
}

/*
 * An open file in debugfs keeps the module loaded, as with any file system.
 * Unloading fails with EAGAIN until the file is closed.
 */
TEST_F(list, open_file_and_unload)
{
	int file = open(BUFFERS, O_RDONLY | O_CLOEXEC);
	char byte;

	ASSERT_LE(0, file);
	EXPECT_EQ(1, read(file, &byte, 1));
	close(self->fd);
	self->fd = -1;
	EXPECT_EQ(-EAGAIN, module_unload());
	EXPECT_EQ(1, read(file, &byte, 1));
	EXPECT_EQ(0, lseek(file, 0, SEEK_SET));
	EXPECT_EQ(1, read(file, &byte, 1));
	EXPECT_EQ('l', byte);
	close(file);
	EXPECT_EQ(0, module_unload());
	EXPECT_NE(0, access(BUFFERS, F_OK));
}

TEST_HARNESS_MAIN
