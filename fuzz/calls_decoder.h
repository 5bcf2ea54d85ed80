/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef CALLS_DECODER_H
#define CALLS_DECODER_H

#include <stddef.h>
#include <stdint.h>

#include "calls.h"

/*
 * The parts of the decoder: calls_pick.c makes choices out of bytes, calls.c chooses the
 * call, calls_file.c and calls_memory.c decode the calls.
 */
#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))
#define LONGEST_SLEEP_NS 2000000

/* The bytes that choices are made of, and the call that they fill in. */
struct decoder {
	struct calls_bytes *bytes;
	const struct calls_place *place;
	struct call *call;
};

unsigned int pick_byte(struct decoder *d);
uint64_t pick_word(struct decoder *d, int bytes);

#define PICK(d, array) ((array)[pick_byte(d) % ARRAY_SIZE(array)])

/* A descriptor of the driver, or one of the others. */
uint64_t pick_file(struct decoder *d);
uint64_t special(const struct decoder *d, enum calls_descriptor which);

/* Small ones, edges, or anything. */
uint64_t pick_number(struct decoder *d);

/* Pages from the start of one of a few places, so that calls meet. */
uint64_t pick_page(struct decoder *d);
uint64_t pick_pages(struct decoder *d);

/* A page of the arena, or a scratch page. */
uint64_t pick_any_page(struct decoder *d);

/* An offset in a buffer, for mmap(2). */
uint64_t pick_offset(struct decoder *d);
uint64_t pick_protection(struct decoder *d);

/*
 * An address for a system call: inside the data, at the edge of what is mapped,
 * in a mapping, in a scratch page, or wild; and a length that fits after it.
 */
uint64_t pick_memory(struct decoder *d);
uint64_t pick_length(struct decoder *d);

/* Arguments in memory. The first field of a struct is its size. */
void put_data(struct decoder *d, const void *data, size_t size);
void put_struct(struct decoder *d, void *argument, uint32_t size);
void put_iovec(struct decoder *d);

/* The number of the call and its arguments. */
void set_call(struct decoder *d, const uint64_t *call);

/*
 * The values are elements of an array because the arguments of a function may be
 * evaluated in any order. Every compiler must take the bytes in the same one.
 */
#define SET(d, ...) set_call(d, (const uint64_t[7]){ __VA_ARGS__ })

/* calls_file.c */
void decode_open(struct decoder *d);
void decode_reopen(struct decoder *d);
void decode_close(struct decoder *d);
void decode_dup(struct decoder *d);
void decode_create(struct decoder *d);
void decode_fill(struct decoder *d);
void decode_checksum(struct decoder *d);
void decode_info(struct decoder *d);
void decode_mapinfo(struct decoder *d);
void decode_wait(struct decoder *d);
void decode_wake(struct decoder *d);
void decode_seal(struct decoder *d);
void decode_raw_ioctl(struct decoder *d);
void decode_transfer(struct decoder *d);
void decode_lseek(struct decoder *d);
void decode_splice(struct decoder *d);
void decode_poll(struct decoder *d);
void decode_epoll(struct decoder *d);
void decode_process_vm(struct decoder *d);
void decode_fcntl(struct decoder *d);
void decode_file_call(struct decoder *d);
void decode_owner(struct decoder *d);
void decode_uring(struct decoder *d);

/* calls_memory.c */
void decode_mmap(struct decoder *d);
void decode_map_anywhere(struct decoder *d);
void decode_munmap(struct decoder *d);
void decode_mremap(struct decoder *d);
void decode_mprotect(struct decoder *d);
void decode_madvise(struct decoder *d);
void decode_memory_call(struct decoder *d);
void decode_load(struct decoder *d);
void decode_store(struct decoder *d);
void decode_fork_touch(struct decoder *d);
void decode_track(struct decoder *d);
void decode_look(struct decoder *d);
void decode_proc_mem(struct decoder *d);
void decode_uffd(struct decoder *d);
void decode_race(struct decoder *d);
void decode_poison(struct decoder *d);

#endif
