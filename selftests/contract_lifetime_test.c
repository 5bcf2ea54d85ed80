// SPDX-License-Identifier: GPL-2.0-only
/*
 * The contract of mmapdemo(4), 2: how long a mapping and its buffer live. See
 * contract_test.c.
 */
#include <sys/socket.h>

#include "descriptors.h"
#include "device.h"

TEST_F(device, close_before_munmap)
{
	int fd = device_open(O_RDWR);
	char *map = map_shared(fd, page_size(), RW, 0);

	ASSERT_NE(MAP_FAILED, map);
	close(fd);
	ASSERT_EQ(0, fill(self->fd, 0, 0, 8, 0x5555555555555555));
	EXPECT_EQ(0x55, map[0]);
	munmap(map, page_size());
}

TEST_F(device, fork)
{
	pid_t pid;

	self->map[0] = 1;
	fence();
	pid = fork();
	if (!pid) {
		if (self->map[0] != 1)
			_exit(1);
		self->map[DEVICE_SIZE - 1] = 2;
		fence();
		_exit(0);
	}
	EXPECT_EQ(0, child_status(pid));
	EXPECT_EQ(2, self->map[DEVICE_SIZE - 1]);
}

/*
 * Starts a process that has executed another program. It may still be closing
 * its close-on-exec descriptors.
 */
static pid_t executed(void)
{
	int done[2];
	pid_t pid;
	char c;

	if (pipe2(done, O_CLOEXEC))
		return -1;
	pid = fork();
	if (!pid) {
		execlp("sleep", "sleep", "100", NULL);
		_exit(127);
	}
	close(done[1]);
	if (read(done[0], &c, 1))
		pid = -1;
	close(done[0]);
	return pid;
}

/*
 * execve(2) removes every mapping. A descriptor survives unless it is
 * close-on-exec.
 */
TEST_F(device, exec)
{
	int fd = create(self->fd, &variant->kind, DEVICE_SIZE);
	unsigned char *map = map_shared(fd, DEVICE_MAPPED, RW, 0);
	pid_t pid;
	int i;

	ASSERT_NE(MAP_FAILED, map);
	pid = executed();
	ASSERT_LT(0, pid);
	close(fd);
	munmap(map, DEVICE_MAPPED);
	device_release(self);
	EXPECT_EQ(0, module_gone());
	EXPECT_EQ(0, waitpid(pid, NULL, WNOHANG));
	kill(pid, SIGKILL);
	EXPECT_EQ(-SIGKILL, child_status(pid));

	for (i = 0; i < 2; i++) {
		ASSERT_EQ(0, device_renew(self, DEVICE_SIZE, &variant->kind));
		fd = i ? create(self->fd, &variant->kind, 1) : dup(self->fd);
		ASSERT_EQ(0, fcntl(fd, F_SETFD, 0));
		pid = executed();
		ASSERT_LT(0, pid);
		close(fd);
		device_release(self);
		EXPECT_EQ(-EWOULDBLOCK, module_unload());
		kill(pid, SIGKILL);
		EXPECT_EQ(-SIGKILL, child_status(pid));
		EXPECT_EQ(0, module_gone());
	}
	ASSERT_EQ(0, device_renew(self, DEVICE_SIZE, &variant->kind));
}

/* The buffer lives as long as the child has its descriptor or its mapping. */
TEST_F(device, descriptor_inherited)
{
	int fd = create(self->fd, &variant->kind, DEVICE_SIZE), go[2];
	unsigned char *map;
	pid_t pid;
	char c;

	ASSERT_LE(0, fd);
	ASSERT_EQ(0, pipe(go));
	ASSERT_EQ(0, fill(fd, 0, 0, 8, 0x1212121212121212));
	pid = fork();
	if (!pid) {
		close(go[1]);
		if (read(go[0], &c, 1) != 0)
			_exit(1);
		map = map_shared(fd, DEVICE_MAPPED, RW, 0);
		close(fd);
		_exit(map == MAP_FAILED || map[0] != 0x12);
	}
	close(fd);
	EXPECT_EQ(-ENOSPC, (put_number(LIMIT_MB, 0),
			    create(self->fd, &variant->kind, 1)));
	device_release(self);
	EXPECT_EQ(-EWOULDBLOCK, module_unload());
	close(go[1]);
	EXPECT_EQ(0, child_status(pid));
	close(go[0]);
	EXPECT_EQ(0, module_gone());
	ASSERT_EQ(0, device_renew(self, DEVICE_SIZE, &variant->kind));
}

/*
 * A process that may not open the device can use a descriptor that it receives.
 * It was forked before the buffer was created.
 */
TEST_F(device, descriptor_passing)
{
	int sockets[2], fd;
	unsigned char *map;
	pid_t pid;

	ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_STREAM, 0, sockets));
	pid = fork();
	if (!pid) {
		device_release(self);
		become_nobody();
		if (device_open(O_RDONLY) != -EACCES)
			_exit(1);
		fd = receive_fd(sockets[1]);
		map = map_shared(fd, DEVICE_MAPPED, RW, 0);
		if (map == MAP_FAILED || map[9] != 0x34)
			_exit(2);
		map[9] = 0x35;
		fence();
		if (wake_word(fd, 8, 1) < 0)
			_exit(3);
		_exit(0);
	}
	fd = create(self->fd, &variant->kind, DEVICE_SIZE);
	ASSERT_LE(0, fd);
	ASSERT_EQ(0, fill(fd, 0, 0, 16, 0x3434343434343434));
	ASSERT_EQ(0, send_fd(sockets[0], fd));
	EXPECT_EQ(0, wait_word(fd, 8, 0x34343434, NO_TIMEOUT));
	EXPECT_EQ(0, child_status(pid));

	/*
	 * A descriptor in a message that nobody received keeps the buffer, too.
	 */
	ASSERT_EQ(0, send_fd(sockets[0], fd));
	close(fd);
	put_number(LIMIT_MB, 0);
	device_release(self);
	EXPECT_EQ(-EWOULDBLOCK, module_unload());
	close(sockets[0]);
	close(sockets[1]);
	EXPECT_EQ(0, module_gone());
	ASSERT_EQ(0, device_renew(self, DEVICE_SIZE, &variant->kind));
}

/*
 * A mapping of a single page keeps the whole buffer. When the last mapping
 * goes, the buffer is freed.
 */
TEST_F(device, last_mapping_frees)
{
	const size_t size = limit_unit(&variant->kind);
	int fd = create(self->fd, &variant->kind, size);
	unsigned char *map = map_shared(fd, size, RW, 0);

	ASSERT_NE(MAP_FAILED, map);
	put_number(LIMIT_MB, size / MIB);
	EXPECT_EQ(-ENOSPC, create(self->fd, &variant->kind, size));
	map[5 * page_size()] = 0x66;
	close(fd);
	EXPECT_EQ(-ENOSPC, create(self->fd, &variant->kind, size));
	munmap(map, 5 * page_size());
	munmap(map + 6 * page_size(), size - 6 * page_size());
	EXPECT_EQ(-ENOSPC, create(self->fd, &variant->kind, size));
	EXPECT_EQ(0x66, map[5 * page_size()]);
	device_release(self);
	EXPECT_EQ(-EWOULDBLOCK, module_unload());
	self->fd = device_open(O_RDWR);
	self->map = map_shared(self->fd, self->mapped, RW, 0);
	munmap(map + 5 * page_size(), page_size());
	EXPECT_NONE_LEFT();
}

TEST_F(device, unload_while_open)
{
	int second = device_open(O_RDONLY);

	munmap(self->map, self->mapped);
	EXPECT_EQ(-EWOULDBLOCK, module_unload());
	close(self->fd);
	EXPECT_EQ(-EWOULDBLOCK, module_unload());
	close(second);
	EXPECT_EQ(0, module_unload());
	ASSERT_EQ(0, device_renew(self, DEVICE_SIZE, &variant->kind));
}

/*
 * The buffer keeps its contents until the module is unloaded, even while it is
 * neither open nor mapped.
 */
TEST_F(device, unload_while_mapped)
{
	char byte = 0;
	int fd;

	self->map[0] = 'k';
	close(self->fd);
	EXPECT_EQ(-EWOULDBLOCK, module_unload());
	munmap(self->map + page_size(), self->mapped - page_size());
	EXPECT_EQ(-EWOULDBLOCK, module_unload());
	EXPECT_EQ('k', self->map[0]);
	munmap(self->map, page_size());
	fd = device_open(O_RDONLY);
	EXPECT_EQ(1, read(fd, &byte, 1));
	EXPECT_EQ('k', byte);
	close(fd);
	EXPECT_EQ(0, module_unload());
	ASSERT_EQ(0, device_renew(self, DEVICE_SIZE, &variant->kind));
	EXPECT_EQ(0, self->map[0]);
}

/*
 * A process that sleeps in WAIT keeps the module loaded, although nobody else
 * has its buffer.
 */
TEST_F(device, unload_while_waiting)
{
	int fd = create(self->fd, &variant->kind, DEVICE_SIZE);
	pid_t pid;

	ASSERT_LE(0, fd);
	pid = fork();
	if (!pid) {
		device_release(self);
		_exit(-wait_word(fd, 0, 0, NO_TIMEOUT));
	}
	while (!asleep(pid))
		usleep(500);
	close(fd);
	device_release(self);
	EXPECT_EQ(-EWOULDBLOCK, module_unload());
	kill(pid, SIGKILL);
	EXPECT_EQ(-SIGKILL, child_status(pid));
	EXPECT_EQ(0, module_gone());
	ASSERT_EQ(0, device_renew(self, DEVICE_SIZE, &variant->kind));
}

/* A process that is killed releases the mapping it inherited. */
TEST_F(device, death_lets_go)
{
	int ready[2];
	pid_t pid;
	char c;

	ASSERT_EQ(0, pipe(ready));
	pid = fork();
	if (!pid) {
		close(self->fd);
		if (write(ready[1], "r", 1) == 1)
			pause();
		_exit(0);
	}
	ASSERT_EQ(1, read(ready[0], &c, 1));
	device_release(self);
	EXPECT_EQ(-EWOULDBLOCK, module_unload());
	kill(pid, SIGKILL);
	EXPECT_EQ(-SIGKILL, child_status(pid));
	EXPECT_EQ(0, module_gone());
	ASSERT_EQ(0, device_renew(self, DEVICE_SIZE, &variant->kind));
	close(ready[0]);
	close(ready[1]);
}

TEST_HARNESS_MAIN
