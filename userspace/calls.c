// SPDX-License-Identifier: GPL-2.0-only
/*
 * The decoder: bytes to calls. A byte chooses the call, those that follow its
 * arguments; most choices are sensible ones, some are wild. bounded() has the
 * last word, so that no choice can hang or fill the machine.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <linux/mmapdemo.h>

#include "calls.h"

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))
#define LONGEST_SLEEP_NS 2000000
#define HUGE_BYTES (2ULL << 20)
/* Nothing of this size or more can be made, so it need not be bounded. */
#define IMPOSSIBLE_BYTES (1ULL << 50)

/* What the choices are made of and where they go. */
struct decoder {
	struct calls_bytes *bytes;
	const struct calls_place *place;
	struct call *call;
};

struct calls_place calls_place(unsigned int thread)
{
	uint64_t arena = 0x200000000000ULL + ((uint64_t)thread << 32);

	return (struct calls_place){
		.first_descriptor = 100 + 16 * thread,
		.arena = arena,
		.data = arena + CALLS_PAGE * CALLS_ARENA_PAGES + HUGE_BYTES,
		.largest = 3 << 20,
	};
}

static unsigned int byte(struct decoder *d)
{
	return d->bytes->at < d->bytes->end ? *d->bytes->at++ : 0;
}

static uint64_t word(struct decoder *d, int bytes)
{
	uint64_t value = 0;

	for (int i = 0; i < bytes; i++)
		value |= (uint64_t)byte(d) << 8 * i;
	return value;
}

#define ONE_OF(d, array) ((array)[byte(d) % ARRAY_SIZE(array)])

/* choices of numbers */

static uint64_t file(struct decoder *d)
{
	return d->place->first_descriptor + byte(d) % CALLS_FILES;
}

static uint64_t special(const struct decoder *d, enum calls_descriptor which)
{
	return d->place->first_descriptor + which;
}

static uint64_t number(struct decoder *d)
{
	static const uint64_t edges[] = {
		0,	    1,		3,	    4,		7,
		8,	    4095,	4096,	    4097,	8192,
		65536,	    HUGE_BYTES, 0x7fffffff, 0x80000000, 0xffffffff,
		1ULL << 32, 1ULL << 63, -1ULL >> 1, -4096ULL,	-1ULL,
	};
	unsigned int choice = byte(d);

	if (choice < 128)
		return word(d, 1) << choice % 4;
	if (choice < 192)
		return word(d, 2);
	if (choice < 240)
		return ONE_OF(d, edges);
	return word(d, 8);
}

/* Pages from the start of one of a few places, so that calls meet. */
static uint64_t page(struct decoder *d)
{
	unsigned int choice = byte(d);
	uint64_t page = choice % 8 * (CALLS_ARENA_PAGES / 8) + choice / 8 % 8;

	return d->place->arena + page * CALLS_PAGE;
}

static uint64_t pages(struct decoder *d)
{
	unsigned int choice = byte(d);

	if (choice < 224)
		return (1 + choice % (choice < 192 ? 4 : 8)) * CALLS_PAGE;
	return choice < 240 ? HUGE_BYTES : (choice & 15) * CALLS_PAGE * 40;
}

static uint64_t file_offset(struct decoder *d)
{
	unsigned int choice = byte(d);

	return choice < 240 ? choice % 8 * CALLS_PAGE : number(d);
}

static uint64_t protection(struct decoder *d)
{
	static const unsigned char prots[] = {
		PROT_READ | PROT_WRITE,
		PROT_READ,
		PROT_READ | PROT_WRITE,
		PROT_NONE,
		PROT_EXEC,
		PROT_READ | PROT_EXEC,
		PROT_READ | PROT_WRITE,
		PROT_WRITE,
	};

	return ONE_OF(d, prots);
}

/* Never memory that the program itself uses. */
static uint64_t wild_address(struct decoder *d)
{
	static const uint64_t wild[] = {
		0,
		1,
		0x7ffffffff000,
		0x800000000000,
		0xffff888000000000,
		0xffffffff81000000,
		-4096ULL,
		-1ULL,
	};

	return ONE_OF(d, wild);
}

/* Inside the data, at the edge of what is mapped, in a mapping, or wild. */
static uint64_t memory(struct decoder *d)
{
	uint64_t end = d->place->data + CALLS_DATA_PAGES * CALLS_PAGE;
	unsigned int choice = byte(d);

	if (choice < 160)
		return d->place->data + 1024;
	if (choice < 176)
		return end - choice % 16 * 4;
	return choice < 240 ? page(d) + choice % 16 : wild_address(d);
}

/* A length that fits behind memory(): the data has nothing behind it. */
static uint64_t length(struct decoder *d)
{
	unsigned int choice = byte(d);

	return choice < 192 ? choice * 8 : choice < 224 ? 4096 : 16384;
}

/* arguments in memory */

static void put(struct decoder *d, const void *data, size_t size)
{
	d->call->data_at = d->place->data;
	d->call->data_length = size;
	memcpy(d->call->data, data, size);
}

/* Of which the first field is the size; mostly the right one. */
static void put_struct(struct decoder *d, void *argument, uint32_t size)
{
	unsigned char bytes[CALLS_MAX_DATA] = { 0 };
	unsigned int choice = byte(d);
	uint32_t shown = size;

	memcpy(bytes, argument, size);
	if (choice >= 200 && choice < 220)
		shown = word(d, 1);
	else if (choice >= 220 && choice < 230)
		shown = number(d);
	else if (choice >= 230)
		bytes[4 + word(d, 1) % (CALLS_MAX_DATA - 4)] ^= 1 << choice % 8;
	memcpy(bytes, &shown, sizeof(shown));
	put(d, bytes, sizeof(bytes));
}

static void put_iovec(struct decoder *d)
{
	struct iovec vectors[4];

	for (size_t i = 0; i < ARRAY_SIZE(vectors); i++) {
		vectors[i].iov_base = (void *)(uintptr_t)memory(d);
		vectors[i].iov_len = length(d);
	}
	put(d, vectors, sizeof(vectors));
}

static void set(struct decoder *d, long nr, uint64_t a, uint64_t b, uint64_t c,
		uint64_t e, uint64_t f, uint64_t g)
{
	d->call->nr = nr;
	memcpy(d->call->args, (uint64_t[]){ a, b, c, e, f, g },
	       sizeof(d->call->args));
}

/* clang-format off */
#define SET_6(d, nr, a, b, c, e, f, g, ...) set(d, nr, a, b, c, e, f, g)
#define SET(...) SET_6(__VA_ARGS__, 0, 0, 0, 0, 0, 0)
/* clang-format on */

/* the calls */

static void decode_open(struct decoder *d)
{
	static const int modes[] = { O_RDWR,
				     O_RDONLY,
				     O_WRONLY,
				     O_RDWR | O_APPEND,
				     O_RDWR | O_NONBLOCK,
				     O_RDONLY | O_TRUNC,
				     O_PATH };
	int mode = ONE_OF(d, modes);

	if (d->place->reader && !(mode & O_PATH))
		mode = O_RDONLY;
	d->call->keep = file(d);
	put(d, CALLS_DEVICE, sizeof(CALLS_DEVICE));
	SET(d, SYS_openat, AT_FDCWD, d->place->data, mode | O_CLOEXEC);
}

static void decode_close(struct decoder *d)
{
	SET(d, SYS_close, file(d));
}

static void decode_dup(struct decoder *d)
{
	d->call->keep = file(d);
	SET(d, SYS_dup, file(d));
}

static void decode_ioctl(struct decoder *d, unsigned int cmd, void *argument,
			 uint32_t size)
{
	put_struct(d, argument, size);
	SET(d, SYS_ioctl, file(d), cmd, d->place->data);
}

#define IOCTL(d, NAME, argument) \
	decode_ioctl(d, MMAPDEMO_IOC_##NAME, &(argument), sizeof(argument))

static void decode_create(struct decoder *d)
{
	struct mmapdemo_create create = {
		.flags = byte(d) % 4,
		.buffer_size = 0,
	};
	unsigned int choice = byte(d);

	create.backing = choice % 4;
	create.cache = choice < 160 ? 0 : choice / 4 % 4;
	create.buffer_size = choice < 250 ? word(d, 2) + 1 : number(d);
	if (byte(d) > 250)
		create.backing = number(d);
	if (byte(d) > 250)
		create.buffer_size = HUGE_BYTES + word(d, 1);
	d->call->keep = file(d);
	IOCTL(d, CREATE, create);
}

static void decode_fill(struct decoder *d)
{
	struct mmapdemo_fill fill = { .flags = byte(d) % 2,
				      .offset = number(d),
				      .length = number(d),
				      .pattern = word(d, 2) };

	IOCTL(d, FILL, fill);
}

static void decode_checksum(struct decoder *d)
{
	struct mmapdemo_checksum sum = { .offset = number(d),
					 .length = number(d) };

	IOCTL(d, CHECKSUM, sum);
}

static void decode_info(struct decoder *d)
{
	struct mmapdemo_info info = { .flags = 0 };

	IOCTL(d, INFO, info);
}

static void decode_mapinfo(struct decoder *d)
{
	struct mmapdemo_mapinfo info = { .address = memory(d) };

	if (byte(d) < 200)
		info.address = page(d) + byte(d);
	IOCTL(d, MAPINFO, info);
}

static void decode_wait(struct decoder *d)
{
	struct mmapdemo_wait wait = { .flags = byte(d) % 4,
				      .offset = number(d),
				      .timeout = number(d),
				      .expected = byte(d) % 2 };

	IOCTL(d, WAIT, wait);
}

static void decode_wake(struct decoder *d)
{
	struct mmapdemo_wake wake = { .offset = number(d), .count = byte(d) };

	IOCTL(d, WAKE, wake);
}

static void decode_raw_ioctl(struct decoder *d)
{
	unsigned char bytes[64];
	unsigned int choice = byte(d);
	uint64_t cmd = MMAPDEMO_IOC_INFO + choice % 9;

	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = byte(d);
	put(d, bytes, sizeof(bytes));
	if (choice >= 128)
		cmd = number(d);
	SET(d, SYS_ioctl, file(d), cmd,
	    byte(d) < 128 ? d->place->data : memory(d));
}

static void decode_mmap(struct decoder *d)
{
	static const int kinds[] = { MAP_SHARED,
				     MAP_SHARED,
				     MAP_SHARED,
				     MAP_SHARED_VALIDATE,
				     MAP_PRIVATE,
				     MAP_PRIVATE,
				     MAP_SHARED | MAP_POPULATE,
				     MAP_SHARED | MAP_LOCKED };

	SET(d, SYS_mmap, page(d), pages(d), protection(d),
	    ONE_OF(d, kinds) | MAP_FIXED, file(d), file_offset(d));
}

static void decode_map_anywhere(struct decoder *d)
{
	SET(d, CALLS_MAP_ANYWHERE, 0, pages(d), protection(d),
	    byte(d) % 4 ? MAP_SHARED : MAP_PRIVATE, file(d), file_offset(d));
}

static void decode_munmap(struct decoder *d)
{
	SET(d, SYS_munmap, page(d), pages(d));
}

static void decode_mremap(struct decoder *d)
{
	static const int how[] = { 0, 0, MREMAP_MAYMOVE | MREMAP_FIXED,
				   MREMAP_MAYMOVE | MREMAP_FIXED |
					   MREMAP_DONTUNMAP };
	int flags = ONE_OF(d, how);
	uint64_t from = page(d), old = byte(d) % 8 ? pages(d) : 0;

	SET(d, SYS_mremap, from, old, byte(d) % 2 ? old : pages(d), flags,
	    page(d));
}

static void decode_mprotect(struct decoder *d)
{
	SET(d, SYS_mprotect, page(d), pages(d), protection(d));
}

/* Not MADV_HWPOISON and MADV_SOFT_OFFLINE, which take memory away for good. */
static void decode_madvise(struct decoder *d)
{
	static const unsigned char advice[] = {
		MADV_NORMAL,	   MADV_RANDOM,	       MADV_SEQUENTIAL,
		MADV_WILLNEED,	   MADV_DONTNEED,      MADV_FREE,
		MADV_REMOVE,	   MADV_DONTFORK,      MADV_DOFORK,
		MADV_MERGEABLE,	   MADV_UNMERGEABLE,   MADV_HUGEPAGE,
		MADV_NOHUGEPAGE,   MADV_DONTDUMP,      MADV_DODUMP,
		MADV_WIPEONFORK,   MADV_KEEPONFORK,    MADV_COLD,
		MADV_PAGEOUT,	   MADV_POPULATE_READ, MADV_POPULATE_WRITE,
		25 /* COLLAPSE */,
	};

	SET(d, SYS_madvise, page(d), pages(d), ONE_OF(d, advice));
}

static void decode_memory_call(struct decoder *d)
{
	static const int sync[] = { MS_SYNC, MS_ASYNC, MS_INVALIDATE,
				    MS_SYNC | MS_INVALIDATE };

	switch (byte(d) % 5) {
	case 0:
		SET(d, SYS_msync, page(d), pages(d), ONE_OF(d, sync));
		break;
	case 1:
		SET(d, SYS_mlock, page(d), pages(d));
		break;
	case 2:
		SET(d, SYS_munlock, page(d), pages(d));
		break;
	case 3:
		SET(d, SYS_mincore, page(d), pages(d), memory(d));
		break;
	default:
		SET(d, SYS_remap_file_pages, page(d), pages(d), 0, byte(d) % 8,
		    0);
	}
}

static void decode_load(struct decoder *d)
{
	SET(d, CALLS_LOAD, page(d) + word(d, 2) % CALLS_PAGE);
}

static void decode_store(struct decoder *d)
{
	SET(d, CALLS_STORE, page(d) + word(d, 2) % CALLS_PAGE, byte(d));
}

static void decode_fork_touch(struct decoder *d)
{
	SET(d, CALLS_FORK_TOUCH, page(d), pages(d));
}

static void decode_transfer(struct decoder *d)
{
	static const long plain[] = { SYS_read, SYS_write };
	static const long at[] = { SYS_pread64, SYS_pwrite64 };
	static const long vector[] = { SYS_readv, SYS_writev, SYS_preadv2,
				       SYS_pwritev2 };

	switch (byte(d) % 3) {
	case 0:
		SET(d, ONE_OF(d, plain), file(d), memory(d), length(d));
		break;
	case 1:
		SET(d, ONE_OF(d, at), file(d), memory(d), length(d), number(d));
		break;
	default:
		put_iovec(d);
		SET(d, ONE_OF(d, vector), file(d), d->place->data,
		    1 + byte(d) % 4, number(d), 0, byte(d) % 32);
	}
}

static void decode_lseek(struct decoder *d)
{
	SET(d, SYS_lseek, file(d), number(d), byte(d) % 6);
}

/* The word of the offset lies in the data, as the struct of an ioctl does. */
static void decode_splice(struct decoder *d)
{
	uint64_t offset = number(d);
	uint64_t where = byte(d) % 2 ? d->place->data : 0;
	uint64_t in = special(d, CALLS_PIPE_IN);
	uint64_t out = special(d, CALLS_PIPE_OUT);

	put(d, &offset, sizeof(offset));
	switch (byte(d) % 3) {
	case 0:
		SET(d, SYS_splice, file(d), where, in, 0, length(d),
		    SPLICE_F_NONBLOCK);
		break;
	case 1:
		SET(d, SYS_splice, out, 0, file(d), where, length(d),
		    SPLICE_F_NONBLOCK);
		break;
	default:
		put_iovec(d);
		SET(d, SYS_vmsplice, in, d->place->data, 1 + byte(d) % 4,
		    SPLICE_F_NONBLOCK);
	}
}

/* The timeout lies behind the descriptors. */
static void decode_poll(struct decoder *d)
{
	struct {
		struct pollfd fds[4];
		int64_t seconds, ns;
	} data = { .seconds = 0 };

	for (size_t i = 0; i < ARRAY_SIZE(data.fds); i++)
		data.fds[i] =
			(struct pollfd){ .fd = file(d), .events = word(d, 2) };
	data.ns = byte(d) % 2 * LONGEST_SLEEP_NS / 2;
	put(d, &data, sizeof(data));
	SET(d, SYS_ppoll, d->place->data, 1 + byte(d) % ARRAY_SIZE(data.fds),
	    d->place->data + sizeof(data.fds), 0, 8);
}

static void decode_epoll(struct decoder *d)
{
	static const int operations[] = { EPOLL_CTL_ADD, EPOLL_CTL_MOD,
					  EPOLL_CTL_DEL };
	struct epoll_event event = { .events = word(d, 4) };

	put(d, &event, sizeof(event));
	if (byte(d) % 2)
		SET(d, SYS_epoll_ctl, special(d, CALLS_EPOLL),
		    ONE_OF(d, operations), file(d), d->place->data);
	else
		SET(d, SYS_epoll_pwait, special(d, CALLS_EPOLL),
		    d->place->data + 1024, 1 + byte(d) % 8, byte(d) % 2, 0, 8);
}

/* Of itself: the caller puts its pid first. Both take iovecs of the same four. */
static void decode_process_vm(struct decoder *d)
{
	put_iovec(d);
	SET(d, byte(d) % 2 ? SYS_process_vm_readv : SYS_process_vm_writev, 0,
	    d->place->data, 2, d->place->data + 32, 2, 0);
}

static void decode_fcntl(struct decoder *d)
{
	static const int commands[] = { F_GETFL, F_SETFL, F_GETFD, F_SETFD,
					F_SETLK };
	int command = ONE_OF(d, commands);
	uint64_t value = command == F_SETFL ? byte(d) % 2 * O_NONBLOCK :
			 command == F_SETLK ? d->place->data :
					      byte(d) % 2;

	SET(d, SYS_fcntl, file(d), command, value);
}

static void decode_file_call(struct decoder *d)
{
	static const long calls[] = { SYS_fsync,     SYS_ftruncate,
				      SYS_fstat,     SYS_fallocate,
				      SYS_fadvise64, SYS_readahead,
				      SYS_flock };
	long nr = ONE_OF(d, calls);

	if (nr == SYS_fstat)
		SET(d, nr, file(d), d->place->data + 1024);
	else if (nr == SYS_flock)
		SET(d, nr, file(d), 4 | byte(d) % 16); /* LOCK_NB */
	else
		SET(d, nr, file(d), number(d), number(d), byte(d) % 8);
}

/* What stands here more than once is chosen more often. */
static void (*const decoders[])(struct decoder *d) = {
	decode_open,	   decode_open,	       decode_create,
	decode_create,	   decode_create,      decode_close,
	decode_dup,	   decode_mmap,	       decode_mmap,
	decode_mmap,	   decode_mmap,	       decode_map_anywhere,
	decode_munmap,	   decode_munmap,      decode_mremap,
	decode_mprotect,   decode_mprotect,    decode_madvise,
	decode_madvise,	   decode_load,	       decode_load,
	decode_store,	   decode_store,       decode_fork_touch,
	decode_fill,	   decode_checksum,    decode_info,
	decode_mapinfo,	   decode_mapinfo,     decode_wait,
	decode_wake,	   decode_raw_ioctl,   decode_transfer,
	decode_transfer,   decode_transfer,    decode_lseek,
	decode_splice,	   decode_poll,	       decode_epoll,
	decode_process_vm, decode_memory_call, decode_fcntl,
	decode_file_call,
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
	ONE_OF(&d, decoders)(&d);
	bound(call, place);
	return true;
}

/* what each sequence starts with */

static void start_open(struct decoder *d, unsigned int index)
{
	static const int modes[] = { O_RDWR, O_RDONLY, O_WRONLY };
	int mode = d->place->reader ? O_RDONLY : modes[index];

	put(d, CALLS_DEVICE, sizeof(CALLS_DEVICE));
	SET(d, SYS_openat, AT_FDCWD, d->place->data, mode | O_CLOEXEC);
}

static void start_create(struct decoder *d, unsigned int index)
{
	static const struct mmapdemo_create buffers[] = {
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
	create.buffer_size = 5 * CALLS_PAGE - 96;
	put(d, &create, sizeof(create));
	SET(d, SYS_ioctl, d->place->first_descriptor, MMAPDEMO_IOC_CREATE,
	    d->place->data);
}

bool calls_start(unsigned int index, const struct calls_place *place,
		 struct call *call)
{
	struct decoder d = { .place = place, .call = call };
	uint64_t slot = index % CALLS_FILES;

	*call = (struct call){ .keep = -1 };
	if (index >= 2 * CALLS_FILES)
		return false;
	if (index >= CALLS_FILES)
		SET(&d, SYS_mmap,
		    place->arena + slot * CALLS_ARENA_PAGES / 8 * CALLS_PAGE,
		    4 * CALLS_PAGE, PROT_READ | PROT_WRITE,
		    MAP_SHARED | MAP_FIXED, place->first_descriptor + slot);
	else if (index < 3)
		start_open(&d, index);
	else
		start_create(&d, index - 3);
	if (index < CALLS_FILES)
		call->keep = place->first_descriptor + slot;
	return true;
}
