// SPDX-License-Identifier: GPL-2.0-only
/*
 * poll, select and epoll: always readable and writable, since no call blocks;
 * EPOLLPRI follows the buffer's generation, each open file on its own: what
 * raises it, what does not, and who is woken.
 */
#include <poll.h>
#include <sys/epoll.h>
#include <sys/select.h>

#include "device.h"

#ifndef POLLRDHUP
#define POLLRDHUP 0x2000
#endif

#define ALWAYS (POLLIN | POLLRDNORM | POLLOUT | POLLWRNORM)
#define CHANGED POLLPRI

/* Returns the events that are true now, of all that can be asked for. */
static int poll_now(int fd)
{
	struct pollfd p = {
		.fd = fd,
		.events = ALWAYS | CHANGED | POLLRDBAND | POLLWRBAND |
			  POLLRDHUP,
	};

	return poll(&p, 1, 0) < 0 ? -errno : p.revents;
}

static long see(int fd)
{
	struct mmapdemo_info info;

	return get_info(fd, &info);
}

TEST_F(device, nothing_new_at_open)
{
	int fd;

	EXPECT_EQ(ALWAYS, poll_now(self->fd));
	ASSERT_EQ(1, pwrite(self->fd, "x", 1, 0));
	fd = device_open(O_RDWR);
	EXPECT_EQ(ALWAYS, poll_now(fd));
	EXPECT_EQ(ALWAYS | CHANGED, poll_now(self->fd));
	close(fd);
}

TEST_F(device, what_moves_the_generation)
{
	int other = device_open(O_RDWR);
	void *volatile null = NULL;
	unsigned char *second;
	__u32 crc;
	char byte;

	ASSERT_EQ(1, pwrite(other, "x", 1, 0));
	EXPECT_EQ(ALWAYS | CHANGED, poll_now(self->fd));
	ASSERT_EQ(0, see(self->fd));
	EXPECT_EQ(ALWAYS, poll_now(self->fd));

	ASSERT_EQ(0, fill(other, 0, 1, 1, 0));
	EXPECT_EQ(ALWAYS | CHANGED, poll_now(self->fd));
	ASSERT_EQ(0, see(self->fd));
	EXPECT_EQ(ALWAYS, poll_now(self->fd));

	ASSERT_EQ(0, wake_word(other, 0, 1));
	EXPECT_EQ(ALWAYS | CHANGED, poll_now(self->fd));
	ASSERT_EQ(0, see(self->fd));
	ASSERT_EQ(0, wake_word(other, 0, 0));
	EXPECT_EQ(ALWAYS | CHANGED, poll_now(self->fd));
	ASSERT_EQ(0, see(self->fd));
	EXPECT_EQ(ALWAYS, poll_now(self->fd));

	/*
	 * Writing the same bytes again is an event, too, and so is the poller's own
	 * write.
	 */
	ASSERT_EQ(1, pwrite(self->fd, "x", 1, 0));
	EXPECT_EQ(ALWAYS | CHANGED, poll_now(self->fd));
	ASSERT_EQ(0, see(self->fd));

	EXPECT_EQ(0, pwrite(other, "x", 0, 0));
	EXPECT_EQ(0, pwrite(other, "x", 0, DEVICE_SIZE));
	EXPECT_GT(0, pwrite(other, "x", 1, DEVICE_SIZE));
	EXPECT_GT(0, pwrite(other, null, 1, 0));
	EXPECT_EQ(0, fill(other, 0, 0, 0, 0));
	EXPECT_EQ(-EINVAL, fill(other, 0, DEVICE_SIZE, 1, 0));
	EXPECT_EQ(-EINVAL, fill(other, 2, 0, 1, 0));
	EXPECT_EQ(-EINVAL, wake_word(other, 2, 1));
	EXPECT_EQ(-EINVAL, wake_word(other, DEVICE_SIZE, 1));
	EXPECT_EQ(0, wait_word(other, 0, 0xcccccccc, 0));
	EXPECT_EQ(1, pread(other, &byte, 1, 0));
	EXPECT_EQ(0, checksum(other, 0, DEVICE_SIZE, &crc));
	EXPECT_EQ(0, see(other));
	self->map[0] = 'y';
	second = map_shared(other, page_size(), RW, 0);
	second[0] = 'z';
	munmap(second, page_size());
	EXPECT_EQ(ALWAYS, poll_now(self->fd));
	close(other);
}

TEST_F(device, each_open_file_on_its_own)
{
	int first = device_open(O_RDONLY), second = device_open(O_WRONLY);

	ASSERT_EQ(1, pwrite(self->fd, "x", 1, 0));
	EXPECT_EQ(ALWAYS | CHANGED, poll_now(first));
	EXPECT_EQ(ALWAYS | CHANGED, poll_now(second));
	ASSERT_EQ(0, see(first));
	EXPECT_EQ(ALWAYS, poll_now(first));
	EXPECT_EQ(ALWAYS | CHANGED, poll_now(second));
	ASSERT_EQ(0, see(second));
	EXPECT_EQ(ALWAYS, poll_now(second));
	EXPECT_EQ(ALWAYS | CHANGED, poll_now(self->fd));
	close(first);
	close(second);
}

TEST_F(device, copies_of_a_descriptor_see_together)
{
	int copy = dup(self->fd);
	pid_t pid;

	ASSERT_EQ(1, pwrite(self->fd, "x", 1, 0));
	EXPECT_EQ(ALWAYS | CHANGED, poll_now(copy));
	ASSERT_EQ(0, see(copy));
	EXPECT_EQ(ALWAYS, poll_now(self->fd));

	ASSERT_EQ(1, pwrite(self->fd, "x", 1, 0));
	pid = fork();
	if (!pid) {
		if (poll_now(self->fd) != (ALWAYS | CHANGED))
			_exit(1);
		_exit(see(self->fd) ? 2 : 0);
	}
	EXPECT_EQ(0, child_status(pid));
	EXPECT_EQ(ALWAYS, poll_now(self->fd));
	close(copy);
}

/* An INFO that fails does not acknowledge the event. */
TEST_F(device, refused_info_has_seen_nothing)
{
	struct mmapdemo_info info = { .size = sizeof(info), .flags = 2 };

	ASSERT_EQ(1, pwrite(self->fd, "x", 1, 0));
	EXPECT_EQ(-EINVAL, RC(ioctl(self->fd, MMAPDEMO_IOC_INFO, &info)));
	EXPECT_EQ(ALWAYS | CHANGED, poll_now(self->fd));
	info = (struct mmapdemo_info){ .size = sizeof(info) - 1 };
	EXPECT_EQ(-EINVAL, RC(ioctl(self->fd, MMAPDEMO_IOC_INFO, &info)));
	EXPECT_EQ(-EFAULT, RC(ioctl(self->fd, MMAPDEMO_IOC_INFO, NULL)));
	EXPECT_EQ(ALWAYS | CHANGED, poll_now(self->fd));
	EXPECT_LE(0, fd_generation(self->fd));
	EXPECT_EQ(ALWAYS | CHANGED, poll_now(self->fd));
}

/* Neither does an INFO whose report could not be written. */
TEST_F(device, info_that_cannot_report_has_seen_nothing)
{
	struct mmapdemo_info *info =
		mmap(NULL, page_size(), RW, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	ASSERT_NE(MAP_FAILED, info);
	info->size = sizeof(*info);
	ASSERT_EQ(0, mprotect(info, page_size(), PROT_READ));
	ASSERT_EQ(1, pwrite(self->fd, "x", 1, 0));
	EXPECT_EQ(-EFAULT, RC(ioctl(self->fd, MMAPDEMO_IOC_INFO, info)));
	EXPECT_EQ(ALWAYS | CHANGED, poll_now(self->fd));
	ASSERT_EQ(0, mprotect(info, page_size(), RW));
	EXPECT_EQ(0, RC(ioctl(self->fd, MMAPDEMO_IOC_INFO, info)));
	EXPECT_EQ(ALWAYS, poll_now(self->fd));
	munmap(info, page_size());
}

/* This holds with and without READ_BACK. */
TEST_F(device, any_info_acknowledges)
{
	struct mmapdemo_info info = { .size = sizeof(info) };

	ASSERT_EQ(1, pwrite(self->fd, "x", 1, 0));
	EXPECT_EQ(0, RC(ioctl(self->fd, MMAPDEMO_IOC_INFO, &info)));
	EXPECT_EQ(ALWAYS, poll_now(self->fd));
	ASSERT_EQ(1, pwrite(self->fd, "x", 1, 0));
	info.flags = MMAPDEMO_INFO_READ_BACK;
	EXPECT_EQ(0, RC(ioctl(self->fd, MMAPDEMO_IOC_INFO, &info)));
	EXPECT_EQ(ALWAYS, poll_now(self->fd));
}

/* Returns which of select's three sets contain the descriptor now. */
struct sets {
	bool read, write, except;
};

static int select_now(int fd, struct sets *sets)
{
	struct timeval now = { 0, 0 };
	fd_set r, w, x;
	int rc;

	FD_ZERO(&r);
	FD_SET(fd, &r);
	w = r;
	x = r;
	rc = RC(select(fd + 1, &r, &w, &x, &now));
	sets->read = FD_ISSET(fd, &r);
	sets->write = FD_ISSET(fd, &w);
	sets->except = FD_ISSET(fd, &x);
	return rc;
}

TEST_F(device, select)
{
	struct sets sets;

	EXPECT_EQ(2, select_now(self->fd, &sets));
	EXPECT_TRUE(sets.read);
	EXPECT_TRUE(sets.write);
	EXPECT_FALSE(sets.except);

	ASSERT_EQ(1, pwrite(self->fd, "x", 1, 0));
	EXPECT_EQ(3, select_now(self->fd, &sets));
	EXPECT_TRUE(sets.read);
	EXPECT_TRUE(sets.write);
	EXPECT_TRUE(sets.except);

	ASSERT_EQ(0, see(self->fd));
	EXPECT_EQ(2, select_now(self->fd, &sets));
	EXPECT_FALSE(sets.except);
}

static int epoll_with(int fd, unsigned int events)
{
	struct epoll_event event = { .events = events };
	int epfd = epoll_create1(EPOLL_CLOEXEC);

	return epoll_ctl(epfd, EPOLL_CTL_ADD, fd, &event) ? -errno : epfd;
}

static int epoll_events(int epfd)
{
	struct epoll_event event = { 0 };

	return epoll_wait(epfd, &event, 1, 0) == 1 ? event.events : 0;
}

TEST_F(device, epoll_level)
{
	int epfd = epoll_with(self->fd, EPOLLPRI);

	ASSERT_LE(0, epfd);
	EXPECT_EQ(0, epoll_events(epfd));
	ASSERT_EQ(1, pwrite(self->fd, "x", 1, 0));
	EXPECT_EQ(EPOLLPRI, epoll_events(epfd));
	EXPECT_EQ(EPOLLPRI, epoll_events(epfd));
	ASSERT_EQ(0, see(self->fd));
	EXPECT_EQ(0, epoll_events(epfd));
	close(epfd);
}

TEST_F(device, epoll_edge)
{
	int epfd = epoll_with(self->fd, EPOLLPRI | EPOLLET);

	ASSERT_LE(0, epfd);
	EXPECT_EQ(0, epoll_events(epfd));
	ASSERT_EQ(1, pwrite(self->fd, "x", 1, 0));
	EXPECT_EQ(EPOLLPRI, epoll_events(epfd));
	EXPECT_EQ(0, epoll_events(epfd));
	ASSERT_EQ(0, fill(self->fd, 0, 0, 1, 0));
	EXPECT_EQ(EPOLLPRI, epoll_events(epfd));
	EXPECT_EQ(0, epoll_events(epfd));
	ASSERT_EQ(0, pwrite(self->fd, "x", 0, 0));
	EXPECT_EQ(0, epoll_events(epfd));
	close(epfd);
}

/* An edge is reported after a wake-up. Only a changed generation is one. */
TEST_F(device, readable_has_one_edge)
{
	const unsigned int events = EPOLLIN | EPOLLOUT;
	int epfd = epoll_with(self->fd, events | EPOLLET);

	ASSERT_LE(0, epfd);
	EXPECT_EQ(events, epoll_events(epfd));
	EXPECT_EQ(0, epoll_events(epfd));
	ASSERT_EQ(1, pwrite(self->fd, "x", 1, 0));
	ASSERT_EQ(0, fill(self->fd, 0, 0, 1, 0));
	ASSERT_EQ(0, wake_word(self->fd, 0, 1));
	EXPECT_EQ(0, epoll_events(epfd));
	close(epfd);
}

enum change {
	CHANGE_WRITE,
	CHANGE_FILL,
	CHANGE_WAKE,
	CHANGE_NOTHING
};

static void make(enum change change, int fd)
{
	switch (change) {
	case CHANGE_WRITE:
		_exit(pwrite(fd, "x", 1, 0) != 1);
	case CHANGE_FILL:
		_exit(fill(fd, 0, 0, 8, 0) != 0);
	case CHANGE_WAKE:
		_exit(wake_word(fd, 0, 1) != 0);
	case CHANGE_NOTHING:
		_exit(pwrite(fd, "x", 0, 0) || fill(fd, 0, 0, 0, 0));
	}
}

/*
 * Starts a child that polls for at most that long. It exits with what poll(2)
 * returned.
 */
static pid_t waiter(int fd, int milliseconds)
{
	struct pollfd p = { .fd = fd, .events = CHANGED };
	pid_t pid = fork();

	if (!pid)
		_exit(poll(&p, 1, milliseconds) & 0xff);
	while (!asleep(pid))
		usleep(1000);
	return pid;
}

static int change_by_another_process(enum change change, int fd)
{
	pid_t pid = fork();

	if (!pid)
		make(change, fd);
	return child_status(pid);
}

TEST_F(device, a_blocked_poll_is_woken)
{
	static const enum change changes[] = { CHANGE_WRITE, CHANGE_FILL,
					       CHANGE_WAKE };
	size_t i;
	pid_t pid;

	for (i = 0; i < ARRAY_SIZE(changes); i++) {
		ASSERT_EQ(0, see(self->fd));
		pid = waiter(self->fd, 20000);
		ASSERT_EQ(0, change_by_another_process(changes[i], self->fd));
		EXPECT_EQ(1, child_status(pid));
	}
}

TEST_F(device, a_blocked_poll_sleeps_on)
{
	pid_t pid = waiter(self->fd, 200);

	self->map[0] = 1;
	ASSERT_EQ(0, change_by_another_process(CHANGE_NOTHING, self->fd));
	EXPECT_EQ(0, child_status(pid));
}

/* One store wakes many sleepers. */
TEST_F(device, all_sleepers_are_woken)
{
	pid_t pids[8];
	int fds[8];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(pids); i++) {
		fds[i] = device_open(O_RDONLY);
		pids[i] = waiter(fds[i], 20000);
	}
	ASSERT_EQ(1, pwrite(self->fd, "x", 1, 0));
	for (i = 0; i < ARRAY_SIZE(pids); i++) {
		EXPECT_EQ(1, child_status(pids[i]));
		close(fds[i]);
	}
}

TEST_HARNESS_MAIN
