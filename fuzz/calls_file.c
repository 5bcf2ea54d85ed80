// SPDX-License-Identifier: GPL-2.0-only
/* The decoder's calls on descriptors. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <linux/mmapdemo.h>

#include "../selftests/kinds_list.h"
#include "calls_decoder.h"

void decode_open(struct decoder *d)
{
	static const int modes[] = { O_RDWR,
				     O_RDONLY,
				     O_WRONLY,
				     O_RDWR | O_APPEND,
				     O_RDWR | O_NONBLOCK,
				     O_RDONLY | O_TRUNC,
				     O_PATH };
	int mode = PICK(d, modes);

	if (d->place->reader && !(mode & O_PATH))
		mode = O_RDONLY;
	d->call->keep = pick_file(d);
	put_data(d, CALLS_DEVICE, sizeof(CALLS_DEVICE));
	SET(d, SYS_openat, AT_FDCWD, d->place->data, mode | O_CLOEXEC);
}

/* Through /proc, as another open file; 3 is a mode that only ioctl(2) allows. */
void decode_reopen(struct decoder *d)
{
	static const int modes[] = { O_RDWR,
				     O_RDONLY,
				     O_WRONLY,
				     O_PATH,
				     O_RDWR | O_TRUNC,
				     O_RDWR | O_APPEND,
				     O_RDWR | O_NONBLOCK,
				     O_RDONLY | O_DIRECT,
				     O_RDONLY | O_DIRECTORY,
				     O_RDWR | O_CREAT | O_EXCL,
				     3 };
	char path[32];
	int length = snprintf(path, sizeof(path), "/proc/self/fd/%d",
			      (int)pick_file(d));

	d->call->keep = pick_file(d);
	put_data(d, path, length + 1);
	SET(d, SYS_openat, AT_FDCWD, d->place->data,
	    PICK(d, modes) | O_CLOEXEC);
}

void decode_close(struct decoder *d)
{
	SET(d, SYS_close, pick_file(d));
}

void decode_dup(struct decoder *d)
{
	d->call->keep = pick_file(d);
	SET(d, SYS_dup, pick_file(d));
}

static void decode_ioctl(struct decoder *d, unsigned int cmd, void *argument,
			 uint32_t size)
{
	put_struct(d, argument, size);
	SET(d, SYS_ioctl, pick_file(d), cmd, d->place->data);
}

#define IOCTL(d, NAME, argument) \
	decode_ioctl(d, MMAPDEMO_IOC_##NAME, &(argument), sizeof(argument))

void decode_create(struct decoder *d)
{
	struct mmapdemo_create create = {
		.flags = pick_byte(d) % 2,
	};
	unsigned int choice = pick_byte(d);

	create.backing = choice % BACKING_COUNT;
	create.cache = choice < 160 ? 0 : choice / 4 % 4;
	create.buffer_size = choice < 250 ? pick_word(d, 2) + 1 :
					    pick_number(d);
	if (pick_byte(d) > 250)
		create.backing = pick_number(d);
	if (pick_byte(d) > 250)
		create.buffer_size = CALLS_HUGE + pick_word(d, 1);
	d->call->keep = pick_file(d);
	IOCTL(d, CREATE, create);
}

void decode_fill(struct decoder *d)
{
	struct mmapdemo_fill fill = { .flags = pick_byte(d) % 2,
				      .offset = pick_number(d),
				      .length = pick_number(d),
				      .pattern = pick_word(d, 2) };

	IOCTL(d, FILL, fill);
}

void decode_checksum(struct decoder *d)
{
	struct mmapdemo_checksum sum = { .offset = pick_number(d),
					 .length = pick_number(d) };

	IOCTL(d, CHECKSUM, sum);
}

void decode_info(struct decoder *d)
{
	struct mmapdemo_info info = { .flags = pick_byte(d) % 2 };

	IOCTL(d, INFO, info);
}

void decode_mapinfo(struct decoder *d)
{
	struct mmapdemo_mapinfo info = { .address = pick_memory(d) };

	if (pick_byte(d) < 200)
		info.address = pick_page(d) + pick_byte(d);
	IOCTL(d, MAPINFO, info);
}

void decode_wait(struct decoder *d)
{
	struct mmapdemo_wait wait = { .flags = pick_byte(d) % 4,
				      .offset = pick_number(d),
				      .timeout = pick_number(d),
				      .expected = pick_byte(d) % 2 };

	IOCTL(d, WAIT, wait);
}

void decode_wake(struct decoder *d)
{
	struct mmapdemo_wake wake = { .offset = pick_number(d),
				      .count = pick_byte(d) };

	IOCTL(d, WAKE, wake);
}

void decode_seal(struct decoder *d)
{
	struct mmapdemo_seal seal = { .flags = 0 };
	unsigned int choice = pick_byte(d);

	seal.add = choice < 240 ? choice % 8 : pick_number(d);
	IOCTL(d, SEAL, seal);
}

void decode_raw_ioctl(struct decoder *d)
{
	unsigned char bytes[64];
	unsigned int choice = pick_byte(d);
	uint64_t cmd = MMAPDEMO_IOC_INFO + choice % 9;

	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = pick_byte(d);
	put_data(d, bytes, sizeof(bytes));
	if (choice >= 128)
		cmd = pick_number(d);
	SET(d, SYS_ioctl, pick_file(d), cmd,
	    pick_byte(d) < 128 ? d->place->data : pick_memory(d));
}

/* RWF_*: mostly none or RWF_NOWAIT */
static uint64_t pick_flags(struct decoder *d)
{
	unsigned int choice = pick_byte(d);

	return choice < 96 ? 0 : choice < 192 ? RWF_NOWAIT : choice % 64;
}

void decode_transfer(struct decoder *d)
{
	static const long plain[] = { SYS_read, SYS_write };
	static const long at[] = { SYS_pread64, SYS_pwrite64 };
	static const long vector[] = { SYS_readv, SYS_writev, SYS_preadv2,
				       SYS_pwritev2 };

	switch (pick_byte(d) % 3) {
	case 0:
		SET(d, PICK(d, plain), pick_file(d), pick_memory(d),
		    pick_length(d));
		break;
	case 1:
		SET(d, PICK(d, at), pick_file(d), pick_memory(d),
		    pick_length(d), pick_number(d));
		break;
	default:
		put_iovec(d);
		SET(d, PICK(d, vector), pick_file(d), d->place->data,
		    1 + pick_byte(d) % 4, pick_number(d), 0, pick_flags(d));
	}
}

void decode_lseek(struct decoder *d)
{
	SET(d, SYS_lseek, pick_file(d), pick_number(d), pick_byte(d) % 6);
}

/* The word of the offset lies in the data, as the struct of an ioctl does. */
void decode_splice(struct decoder *d)
{
	uint64_t offset = pick_number(d);
	uint64_t where = pick_byte(d) % 2 ? d->place->data : 0;
	uint64_t in = special(d, CALLS_PIPE_IN);
	uint64_t out = special(d, CALLS_PIPE_OUT);

	put_data(d, &offset, sizeof(offset));
	switch (pick_byte(d) % 4) {
	case 0:
		SET(d, SYS_splice, pick_file(d), where, in, 0, pick_length(d),
		    SPLICE_F_NONBLOCK);
		break;
	case 1:
		SET(d, SYS_splice, out, 0, pick_file(d), where, pick_length(d),
		    SPLICE_F_NONBLOCK);
		break;
	case 2: /* what was pinned is let go */
		SET(d, SYS_read, out, pick_memory(d), pick_length(d));
		break;
	default:
		put_iovec(d);
		SET(d, SYS_vmsplice, pick_byte(d) % 4 ? in : out,
		    d->place->data, 1 + pick_byte(d) % 4,
		    SPLICE_F_NONBLOCK | pick_byte(d) % 2 * SPLICE_F_GIFT);
	}
}

/* The timeout lies after the descriptors. */
void decode_poll(struct decoder *d)
{
	struct {
		struct pollfd fds[4];
		int64_t seconds, ns;
	} data = { .seconds = 0 };

	for (size_t i = 0; i < ARRAY_SIZE(data.fds); i++)
		data.fds[i] = (struct pollfd){ .fd = pick_file(d),
					       .events = pick_word(d, 2) };
	data.ns = pick_byte(d) % 2 * LONGEST_SLEEP_NS / 2;
	put_data(d, &data, sizeof(data));
	SET(d, SYS_ppoll, d->place->data,
	    1 + pick_byte(d) % ARRAY_SIZE(data.fds),
	    d->place->data + sizeof(data.fds), 0, 8);
}

void decode_epoll(struct decoder *d)
{
	static const int operations[] = { EPOLL_CTL_ADD, EPOLL_CTL_MOD,
					  EPOLL_CTL_DEL };
	struct epoll_event event = { .events = pick_word(d, 4) };

	put_data(d, &event, sizeof(event));
	if (pick_byte(d) % 2)
		SET(d, SYS_epoll_ctl, special(d, CALLS_EPOLL),
		    PICK(d, operations), pick_file(d), d->place->data);
	else
		SET(d, SYS_epoll_pwait, special(d, CALLS_EPOLL),
		    d->place->data + 1024, 1 + pick_byte(d) % 8,
		    pick_byte(d) % 2, 0, 8);
}

/*
 * The process accesses itself: the caller puts its pid first. Both calls take
 * iovecs of the same four.
 */
void decode_process_vm(struct decoder *d)
{
	put_iovec(d);
	SET(d, pick_byte(d) % 2 ? SYS_process_vm_readv : SYS_process_vm_writev,
	    0, d->place->data, 2, d->place->data + 32, 2, 0);
}

void decode_fcntl(struct decoder *d)
{
	static const int commands[] = {
		F_GETFL,    F_SETFL,  F_GETFD,	   F_SETFD,    F_SETLK,
		F_SETFL,    F_SETOWN, F_SETSIG,	   F_SETLEASE, F_ADD_SEALS,
		F_GETLEASE, F_SETFL,  F_OFD_SETLK,
	};
	static const int flags[] = { 0,	       O_NONBLOCK,
				     O_ASYNC,  O_NONBLOCK | O_ASYNC,
				     O_APPEND, O_DIRECT,
				     O_ASYNC };
	static const int signals[] = { 0, SIGIO, SIGURG };
	int command = PICK(d, commands);
	uint64_t value;

	if (command == F_SETFL)
		value = PICK(d, flags);
	else if (command == F_SETSIG)
		value = PICK(d, signals);
	else if (command == F_SETLK || command == F_OFD_SETLK)
		value = d->place->data;
	else
		value = pick_byte(d) % 2;
	SET(d, SYS_fcntl, pick_file(d), command, value);
}

/* FIONBIO and FIOASYNC are F_SETFL in other words. */
static void decode_file_ioctl(struct decoder *d)
{
	static const int commands[] = { FIONBIO, FIOASYNC, FIONREAD, FIOCLEX,
					FIOQSIZE };
	uint32_t on = pick_byte(d) % 2;

	put_data(d, &on, sizeof(on));
	SET(d, SYS_ioctl, pick_file(d), PICK(d, commands), d->place->data);
}

void decode_file_call(struct decoder *d)
{
	static const long calls[] = {
		SYS_fsync,     SYS_ftruncate, SYS_fstat,
		SYS_fallocate, SYS_fadvise64, SYS_readahead,
		SYS_flock,     SYS_fstatfs,   SYS_sync_file_range,
		SYS_fdatasync, SYS_ioctl,     SYS_sendfile,
		SYS_ftruncate, SYS_ioctl,     SYS_copy_file_range,
	};
	long nr = PICK(d, calls);

	switch (nr) {
	case SYS_fstat:
	case SYS_fstatfs:
		SET(d, nr, pick_file(d), d->place->data + 1024);
		break;
	case SYS_flock:
		SET(d, nr, pick_file(d), 4 | pick_byte(d) % 16); /* LOCK_NB */
		break;
	case SYS_ioctl:
		decode_file_ioctl(d);
		break;
	case SYS_sendfile:
		SET(d, nr, pick_file(d), pick_file(d), 0, pick_length(d));
		break;
	case SYS_copy_file_range:
		SET(d, nr, pick_file(d), 0, pick_file(d), 0, pick_length(d));
		break;
	default:
		SET(d, nr, pick_file(d), pick_number(d), pick_number(d),
		    pick_byte(d) % 8);
	}
}

/* Decides who may open the file again. */
void decode_owner(struct decoder *d)
{
	static const unsigned int modes[] = { 0600, 0400, 0, 0666, 07777 };
	static const uint32_t owners[] = { -1, 0, 65534 };

	if (pick_byte(d) % 2)
		SET(d, SYS_fchmod, pick_file(d), PICK(d, modes));
	else
		SET(d, SYS_fchown, pick_file(d), PICK(d, owners),
		    PICK(d, owners));
}

void decode_uring(struct decoder *d)
{
	SET(d, CALLS_URING, pick_byte(d), pick_file(d), pick_memory(d),
	    pick_length(d), pick_number(d), pick_byte(d));
}
