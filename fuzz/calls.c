// SPDX-License-Identifier: GPL-2.0-only
/*
 * The decoder: bytes to calls. A byte chooses the call, those that follow its
 * arguments; most choices are sensible ones, some are wild. bound() has the
 * last word, so that no choice can hang or fill the machine.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <linux/mmapdemo.h>

#include "calls_decoder.h"

/*
 * A buffer of this size or more cannot be created, so larger sizes need no bound.
 */
#define IMPOSSIBLE_BYTES (1ULL << 50)
/* Offsets from the arena's start of memory that is not a part of it */
#define DATA_AT (CALLS_PAGE * CALLS_ARENA_PAGES + CALLS_HUGE)
#define SCRATCH_AT (DATA_AT + (64 << 10))
#define RACE_AT (1ULL << 30)

struct calls_place calls_place(unsigned int thread)
{
	uint64_t arena = 0x200000000000ULL + ((uint64_t)thread << 32);

	return (struct calls_place){
		.first_descriptor = 100 + 32 * thread,
		.arena = arena,
		.data = arena + DATA_AT,
		.scratch = arena + SCRATCH_AT,
		.race = arena + RACE_AT,
		.largest = 3 << 20,
	};
}

/* An entry that is repeated is chosen more often. */
static void (*const decoders[])(struct decoder *d) = {
	decode_open,	   decode_reopen,	decode_reopen,
	decode_create,	   decode_create,	decode_create,
	decode_close,	   decode_dup,		decode_seal,
	decode_seal,	   decode_owner,	decode_file_call,
	decode_mmap,	   decode_mmap,		decode_mmap,
	decode_mmap,	   decode_map_anywhere, decode_munmap,
	decode_munmap,	   decode_mremap,	decode_mprotect,
	decode_mprotect,   decode_madvise,	decode_madvise,
	decode_madvise,	   decode_memory_call,	decode_load,
	decode_load,	   decode_load,		decode_store,
	decode_store,	   decode_store,	decode_fork_touch,
	decode_track,	   decode_track,	decode_look,
	decode_proc_mem,   decode_uffd,		decode_uffd,
	decode_race,	   decode_poison,	decode_fill,
	decode_checksum,   decode_info,		decode_mapinfo,
	decode_mapinfo,	   decode_wait,		decode_wake,
	decode_raw_ioctl,  decode_transfer,	decode_transfer,
	decode_transfer,   decode_lseek,	decode_splice,
	decode_splice,	   decode_poll,		decode_epoll,
	decode_process_vm, decode_fcntl,	decode_fcntl,
	decode_uring,
};

/*
 * A WAIT without a timeout could sleep for good, a CREATE could take all
 * memory. Their struct has to be in the data, where nothing else stores.
 */
static void bound(struct call *call, const struct calls_place *place)
{
	struct mmapdemo_wait *wait = (void *)call->data;
	struct mmapdemo_create *create = (void *)call->data;
	bool ours = call->args[2] >= place->data &&
		    call->args[2] < place->data + CALLS_DATA_PAGES * CALLS_PAGE;
	bool mapped = call->args[2] >= place->arena &&
		      call->args[2] < place->data;

	if (call->nr != SYS_ioctl)
		return;
	switch ((uint32_t)call->args[1]) {
	case MMAPDEMO_IOC_WAIT:
	case MMAPDEMO_IOC_CREATE:
		if (ours || mapped)
			call->args[2] = place->data;
	}
	switch ((uint32_t)call->args[1]) {
	case MMAPDEMO_IOC_WAIT:
		wait->flags |= MMAPDEMO_WAIT_TIMEOUT;
		wait->timeout %= LONGEST_SLEEP_NS;
		break;
	case MMAPDEMO_IOC_CREATE:
		if (create->buffer_size < IMPOSSIBLE_BYTES)
			create->buffer_size %= place->largest + 1;
	}
}

bool calls_next(struct calls_bytes *bytes, const struct calls_place *place,
		struct call *call)
{
	struct decoder d = { .bytes = bytes, .place = place, .call = call };

	if (bytes->at >= bytes->end)
		return false;
	*call = (struct call){ .keep = -1 };
	PICK(&d, decoders)(&d);
	bound(call, place);
	return true;
}

/* what each sequence starts with */

static void start_open(struct decoder *d, unsigned int index)
{
	int mode = index || d->place->reader ? O_RDONLY : O_RDWR;

	put_data(d, CALLS_DEVICE, sizeof(CALLS_DEVICE));
	SET(d, SYS_openat, AT_FDCWD, d->place->data, mode | O_CLOEXEC);
}

/* The size is that of its place in the arena, unless that is too large. */
static uint64_t huge_bytes(const struct calls_place *place)
{
	return place->largest < CALLS_HUGE ? 4 * CALLS_PAGE : CALLS_HUGE;
}

static void start_create(struct decoder *d, unsigned int index)
{
	static const struct mmapdemo_create buffers[] = {
		{ .backing = MMAPDEMO_BACKING_KMALLOC,
		  .flags = MMAPDEMO_CREATE_LAZY },
		{ .backing = MMAPDEMO_BACKING_KMALLOC,
		  .cache = MMAPDEMO_CACHE_WC },
		{ .backing = MMAPDEMO_BACKING_VMALLOC },
		{ .backing = MMAPDEMO_BACKING_SHMEM },
		{ .backing = MMAPDEMO_BACKING_SHMEM,
		  .flags = MMAPDEMO_CREATE_LAZY },
		{ .backing = MMAPDEMO_BACKING_DMA },
	};
	struct mmapdemo_create create = buffers[index];

	create.size = sizeof(create);
	create.buffer_size = index ? 5 * CALLS_PAGE - 96 : huge_bytes(d->place);
	put_data(d, &create, sizeof(create));
	SET(d, SYS_ioctl, d->place->first_descriptor, MMAPDEMO_IOC_CREATE,
	    d->place->data);
}

/* The first buffer, which an entry of 2 MiB can map, is in this slot. */
#define HUGE_SLOT 2

static void start_map(struct decoder *d, uint64_t slot)
{
	uint64_t length = slot == HUGE_SLOT ? huge_bytes(d->place) :
					      4 * CALLS_PAGE;

	SET(d, SYS_mmap,
	    d->place->arena + slot * CALLS_ARENA_PAGES / 8 * CALLS_PAGE, length,
	    PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED,
	    d->place->first_descriptor + slot);
}

bool calls_start(unsigned int index, const struct calls_place *place,
		 struct call *call)
{
	struct decoder d = { .place = place, .call = call };

	*call = (struct call){ .keep = -1 };
	if (index >= 2 * CALLS_FILES)
		return false;
	if (index >= CALLS_FILES) {
		start_map(&d, index - CALLS_FILES);
		return true;
	}
	if (index < HUGE_SLOT)
		start_open(&d, index);
	else
		start_create(&d, index - HUGE_SLOT);
	call->keep = place->first_descriptor + index;
	return true;
}
