/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef TRANSFER_H
#define TRANSFER_H

#include <stddef.h>
#include <sys/types.h>

/*
 * read(2), pread(2) and pwrite(2), repeated until everything is done, the end
 * is reached or an error comes. They return the bytes done; when that is less
 * than length, errno tells why, 0 for the end of the data.
 */
size_t read_all(int fd, void *to, size_t length);
size_t pread_all(int fd, void *to, size_t length, off_t offset);
size_t pwrite_all(int fd, const void *from, size_t length, off_t offset);

/* malloc() that exits when there is no memory. Takes 0 as well. */
void *allocate(size_t length);

#endif
