// SPDX-License-Identifier: GPL-2.0-only
/*
 * The ioctl commands. All their structs follow one convention; each of its
 * errors is tested for 64-bit and for 32-bit callers. FILL and CHECKSUM are
 * tested for ranges, patterns and results. A call that fails changes nothing.
 */
#include <zlib.h>

#include "device.h"

#define U64_MAX (~0ULL)

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
	struct mmapdemo_seal seal;
	unsigned char bytes[64];
};

static const struct command {
	const char *name;
	unsigned int nr;
	__u32 size;   /* of the first version, which is the only one so far */
	__u32 flags;  /* all known flags */
	bool reports; /* writes the struct back */
} commands[] = {
	{ "INFO", MMAPDEMO_IOC_INFO, 64, MMAPDEMO_INFO_READ_BACK, true },
	{ "MAPINFO", MMAPDEMO_IOC_MAPINFO, 40, 0, true },
	{ "FILL", MMAPDEMO_IOC_FILL, 32, MMAPDEMO_FILL_COUNT },
	{ "CHECKSUM", MMAPDEMO_IOC_CHECKSUM, 32, 0, true },
	{ "CREATE", MMAPDEMO_IOC_CREATE, 24, MMAPDEMO_CREATE_LAZY },
	{ "WAIT", MMAPDEMO_IOC_WAIT, 32,
	  MMAPDEMO_WAIT_TIMEOUT | MMAPDEMO_WAIT_ABSOLUTE },
	{ "WAKE", MMAPDEMO_IOC_WAKE, 24, 0 },
	{ "SEAL", MMAPDEMO_IOC_SEAL, 16, 0, true },
};

static const struct command *const commands_end =
	commands + ARRAY_SIZE(commands);

/*
 * Returns how many bytes of the struct the driver knows. If GROWN is in the
 * environment, the driver is a later version with that many more bytes in each
 * struct: see scripts/test-altered-driver.
 */
static __u32 known_size(const struct command *c)
{
	const char *grown = getenv("GROWN");

	return c->size + (grown ? atoi(grown) : 0);
}

/* Returns the size that the call reports if this size is passed. */
static __u32 reported_size(const struct command *c, __u32 size)
{
	return c->reports && size > known_size(c) ? known_size(c) : size;
}

/*
 * Returns an argument that the command accepts. Fields that the command only
 * writes are poisoned. FILL stores PATTERN in the first 8 bytes.
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
		arg.mapinfo.properties = 0xcccccccc;
		arg.mapinfo.reserved = 0xcccccccc;
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
	case MMAPDEMO_IOC_SEAL:
		arg.seal.add = MMAPDEMO_SEAL_WRITE;
		arg.seal.seals = 0xcccccccc;
		break;
	}
	return arg;
}

typedef long ioctl_function(int fd, unsigned int nr, void *arg);

static long native_ioctl(int fd, unsigned int nr, void *arg)
{
	return RC(ioctl(fd, nr, arg));
}

/*
 * Makes the call. SEAL needs a private buffer, and a new one each time. Returns
 * 0 or -errno.
 */
static long call_by(ioctl_function *function, int fd, const struct command *c,
		    void *arg)
{
	long rc, private;

	switch (c->nr) {
	case MMAPDEMO_IOC_CREATE:
		rc = function(fd, c->nr, arg);
		return rc < 0 ? rc : RC(close(rc));
	case MMAPDEMO_IOC_SEAL:
		private
		= create_raw(fd, 0, 1, MMAPDEMO_BACKING_KMALLOC,
			     MMAPDEMO_CACHE_WB);
		rc = function(private, c->nr, arg);
		close(private);
		return rc;
	default:
		return function(fd, c->nr, arg);
	}
}

static long call(int fd, const struct command *c, void *arg)
{
	return call_by(native_ioctl, fd, c, arg);
}

/* Returns a page for arguments. The page after it is inaccessible. */
static unsigned char *page_at_the_edge(void)
{
	unsigned char *p = mmap(NULL, 2 * page_size(), RW,
				MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	mprotect(p + page_size(), page_size(), PROT_NONE);
	return p;
}

/*
 * Returns the next place to test: the first places one by one, then some up to
 * the last byte of the page, and that one.
 */
static __u32 next_place(__u32 at, __u32 first)
{
	__u32 last = page_size() - 1;

	if (at < first + 16 || at >= last)
		return at + 1;
	return at + 509 < last ? at + 509 : last;
}

/* What a call that fails must not change */
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

/*
 * A field is either input or output, so a struct that came back can be passed
 * again.
 */
TEST_F(device, structs_can_be_passed_again)
{
	const struct command *c;
	union argument arg, before;
	int i;

	for (c = commands; c < commands_end; c++) {
		arg = good_argument(c, self->map);
		before = arg;
		EXPECT_EQ(0, call(self->fd, c, &arg));
		if (!c->reports) {
			EXPECT_EQ(0, memcmp(&before, &arg, sizeof(arg)));
		}
		before = arg;
		for (i = 0; i < 3; i++) {
			EXPECT_EQ(0, call(self->fd, c, &arg))
			{
				TH_LOG("%s", c->name);
			}
			EXPECT_EQ(0, memcmp(&before, &arg, sizeof(arg)))
			{
				TH_LOG("%s", c->name);
			}
		}
	}
}

/* The same holds for flags: they come back and can be passed again. */
TEST_F(device, flags_come_back)
{
	const struct command *c;
	union argument arg;

	for (c = commands; c < commands_end; c++) {
		arg = good_argument(c, self->map);
		arg.head.flags = c->flags;
		if (c->nr == MMAPDEMO_IOC_CREATE)
			arg.create.backing = MMAPDEMO_BACKING_VMALLOC;
		EXPECT_EQ(0, call(self->fd, c, &arg))
		{
			TH_LOG("%s", c->name);
		}
		EXPECT_EQ(c->flags, arg.head.flags)
		{
			TH_LOG("%s", c->name);
		}
		EXPECT_EQ(0, call(self->fd, c, &arg));
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

/*
 * A longer struct of a later version is accepted if the added bytes are zero.
 * The size that comes back is not larger than what the kernel knows.
 */
TEST_F(device, size_larger_with_zeros_behind)
{
	unsigned char *page = page_at_the_edge();
	const struct command *c;
	struct head *head;
	__u32 size;

	for (c = commands; c < commands_end; c++) {
		union argument arg = good_argument(c, self->map);

		for (size = c->size; size <= page_size();
		     size = next_place(size, c->size)) {
			head = (void *)(page + (page_size() - size) / 8 * 8);

			arg.head.size = size;
			memset(page, 0, page_size());
			memcpy(head, &arg, c->size);
			EXPECT_EQ(0, call(self->fd, c, head))
			{
				TH_LOG("%s size %u", c->name, size);
			}
			EXPECT_EQ(reported_size(c, size), head->size);
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
		for (at = known_size(c); at < page_size();
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
	unsigned char *zeros = mmap(NULL, 4 * page_size(), RW,
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
		/* The known part can be read, the zeros after it cannot. */
		arg.head.size = c->size + 8;
		memcpy(page + page_size() - c->size, &arg, c->size);
		EXPECT_EQ(-EFAULT,
			  call(self->fd, c, page + page_size() - c->size));
	}
	EXPECT_UNCHANGED(before);
	munmap(page, 2 * page_size());
}

/*
 * Commands that write their struct back fail with EFAULT here, but have taken
 * effect. Only INFO does not acknowledge anything: see event_test.c.
 */
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
		mprotect(page, page_size(), RW);
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
				    cmd <= MMAPDEMO_IOC_SEAL)
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
/* Calls ioctl(2) like a 32-bit program on this kernel. */
static long ioctl32(int fd, unsigned int nr, void *arg)
{
	long rc;

	asm volatile("int $0x80"
		     : "=a"(rc)
		     : "a"(54), "b"(fd), "c"(nr), "d"(arg)
		     : "memory", "r8", "r9", "r10", "r11");
	return rc;
}

/* Does this kernel have 32-bit system calls? Asks in a child, which may die. */
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

	if (!has_ioctl32())
		SKIP(return, "this kernel runs no 32-bit programs");
	low = mmap(NULL, page_size(), RW,
		   MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
	ASSERT_NE(MAP_FAILED, low);
	for (c = commands; c < commands_end; c++) {
		expected = good_argument(c, self->map);
		*low = expected;
		EXPECT_EQ(0, call_by(ioctl32, self->fd, c, low))
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
	EXPECT_EQ(-ENOTTY, ioctl32(self->fd, _IO(MMAPDEMO_IOC_MAGIC, 8), low));
	munmap(low, page_size());
}
#endif

/*
 * INFO, MAPINFO and CREATE work on any descriptor. FILL and WAKE need one open
 * for writing, CHECKSUM and WAIT one open for reading.
 */
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

/* Ranges within 0..DEVICE_SIZE and ranges outside, some of which overflow. */
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

/* 4 MiB is more than the driver does between two checks for signals. */
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
