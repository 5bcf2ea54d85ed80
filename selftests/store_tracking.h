/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _MMAPDEMO_SELFTEST_STORE_TRACKING_H
#define _MMAPDEMO_SELFTEST_STORE_TRACKING_H

/* Makes the kernel take note of stores: by soft-dirty and by userfaultfd. */
#include <errno.h>
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef UFFD_FEATURE_WP_ASYNC
#define UFFD_FEATURE_WP_ASYNC (1 << 15)
#endif
#ifndef UFFD_USER_MODE_ONLY
#define UFFD_USER_MODE_ONLY 1
#endif

/* From now on, for all of this process's memory. 0 or -errno */
static inline int clear_soft_dirty(void)
{
	int fd = open("/proc/self/clear_refs", O_WRONLY | O_CLOEXEC);
	int rc = write(fd, "4", 1) == 1 ? 0 : -errno;

	close(fd);
	return rc;
}

/*
 * A userfaultfd with which the mapping is registered for write protection that
 * needs no handler, or -errno. Most kernels refuse it for a driver's mapping, by
 * -EINVAL. It lasts until the descriptor is closed.
 */
static inline int uffd_for_stores(void *map, size_t length)
{
	struct uffdio_api api = { .api = UFFD_API,
				  .features = UFFD_FEATURE_WP_ASYNC };
	struct uffdio_register area = {
		.range = { (uintptr_t)map, length },
		.mode = UFFDIO_REGISTER_MODE_WP,
	};
	int uffd = syscall(SYS_userfaultfd, O_CLOEXEC | UFFD_USER_MODE_ONLY);
	int rc;

	if (uffd < 0)
		return -errno;
	if (!ioctl(uffd, UFFDIO_API, &api) &&
	    !ioctl(uffd, UFFDIO_REGISTER, &area))
		return uffd;
	rc = -errno;
	close(uffd);
	return rc;
}

/* 0 or -errno */
static inline int uffd_protect(int uffd, void *map, size_t length)
{
	struct uffdio_writeprotect area = {
		.range = { (uintptr_t)map, length },
		.mode = UFFDIO_WRITEPROTECT_MODE_WP,
	};

	return ioctl(uffd, UFFDIO_WRITEPROTECT, &area) ? -errno : 0;
}

#endif /* _MMAPDEMO_SELFTEST_STORE_TRACKING_H */
