// SPDX-License-Identifier: GPL-2.0-only
/*
 * poll, select and epoll follow the buffer's generation, each open file on its
 * own: what makes it readable, what does not, and who is woken.
 */
#include <poll.h>
#include <sys/epoll.h>
#include <sys/select.h>

#include "device.h"

#define ALWAYS (POLLOUT | POLLWRNORM)
#define CHANGED (POLLIN | POLLRDNORM)

/* What is true now of all that can be asked for. */
static int poll_now(int fd)
{
	struct pollfd p = {
		.fd = fd,
		.events = ALWAYS | CHANGED | POLLPRI | POLLRDBAND | POLLWRBAND,
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

	/* The same bytes again are a write too, and so is one's own. */
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
	second = map_shared(other, page_size(), PROT_READ | PROT_WRITE, 0);
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

/* A failed INFO has not shown anything to anybody. */
TEST_F(device, refused_info_has_seen_nothing)
{
	struct mmapdemo_info info = { .size = sizeof(info), .flags = 1 };

	ASSERT_EQ(1, pwrite(self->fd, "x", 1, 0));
	EXPECT_EQ(-EINVAL, RC(ioctl(self->fd, MMAPDEMO_IOC_INFO, &info)));
	EXPECT_EQ(ALWAYS | CHANGED, poll_now(self->fd));
	EXPECT_LE(0, fd_generation(self->fd));
	EXPECT_EQ(ALWAYS | CHANGED, poll_now(self->fd));
}

TEST_F(device, select)
{
	struct timeval now = { 0, 0 };
	fd_set r, w;

	FD_ZERO(&r);
	FD_SET(self->fd, &r);
	w = r;
	EXPECT_EQ(1, select(self->fd + 1, &r, &w, NULL, &now));
	EXPECT_FALSE(FD_ISSET(self->fd, &r));
	EXPECT_TRUE(FD_ISSET(self->fd, &w));

	ASSERT_EQ(1, pwrite(self->fd, "x", 1, 0));
	FD_SET(self->fd, &r);
	EXPECT_EQ(1, select(self->fd + 1, &r, NULL, NULL, &now));
	EXPECT_TRUE(FD_ISSET(self->fd, &r));
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
	int epfd = epoll_with(self->fd, EPOLLIN);

	ASSERT_LE(0, epfd);
	EXPECT_EQ(0, epoll_events(epfd));
	ASSERT_EQ(1, pwrite(self->fd, "x", 1, 0));
	EXPECT_EQ(EPOLLIN, epoll_events(epfd));
	EXPECT_EQ(EPOLLIN, epoll_events(epfd));
	ASSERT_EQ(0, see(self->fd));
	EXPECT_EQ(0, epoll_events(epfd));
	close(epfd);
}

TEST_F(device, epoll_edge)
{
	int epfd = epoll_with(self->fd, EPOLLIN | EPOLLET);

	ASSERT_LE(0, epfd);
	EXPECT_EQ(0, epoll_events(epfd));
	ASSERT_EQ(1, pwrite(self->fd, "x", 1, 0));
	EXPECT_EQ(EPOLLIN, epoll_events(epfd));
	EXPECT_EQ(0, epoll_events(epfd));
	ASSERT_EQ(0, fill(self->fd, 0, 0, 1, 0));
	EXPECT_EQ(EPOLLIN, epoll_events(epfd));
	EXPECT_EQ(0, epoll_events(epfd));
	ASSERT_EQ(0, pwrite(self->fd, "x", 0, 0));
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

/* A child waits at most that long; its answer is what poll returned. */
static pid_t waiter(int fd, int milliseconds)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
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

/* Many sleepers, one store. */
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
