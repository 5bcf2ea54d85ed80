/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _MMAPDEMO_SELFTEST_SEALS_H
#define _MMAPDEMO_SELFTEST_SEALS_H

/* Seals of a private buffer and of a memfd, in the numbers of the former. */
#include <fcntl.h>
#include <sys/ioctl.h>

#include <linux/mmapdemo.h>

#include "module.h"

/* Seals of a memfd, which older C libraries do not know. */
#ifndef F_ADD_SEALS
#define F_ADD_SEALS 1033
#define F_GET_SEALS 1034
#endif
#define MEMFD_SEAL_SEAL 0x01
#define MEMFD_SEAL_WRITE 0x08
#define MEMFD_SEAL_FUTURE_WRITE 0x10

/* Adds seals, or none if 0. Returns the seals that are set then, or -errno. */
static inline int buffer_seals(int fd, __u32 add)
{
	struct mmapdemo_seal arg = {
		.size = sizeof(arg),
		.add = add,
		.seals = 0xcccccccc,
	};
	int rc = RC(ioctl(fd, MMAPDEMO_IOC_SEAL, &arg));

	return rc ? rc : (int)arg.seals;
}

static inline int memfd_seals(int fd, __u32 add)
{
	int bits = 0, rc, seals;

	bits |= add & MMAPDEMO_SEAL_SEAL ? MEMFD_SEAL_SEAL : 0;
	bits |= add & MMAPDEMO_SEAL_WRITE ? MEMFD_SEAL_WRITE : 0;
	bits |= add & MMAPDEMO_SEAL_FUTURE_WRITE ? MEMFD_SEAL_FUTURE_WRITE : 0;
	rc = bits ? RC(fcntl(fd, F_ADD_SEALS, bits)) : 0;
	if (rc)
		return rc;
	rc = RC(fcntl(fd, F_GET_SEALS));
	if (rc < 0)
		return rc;
	seals = rc & MEMFD_SEAL_SEAL ? MMAPDEMO_SEAL_SEAL : 0;
	seals |= rc & MEMFD_SEAL_WRITE ? MMAPDEMO_SEAL_WRITE : 0;
	seals |= rc & MEMFD_SEAL_FUTURE_WRITE ? MMAPDEMO_SEAL_FUTURE_WRITE : 0;
	return seals;
}

#endif /* _MMAPDEMO_SELFTEST_SEALS_H */
