/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _MMAPDEMO_SELFTEST_DESCRIPTORS_H
#define _MMAPDEMO_SELFTEST_DESCRIPTORS_H

/* Reopens descriptors, describes them, and passes them to other processes. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include "module.h"

static inline void fd_path(char path[32], int fd)
{
	snprintf(path, 32, "/proc/self/fd/%d", fd);
}

/* Makes another open file of the same inode. */
static inline int reopen(int fd, int flags)
{
	char path[32];

	fd_path(path, fd);
	return RC(open(path, flags | O_CLOEXEC));
}

static inline struct stat stat_of(int fd)
{
	struct stat st;

	if (fstat(fd, &st))
		memset(&st, 0xcc, sizeof(st));
	return st;
}

/* The inode number, which is also the id in the list of all buffers. */
static inline unsigned long long id_of(int fd)
{
	return stat_of(fd).st_ino;
}

/* Reads the symbolic link /proc/self/fd/FD. */
static inline void link_of(int fd, char *text, size_t size)
{
	char path[32];
	ssize_t n;

	fd_path(path, fd);
	n = readlink(path, text, size - 1);
	text[n < 0 ? 0 : n] = '\0';
}

/*
 * Sends a descriptor to another process through a socket. Returns 0 or -errno.
 */
static inline int send_fd(int sock, int fd)
{
	char control[CMSG_SPACE(sizeof(int))] = { 0 }, byte = 0;
	struct iovec iov = { &byte, 1 };
	struct msghdr msg = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = sizeof(control),
	};
	struct cmsghdr *cmsg = CMSG_FIRSTHDR(&msg);

	cmsg->cmsg_level = SOL_SOCKET;
	cmsg->cmsg_type = SCM_RIGHTS;
	cmsg->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(cmsg), &fd, sizeof(int));
	return sendmsg(sock, &msg, 0) == 1 ? 0 : -errno;
}

static inline int receive_fd(int sock)
{
	char control[CMSG_SPACE(sizeof(int))] = { 0 }, byte;
	struct iovec iov = { &byte, 1 };
	struct msghdr msg = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = sizeof(control),
	};
	struct cmsghdr *cmsg;
	int fd;

	if (recvmsg(sock, &msg, MSG_CMSG_CLOEXEC) != 1)
		return -errno;
	cmsg = CMSG_FIRSTHDR(&msg);
	if (!cmsg || cmsg->cmsg_type != SCM_RIGHTS)
		return -ENOMSG;
	memcpy(&fd, CMSG_DATA(cmsg), sizeof(int));
	return fd;
}

#endif /* _MMAPDEMO_SELFTEST_DESCRIPTORS_H */
