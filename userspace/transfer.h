/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef TRANSFER_H
#define TRANSFER_H

#include <stddef.h>
#include <sys/types.h>

/*
 * Repeat read(2), pread(2) and pwrite(2) until all bytes are transferred, the
 * data ends or an error occurs. They return the number of bytes; if it is less
 * than length, errno is the reason, and 0 at the end of the data.
 */
size_t read_all(int fd, void *to, size_t length);
size_t pread_all(int fd, void *to, size_t length, off_t offset);
size_t pwrite_all(int fd, const void *from, size_t length, off_t offset);

/* malloc(), but exits if there is no memory. The length may be 0. */
void *allocate(size_t length);

#endif
