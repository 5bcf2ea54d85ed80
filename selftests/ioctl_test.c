// SPDX-License-Identifier: GPL-2.0-only
/*
 * The ioctl commands: the convention that all their structs follow, with each
 * of its errors, from 64-bit and from 32-bit callers; the ranges, the pattern
 * and the checksum of FILL and CHECKSUM. A refused call changes nothing.
 */
#include <stddef.h>
#include <zlib.h>

#include "device.h"

#define U64_MAX (~0ULL)

/* The layout is the ABI, the same for 32 bit. */
#define LAYOUT(type, member, offset)                                         \
	_Static_assert(offsetof(struct mmapdemo_##type, member) == (offset), \
		       #type "." #member)
#define SIZE(type, bytes) \
	_Static_assert(sizeof(struct mmapdemo_##type) == (bytes), #type)

LAYOUT(info, size, 0);
LAYOUT(info, flags, 4);
LAYOUT(info, buffer_size, 8);
LAYOUT(info, mapping_size, 16);
LAYOUT(info, generation, 24);
LAYOUT(info, page_size, 32);
LAYOUT(info, backing, 36);
LAYOUT(info, cache_requested, 40);
LAYOUT(info, cache_effective, 44);
LAYOUT(info, cache_available, 48);
LAYOUT(info, backing_available, 52);
SIZE(info, 56);

LAYOUT(mapinfo, size, 0);
LAYOUT(mapinfo, flags, 4);
LAYOUT(mapinfo, address, 8);
LAYOUT(mapinfo, offset, 16);
LAYOUT(mapinfo, cache, 24);
LAYOUT(mapinfo, entry_size, 28);
SIZE(mapinfo, 32);

LAYOUT(fill, size, 0);
LAYOUT(fill, flags, 4);
LAYOUT(fill, offset, 8);
LAYOUT(fill, length, 16);
LAYOUT(fill, pattern, 24);
SIZE(fill, 32);

LAYOUT(checksum, size, 0);
LAYOUT(checksum, flags, 4);
LAYOUT(checksum, offset, 8);
LAYOUT(checksum, length, 16);
LAYOUT(checksum, crc, 24);
LAYOUT(checksum, reserved, 28);
SIZE(checksum, 32);

LAYOUT(create, size, 0);
LAYOUT(create, flags, 4);
LAYOUT(create, buffer_size, 8);
LAYOUT(create, backing, 16);
LAYOUT(create, cache, 20);
SIZE(create, 24);

LAYOUT(wait, size, 0);
LAYOUT(wait, flags, 4);
LAYOUT(wait, offset, 8);
LAYOUT(wait, timeout, 16);
LAYOUT(wait, expected, 24);
LAYOUT(wait, reserved, 28);
SIZE(wait, 32);

LAYOUT(wake, size, 0);
LAYOUT(wake, flags, 4);
LAYOUT(wake, offset, 8);
LAYOUT(wake, count, 16);
LAYOUT(wake, reserved, 20);
SIZE(wake, 24);

_Static_assert(MMAPDEMO_IOC_INFO == 0xF700, "INFO");
_Static_assert(MMAPDEMO_IOC_MAPINFO == 0xF701, "MAPINFO");
_Static_assert(MMAPDEMO_IOC_FILL == 0xF702, "FILL");
_Static_assert(MMAPDEMO_IOC_CHECKSUM == 0xF703, "CHECKSUM");
_Static_assert(MMAPDEMO_IOC_CREATE == 0xF704, "CREATE");
_Static_assert(MMAPDEMO_IOC_WAIT == 0xF705, "WAIT");
_Static_assert(MMAPDEMO_IOC_WAKE == 0xF706, "WAKE");
_Static_assert(MMAPDEMO_FILL_COUNT == 1, "COUNT");
_Static_assert(MMAPDEMO_INFO_LAZY == 1, "INFO_LAZY");
_Static_assert(MMAPDEMO_CREATE_LAZY == 1, "CREATE_LAZY");
_Static_assert(MMAPDEMO_CREATE_CLOEXEC == 2, "CLOEXEC");
_Static_assert(MMAPDEMO_WAIT_TIMEOUT == 1, "TIMEOUT");
_Static_assert(MMAPDEMO_WAIT_ABSOLUTE == 2, "ABSOLUTE");
_Static_assert(MMAPDEMO_MAPINFO_PRESENT == 1, "PRESENT");
_Static_assert(MMAPDEMO_MAPINFO_WRITE == 2, "WRITE");
_Static_assert(MMAPDEMO_BACKING_KMALLOC == 0, "KMALLOC");
_Static_assert(MMAPDEMO_BACKING_VMALLOC == 1, "VMALLOC");
_Static_assert(MMAPDEMO_BACKING_SHMEM == 2, "SHMEM");
_Static_assert(MMAPDEMO_BACKING_DMA == 3, "DMA");
_Static_assert(MMAPDEMO_CACHE_WB == 0, "WB");
_Static_assert(MMAPDEMO_CACHE_WC == 1, "WC");
_Static_assert(MMAPDEMO_CACHE_UC == 2, "UC");
_Static_assert(MMAPDEMO_CACHE_WT == 3, "WT");
_Static_assert(MMAPDEMO_CACHE_MIXED == 255, "MIXED");

#define PATTERN 0x1122334455667788ULL

/* The beginning of each struct. */
struct head {
	__u32 size;
	__u32 flags;
};

union argument {
	struct head head;
	struct mmapdemo_info info;
	struct mmapdemo_mapinfo mapinfo;
	struct mmapdemo_fill fill;
	struct mmapdemo_checksum checksum;
	struct mmapdemo_create create;
	struct mmapdemo_wait wait;
	struct mmapdemo_wake wake;
	unsigned char bytes[64];
};

static const struct command {
	const char *name;
	unsigned int nr;
	__u32 size;   /* of the first version, which is the only one so far */
	__u32 flags;  /* those that are known */
	bool reports; /* writes the struct back */
} commands[] = {
	{ "INFO", MMAPDEMO_IOC_INFO, 56, 0, true },
	{ "MAPINFO", MMAPDEMO_IOC_MAPINFO, 32, 0, true },
	{ "FILL", MMAPDEMO_IOC_FILL, 32, MMAPDEMO_FILL_COUNT },
	{ "CHECKSUM", MMAPDEMO_IOC_CHECKSUM, 32, 0, true },
	{ "CREATE", MMAPDEMO_IOC_CREATE, 24,
	  MMAPDEMO_CREATE_LAZY | MMAPDEMO_CREATE_CLOEXEC },
	{ "WAIT", MMAPDEMO_IOC_WAIT, 32,
	  MMAPDEMO_WAIT_TIMEOUT | MMAPDEMO_WAIT_ABSOLUTE },
	{ "WAKE", MMAPDEMO_IOC_WAKE, 24, 0 },
};

static const struct command *const commands_end =
	commands + ARRAY_SIZE(commands);

/*
 * An argument that the command accepts, with what it leaves alone on the way
 * in poisoned. FILL stores PATTERN in the first 8 bytes.
 */
static union argument good_argument(const struct command *c, const void *map)
{
	union argument arg;

	memset(&arg, 0, sizeof(arg));
	arg.head.size = c->size;
	switch (c->nr) {
	case MMAPDEMO_IOC_INFO:
		memset(&arg, 0xcc, sizeof(arg.info));
		arg.info.size = c->size;
		arg.info.flags = 0;
		break;
	case MMAPDEMO_IOC_MAPINFO:
		arg.mapinfo.address = (uintptr_t)map;
		arg.mapinfo.offset = 0xcccccccccccccccc;
		arg.mapinfo.cache = 0xcccccccc;
		arg.mapinfo.entry_size = 0xcccccccc;
		break;
	case MMAPDEMO_IOC_FILL:
		arg.fill.length = 8;
		arg.fill.pattern = PATTERN;
		break;
	case MMAPDEMO_IOC_CHECKSUM:
		arg.checksum.length = DEVICE_SIZE;
		arg.checksum.crc = 0xcccccccc;
		break;
	case MMAPDEMO_IOC_CREATE:
		arg.create.buffer_size = 1;
		break;
	case MMAPDEMO_IOC_WAIT:
		arg.wait.expected = 0xcccccccc;
		break;
	case MMAPDEMO_IOC_WAKE:
		arg.wake.count = 1;
		break;
	}
	return arg;
}

/* Makes the call and closes the descriptor that it may return. */
static long call(int fd, const struct command *c, void *arg)
{
	long rc = RC(ioctl(fd, c->nr, arg));

	if (c->nr != MMAPDEMO_IOC_CREATE || rc < 0)
		return rc;
	return RC(close(rc));
}

/* A page to put arguments in, with nothing behind it. */
static unsigned char *page_at_the_edge(void)
{
	unsigned char *p = mmap(NULL, 2 * page_size(), PROT_READ | PROT_WRITE,
				MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	mprotect(p + page_size(), page_size(), PROT_NONE);
	return p;
}

/* Every place just behind first, some up to the last of a page, and that. */
static __u32 next_place(__u32 at, __u32 first)
{
	__u32 last = page_size() - 1;

	if (at < first + 16 || at >= last)
		return at + 1;
	return at + 509 < last ? at + 509 : last;
}

/* What a refused call must not have changed. */
struct state {
	unsigned char bytes[2 * 4096];
	long long generation;
};

static struct state state_of(const device_data *self)
{
	struct state s = { .generation = fd_generation(self->fd) };

	fence();
	memcpy(s.bytes, self->map, DEVICE_MAPPED);
	return s;
}

#define EXPECT_UNCHANGED(before)                                              \
	do {                                                                  \
		struct state _now = state_of(self);                           \
                                                                              \
		EXPECT_EQ(0,                                                  \
			  memcmp((before).bytes, _now.bytes, DEVICE_MAPPED)); \
		EXPECT_EQ((before).generation, _now.generation);              \
	} while (0)

TEST_F(device, size_of_the_first_version)
{
	const struct command *c;

	for (c = commands; c < commands_end; c++) {
		union argument arg = good_argument(c, self->map);

		EXPECT_EQ(0, call(self->fd, c, &arg))
		{
			TH_LOG("%s", c->name);
		}
		EXPECT_EQ(c->size, arg.head.size)
		{
			TH_LOG("%s", c->name);
		}
	}
}

TEST_F(device, size_too_small)
{
	struct state before = state_of(self);
	const struct command *c;
	__u32 size;

	for (c = commands; c < commands_end; c++) {
		for (size = 0; size < c->size; size++) {
			union argument arg = good_argument(c, self->map), copy;

			arg.head.size = size;
			copy = arg;
			EXPECT_EQ(-EINVAL, call(self->fd, c, &arg))
			{
				TH_LOG("%s size %u", c->name, size);
			}
			EXPECT_EQ(0, memcmp(&copy, &arg, sizeof(arg)));
		}
	}
	EXPECT_UNCHANGED(before);
}

/* A later version's struct: served if it asks for nothing new. */
TEST_F(device, size_larger_with_zeros_behind)
{
	unsigned char *page = page_at_the_edge();
	const struct command *c;
	struct head *head;
	__u32 size;

	for (c = commands; c < commands_end; c++) {
		union argument arg = good_argument(c, self->map);

		for (size = c->size + 1; size <= page_size();
		     size = next_place(size, c->size)) {
			head = (void *)(page + (page_size() - size) / 8 * 8);

			arg.head.size = size;
			memset(page, 0, page_size());
			memcpy(head, &arg, c->size);
			EXPECT_EQ(0, call(self->fd, c, head))
			{
				TH_LOG("%s size %u", c->name, size);
			}
			EXPECT_EQ(c->reports ? c->size : size, head->size);
			EXPECT_EQ(size - c->size,
				  bytes_until_not((void *)head + c->size, 0,
						  size - c->size));
		}
	}
	munmap(page, 2 * page_size());
}

TEST_F(device, size_larger_with_something_behind)
{
	struct state before = state_of(self);
	unsigned char *page = page_at_the_edge();
	const struct command *c;
	__u32 at;

	for (c = commands; c < commands_end; c++) {
		union argument arg = good_argument(c, self->map);

		arg.head.size = page_size();
		for (at = c->size; at < page_size();
		     at = next_place(at, c->size)) {
			memset(page, 0, page_size());
			memcpy(page, &arg, c->size);
			page[at] = 1;
			EXPECT_EQ(-E2BIG, call(self->fd, c, page))
			{
				TH_LOG("%s byte %u", c->name, at);
			}
			EXPECT_EQ(0, memcmp(page, &arg, c->size));
		}
	}
	EXPECT_UNCHANGED(before);
	munmap(page, 2 * page_size());
}

TEST_F(device, size_larger_than_a_page)
{
	const __u32 sizes[] = { page_size() + 1, 2 * page_size(), 0x7fffffff,
				0x80000000, 0xffffffff };
	struct state before = state_of(self);
	unsigned char *zeros = mmap(NULL, 4 * page_size(),
				    PROT_READ | PROT_WRITE,
				    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	const struct command *c;
	size_t i;

	for (c = commands; c < commands_end; c++) {
		union argument arg = good_argument(c, self->map);

		memcpy(zeros, &arg, c->size);
		for (i = 0; i < ARRAY_SIZE(sizes); i++) {
			((struct head *)zeros)->size = sizes[i];
			EXPECT_EQ(-E2BIG, call(self->fd, c, zeros))
			{
				TH_LOG("%s size %u", c->name, sizes[i]);
			}
		}
		memset(zeros, 0, c->size);
	}
	EXPECT_UNCHANGED(before);
	munmap(zeros, 4 * page_size());
}

TEST_F(device, argument_cannot_be_read)
{
	struct state before = state_of(self);
	unsigned char *page = page_at_the_edge();
	const struct command *c;
	__u32 have;

	for (c = commands; c < commands_end; c++) {
		union argument arg = good_argument(c, self->map);

		EXPECT_EQ(-EFAULT, call(self->fd, c, NULL));
		EXPECT_EQ(-EFAULT, call(self->fd, c, (void *)8));
		EXPECT_EQ(-EFAULT, call(self->fd, c, (void *)-4096UL));
		EXPECT_EQ(-EFAULT, call(self->fd, c, page + page_size()));
		/* The first bytes can be read, the rest cannot. */
		for (have = 4; have < c->size; have += 4) {
			memcpy(page + page_size() - have, &arg, have);
			EXPECT_EQ(-EFAULT,
				  call(self->fd, c, page + page_size() - have))
			{
				TH_LOG("%s %u bytes", c->name, have);
			}
		}
		/* All that the kernel knows can be read, the zeros cannot. */
		arg.head.size = c->size + 8;
		memcpy(page + page_size() - c->size, &arg, c->size);
		EXPECT_EQ(-EFAULT,
			  call(self->fd, c, page + page_size() - c->size));
	}
	EXPECT_UNCHANGED(before);
	munmap(page, 2 * page_size());
}

/* Only where there is one. What the command does has been done. */
TEST_F(device, result_cannot_be_written)
{
	unsigned char *page = page_at_the_edge();
	const struct command *c;
	struct mmapdemo_info info;
	long long generation;

	ASSERT_EQ(0, fill(self->fd, 0, 0, DEVICE_SIZE, 0));
	generation = fd_generation(self->fd);
	for (c = commands; c < commands_end; c++) {
		union argument arg = good_argument(c, self->map);

		memcpy(page, &arg, sizeof(arg));
		mprotect(page, page_size(), PROT_READ);
		EXPECT_EQ(c->reports ? -EFAULT : 0, call(self->fd, c, page))
		{
			TH_LOG("%s", c->name);
		}
		EXPECT_EQ(0, memcmp(page, &arg, sizeof(arg)));
		mprotect(page, page_size(), PROT_READ | PROT_WRITE);
	}
	EXPECT_EQ(PATTERN, le64toh(*(__u64 *)self->map));
	EXPECT_NE(generation, fd_generation(self->fd));
	ASSERT_EQ(0, get_info(self->fd, &info));
	munmap(page, 2 * page_size());
}

TEST_F(device, unknown_flags)
{
	struct state before = state_of(self);
	const struct command *c;
	int bit;

	for (c = commands; c < commands_end; c++) {
		for (bit = 0; bit < 32; bit++) {
			union argument arg = good_argument(c, self->map), copy;

			if (c->flags & (1U << bit))
				continue;
			arg.head.flags = c->flags | 1U << bit;
			copy = arg;
			EXPECT_EQ(-EINVAL, call(self->fd, c, &arg))
			{
				TH_LOG("%s bit %d", c->name, bit);
			}
			EXPECT_EQ(0, memcmp(&copy, &arg, sizeof(arg)));
		}
	}
	EXPECT_UNCHANGED(before);
}

TEST_F(device, reserved_field)
{
	struct state before = state_of(self);
	const struct command *c;
	union argument arg, copy;
	int bit;

	for (c = commands; c < commands_end; c++) {
		for (bit = 0; bit < 32; bit++) {
			arg = good_argument(c, self->map);
			if (c->nr == MMAPDEMO_IOC_CHECKSUM)
				arg.checksum.reserved = 1U << bit;
			else if (c->nr == MMAPDEMO_IOC_WAIT)
				arg.wait.reserved = 1U << bit;
			else if (c->nr == MMAPDEMO_IOC_WAKE)
				arg.wake.reserved = 1U << bit;
			else
				break;
			copy = arg;
			EXPECT_EQ(-EINVAL, call(self->fd, c, &arg))
			{
				TH_LOG("%s bit %d", c->name, bit);
			}
			EXPECT_EQ(0, memcmp(&copy, &arg, sizeof(arg)));
		}
	}
	EXPECT_UNCHANGED(before);
}

/* A bad argument does not hide that the command is unknown. */
TEST_F(device, unknown_commands)
{
	static const unsigned int dirs[] = { _IOC_NONE, _IOC_READ, _IOC_WRITE,
					     _IOC_READ | _IOC_WRITE };
	static const unsigned int sizes[] = { 0, 4, 8, 32, 56, 4096 };
	struct state before = state_of(self);
	union argument arg = good_argument(&commands[0], self->map);
	unsigned int nr, d, s, cmd;

	for (nr = 0; nr < 256; nr++) {
		for (d = 0; d < ARRAY_SIZE(dirs); d++) {
			for (s = 0; s < ARRAY_SIZE(sizes); s++) {
				cmd = _IOC(dirs[d], MMAPDEMO_IOC_MAGIC, nr,
					   sizes[s]);
				if (cmd >= MMAPDEMO_IOC_INFO &&
				    cmd <= MMAPDEMO_IOC_WAKE)
					continue;
				EXPECT_EQ(-ENOTTY,
					  RC(ioctl(self->fd, cmd, &arg)))
				{
					TH_LOG("command %#x", cmd);
				}
			}
		}
		EXPECT_EQ(-ENOTTY, RC(ioctl(self->fd, _IO(0xF6, nr), &arg)));
		EXPECT_EQ(-ENOTTY, RC(ioctl(self->fd, _IO(0xF8, nr), &arg)));
		EXPECT_EQ(-ENOTTY, RC(ioctl(self->fd, _IO('m', nr), NULL)));
	}
	EXPECT_UNCHANGED(before);
}

#ifdef __x86_64__
/* ioctl(2) as a 32-bit program on this kernel calls it. */
static long ioctl32(int fd, unsigned int nr, void *arg)
{
	long rc;

	asm volatile("int $0x80"
		     : "=a"(rc)
		     : "a"(54), "b"(fd), "c"(nr), "d"(arg)
		     : "memory", "r8", "r9", "r10", "r11");
	return rc;
}

/* Like ioctl32(), but for a kernel that has no such calls. */
static bool has_ioctl32(void)
{
	pid_t pid = fork();
	struct sigaction act = { .sa_handler = SIG_DFL };

	if (!pid) {
		sigaction(SIGSEGV, &act, NULL);
		_exit(ioctl32(-1, 0, NULL) != -EBADF);
	}
	return child_status(pid) == 0;
}

TEST_F(device, commands_of_a_32_bit_program)
{
	union argument *low, expected;
	const struct command *c;
	long rc;

	if (!has_ioctl32())
		SKIP(return, "this kernel runs no 32-bit programs");
	low = mmap(NULL, page_size(), PROT_READ | PROT_WRITE,
		   MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
	ASSERT_NE(MAP_FAILED, low);
	for (c = commands; c < commands_end; c++) {
		expected = good_argument(c, self->map);
		*low = expected;
		rc = ioctl32(self->fd, c->nr, low);
		if (c->nr == MMAPDEMO_IOC_CREATE && rc > 0)
			rc = RC(close(rc));
		EXPECT_EQ(0, rc)
		{
			TH_LOG("%s", c->name);
		}
		EXPECT_EQ(0, call(self->fd, c, &expected));
		if (c->nr == MMAPDEMO_IOC_INFO)
			low->info.generation = expected.info.generation;
		EXPECT_EQ(0, memcmp(low, &expected, c->size))
		{
			TH_LOG("%s", c->name);
		}
		low->head.size = c->size - 1;
		EXPECT_EQ(-EINVAL, ioctl32(self->fd, c->nr, low));
		EXPECT_EQ(-EFAULT, ioctl32(self->fd, c->nr, NULL));
	}
	EXPECT_EQ(PATTERN, *(__u64 *)self->map);
	EXPECT_EQ(-ENOTTY, ioctl32(self->fd, _IO(MMAPDEMO_IOC_MAGIC, 7), low));
	munmap(low, page_size());
}
#endif

/* INFO, MAPINFO and CREATE take any descriptor, the others do not. */
TEST_F(device, open_modes)
{
	static const struct {
		int flags;
		int fill;
		int checksum;
	} modes[] = {
		{ O_RDONLY, -EBADF, 0 },
		{ O_WRONLY, 0, -EBADF },
		{ O_RDWR, 0, 0 },
	};
	struct mmapdemo_mapinfo mapinfo;
	struct mmapdemo_info info;
	struct state before;
	int private;
	__u32 crc;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(modes); i++) {
		int fd = device_open(modes[i].flags);

		ASSERT_LE(0, fd);
		before = state_of(self);
		EXPECT_EQ(0, get_info(fd, &info));
		EXPECT_EQ(0, get_mapinfo(fd, self->map, &mapinfo));
		private = create(fd, &variant->kind, 1);
		EXPECT_LE(0, private);
		EXPECT_EQ(O_RDWR, fcntl(private, F_GETFL) & O_ACCMODE);
		close(private);
		EXPECT_EQ(modes[i].fill, fill(fd, 0, 0, 8, PATTERN));
		EXPECT_EQ(modes[i].fill, wake_word(fd, 0, 1));
		EXPECT_EQ(modes[i].checksum, wait_word(fd, 0, 0xcccccccc, 0));
		EXPECT_EQ(modes[i].checksum, checksum(fd, 0, 8, &crc));
		if (modes[i].fill) {
			EXPECT_UNCHANGED(before);
		}
		close(fd);
	}
}

/* Ranges within 0..DEVICE_SIZE and ranges that are not, some of which wrap. */
static const struct range {
	__u64 offset;
	__u64 length;
	bool good;
} ranges[] = {
	{ 0, 0, true },
	{ 0, 1, true },
	{ 0, DEVICE_SIZE, true },
	{ 1, DEVICE_SIZE - 1, true },
	{ DEVICE_SIZE - 1, 1, true },
	{ DEVICE_SIZE - 1, 0, true },
	{ DEVICE_SIZE, 0, true },
	{ 0, DEVICE_SIZE + 1, false },
	{ 1, DEVICE_SIZE, false },
	{ DEVICE_SIZE - 1, 2, false },
	{ DEVICE_SIZE, 1, false },
	{ DEVICE_SIZE + 1, 0, false },
	{ DEVICE_SIZE + 1, 1, false },
	{ 0, 8192, false },
	{ 8191, 1, false },
	{ 8192, 0, false },
	{ 0, 1ULL << 32, false },
	{ 1ULL << 32, 0, false },
	{ 1ULL << 32, 1, false },
	{ 0, (1ULL << 32) + 8, false },
	{ 1ULL << 63, 0, false },
	{ 1ULL << 63, 1ULL << 63, false },
	{ 0, 1ULL << 63, false },
	{ U64_MAX, 0, false },
	{ U64_MAX, 1, false },
	{ U64_MAX, 2, false },
	{ 0, U64_MAX, false },
	{ 1, U64_MAX, false },
	{ 2, U64_MAX, false },
	{ DEVICE_SIZE, U64_MAX - DEVICE_SIZE + 1, false },
	{ DEVICE_SIZE, U64_MAX - DEVICE_SIZE + 2, false },
	{ U64_MAX - 7, 16, false },
	{ U64_MAX, U64_MAX, false },
};

TEST_F(device, fill_ranges)
{
	unsigned char expected[2 * 4096];
	const struct range *r;
	struct state before;

	scramble(self->map, DEVICE_MAPPED, 1);
	fence();
	memcpy(expected, self->map, DEVICE_MAPPED);
	for (r = ranges; r < ranges + ARRAY_SIZE(ranges); r++) {
		before = state_of(self);
		EXPECT_EQ(r->good ? 0 : -EINVAL,
			  fill(self->fd, 0, r->offset, r->length, PATTERN))
		{
			TH_LOG("%llu + %llu", r->offset, r->length);
		}
		if (r->good && r->length) {
			EXPECT_NE(before.generation, fd_generation(self->fd));
			fill_expected(expected, 0, r->offset, r->length,
				      PATTERN);
		} else {
			EXPECT_UNCHANGED(before);
		}
		EXPECT_EQ(0, memcmp(expected, self->map, DEVICE_MAPPED))
		{
			TH_LOG("%llu + %llu", r->offset, r->length);
		}
	}
}

TEST_F(device, checksum_ranges)
{
	const struct range *r;
	struct state before;
	__u32 crc;

	scramble(self->map, DEVICE_MAPPED, 2);
	before = state_of(self);
	for (r = ranges; r < ranges + ARRAY_SIZE(ranges); r++) {
		EXPECT_EQ(r->good ? 0 : -EINVAL,
			  checksum(self->fd, r->offset, r->length, &crc))
		{
			TH_LOG("%llu + %llu", r->offset, r->length);
		}
		if (r->good) {
			EXPECT_EQ(crc32(0, before.bytes + r->offset, r->length),
				  crc);
		} else {
			EXPECT_EQ(0xcccccccc, crc);
		}
	}
	EXPECT_UNCHANGED(before);
}

/* Does FILL do what the manual says, and nothing beside it? */
static bool fills_as_told(const device_data *self, __u32 flags, __u64 offset,
			  __u64 length, __u64 pattern)
{
	unsigned char expected[64], seen[64];

	memset(expected, 0xa5, sizeof(expected));
	memcpy(self->map, expected, sizeof(expected));
	fence();
	fill_expected(expected, flags, offset, length, pattern);
	if (fill(self->fd, flags, offset, length, pattern))
		return false;
	memcpy(seen, self->map, sizeof(seen));
	return !memcmp(expected, seen, sizeof(seen));
}

TEST_F(device, fill_patterns)
{
	static const __u64 patterns[] = { PATTERN, U64_MAX - 2, 0 };
	__u64 offset, length;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(patterns); i++) {
		for (offset = 0; offset < 16; offset++) {
			for (length = 0; length < 18; length++) {
				ASSERT_TRUE(fills_as_told(self, 0, offset,
							  length, patterns[i]));
				ASSERT_TRUE(fills_as_told(
					self, MMAPDEMO_FILL_COUNT, offset,
					length, patterns[i]));
			}
		}
	}
}

TEST_F(device, fill_counts_over_the_whole_buffer)
{
	static const __u64 patterns[] = { 0, PATTERN, U64_MAX - 100 };
	unsigned char expected[2 * 4096];
	struct mmapdemo_fill arg;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(patterns); i++) {
		memset(self->map, 0x5a, DEVICE_MAPPED);
		memset(expected, 0x5a, DEVICE_MAPPED);
		fence();
		fill_expected(expected, MMAPDEMO_FILL_COUNT, 3, DEVICE_SIZE - 3,
			      patterns[i]);
		arg = (struct mmapdemo_fill){
			.size = sizeof(arg),
			.flags = MMAPDEMO_FILL_COUNT,
			.offset = 3,
			.length = DEVICE_SIZE - 3,
			.pattern = patterns[i],
		};
		ASSERT_EQ(0, RC(ioctl(self->fd, MMAPDEMO_IOC_FILL, &arg)));
		EXPECT_EQ(0, memcmp(expected, self->map, DEVICE_MAPPED));
		EXPECT_EQ(MMAPDEMO_FILL_COUNT, arg.flags);
		EXPECT_EQ(3, arg.offset);
		EXPECT_EQ(DEVICE_SIZE - 3, arg.length);
		EXPECT_EQ(patterns[i], arg.pattern);
	}
}

TEST_F(device, checksum_is_that_of_zlib)
{
	unsigned char copy[2 * 4096];
	struct mmapdemo_checksum arg;
	__u64 offset, length;
	__u32 crc;

	scramble(self->map, DEVICE_MAPPED, 3);
	fence();
	memcpy(copy, self->map, DEVICE_MAPPED);
	for (offset = 0; offset < 16; offset++) {
		for (length = 0; length < 18; length++) {
			ASSERT_EQ(0, checksum(self->fd, offset, length, &crc));
			ASSERT_EQ(crc32(0, copy + offset, length), crc)
			{
				TH_LOG("%llu + %llu", offset, length);
			}
		}
	}
	ASSERT_EQ(0, checksum(self->fd, 77, 0, &crc));
	EXPECT_EQ(0, crc);

	arg = (struct mmapdemo_checksum){
		.size = sizeof(arg),
		.length = DEVICE_SIZE,
	};
	ASSERT_EQ(0, RC(ioctl(self->fd, MMAPDEMO_IOC_CHECKSUM, &arg)));
	EXPECT_EQ(crc32(0, copy, DEVICE_SIZE), arg.crc);
	EXPECT_EQ(0, arg.flags);
	EXPECT_EQ(0, arg.offset);
	EXPECT_EQ(DEVICE_SIZE, arg.length);
	EXPECT_EQ(0, arg.reserved);
}

/* Larger than what the kernel does between two looks at signals. */
TEST_F(device, fill_and_checksum_4_mib)
{
	const size_t size = 4 << 20;
	unsigned char *expected = malloc(size);
	__u32 crc;

	RENEW(size);
	memset(expected, 0, size);
	fill_expected(expected, MMAPDEMO_FILL_COUNT, 5, size - 12, PATTERN);
	EXPECT_EQ(0,
		  fill(self->fd, MMAPDEMO_FILL_COUNT, 5, size - 12, PATTERN));
	EXPECT_EQ(0, memcmp(expected, self->map, size));
	EXPECT_EQ(0, checksum(self->fd, 0, size, &crc));
	EXPECT_EQ(crc32(0, expected, size), crc);
	EXPECT_EQ(0, checksum(self->fd, 1, size - 1, &crc));
	EXPECT_EQ(crc32(0, expected + 1, size - 1), crc);
	free(expected);
}

TEST_HARNESS_MAIN
