// SPDX-License-Identifier: GPL-2.0-only
/*
 * The contract of mmapdemo(4), 4: who takes bytes or pages out of a mapping.
 * System calls that copy work on all. Whoever takes hold of a mapping's pages themselves can have those of
 * some backings and gets EFAULT on the others. See contract_test.c.
 */
#include <linux/io_uring.h>
#include <sys/uio.h>

#include "device.h"

#define RW (PROT_READ | PROT_WRITE)

/* What a call that pins returns: so much, or the manual's error. */
static long pinned(const struct kind *kind, long good)
{
	return backings[kind->backing].pages ? good : -EFAULT;
}

/* The buffer's own read(2) and write(2) as well: bytes that go round. */
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

/* What is in the pipe is a copy: it does not see what is stored later. */
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
 * Zero-copy: the pipe holds the page itself, so it sees what is stored later;
 * and it holds it longer than the buffer lives.
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
	/* Others could have got the pages meanwhile. */
	fd = create(self->fd, &variant->kind, 64 * DEVICE_SIZE);
	EXPECT_EQ(0, fill(fd, 0, 0, 64 * DEVICE_SIZE, ~0ULL));
	EXPECT_EQ(DEVICE_SIZE, read(pipes[0], bytes, sizeof(bytes)));
	EXPECT_EQ(0, memcmp(want, bytes, DEVICE_SIZE));
	close(fd);
	close(pipes[0]);
	close(pipes[1]);
}

/*
 * A block device is what always has O_DIRECT. The virtual machine gets the
 * module by --add FILE:/lib/modules/brd.ko or brd.ko.xz.
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

/* To load that module is what the log may tell. */
static int open_direct(int log)
{
	int flags = O_RDWR | O_DIRECT | O_CLOEXEC;
	int fd = open("/dev/ram0", flags);

	if (fd >= 0)
		return fd;
	load_brd();
	lseek(log, 0, SEEK_END);
	return open("/dev/ram0", flags);
}

/* There and back again, of both pages at an offset on the disk. */
TEST_F(device, direct_io)
{
	size_t size = DEVICE_MAPPED;
	long want = pinned(&variant->kind, size);
	unsigned char *copy;
	int disk = open_direct(self->log);

	if (disk < 0)
		SKIP(return, "no /dev/ram0, which module brd makes");
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

/* Of a read-only mapping may be read, but nothing stored to it. */
TEST_F(device, direct_io_read_only)
{
	long want = pinned(&variant->kind, page_size());
	int fd = device_open(O_RDONLY), disk = open_direct(self->log);
	char *map = map_shared(fd, page_size(), PROT_READ, 0);

	if (disk < 0)
		SKIP(return, "no /dev/ram0, which module brd makes");
	ASSERT_NE(MAP_FAILED, map);
	ASSERT_EQ(0, fill(self->fd, 0, 0, 8, 0x1111111111111111));
	EXPECT_EQ(want, RC(pwrite(disk, map, page_size(), 0)));
	EXPECT_EQ(-EFAULT, RC(pread(disk, map, page_size(), page_size())));
	EXPECT_EQ(0x11, map[0]);
	munmap(map, page_size());
	close(disk);
	close(fd);
}

/* A ring for one request at a time. */
struct ring {
	int fd;
	struct io_uring_params params;
	char *queues;
	struct io_uring_sqe *sqes;
};

static int ring_open(struct ring *ring)
{
	memset(ring, 0, sizeof(*ring));
	ring->fd = RC(syscall(SYS_io_uring_setup, 4, &ring->params));
	if (ring->fd < 0)
		return ring->fd;
	ring->queues = mmap(NULL, page_size(), RW, MAP_SHARED | MAP_POPULATE,
			    ring->fd, IORING_OFF_SQ_RING);
	ring->sqes = mmap(NULL, page_size(), RW, MAP_SHARED | MAP_POPULATE,
			  ring->fd, IORING_OFF_SQES);
	return ring->queues == MAP_FAILED || ring->sqes == MAP_FAILED ?
		       -ENOMEM :
		       0;
}

static void ring_close(struct ring *ring)
{
	munmap(ring->queues, page_size());
	munmap(ring->sqes, page_size());
	close(ring->fd);
}

static long ring_register(struct ring *ring, void *map, size_t length)
{
	struct iovec buffer = { map, length };

	return RC(syscall(SYS_io_uring_register, ring->fd,
			  IORING_REGISTER_BUFFERS, &buffer, 1));
}

static unsigned int *ring_word(struct ring *ring, __u32 offset)
{
	return (unsigned int *)(ring->queues + offset);
}

/* Reads or writes a file by the registered buffer: what the request returned */
static long ring_transfer(struct ring *ring, int opcode, int file, void *map,
			  size_t length)
{
	struct io_sqring_offsets *sq = &ring->params.sq_off;
	struct io_cqring_offsets *cq = &ring->params.cq_off;
	unsigned int tail = *ring_word(ring, sq->tail) & 3;
	unsigned int head = *ring_word(ring, cq->head);
	struct io_uring_cqe *cqes = (void *)(ring->queues + cq->cqes);
	long rc;

	ring->sqes[tail] = (struct io_uring_sqe){
		.opcode = opcode,
		.fd = file,
		.addr = (uintptr_t)map,
		.len = length,
	};
	ring_word(ring, sq->array)[tail] = tail;
	__sync_synchronize();
	++*ring_word(ring, sq->tail);
	rc = RC(syscall(SYS_io_uring_enter, ring->fd, 1, 1,
			IORING_ENTER_GETEVENTS, NULL, 0));
	if (rc != 1)
		return rc < 0 ? rc : -EAGAIN;
	__sync_synchronize();
	rc = cqes[head & *ring_word(ring, cq->ring_mask)].res;
	++*ring_word(ring, cq->head);
	return rc;
}

/* From 6.12 on; before, the kernel takes no pages of a file but of shmem's */
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
	int rc;

	rc = ring_open(&ring);
	if (rc == -ENOSYS || rc == -EPERM)
		SKIP(return, "this kernel lets nobody use io_uring");
	ASSERT_EQ(0, rc);
	EXPECT_EQ(want, ring_register(&ring, self->map, DEVICE_MAPPED));
	if (want) {
		ring_close(&ring);
		return;
	}
	scramble(self->map, DEVICE_SIZE, 34);
	EXPECT_EQ(DEVICE_SIZE, ring_transfer(&ring, IORING_OP_WRITE_FIXED, file,
					     self->map, DEVICE_SIZE));
	EXPECT_EQ(DEVICE_SIZE, pread(file, bytes, sizeof(bytes), 0));
	EXPECT_EQ(0, memcmp(self->map, bytes, DEVICE_SIZE));

	scramble(bytes, sizeof(bytes), 35);
	EXPECT_EQ(DEVICE_SIZE, pwrite(file, bytes, sizeof(bytes), 0));
	EXPECT_EQ(DEVICE_SIZE, ring_transfer(&ring, IORING_OP_READ_FIXED, file,
					     self->map, DEVICE_SIZE));
	EXPECT_EQ(0, memcmp(self->map, bytes, DEVICE_SIZE));
	ring_close(&ring);
	close(file);
}

TEST_HARNESS_MAIN
