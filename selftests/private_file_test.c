// SPDX-License-Identifier: GPL-2.0-only
/*
 * A private buffer as a file: what fstat(2) and /proc tell of it, who may open it
 * again, what a process that can only read it cannot do, and that it keeps the
 * module no longer than it lives. A memfd is the control.
 */
#include <dirent.h>
#include <limits.h>
#include <linux/falloc.h>
#include <pthread.h>
#include <sys/inotify.h>
#include <sys/resource.h>
#include <sys/sysmacros.h>

#include "private.h"

#define ACCESS(fd) (fcntl(fd, F_GETFL) & O_ACCMODE)

/*
 * Calls a function in a child that runs as nobody. Returns what it returned, at most
 * 99.
 */
#define AS_NOBODY(expression)                 \
	({                                    \
		pid_t _pid = fork();          \
                                              \
		if (!_pid) {                  \
			become_nobody();      \
			_exit(-(expression)); \
		}                             \
		-child_status(_pid);          \
	})

/* Returns 0 if it can be opened with these flags, or -errno. */
static int can_reopen(int fd, int flags)
{
	int again = reopen(fd, flags);

	if (again < 0)
		return again;
	close(again);
	return 0;
}

static ssize_t read_byte(int fd)
{
	unsigned char byte;
	ssize_t rc = RC(pread(fd, &byte, 1, 0));

	return rc == 1 ? byte : rc;
}

TEST_F(object, stat)
{
	struct stat st = stat_of(self->fd);

	EXPECT_EQ(S_IFREG | 0600, st.st_mode);
	EXPECT_EQ(OBJECT_SIZE, st.st_size);
	EXPECT_EQ(0, st.st_uid);
	EXPECT_EQ(0, st.st_gid);
	EXPECT_NE(0, st.st_ino);
	EXPECT_EQ(0, st.st_nlink);
	if (!variant->memfd)
		EXPECT_EQ(OBJECT_MAPPED / 512, st.st_blocks);
}

static int create_and_stat(int device, const struct kind *kind)
{
	int fd = create(device, kind, OBJECT_SIZE);
	struct stat st = stat_of(fd);

	if (fd < 0)
		return 1;
	if (st.st_uid != NOBODY || st.st_gid != NOBODY)
		return 2;
	if (fchmod(fd, 0644) || fchmod(fd, 0600))
		return 3;
	return can_reopen(fd, O_RDWR) ? 4 : 0;
}

/* The buffer belongs to the user that created it, although root opened the device. */
TEST_F(object, owner)
{
	if (!variant->memfd)
		EXPECT_EQ(0, AS_NOBODY(-create_and_stat(self->device,
							&variant->kind)));
}

static int compare_numbers(const void *a, const void *b)
{
	__u64 x = *(const __u64 *)a, y = *(const __u64 *)b;

	return x < y ? -1 : x > y;
}

#define MANY 200

/* An inode number is never reused. */
TEST_F(object, inode_numbers)
{
	static __u64 numbers[2 * MANY];
	int fds[MANY], i, round, n = 0;

	if (variant->memfd)
		return;
	for (round = 0; round < 2; round++) {
		for (i = 0; i < MANY; i++) {
			fds[i] = create(self->device, &variant->kind, 1);
			ASSERT_LE(0, fds[i]);
			numbers[n++] = id_of(fds[i]);
			EXPECT_EQ(stat_of(self->fd).st_dev,
				  stat_of(fds[i]).st_dev);
		}
		for (i = 0; i < MANY; i++)
			close(fds[i]);
	}
	qsort(numbers, n, sizeof(numbers[0]), compare_numbers);
	for (i = 1; i < n; i++)
		EXPECT_NE(numbers[i - 1], numbers[i]);
}

/* The link in /proc/PID/fd, fdinfo and maps show the same name and number. */
TEST_F(object, names)
{
	unsigned char *map = map_shared(self->fd, OBJECT_MAPPED, RW, 0);
	struct stat st = stat_of(self->fd);
	char want[64], text[128], path[64], number[32];

	ASSERT_NE(MAP_FAILED, map);
	if (variant->memfd)
		return;
	snprintf(want, sizeof(want), "mmapdemo:[%lu]", st.st_ino);
	link_of(self->fd, text, sizeof(text));
	EXPECT_STREQ(want, text);
	EXPECT_TRUE(file_has_word("/proc/self/maps", "", want));
	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", self->fd);
	snprintf(number, sizeof(number), "%lu", st.st_ino);
	EXPECT_TRUE(file_has_word(path, "ino:", number));
	EXPECT_TRUE(file_has_word("/proc/self/maps", "", number));
	snprintf(text, sizeof(text), "%02x:%02x", major(st.st_dev),
		 minor(st.st_dev));
	EXPECT_TRUE(file_has_word("/proc/self/maps", "", text));
	munmap(map, OBJECT_MAPPED);
}

TEST_F(object, reopened)
{
	static const int modes[] = { O_RDONLY, O_WRONLY, O_RDWR };
	size_t i;
	int fd;

	ASSERT_EQ(1, pwrite(self->fd, "r", 1, 0));
	for (i = 0; i < ARRAY_SIZE(modes); i++) {
		fd = reopen(self->fd, modes[i]);
		ASSERT_LE(0, fd);
		EXPECT_EQ(modes[i], ACCESS(fd));
		EXPECT_EQ(id_of(self->fd), id_of(fd));
		EXPECT_EQ(modes[i] == O_RDONLY ? -EBADF : 1,
			  RC(pwrite(fd, "r", 1, 0)));
		EXPECT_EQ(modes[i] == O_WRONLY ? -EBADF : 'r', read_byte(fd));
		EXPECT_EQ(modes[i] == O_WRONLY ? -EACCES : 0,
			  try_map(fd, OBJECT_MAPPED, PROT_READ, MAP_SHARED, 0));
		EXPECT_EQ(modes[i] == O_RDWR ? 0 : -EACCES,
			  try_map(fd, OBJECT_MAPPED, RW, MAP_SHARED, 0));
		close(fd);
	}
}

/* The offset, the flags and the mode belong to the open file. */
TEST_F(object, own_offset)
{
	int fd = reopen(self->fd, O_RDWR | O_NONBLOCK);
	int copy = dup(self->fd);

	ASSERT_LE(0, fd);
	EXPECT_EQ(100, lseek(self->fd, 100, SEEK_SET));
	EXPECT_EQ(0, lseek(fd, 0, SEEK_CUR));
	EXPECT_EQ(100, lseek(copy, 0, SEEK_CUR));
	EXPECT_EQ(3, write(fd, "abc", 3));
	EXPECT_EQ(100, lseek(self->fd, 0, SEEK_CUR));
	EXPECT_EQ(3, lseek(fd, 0, SEEK_CUR));
	EXPECT_EQ(O_NONBLOCK, fcntl(fd, F_GETFL) & O_NONBLOCK);
	EXPECT_EQ(0, fcntl(self->fd, F_GETFL) & O_NONBLOCK);
	close(copy);
	close(fd);
}

/* The ioctls need the mode of the descriptor that they are called on. */
TEST_F(object, commands_by_mode)
{
	int reader = reopen(self->fd, O_RDONLY);
	int writer = reopen(self->fd, O_WRONLY);
	struct mmapdemo_info info;
	__u32 crc;

	if (variant->memfd)
		return;
	EXPECT_EQ(0, get_info(reader, &info));
	EXPECT_EQ(0, get_info(writer, &info));
	EXPECT_EQ(MMAPDEMO_INFO_PRIVATE,
		  info.properties & MMAPDEMO_INFO_PRIVATE);
	EXPECT_EQ(OBJECT_SIZE, info.buffer_size);
	EXPECT_EQ(0, checksum(reader, 0, OBJECT_SIZE, &crc));
	EXPECT_EQ(-EBADF, checksum(writer, 0, OBJECT_SIZE, &crc));
	EXPECT_EQ(-EBADF, fill(reader, 0, 0, 1, 0));
	EXPECT_EQ(0, fill(writer, 0, 0, 1, 0));
	EXPECT_EQ(0, wait_word(reader, 0, 1, 1));
	EXPECT_EQ(-EBADF, wait_word(writer, 0, 1, 1));
	EXPECT_EQ(-EBADF, wake_word(reader, 0, 1));
	EXPECT_EQ(0, wake_word(writer, 0, 1));
	close(reader);
	close(writer);
}

/* An O_PATH descriptor keeps the buffer, and does not circumvent its mode. */
TEST_F(object, by_path)
{
	int path = reopen(self->fd, O_PATH), fd;
	struct mmapdemo_info info;

	ASSERT_LE(0, path);
	ASSERT_EQ(1, pwrite(self->fd, "p", 1, 0));
	EXPECT_EQ(-EBADF, read_byte(path));
	EXPECT_EQ(-EBADF, RC(pwrite(path, "x", 1, 0)));
	EXPECT_EQ(-EBADF, get_info(path, &info));
	EXPECT_EQ(-EBADF, try_map(path, 1, PROT_READ, MAP_SHARED, 0));
	EXPECT_EQ(OBJECT_SIZE, stat_of(path).st_size);
	close(self->fd);
	close(self->device);
	if (!variant->memfd)
		EXPECT_EQ(-EAGAIN, module_unload());
	EXPECT_EQ(-EACCES, AS_NOBODY(can_reopen(path, O_RDONLY)));
	fd = reopen(path, O_RDWR);
	ASSERT_LE(0, fd);
	close(path);
	EXPECT_EQ('p', read_byte(fd));
	EXPECT_EQ(1, pwrite(fd, "q", 1, 0));
	EXPECT_EQ('q', read_byte(fd));
	close(fd);
	if (!variant->memfd)
		EXPECT_EQ(0, module_unload());
	self->fd = self->device = -1;
}

TEST_F(object, mode_and_owner)
{
	EXPECT_EQ(-EACCES, AS_NOBODY(can_reopen(self->fd, O_RDONLY)));
	EXPECT_EQ(-EACCES, AS_NOBODY(can_reopen(self->fd, O_WRONLY)));
	EXPECT_EQ(-EPERM, AS_NOBODY(RC(fchmod(self->fd, 0666))));
	EXPECT_EQ(-EPERM, AS_NOBODY(RC(fchown(self->fd, NOBODY, -1))));
	ASSERT_EQ(0, fchmod(self->fd, 0604));
	EXPECT_EQ(S_IFREG | 0604, stat_of(self->fd).st_mode);
	EXPECT_EQ(0, AS_NOBODY(can_reopen(self->fd, O_RDONLY)));
	EXPECT_EQ(-EACCES, AS_NOBODY(can_reopen(self->fd, O_WRONLY)));
	EXPECT_EQ(-EACCES, AS_NOBODY(can_reopen(self->fd, O_RDWR)));
	ASSERT_EQ(0, fchmod(self->fd, 0600));
	ASSERT_EQ(0, fchown(self->fd, NOBODY, NOBODY));
	EXPECT_EQ(NOBODY, stat_of(self->fd).st_uid);
	EXPECT_EQ(0, AS_NOBODY(can_reopen(self->fd, O_RDWR)));
	EXPECT_EQ(0, AS_NOBODY(RC(fchmod(self->fd, 0400))));
	EXPECT_EQ(-EACCES, AS_NOBODY(can_reopen(self->fd, O_RDWR)));
	EXPECT_EQ(0, AS_NOBODY(can_reopen(self->fd, O_RDONLY)));
	ASSERT_EQ(0, fchmod(self->fd, 0));
	EXPECT_EQ(-EACCES, AS_NOBODY(can_reopen(self->fd, O_RDONLY)));
}

/*
 * What the process that was given a descriptor for reading tries, as another
 * user. Each step has a number, which is its exit status if it was not refused
 * as it has to be.
 */
#define REFUSED(step, want, call)                                             \
	do {                                                                  \
		long _rc = call;                                              \
                                                                              \
		if (_rc != (want)) {                                          \
			fprintf(stderr, "# step %d: %s: %ld, not %d\n", step, \
				#call, _rc, (int)(want));                     \
			_exit(step);                                          \
		}                                                             \
	} while (0)

static void try_to_write(int fd, bool memfd)
{
	const struct write_way *way;
	long rc;

	for (way = write_ways; way < WAYS_END(write_ways); way++) {
		if (memfd && way->only_ours)
			continue;
		rc = way->change(fd);
		if (rc == -EBADF)
			continue;
		fprintf(stderr, "# by %s: %ld\n", way->name, rc);
		_exit(10);
	}
	/* No file at all is what it is called there. */
	REFUSED(11, -EINVAL, RC(ftruncate(fd, OBJECT_SIZE)));
	REFUSED(12, -EBADF, RC(fallocate(fd, 0, 0, 1)));
	REFUSED(13, -EPERM, RC(fchmod(fd, 0666)));
	REFUSED(14, -EPERM, RC(fchown(fd, NOBODY, NOBODY)));
	fcntl(fd, F_SETFL, O_RDWR);
	REFUSED(15, O_RDONLY, ACCESS(fd));
	if (memfd)
		return;
	REFUSED(16, -EBADF, fill(fd, 0, 0, 1, 0));
	REFUSED(17, -EBADF, wake_word(fd, 0, 1));
	REFUSED(18, -EPERM, buffer_seals(fd, MMAPDEMO_SEAL_WRITE));
}

static void try_to_reopen(int fd, pid_t giver, int givers_fd)
{
	char path[64];

	REFUSED(20, -EACCES, can_reopen(fd, O_RDWR));
	REFUSED(21, -EACCES, can_reopen(fd, O_WRONLY));
	REFUSED(22, -EACCES, can_reopen(fd, O_RDWR | O_TRUNC));
	snprintf(path, sizeof(path), "/proc/%d/fd/%d", giver, givers_fd);
	REFUSED(23, -EACCES, RC(open(path, O_RDWR)));
	fd_path(path, fd);
	REFUSED(24, -EACCES, RC(truncate(path, 0)));
	REFUSED(25, 0, can_reopen(fd, O_PATH));
}

static void try_to_poke(unsigned char *map)
{
	const struct poke_way *way;
	long rc;

	for (way = poke_ways; way < WAYS_END(poke_ways); way++) {
		rc = way->poke(map);
		if (rc == way->refused)
			continue;
		fprintf(stderr, "# by %s: %ld\n", way->name, rc);
		_exit(30);
	}
	REFUSED(31, SIGSEGV, touch(map, true));
	REFUSED(32, -EACCES, RC(mprotect(map, page_size(), RW)));
	REFUSED(33, -EACCES, RC(mprotect(map, page_size(), PROT_WRITE)));
	REFUSED(34, -EACCES, RC(madvise(map, page_size(), MADV_REMOVE)));
}

/* mremap(2) moves it. It stays read-only. */
static void try_to_move(unsigned char *map, size_t length, bool memfd)
{
	void *place = mmap(NULL, length, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS,
			   -1, 0);
	unsigned char *moved;

	if (!memfd) {
		REFUSED(40, -EFAULT,
			RC(mremap(map, length, length + page_size(),
				  MREMAP_MAYMOVE)));
		REFUSED(41, -EFAULT,
			RC(mremap(map, 0, length, MREMAP_MAYMOVE)));
	}
	moved = mremap(map, length, length, MREMAP_MAYMOVE | MREMAP_FIXED,
		       place);
	if (moved != place)
		_exit(42);
	try_to_poke(moved);
	munmap(moved, length);
}

static void only_reads(int fd, bool memfd, pid_t giver, int givers_fd)
{
	unsigned char *map;

	become_nobody();
	if (read_byte(fd) != 'g' || stat_of(fd).st_size != OBJECT_SIZE)
		_exit(1);
	REFUSED(2, -EACCES, try_map(fd, OBJECT_MAPPED, RW, MAP_SHARED, 0));
	try_to_write(fd, memfd);
	try_to_reopen(fd, giver, givers_fd);
	map = map_shared(fd, OBJECT_MAPPED, PROT_READ, 0);
	if (map == MAP_FAILED || map[0] != 'g')
		_exit(3);
	try_to_poke(map);
	try_to_move(map, OBJECT_MAPPED, memfd);
	_exit(0);
}

/*
 * The receiver is a process from before, so that it has nothing but what comes
 * through the socket.
 */
static pid_t receiver(int sock, bool memfd, pid_t giver, int givers_fd)
{
	pid_t pid = fork();
	int fd;

	if (pid)
		return pid;
	close(givers_fd);
	fd = receive_fd(sock);
	if (fd < 0)
		_exit(4);
	only_reads(fd, memfd, giver, givers_fd);
	_exit(5);
}

TEST_F(object, read_only_hand_out)
{
	unsigned char before[OBJECT_SIZE], after[OBJECT_SIZE];
	int reader = reopen(self->fd, O_RDONLY), socks[2];
	long long generation = 0;
	pid_t pid;

	scramble(before, OBJECT_SIZE, 71);
	before[0] = 'g';
	ASSERT_EQ(OBJECT_SIZE, pwrite(self->fd, before, OBJECT_SIZE, 0));
	if (!variant->memfd)
		generation = fd_generation(self->fd);
	ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_STREAM, 0, socks));
	close(self->device);
	self->device = -1;
	pid = receiver(socks[1], variant->memfd, getpid(), self->fd);
	ASSERT_EQ(0, send_fd(socks[0], reader));
	close(reader);
	EXPECT_EQ(0, child_status(pid));
	EXPECT_EQ(OBJECT_SIZE, pread(self->fd, after, OBJECT_SIZE, 0));
	EXPECT_EQ(0, memcmp(before, after, OBJECT_SIZE));
	if (!variant->memfd) {
		EXPECT_EQ(generation, fd_generation(self->fd));
		EXPECT_EQ(0, buffer_seals(self->fd, 0));
	}
	close(socks[0]);
	close(socks[1]);
}

/* A store to a private mapping changes only its own copy. */
TEST_F(object, private_mapping_of_a_read_only_one)
{
	int reader = reopen(self->fd, O_RDONLY);
	unsigned char *map;

	if (!object_copies(variant)) {
		EXPECT_EQ(-EINVAL, try_map(reader, OBJECT_MAPPED, PROT_READ,
					   MAP_PRIVATE, 0));
	} else {
		map = mmap(NULL, OBJECT_MAPPED, RW, MAP_PRIVATE, reader, 0);
		ASSERT_NE(MAP_FAILED, map);
		map[0] = 'x';
		EXPECT_EQ(1, poke_by_mem(map + 1));
		EXPECT_EQ(0, read_byte(self->fd));
		munmap(map, OBJECT_MAPPED);
	}
	close(reader);
}

TEST_F(object, size_never_changes)
{
	static const off_t others[] = { 0, 1, OBJECT_SIZE - 1, OBJECT_SIZE + 1,
					1 << 20 };
	unsigned char byte = 0;
	char path[32];
	size_t i;
	int fd;

	if (variant->memfd)
		return;
	ASSERT_EQ(1, pwrite(self->fd, "t", 1, OBJECT_SIZE - 1));
	fd_path(path, self->fd);
	for (i = 0; i < ARRAY_SIZE(others); i++) {
		EXPECT_EQ(-EPERM, RC(ftruncate(self->fd, others[i])));
		EXPECT_EQ(-EPERM, RC(truncate(path, others[i])));
	}
	EXPECT_EQ(0, ftruncate(self->fd, OBJECT_SIZE));
	EXPECT_EQ(0, truncate(path, OBJECT_SIZE));
	EXPECT_EQ(-EINVAL, RC(ftruncate(self->fd, -1)));
	fd = reopen(self->fd, O_RDWR | O_TRUNC);
	EXPECT_LE(0, fd);
	EXPECT_EQ(OBJECT_SIZE, stat_of(fd).st_size);
	EXPECT_EQ(1, pread(fd, &byte, 1, OBJECT_SIZE - 1));
	EXPECT_EQ('t', byte);
	EXPECT_EQ(-ENOSPC, RC(pwrite(fd, "x", 1, OBJECT_SIZE)));
	EXPECT_EQ(1, pwrite(fd, "xy", 2, OBJECT_SIZE - 1));
	EXPECT_EQ(OBJECT_SIZE, stat_of(fd).st_size);
	close(fd);
}

TEST_F(object, no_holes)
{
	static const int modes[] = {
		0,
		FALLOC_FL_KEEP_SIZE,
		FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
		FALLOC_FL_ZERO_RANGE,
		FALLOC_FL_COLLAPSE_RANGE,
		FALLOC_FL_INSERT_RANGE,
		FALLOC_FL_UNSHARE_RANGE,
	};
	unsigned char *map = map_shared(self->fd, OBJECT_MAPPED, RW, 0);
	size_t i;

	ASSERT_NE(MAP_FAILED, map);
	if (variant->memfd)
		return;
	ASSERT_EQ(0, fill(self->fd, 0, 0, OBJECT_SIZE, 0x6868686868686868));
	for (i = 0; i < ARRAY_SIZE(modes); i++)
		EXPECT_EQ(-EOPNOTSUPP,
			  RC(fallocate(self->fd, modes[i], 0, page_size())));
	EXPECT_EQ(-EOPNOTSUPP, RC(madvise(map, page_size(), MADV_REMOVE)));
	EXPECT_EQ(OBJECT_SIZE, bytes_until_not(map, 0x68, OBJECT_SIZE));
	EXPECT_EQ('h', read_byte(self->fd));
	munmap(map, OBJECT_MAPPED);
}

/* Calls about a page cache find none here, and do no harm. */
TEST_F(object, advice)
{
	unsigned char *map = map_shared(self->fd, OBJECT_MAPPED, RW, 0);
	int advice;

	ASSERT_NE(MAP_FAILED, map);
	memset(map, 'a', OBJECT_SIZE);
	fence();
	for (advice = POSIX_FADV_NORMAL; advice <= POSIX_FADV_NOREUSE; advice++)
		EXPECT_EQ(0, posix_fadvise(self->fd, 0, 0, advice));
	readahead(self->fd, 0, OBJECT_SIZE);
	EXPECT_EQ(0, sync_file_range(self->fd, 0, 0, 7));
	EXPECT_EQ(0, fsync(self->fd));
	EXPECT_EQ(0, fdatasync(self->fd));
	EXPECT_EQ(0, msync(map, OBJECT_MAPPED, MS_SYNC | MS_INVALIDATE));
	madvise(map, OBJECT_MAPPED, MADV_WILLNEED);
	EXPECT_EQ(OBJECT_SIZE, bytes_until_not(map, 'a', OBJECT_SIZE));
	EXPECT_EQ('a', read_byte(self->fd));
	EXPECT_EQ(OBJECT_SIZE, stat_of(self->fd).st_size);
	munmap(map, OBJECT_MAPPED);
}

TEST_F(object, locks_and_leases)
{
	struct flock whole = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	int fd = reopen(self->fd, O_RDWR);

	EXPECT_EQ(0, fcntl(self->fd, F_OFD_SETLK, &whole));
	EXPECT_EQ(-EAGAIN, RC(fcntl(fd, F_OFD_SETLK, &whole)));
	whole.l_type = F_UNLCK;
	EXPECT_EQ(0, fcntl(self->fd, F_OFD_SETLK, &whole));
	close(fd);
	if (variant->memfd)
		return;
	fd = reopen(self->fd, O_RDONLY);
	close(self->fd);
	EXPECT_EQ(-EINVAL, RC(fcntl(fd, F_SETLEASE, F_RDLCK)));
	EXPECT_EQ(-EINVAL, RC(fcntl(fd, F_SETLEASE, F_WRLCK)));
	self->fd = fd;
}

TEST_F(object, data_and_holes)
{
	ASSERT_EQ(1, pwrite(self->fd, "d", 1, OBJECT_SIZE - 1));
	if (variant->memfd)
		return;
	EXPECT_EQ(0, lseek(self->fd, 0, SEEK_DATA));
	EXPECT_EQ(77, lseek(self->fd, 77, SEEK_DATA));
	EXPECT_EQ(OBJECT_SIZE, lseek(self->fd, 77, SEEK_HOLE));
	EXPECT_EQ(OBJECT_SIZE, lseek(self->fd, 0, SEEK_CUR));
	EXPECT_EQ(-ENXIO, RC(lseek(self->fd, OBJECT_SIZE, SEEK_DATA)));
	EXPECT_EQ(-ENXIO, RC(lseek(self->fd, OBJECT_SIZE, SEEK_HOLE)));
	EXPECT_EQ(OBJECT_SIZE, lseek(self->fd, 0, SEEK_END));
	EXPECT_EQ(-EINVAL, RC(lseek(self->fd, 1, SEEK_END)));
}

/* Copies from one buffer to another with the calls for regular files. */
TEST_F(object, copied_to_another)
{
	unsigned char from[OBJECT_SIZE], to[OBJECT_SIZE];
	int other = object_new(self, variant);
	loff_t in = 0, out = 0;

	ASSERT_LE(0, other);
	scramble(from, OBJECT_SIZE, 72);
	ASSERT_EQ(OBJECT_SIZE, pwrite(self->fd, from, OBJECT_SIZE, 0));
	EXPECT_EQ(OBJECT_SIZE, RC(copy_file_range(self->fd, &in, other, &out,
						  OBJECT_SIZE, 0)));
	ASSERT_EQ(OBJECT_SIZE, pread(other, to, OBJECT_SIZE, 0));
	EXPECT_EQ(0, memcmp(from, to, OBJECT_SIZE));
	EXPECT_EQ(0, RC(copy_file_range(self->fd, &in, other, &out, 1, 0)));
	in = 0;
	if (!variant->memfd) {
		EXPECT_EQ(-ENOSPC, RC(copy_file_range(self->fd, &in, other,
						      &out, 1, 0)));
		EXPECT_EQ(-EINVAL, RC(copy_file_range(self->device, &in, other,
						      &in, 1, 0)));
	}
	close(other);
}

/* Copies to a file and back. The file takes all bytes, the buffer those that fit. */
TEST_F(object, sendfile)
{
	int file = memfd_create("file", MFD_CLOEXEC);
	unsigned char from[OBJECT_SIZE], to[OBJECT_SIZE];
	off_t at = 0;

	scramble(from, OBJECT_SIZE, 73);
	ASSERT_EQ(OBJECT_SIZE, pwrite(self->fd, from, OBJECT_SIZE, 0));
	EXPECT_EQ(OBJECT_SIZE,
		  RC(sendfile(file, self->fd, &at, 2 * OBJECT_SIZE)));
	ASSERT_EQ(OBJECT_SIZE, pread(file, to, OBJECT_SIZE, 0));
	EXPECT_EQ(0, memcmp(from, to, OBJECT_SIZE));
	scramble(to, OBJECT_SIZE, 74);
	ASSERT_EQ(OBJECT_SIZE, pwrite(file, to, OBJECT_SIZE, 0));
	at = 0;
	lseek(self->fd, 0, SEEK_SET);
	EXPECT_EQ(OBJECT_SIZE, RC(sendfile(self->fd, file, &at, OBJECT_SIZE)));
	ASSERT_EQ(OBJECT_SIZE, pread(self->fd, from, OBJECT_SIZE, 0));
	EXPECT_EQ(0, memcmp(from, to, OBJECT_SIZE));
	close(file);
}

static int try_to_execute(const char *path, int fd)
{
	char *argv[] = { "x", NULL };

	if (path)
		execve(path, argv, argv + 1);
	else
		syscall(SYS_execveat, fd, "", argv, argv + 1, AT_EMPTY_PATH);
	return -errno;
}

/* Executes the descriptor in a child. Returns 0 if that worked. */
static int execute(const char *path, int fd)
{
	pid_t pid = fork();

	if (!pid)
		_exit(-try_to_execute(path, fd));
	return -child_status(pid);
}

/* A memfd can be executed. A buffer cannot, whatever its mode. */
TEST_F(object, not_executable)
{
	static const char script[] = "#!/bin/true\n";
	long want = variant->memfd ? 0 : -EACCES;
	char path[32];
	int fd;

	ASSERT_EQ(sizeof(script) - 1,
		  pwrite(self->fd, script, sizeof(script) - 1, 0));
	EXPECT_EQ(-EACCES, execute(NULL, self->fd));
	ASSERT_EQ(0, fchmod(self->fd, 0777));
	fd = reopen(self->fd, O_RDONLY);
	fcntl(fd, F_SETFD, 0);
	close(self->fd);
	fd_path(path, fd);
	EXPECT_EQ(want, execute(path, fd));
	EXPECT_EQ(want, execute(NULL, fd));
	self->fd = fd;
}

static bool survives_exec(int fd)
{
	char command[64];

	snprintf(command, sizeof(command), "test -e /proc/self/fd/%d", fd);
	return !system(command);
}

TEST_F(object, closed_by_exec)
{
	EXPECT_FALSE(survives_exec(self->fd));
	ASSERT_EQ(0, fcntl(self->fd, F_SETFD, 0));
	EXPECT_TRUE(survives_exec(self->fd));
}

/*
 * Any descriptor of the device can create a buffer, whatever its mode: the buffer
 * holds only the bytes of its creator.
 */
TEST_F(object, made_by_any_descriptor)
{
	static const int modes[] = { O_RDONLY, O_WRONLY, O_RDWR };
	int by, fd;
	size_t i;

	if (variant->memfd)
		return;
	for (i = 0; i < 2 * ARRAY_SIZE(modes); i++) {
		by = i % 2 ? reopen(self->fd, modes[i / 2]) :
			     device_open(modes[i / 2]);
		ASSERT_LE(0, by);
		fd = create(by, &variant->kind, OBJECT_SIZE);
		close(by);
		ASSERT_LE(0, fd);
		EXPECT_EQ(O_RDWR, ACCESS(fd));
		EXPECT_EQ(FD_CLOEXEC, fcntl(fd, F_GETFD));
		EXPECT_EQ(1, pwrite(fd, "m", 1, 0));
		EXPECT_EQ('m', read_byte(fd));
		EXPECT_EQ(0, try_map(fd, OBJECT_MAPPED, RW, MAP_SHARED, 0));
		EXPECT_NE(id_of(self->fd), id_of(fd));
		close(fd);
	}
	by = open(DEVICE, O_PATH | O_CLOEXEC);
	EXPECT_EQ(-EBADF, create(by, &variant->kind, OBJECT_SIZE));
	close(by);
}

/* Returns true if one of the events that came has this mask. */
static bool watch_saw(int watch, unsigned int mask)
{
	char events[4096] __attribute__((aligned(8)));
	ssize_t n = read(watch, events, sizeof(events)), at = 0;
	struct inotify_event *event;

	for (; at < n; at += sizeof(*event) + event->len) {
		event = (struct inotify_event *)(events + at);
		if (event->mask & mask)
			return true;
	}
	return false;
}

/*
 * Whoever watches the file holds its inode, and has to let go of it, whether it
 * is the last one of the file system or not.
 */
static void expect_watch_ends(struct __test_metadata *_metadata, int watch,
			      int fd)
{
	int again = reopen(fd, O_WRONLY);
	char path[32];

	fd_path(path, fd);
	ASSERT_LE(0, inotify_add_watch(watch, path, IN_ALL_EVENTS));
	ASSERT_EQ(1, pwrite(again, "w", 1, 0));
	EXPECT_TRUE(watch_saw(watch, IN_MODIFY));
	close(again);
	close(fd);
	EXPECT_TRUE(watch_saw(watch, IN_IGNORED));
}

TEST_F(object, watched)
{
	int watch = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	int other = object_new(self, variant);
	__u64 id = id_of(other);
	struct buffer_line listed;

	expect_watch_ends(_metadata, watch, other);
	if (!variant->memfd && !buffers_missing())
		EXPECT_EQ(-ENOENT, list_find(id, &listed));
	close(self->device);
	expect_watch_ends(_metadata, watch, self->fd);
	self->device = self->fd = -1;
	if (!variant->memfd)
		EXPECT_EQ(0, module_unload());
	close(watch);
}

static int run(const char *format, ...)
{
	char command[256];
	va_list ap;

	va_start(ap, format);
	vsnprintf(command, sizeof(command), format, ap);
	va_end(ap);
	return system(command);
}

/*
 * Programs that know nothing of the driver use it through another process's
 * /proc/PID/fd.
 */
TEST_F(object, programs)
{
	char ours[64], dir[] = "/tmp/private_file.XXXXXX";
	unsigned char bytes[OBJECT_SIZE];

	ASSERT_NE(NULL, mkdtemp(dir));
	scramble(bytes, OBJECT_SIZE, 75);
	ASSERT_EQ(OBJECT_SIZE, pwrite(self->fd, bytes, OBJECT_SIZE, 0));
	snprintf(ours, sizeof(ours), "/proc/%d/fd/%d", getpid(), self->fd);
	EXPECT_EQ(0, run("cp %s %s/a && cmp %s %s/a", ours, dir, ours, dir));
	EXPECT_EQ(0, run("test $(wc -c <%s) = %d", ours, OBJECT_SIZE));
	EXPECT_EQ(0, run("dd if=%s of=%s/b bs=512 2>/dev/null && cmp %s/a %s/b",
			 ours, dir, dir, dir));
	EXPECT_EQ(0, run("tr '\\000-\\377' '\\001-\\377\\000' <%s/a >%s/c", dir,
			 dir));
	EXPECT_EQ(0, run("cp %s/c %s && cmp %s/c %s", dir, ours, dir, ours));
	EXPECT_EQ(0, run("dd if=%s/a of=%s bs=1000 2>/dev/null && cmp %s/a %s",
			 dir, ours, dir, ours));
	EXPECT_EQ(0, run("rm -r %s", dir));
	EXPECT_EQ(OBJECT_SIZE, stat_of(self->fd).st_size);
}

/* What is open when the module is to be unloaded after its last close */
static const struct last_user {
	const char *name;
	int flags;
	bool map;
} last_users[] = {
	{ "the first descriptor", -1, false },
	{ "one for reading", O_RDONLY, false },
	{ "one for writing", O_WRONLY, false },
	{ "a path", O_PATH, false },
	{ "a mapping", -1, true },
};

/* Returns 0, or the number of the step that failed. */
static int last_use(const struct kind *kind, const struct last_user *last)
{
	int device = device_open(O_RDWR), first, fd;
	void *map = NULL;

	first = create(device, kind, OBJECT_SIZE);
	close(device);
	if (first < 0)
		return 1;
	fd = last->flags < 0 ? first : reopen(first, last->flags);
	if (last->map)
		map = map_shared(fd, OBJECT_MAPPED, RW, 0);
	if (fd < 0 || map == MAP_FAILED)
		return 2;
	if (fd != first || last->map)
		close(first);
	if (module_unload() != -EAGAIN)
		return 3;
	if (last->map)
		munmap(map, OBJECT_MAPPED);
	else
		close(fd);
	return module_unload() ? 4 : 0;
}

/*
 * The module can be unloaded right after the last close, every time. Nothing is done
 * later.
 */
TEST_F_TIMEOUT(object, module_goes_after_the_last_close, 120)
{
	static const struct kind of_the_device;
	const struct last_user *last;
	int i;

	if (variant->memfd)
		return;
	close(self->fd);
	close(self->device);
	self->fd = self->device = -1;
	for (last = last_users; last < WAYS_END(last_users); last++) {
		for (i = 0; i < 2; i++) {
			ASSERT_EQ(0, device_load(1, &of_the_device));
			EXPECT_EQ(0, last_use(&variant->kind, last))
			{
				TH_LOG("of %s", last->name);
			}
		}
	}
}

/*
 * One process makes and closes buffers and loads the module afresh in between;
 * others open its descriptors while it does.
 */
struct shared {
	volatile bool stop;
	unsigned long made;
	volatile unsigned long reloads;
	volatile unsigned long opened;
};

static struct shared *shared_new(void)
{
	return mmap(NULL, sizeof(struct shared), RW, MAP_SHARED | MAP_ANONYMOUS,
		    -1, 0);
}

static void make_and_close(struct shared *shared, const struct kind *kind)
{
	int device = device_open(O_RDWR), fd, i;

	for (i = 0; i < 20; i++) {
		fd = create(device, kind, OBJECT_SIZE);
		if (i == 19)
			close(device);
		sched_yield();
		close(fd);
		shared->made++;
	}
}

static void make_and_reload(struct shared *shared, const struct kind *kind)
{
	while (!shared->stop) {
		long rc = module_load("");

		if (rc == -ETXTBSY)
			continue; /* somebody has opened the module's file */
		if (rc)
			_exit(1);
		make_and_close(shared, kind);
		while (module_unload())
			sched_yield();
		shared->reloads++;
	}
	_exit(0);
}

struct opener {
	struct shared *shared;
	pid_t pid;
	unsigned int tries;
};

static void *open_others(void *arg)
{
	static const int flags[] = { O_RDWR, O_RDONLY, O_PATH, O_WRONLY };
	struct opener *opener = arg;
	char path[64];
	int fd;

	while (!opener->shared->stop) {
		snprintf(path, sizeof(path), "/proc/%d/fd/%u", opener->pid,
			 3 + opener->tries / 4 % 8);
		fd = open(path, flags[opener->tries++ % 4] | O_CLOEXEC);
		if (fd < 0)
			continue;
		if (stat_of(fd).st_size == OBJECT_SIZE)
			__sync_fetch_and_add(&opener->shared->opened, 1);
		read_byte(fd);
		close(fd);
	}
	return NULL;
}

static bool enough(const struct shared *shared)
{
	unsigned long reloads = run_is_short() ? 1 : 4;

	return shared->opened >= 25 * reloads && shared->reloads >= reloads;
}

TEST_F_TIMEOUT(object, opened_while_closed_and_unloaded, 90)
{
	struct shared *shared = shared_new();
	struct opener openers[2] = { 0 };
	pthread_t threads[2];
	pid_t pid;
	int i;

	if (variant->memfd)
		return;
	if (run_is_short() && variant->kind.backing != MMAPDEMO_BACKING_SHMEM)
		SKIP(return, "one kind is enough for a short run");
	close(self->fd);
	close(self->device);
	self->fd = self->device = -1;
	ASSERT_EQ(0, module_gone());
	pid = fork();
	if (!pid)
		make_and_reload(shared, &variant->kind);
	for (i = 0; i < 2; i++) {
		openers[i] = (struct opener){ shared, pid };
		pthread_create(&threads[i], NULL, open_others, &openers[i]);
	}
	for (i = 0; i < 400 && !enough(shared); i++)
		usleep(100000);
	shared->stop = true;
	for (i = 0; i < 2; i++)
		pthread_join(threads[i], NULL);
	EXPECT_EQ(0, child_status(pid));
	TH_LOG("%lu made, %lu opened, %lu times unloaded", shared->made,
	       shared->opened, shared->reloads);
	EXPECT_LT(0, shared->opened);
	EXPECT_LT(0, shared->reloads);
}

TEST_HARNESS_MAIN
