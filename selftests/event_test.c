// SPDX-License-Identifier: GPL-2.0-only
/*
 * Events for programs that know nothing of the driver: io_uring, epoll, select
 * and signals. A descriptor is always readable and writable, and has EPOLLPRI
 * when the generation has changed. No call hangs. See poll_test.c for what
 * changes the generation.
 */
#include <poll.h>
#include <pthread.h>
#include <sys/epoll.h>
#include <sys/select.h>

#include "private.h"

#define ALWAYS (POLLIN | POLLRDNORM | POLLOUT | POLLWRNORM)

/* clang-format takes these for functions */
/* clang-format off */
/*
 * fd is of the device's own buffer or of a private one. map covers all of it.
 */
FIXTURE(event) {
	int log;
	int device;
	int fd;
	unsigned char *map;
};

FIXTURE_VARIANT(event) {
	struct kind kind;
	bool private;
};

#define EVENT_VARIANT(name, backing, is_private)                           \
	FIXTURE_VARIANT_ADD(event, name) {                                 \
		.kind = { MMAPDEMO_BACKING_##backing },                    \
		.private = is_private,                                     \
	}

EVENT_VARIANT(device_kmalloc, KMALLOC, false);
EVENT_VARIANT(device_vmalloc, VMALLOC, false);
EVENT_VARIANT(device_shmem, SHMEM, false);
EVENT_VARIANT(device_dma, DMA, false);
EVENT_VARIANT(private_kmalloc, KMALLOC, true);
EVENT_VARIANT(private_vmalloc, VMALLOC, true);
EVENT_VARIANT(private_shmem, SHMEM, true);
EVENT_VARIANT(private_dma, DMA, true);
/* clang-format on */

FIXTURE_SETUP(event)
{
	struct kind kind = kind_of(variant->kind.backing);

	if (module_missing())
		SKIP(return, "%s", module_missing());
	if (!kind_possible(&kind))
		SKIP(return, "this machine has no backing=%s",
			   backings[kind.backing].name);
	module_taint();
	self->log = log_mark();
	ASSERT_LE(0, self->log);
	ASSERT_EQ(0, device_load(OBJECT_SIZE, &kind));
	self->device = device_open(O_RDWR);
	ASSERT_LE(0, self->device);
	self->fd = variant->private ? create(self->device, &kind, OBJECT_SIZE) :
				      device_open(O_RDWR);
	ASSERT_LE(0, self->fd);
	self->map = map_shared(self->fd, OBJECT_MAPPED, RW, 0);
	ASSERT_NE(MAP_FAILED, self->map);
}

FIXTURE_TEARDOWN(event)
{
	munmap(self->map, OBJECT_MAPPED);
	close(self->fd);
	close(self->device);
	EXPECT_EQ(0, module_gone());
	EXPECT_LOG_SILENT(self->log);
	close(self->log);
}

/* Opens another file of the same buffer. */
#define OPEN_AGAIN(flags) \
	(variant->private ? reopen(self->fd, flags) : device_open(flags))

static int poll_now(int fd)
{
	struct pollfd p = { .fd = fd, .events = ALWAYS | POLLPRI | POLLRDBAND };

	return poll(&p, 1, 0) < 0 ? -errno : p.revents;
}

static int acknowledge(int fd)
{
	struct mmapdemo_info info = { .size = sizeof(info) };

	return RC(ioctl(fd, MMAPDEMO_IOC_INFO, &info));
}

static int move_generation(int fd)
{
	return RC(pwrite(fd, "m", 1, 0)) == 1 ? 0 : -EIO;
}

TEST_F(event, always_ready)
{
	int other = OPEN_AGAIN(O_RDWR);

	EXPECT_EQ(ALWAYS, poll_now(self->fd));
	ASSERT_EQ(0, move_generation(other));
	EXPECT_EQ(ALWAYS | POLLPRI, poll_now(self->fd));
	EXPECT_EQ(ALWAYS | POLLPRI, poll_now(other));
	ASSERT_EQ(0, acknowledge(self->fd));
	EXPECT_EQ(ALWAYS, poll_now(self->fd));
	EXPECT_EQ(ALWAYS | POLLPRI, poll_now(other));
	close(other);
}

/* INFO acknowledges nothing if it cannot write its struct back. */
TEST_F(event, info_that_fails_acknowledges_nothing)
{
	struct mmapdemo_info *info =
		mmap(NULL, page_size(), RW, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	ASSERT_NE(MAP_FAILED, info);
	info->size = sizeof(*info);
	ASSERT_EQ(0, mprotect(info, page_size(), PROT_READ));
	ASSERT_EQ(0, move_generation(self->fd));
	EXPECT_EQ(-EFAULT, RC(ioctl(self->fd, MMAPDEMO_IOC_INFO, info)));
	EXPECT_EQ(ALWAYS | POLLPRI, poll_now(self->fd));
	ASSERT_EQ(0, mprotect(info, page_size(), RW));
	EXPECT_EQ(0, RC(ioctl(self->fd, MMAPDEMO_IOC_INFO, info)));
	EXPECT_EQ(ALWAYS, poll_now(self->fd));
	EXPECT_EQ(1, info->generation);
	munmap(info, page_size());
}

/*
 * Event loops like libuv wait for POLLIN and read, until the end of the file.
 */
TEST_F(event, loop_of_poll_and_read)
{
	struct pollfd p = { .fd = self->fd, .events = POLLIN };
	size_t total = 0;
	char bytes[1000];
	ssize_t n;

	ASSERT_EQ(0, fcntl(self->fd, F_SETFL, O_NONBLOCK));
	do {
		ASSERT_EQ(1, poll(&p, 1, 20000));
		ASSERT_EQ(POLLIN, p.revents);
		n = read(self->fd, bytes, sizeof(bytes));
		ASSERT_LE(0, n);
		total += n;
	} while (n);
	EXPECT_EQ(OBJECT_SIZE, total);
}

/* The three sets of select(2) say: readable, writable, generation changed. */
static int select_now(int fd, bool *in, bool *out, bool *moved)
{
	struct timeval now = { 0, 0 };
	fd_set r, w, x;
	int n;

	FD_ZERO(&r);
	FD_SET(fd, &r);
	w = r;
	x = r;
	n = RC(select(fd + 1, &r, &w, &x, &now));
	*in = FD_ISSET(fd, &r);
	*out = FD_ISSET(fd, &w);
	*moved = FD_ISSET(fd, &x);
	return n;
}

TEST_F(event, select)
{
	bool in, out, moved;

	EXPECT_EQ(2, select_now(self->fd, &in, &out, &moved));
	EXPECT_TRUE(in && out && !moved);
	ASSERT_EQ(0, move_generation(self->fd));
	EXPECT_EQ(3, select_now(self->fd, &in, &out, &moved));
	EXPECT_TRUE(in && out && moved);
	ASSERT_EQ(0, acknowledge(self->fd));
	EXPECT_EQ(2, select_now(self->fd, &in, &out, &moved));
	EXPECT_TRUE(in && out && !moved);
}

static int epoll_add(int epfd, int fd, unsigned int events)
{
	struct epoll_event event = { .events = events, .data.fd = fd };

	return RC(epoll_ctl(epfd, EPOLL_CTL_ADD, fd, &event));
}

static int epoll_with(int fd, unsigned int events)
{
	int epfd = epoll_create1(EPOLL_CLOEXEC);
	int rc = epoll_add(epfd, fd, events);

	if (!rc)
		return epfd;
	close(epfd);
	return rc;
}

static unsigned int epoll_events(int epfd)
{
	struct epoll_event event = { 0 };

	return epoll_wait(epfd, &event, 1, 0) == 1 ? event.events : 0;
}

TEST_F(event, epoll_level)
{
	int epfd = epoll_with(self->fd, EPOLLPRI);

	ASSERT_LE(0, epfd);
	EXPECT_EQ(0, epoll_events(epfd));
	ASSERT_EQ(0, move_generation(self->fd));
	EXPECT_EQ(EPOLLPRI, epoll_events(epfd));
	EXPECT_EQ(EPOLLPRI, epoll_events(epfd));
	ASSERT_EQ(0, acknowledge(self->fd));
	EXPECT_EQ(0, epoll_events(epfd));
	close(epfd);
}

TEST_F(event, epoll_edge)
{
	int epfd = epoll_with(self->fd, EPOLLPRI | EPOLLET);

	ASSERT_LE(0, epfd);
	EXPECT_EQ(0, epoll_events(epfd));
	ASSERT_EQ(0, move_generation(self->fd));
	EXPECT_EQ(EPOLLPRI, epoll_events(epfd));
	EXPECT_EQ(0, epoll_events(epfd));
	ASSERT_EQ(0, fill(self->fd, 0, 0, 1, 0));
	EXPECT_EQ(EPOLLPRI, epoll_events(epfd));
	ASSERT_EQ(0, wake_word(self->fd, 0, 0));
	EXPECT_EQ(EPOLLPRI, epoll_events(epfd));
	EXPECT_EQ(0, epoll_events(epfd));
	close(epfd);
}

TEST_F(event, epoll_one_shot)
{
	struct epoll_event again = { .events = EPOLLPRI | EPOLLONESHOT };
	int epfd = epoll_with(self->fd, EPOLLPRI | EPOLLONESHOT);

	ASSERT_LE(0, epfd);
	ASSERT_EQ(0, move_generation(self->fd));
	EXPECT_EQ(EPOLLPRI, epoll_events(epfd));
	ASSERT_EQ(0, move_generation(self->fd));
	EXPECT_EQ(0, epoll_events(epfd));
	ASSERT_EQ(0, epoll_ctl(epfd, EPOLL_CTL_MOD, self->fd, &again));
	EXPECT_EQ(EPOLLPRI, epoll_events(epfd));
	close(epfd);
}

/*
 * epoll allows EPOLLEXCLUSIVE only with EPOLLIN and EPOLLOUT. Such a waiter
 * waits for no event of ours, and must not take one from a waiter for EPOLLPRI.
 */
TEST_F(event, epoll_exclusive)
{
	int first = epoll_with(self->fd, EPOLLIN | EPOLLET | EPOLLEXCLUSIVE);
	int second = epoll_with(self->fd, EPOLLPRI | EPOLLET);

	ASSERT_LE(0, first);
	ASSERT_LE(0, second);
	EXPECT_EQ(-EINVAL, epoll_with(self->fd, EPOLLPRI | EPOLLEXCLUSIVE));
	EXPECT_EQ(EPOLLIN, epoll_events(first));
	ASSERT_EQ(0, move_generation(self->fd));
	EXPECT_EQ(EPOLLPRI, epoll_events(second));
	EXPECT_EQ(0, epoll_events(first));
	close(first);
	close(second);
}

/*
 * A waiter that requests EPOLLPRI later gets the next event, although it was
 * queued without EPOLLPRI.
 */
TEST_F(event, epoll_changed)
{
	struct epoll_event pri = { .events = EPOLLPRI | EPOLLET };
	struct epoll_event in = { .events = EPOLLIN | EPOLLET };
	int epfd = epoll_with(self->fd, EPOLLIN | EPOLLET);

	ASSERT_LE(0, epfd);
	EXPECT_EQ(EPOLLIN, epoll_events(epfd));
	ASSERT_EQ(0, epoll_ctl(epfd, EPOLL_CTL_MOD, self->fd, &pri));
	EXPECT_EQ(0, epoll_events(epfd));
	ASSERT_EQ(0, move_generation(self->fd));
	EXPECT_EQ(EPOLLPRI, epoll_events(epfd));
	ASSERT_EQ(0, epoll_ctl(epfd, EPOLL_CTL_MOD, self->fd, &in));
	EXPECT_EQ(EPOLLIN, epoll_events(epfd));
	ASSERT_EQ(0, move_generation(self->fd));
	EXPECT_EQ(0, epoll_events(epfd));
	close(epfd);
}

/*
 * With EPOLLET every wake-up shows as an event. Waiters for other events must
 * not be woken.
 */
TEST_F(event, only_those_who_ask_are_woken)
{
	static const unsigned int others[] = { EPOLLIN, EPOLLOUT,
					       EPOLLIN | EPOLLOUT };
	int epfds[ARRAY_SIZE(others)];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(others); i++) {
		epfds[i] = epoll_with(self->fd, others[i] | EPOLLET);
		ASSERT_LE(0, epfds[i]);
		EXPECT_EQ(others[i], epoll_events(epfds[i]));
	}
	ASSERT_EQ(0, move_generation(self->fd));
	ASSERT_EQ(0, fill(self->fd, 0, 0, 8, 1));
	ASSERT_EQ(0, wake_word(self->fd, 0, 1));
	for (i = 0; i < ARRAY_SIZE(others); i++) {
		EXPECT_EQ(0, epoll_events(epfds[i]));
		close(epfds[i]);
	}
}

/*
 * Returns how often a task has gone to sleep. Each wake-up adds at least one.
 */
static long switches(pid_t pid)
{
	char path[64], line[128];
	long count = -1;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/status", pid);
	f = fopen(path, "re");
	while (f && count < 0 && fgets(line, sizeof(line), f))
		sscanf(line, "voluntary_ctxt_switches: %ld", &count);
	if (f)
		fclose(f);
	return count;
}

static pid_t poller(int fd, short events)
{
	struct pollfd p = { .fd = fd, .events = events };
	pid_t pid = fork();

	if (!pid)
		_exit(poll(&p, 1, 60000) == 1 ? p.revents & 0xff : 0xff);
	while (!asleep(pid))
		usleep(1000);
	return pid;
}

TEST_F(event, a_sleeping_poll_is_not_disturbed)
{
	pid_t other = poller(self->fd, POLLRDBAND);
	pid_t ours = poller(self->fd, POLLPRI);
	long before = switches(other);
	int i;

	ASSERT_LT(0, before);
	ASSERT_EQ(0, move_generation(self->fd));
	EXPECT_EQ(POLLPRI, child_status(ours));
	for (i = 0; i < 100; i++) {
		ASSERT_EQ(0, move_generation(self->fd));
		ASSERT_EQ(0, wake_word(self->fd, 0, 1));
	}
	EXPECT_TRUE(asleep(other));
	EXPECT_EQ(before, switches(other));
	child_gone(other);
}

/* All of them are woken by one event. */
#define POLLERS 16

TEST_F(event, all_who_ask_are_woken)
{
	pid_t pids[POLLERS];
	int i;

	for (i = 0; i < POLLERS; i++)
		pids[i] = poller(self->fd, POLLPRI);
	ASSERT_EQ(0, wake_word(self->fd, 0, 0));
	for (i = 0; i < POLLERS; i++)
		EXPECT_EQ(POLLPRI, child_status(pids[i]));
}

#define MOVES 2000

static void *move_often(void *arg)
{
	int fd = *(int *)arg, i;

	for (i = 0; i < MOVES; i++)
		move_generation(fd);
	return NULL;
}

/*
 * Polls and acknowledges while another thread changes the generation. The last
 * change is always seen.
 */
TEST_F_TIMEOUT(event, no_event_is_lost, 60)
{
	struct mmapdemo_info info = { .size = sizeof(info) };
	struct pollfd p = { .fd = self->fd, .events = POLLPRI };
	int mover = OPEN_AGAIN(O_RDWR);
	pthread_t thread;

	ASSERT_EQ(0, pthread_create(&thread, NULL, move_often, &mover));
	do {
		ASSERT_EQ(1, poll(&p, 1, 20000));
		ASSERT_EQ(0, RC(ioctl(self->fd, MMAPDEMO_IOC_INFO, &info)));
	} while (info.generation < MOVES);
	pthread_join(thread, NULL);
	EXPECT_EQ(MOVES, info.generation);
	EXPECT_EQ(ALWAYS, poll_now(self->fd));
	close(mover);
}

/* RWF_NOWAIT makes no difference, because reading and writing never wait. */
TEST_F(event, nowait)
{
	char bytes[16];
	struct iovec iov = { bytes, sizeof(bytes) };

	memset(bytes, 'n', sizeof(bytes));
	EXPECT_EQ(16, RC(pwritev2(self->fd, &iov, 1, 100, RWF_NOWAIT)));
	memset(bytes, 0, sizeof(bytes));
	EXPECT_EQ(16, RC(preadv2(self->fd, &iov, 1, 100, RWF_NOWAIT)));
	EXPECT_EQ(16, bytes_until_not((void *)bytes, 'n', 16));
	EXPECT_EQ(0, RC(preadv2(self->fd, &iov, 1, OBJECT_SIZE, RWF_NOWAIT)));
	EXPECT_EQ(-ENOSPC,
		  RC(pwritev2(self->fd, &iov, 1, OBJECT_SIZE, RWF_NOWAIT)));
}

TEST_F(event, wait_on_a_nonblocking_descriptor)
{
	int again = OPEN_AGAIN(O_RDWR | O_NONBLOCK);

	EXPECT_EQ(-EAGAIN, wait_word(again, 0, 0, NO_TIMEOUT));
	EXPECT_EQ(-EAGAIN, wait_word(again, 0, 0, 20ULL * 1000000000));
	EXPECT_EQ(0, wait_word(again, 0, 1, NO_TIMEOUT));
	EXPECT_EQ(-EINVAL, wait_word(again, 2, 0, NO_TIMEOUT));
	ASSERT_EQ(0, fcntl(again, F_SETFL, 0));
	EXPECT_EQ(-ETIMEDOUT, wait_word(again, 0, 0, 1));
	close(again);
}

static volatile int signals;
static volatile long signal_band;
static volatile int signal_fd;

static void note_signal(int sig, siginfo_t *info, void *context)
{
	signals++;
	signal_band = info->si_band;
	signal_fd = info->si_fd;
}

/*
 * Requests a realtime signal for events. Those are queued one by one, and each
 * carries its event and descriptor.
 */
static int ask_for_signals(int fd)
{
	struct sigaction act = {
		.sa_sigaction = note_signal,
		.sa_flags = SA_SIGINFO | SA_RESTART,
	};

	if (sigaction(SIGRTMIN, &act, NULL) || sigaction(SIGIO, &act, NULL) ||
	    fcntl(fd, F_SETOWN, getpid()) || fcntl(fd, F_SETSIG, SIGRTMIN))
		return -errno;
	return RC(fcntl(fd, F_SETFL, O_ASYNC));
}

TEST_F(event, async)
{
	int other = OPEN_AGAIN(O_RDWR);

	ASSERT_EQ(0, ask_for_signals(self->fd));
	EXPECT_EQ(0, signals);
	ASSERT_EQ(0, move_generation(other));
	EXPECT_EQ(1, signals);
	EXPECT_EQ(POLLPRI | POLLRDBAND, signal_band);
	EXPECT_EQ(self->fd, signal_fd);
	ASSERT_EQ(0, fill(other, 0, 0, 1, 0));
	EXPECT_EQ(2, signals);
	ASSERT_EQ(0, wake_word(other, 0, 0));
	EXPECT_EQ(3, signals);
	self->map[0]++;
	EXPECT_EQ(0, pwrite(other, "", 0, 0));
	EXPECT_EQ(-ENOSPC, RC(pwrite(other, "x", 1, OBJECT_SIZE)));
	EXPECT_EQ(0, acknowledge(other));
	EXPECT_EQ(3, signals);
	ASSERT_EQ(0, fcntl(self->fd, F_SETFL, 0));
	ASSERT_EQ(0, move_generation(other));
	EXPECT_EQ(3, signals);
	close(other);
}

/*
 * With F_SETSIG 0 the signal is SIGIO. Closing the descriptor ends the signals.
 */
TEST_F(event, async_plain_and_closed)
{
	int asks = OPEN_AGAIN(O_RDONLY);

	ASSERT_EQ(0, ask_for_signals(asks));
	ASSERT_EQ(0, fcntl(asks, F_SETSIG, 0));
	ASSERT_EQ(0, move_generation(self->fd));
	EXPECT_EQ(1, signals);
	close(asks);
	ASSERT_EQ(0, move_generation(self->fd));
	EXPECT_EQ(1, signals);
}

static long ring_rw(struct ring *ring, int op, int flags, int fd, char *at)
{
	return ring_transfer(ring, op, flags, fd, at, 16, 200);
}

/* Writes to the buffer and reads from it through the ring. */
static void expect_ring_works(struct __test_metadata *_metadata,
			      struct ring *ring, int flags, int fd)
{
	char out[16], back[16] = { 0 };

	memset(out, 'o' + flags, sizeof(out));
	EXPECT_EQ(16, ring_rw(ring, IORING_OP_WRITE, flags, fd, out));
	EXPECT_EQ(16, ring_rw(ring, IORING_OP_READ, flags, fd, back));
	EXPECT_EQ(0, memcmp(out, back, 16));
	EXPECT_EQ(0, ring_transfer(ring, IORING_OP_READ, flags, fd, back, 16,
				   OBJECT_SIZE));
	EXPECT_EQ(-ENOSPC, ring_transfer(ring, IORING_OP_WRITE, flags, fd, out,
					 16, OBJECT_SIZE));
	EXPECT_EQ(10, ring_transfer(ring, IORING_OP_READ, flags, fd, back, 16,
				    OBJECT_SIZE - 10));
}

/*
 * The ring works before an event, with one pending, and after acknowledging it.
 */
static void expect_ring_always_works(struct __test_metadata *_metadata,
				     struct ring *ring, int fd)
{
	expect_ring_works(_metadata, ring, 0, fd);
	EXPECT_EQ(0, acknowledge(fd));
	expect_ring_works(_metadata, ring, 0, fd);
	EXPECT_EQ(0, acknowledge(fd));
	expect_ring_works(_metadata, ring, IOSQE_ASYNC, fd);
}

TEST_F_TIMEOUT(event, ring, 120)
{
	struct ring ring;

	RING_OPEN(&ring, 0);
	expect_ring_always_works(_metadata, &ring, self->fd);
	ring_close(&ring);
}

/* A kernel thread polls the queue, so requests need no system call. */
TEST_F_TIMEOUT(event, ring_of_a_kernel_thread, 120)
{
	struct ring ring;

	RING_OPEN(&ring, IORING_SETUP_SQPOLL);
	expect_ring_always_works(_metadata, &ring, self->fd);
	ring_close(&ring);
}

TEST_F_TIMEOUT(event, ring_on_a_nonblocking_descriptor, 120)
{
	struct ring ring;

	RING_OPEN(&ring, 0);
	ASSERT_EQ(0, fcntl(self->fd, F_SETFL, O_NONBLOCK));
	expect_ring_always_works(_metadata, &ring, self->fd);
	ring_close(&ring);
}

/* One request transfers several pieces of memory. */
TEST_F(event, ring_vectors)
{
	char a[3] = "abc", b[5] = "defgh", back[8];
	struct iovec out[2] = { { a, 3 }, { b, 5 } };
	struct iovec in[2] = { { back, 5 }, { back + 5, 3 } };
	struct ring ring;

	RING_OPEN(&ring, 0);
	EXPECT_EQ(8, ring_transfer(&ring, IORING_OP_WRITEV, 0, self->fd, out, 2,
				   50));
	EXPECT_EQ(8, ring_transfer(&ring, IORING_OP_READV, 0, self->fd, in, 2,
				   50));
	EXPECT_EQ(0, memcmp(back, "abcdefgh", 8));
	ring_close(&ring);
}

/*
 * The registered memory is a mapping of the buffer that the ring reads and
 * writes.
 */
TEST_F(event, ring_fixed_in_our_own_mapping)
{
	char *map = (char *)self->map;
	struct ring ring;
	long rc;

	RING_OPEN(&ring, 0);
	rc = ring_register(&ring, map, OBJECT_MAPPED);
	if (rc) {
		EXPECT_EQ(backings[variant->kind.backing].pages ? -EOPNOTSUPP :
								  -EFAULT,
			  rc);
		ring_close(&ring);
		return;
	}
	memset(map + 1000, 'f', 16);
	EXPECT_EQ(16, ring_rw(&ring, IORING_OP_WRITE_FIXED, 0, self->fd,
			      map + 1000));
	EXPECT_EQ(16, bytes_until_not(self->map + 200, 'f', 16));
	EXPECT_EQ(16, ring_rw(&ring, IORING_OP_READ_FIXED, 0, self->fd,
			      map + 5000));
	EXPECT_EQ(16, bytes_until_not(self->map + 5000, 'f', 16));
	EXPECT_EQ(0, ring_unregister(&ring));
	ring_close(&ring);
}

/* Registered ordinary memory works with every backing. */
TEST_F(event, ring_fixed)
{
	char *memory =
		mmap(NULL, page_size(), RW, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct ring ring;

	ASSERT_NE(MAP_FAILED, memory);
	RING_OPEN(&ring, 0);
	ASSERT_EQ(0, ring_register(&ring, memory, page_size()));
	memset(memory, 'r', 16);
	EXPECT_EQ(16,
		  ring_rw(&ring, IORING_OP_WRITE_FIXED, 0, self->fd, memory));
	EXPECT_EQ(16, ring_rw(&ring, IORING_OP_READ_FIXED, 0, self->fd,
			      memory + 100));
	EXPECT_EQ(0, memcmp(memory, memory + 100, 16));
	ring_close(&ring);
	munmap(memory, page_size());
}

static int ring_poll(struct ring *ring, int fd, unsigned int events,
		     unsigned int flags)
{
	struct io_uring_sqe sqe = {
		.opcode = IORING_OP_POLL_ADD,
		.fd = fd,
		.poll32_events = events,
		.len = flags,
		.user_data = 77,
	};

	return ring_submit(ring, &sqe);
}

static long ring_poll_ends(struct ring *ring)
{
	struct io_uring_sqe sqe = {
		.opcode = IORING_OP_POLL_REMOVE,
		.addr = 77,
		.user_data = 78,
	};

	return ring_submit(ring, &sqe);
}

TEST_F_TIMEOUT(event, ring_poll, 60)
{
	struct io_uring_cqe cqe;
	struct ring ring;

	RING_OPEN(&ring, 0);
	ASSERT_EQ(0, ring_poll(&ring, self->fd, POLLIN, 0));
	ASSERT_EQ(0, ring_reap(&ring, &cqe));
	EXPECT_EQ(POLLIN, cqe.res);
	ASSERT_EQ(0, ring_poll(&ring, self->fd, POLLPRI, 0));
	EXPECT_EQ(-ETIME, ring_reap_within(&ring, &cqe, 50));
	ASSERT_EQ(0, move_generation(self->fd));
	ASSERT_EQ(0, ring_reap(&ring, &cqe));
	EXPECT_EQ(POLLPRI, cqe.res);
	ring_close(&ring);
}

/* One request completes once for each change, if each is acknowledged. */
TEST_F_TIMEOUT(event, ring_poll_multishot, 60)
{
	struct io_uring_cqe cqe;
	struct ring ring;
	int i;

	RING_OPEN(&ring, 0);
	ASSERT_EQ(0,
		  ring_poll(&ring, self->fd, POLLPRI, IORING_POLL_ADD_MULTI));
	EXPECT_EQ(-ETIME, ring_reap_within(&ring, &cqe, 50));
	for (i = 0; i < 20; i++) {
		ASSERT_EQ(0, move_generation(self->fd));
		ASSERT_EQ(0, ring_reap(&ring, &cqe));
		EXPECT_EQ(POLLPRI, cqe.res);
		EXPECT_EQ(77, cqe.user_data);
		EXPECT_EQ(IORING_CQE_F_MORE, cqe.flags);
		ASSERT_EQ(0, acknowledge(self->fd));
		EXPECT_FALSE(ring_peek(&ring, &cqe));
	}
	ASSERT_EQ(0, ring_poll_ends(&ring));
	for (i = 0; i < 2; i++) {
		ASSERT_EQ(0, ring_reap(&ring, &cqe));
		EXPECT_EQ(cqe.user_data == 77 ? -ECANCELED : 0, cqe.res);
	}
	ring_close(&ring);
}

/*
 * A ring that still polls a closed descriptor does not hang, and closing the
 * ring releases the buffer.
 */
TEST_F_TIMEOUT(event, ring_closed_while_it_polls, 60)
{
	int fd = OPEN_AGAIN(O_RDWR);
	struct ring ring;

	RING_OPEN(&ring, 0);
	ASSERT_EQ(0, ring_poll(&ring, fd, POLLPRI, IORING_POLL_ADD_MULTI));
	close(fd);
	ASSERT_EQ(0, move_generation(self->fd));
	ring_close(&ring);
	ASSERT_EQ(0, move_generation(self->fd));
}

TEST_HARNESS_MAIN
