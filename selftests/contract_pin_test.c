// SPDX-License-Identifier: GPL-2.0-only
/*
 * The contract of mmapdemo(4), 4: calls that take bytes or pages out of a
 * mapping. System calls that copy bytes work with every backing. Calls that pin
 * pages work with refcounted pages, and fail with EFAULT on other backings. See
 * contract_test.c.
 */
#include <sys/uio.h>

#include "device.h"
#include "uring.h"

/*
 * Returns what a call that pins pages should return: good, or the manual's
 * error.
 */
static long pinned(const struct kind *kind, long good)
{
	return backings[kind->backing].pages ? good : -EFAULT;
}

/*
 * System calls copy to and from the mapping, even read(2) and write(2) on the
 * same buffer.
 */
TEST_F(device, system_calls)
{
	char back[16];
	int pipes[2];

	ASSERT_EQ(0, pipe(pipes));
	ASSERT_EQ(0, fill(self->fd, 0, 0, 16, 0x6b6b6b6b6b6b6b6b));
	EXPECT_EQ(16, write(pipes[1], self->map, 16));
	EXPECT_EQ(16, read(pipes[0], self->map + 100, 16));
	EXPECT_EQ(16, pread(self->fd, back, 16, 100));
	EXPECT_EQ(16, bytes_until_not((void *)back, 0x6b, 16));
	close(pipes[0]);
	close(pipes[1]);

	scramble(self->map, 1000, 18);
	fence();
	EXPECT_EQ(1000, pread(self->fd, self->map + 2000, 1000, 0));
	EXPECT_EQ(0, memcmp(self->map, self->map + 2000, 1000));
	EXPECT_EQ(1000, pwrite(self->fd, self->map + 2000, 1000, 4000));
	EXPECT_EQ(0, memcmp(self->map, self->map + 4000, 1000));
}

/* The pipe holds a copy, so later stores do not change it. */
TEST_F(device, splice)
{
	unsigned char bytes[16];
	loff_t at = 0;
	int pipes[2];

	ASSERT_EQ(0, pipe(pipes));
	ASSERT_EQ(0, fill(self->fd, 0, 0, 16, 0x1111111111111111));
	EXPECT_EQ(16, splice(self->fd, &at, pipes[1], NULL, 16, 0));
	ASSERT_EQ(0, fill(self->fd, 0, 0, 16, 0x2222222222222222));
	EXPECT_EQ(16, read(pipes[0], bytes, 16));
	EXPECT_EQ(16, bytes_until_not(bytes, 0x11, 16));
	close(pipes[0]);
	close(pipes[1]);
}

TEST_F(device, process_vm)
{
	struct iovec local, remote;
	char bytes[DEVICE_SIZE];
	long want = pinned(&variant->kind, DEVICE_SIZE);

	local = (struct iovec){ bytes, sizeof(bytes) };
	remote = (struct iovec){ self->map, sizeof(bytes) };
	ASSERT_EQ(0, fill(self->fd, MMAPDEMO_FILL_COUNT, 0, DEVICE_SIZE, 1));
	EXPECT_EQ(want,
		  RC(process_vm_readv(getpid(), &local, 1, &remote, 1, 0)));
	if (want > 0) {
		EXPECT_EQ(0, memcmp(self->map, bytes, sizeof(bytes)));
	}
	scramble(bytes, sizeof(bytes), 31);
	EXPECT_EQ(want,
		  RC(process_vm_writev(getpid(), &local, 1, &remote, 1, 0)));
	if (want > 0) {
		EXPECT_EQ(0, memcmp(self->map, bytes, sizeof(bytes)));
	}
}

/*
 * vmsplice(2) is zero-copy: the pipe holds the pages themselves, so it shows
 * later stores. It keeps them even after the buffer is gone.
 */
TEST_F(device, vmsplice)
{
	int fd = create(self->fd, &variant->kind, DEVICE_SIZE);
	char *map = map_shared(fd, DEVICE_MAPPED, RW, 0);
	char bytes[DEVICE_SIZE], want[DEVICE_SIZE];
	struct iovec from = { map, DEVICE_SIZE };
	int pipes[2];

	ASSERT_NE(MAP_FAILED, map);
	ASSERT_EQ(0, pipe(pipes));
	memset(map, 1, DEVICE_SIZE);
	EXPECT_EQ(pinned(&variant->kind, DEVICE_SIZE),
		  RC(vmsplice(pipes[1], &from, 1, 0)));
	scramble(map, DEVICE_SIZE, 32);
	memcpy(want, map, DEVICE_SIZE);
	munmap(map, DEVICE_MAPPED);
	close(fd);
	if (!backings[variant->kind.backing].pages)
		return;
	/*
	 * If the pages had been freed, this buffer could get and overwrite
	 * them.
	 */
	fd = create(self->fd, &variant->kind, 64 * DEVICE_SIZE);
	EXPECT_EQ(0, fill(fd, 0, 0, 64 * DEVICE_SIZE, ~0ULL));
	EXPECT_EQ(DEVICE_SIZE, read(pipes[0], bytes, sizeof(bytes)));
	EXPECT_EQ(0, memcmp(want, bytes, DEVICE_SIZE));
	close(fd);
	close(pipes[0]);
	close(pipes[1]);
}

/*
 * Loads the RAM disk driver, because a block device always has O_DIRECT. The
 * virtual machine gets the module by --add FILE:/lib/modules/brd.ko or
 * brd.ko.xz.
 */
static void load_brd(void)
{
	static const char *const paths[] = { "/lib/modules/brd.ko",
					     "/lib/modules/brd.ko.xz" };
	pid_t pid = fork();
	size_t i;
	int fd;

	if (!pid) {
		freopen("/dev/null", "w", stderr);
		execlp("modprobe", "modprobe", "brd", "rd_nr=1", NULL);
		_exit(127);
	}
	if (!child_status(pid))
		return;
	for (i = 0; i < ARRAY_SIZE(paths); i++) {
		fd = open(paths[i], O_RDONLY | O_CLOEXEC);
		if (fd < 0)
			continue;
		syscall(SYS_finit_module, fd, "rd_nr=1 rd_size=8192",
			i ? MODULE_INIT_COMPRESSED_FILE : 0);
		close(fd);
	}
}

/* Opens /dev/ram0. Returns -ENODEV if it is no disk or too small. */
static int open_disk(void)
{
	int fd = RC(open("/dev/ram0", O_RDWR | O_DIRECT | O_CLOEXEC));
	struct stat st;

	if (fd < 0)
		return fd;
	if (!fstat(fd, &st) && S_ISBLK(st.st_mode) &&
	    lseek(fd, 0, SEEK_END) >= (off_t)(2 * DEVICE_MAPPED))
		return fd;
	close(fd);
	return -ENODEV;
}

/*
 * Opens the disk and loads its driver if necessary. Skips the line that the
 * kernel may log about the driver.
 */
static int open_direct(int log)
{
	int fd = open_disk();

	if (fd >= 0)
		return fd;
	load_brd();
	lseek(log, 0, SEEK_END);
	return open_disk();
}

#define NO_DISK "no /dev/ram0 with room, which module brd makes"

/* Writes both pages to the disk and reads them back. */
TEST_F(device, direct_io)
{
	size_t size = DEVICE_MAPPED;
	long want = pinned(&variant->kind, size);
	unsigned char *copy;
	int disk = open_direct(self->log);

	if (disk < 0)
		SKIP(return, NO_DISK);
	copy = mmap(NULL, size, RW, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	scramble(self->map, size, 33);
	fence();
	memcpy(copy, self->map, size);
	EXPECT_EQ(want, RC(pwrite(disk, self->map, size, size)));
	memset(self->map, 0, size);
	fence();
	EXPECT_EQ(want, RC(pread(disk, self->map, size, size)));
	if (want > 0) {
		EXPECT_EQ(0, memcmp(copy, self->map, size));
		memset(copy, 0, size);
		EXPECT_EQ(size, pread(disk, copy, size, size));
		EXPECT_EQ(0, memcmp(copy, self->map, size));
	}
	munmap(copy, size);
	close(disk);
}

/*
 * A read-only mapping can be the source of an O_DIRECT write, but not the
 * destination of an O_DIRECT read.
 */
TEST_F(device, direct_io_read_only)
{
	long want = pinned(&variant->kind, page_size());
	int disk = open_direct(self->log), fd;
	char *map;

	if (disk < 0)
		SKIP(return, NO_DISK);
	fd = device_open(O_RDONLY);
	map = map_shared(fd, page_size(), PROT_READ, 0);
	ASSERT_NE(MAP_FAILED, map);
	ASSERT_EQ(0, fill(self->fd, 0, 0, 8, 0x1111111111111111));
	EXPECT_EQ(want, RC(pwrite(disk, map, page_size(), 0)));
	EXPECT_EQ(-EFAULT, RC(pread(disk, map, page_size(), page_size())));
	EXPECT_EQ(0x11, map[0]);
	munmap(map, page_size());
	close(disk);
	close(fd);
}

/*
 * Returns what registering memory with io_uring should return. Kernels before
 * 6.12 refuse pages of a file, except tmpfs.
 */
static long registered(const struct kind *kind)
{
	int major = 0, minor = 0;
	struct utsname u;

	uname(&u);
	sscanf(u.release, "%d.%d", &major, &minor);
	if (!backings[kind->backing].pages)
		return -EFAULT;
	return major * 100 + minor >= 612 ? 0 : -EOPNOTSUPP;
}

TEST_F(device, io_uring)
{
	int file = memfd_create("file", MFD_CLOEXEC);
	long want = registered(&variant->kind);
	unsigned char bytes[DEVICE_SIZE];
	struct ring ring;

	RING_OPEN(&ring, 0);
	EXPECT_EQ(want, ring_register(&ring, self->map, DEVICE_MAPPED));
	if (want) {
		ring_close(&ring);
		return;
	}
	scramble(self->map, DEVICE_SIZE, 34);
	EXPECT_EQ(DEVICE_SIZE, ring_transfer(&ring, IORING_OP_WRITE_FIXED, 0,
					     file, self->map, DEVICE_SIZE, 0));
	EXPECT_EQ(DEVICE_SIZE, pread(file, bytes, sizeof(bytes), 0));
	EXPECT_EQ(0, memcmp(self->map, bytes, DEVICE_SIZE));

	scramble(bytes, sizeof(bytes), 35);
	EXPECT_EQ(DEVICE_SIZE, pwrite(file, bytes, sizeof(bytes), 0));
	EXPECT_EQ(DEVICE_SIZE, ring_transfer(&ring, IORING_OP_READ_FIXED, 0,
					     file, self->map, DEVICE_SIZE, 0));
	EXPECT_EQ(0, memcmp(self->map, bytes, DEVICE_SIZE));
	ring_close(&ring);
	close(file);
}

TEST_HARNESS_MAIN
