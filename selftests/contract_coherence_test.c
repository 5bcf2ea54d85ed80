// SPDX-License-Identifier: GPL-2.0-only
/*
 * The contract of mmapdemo(4), 3: which bytes a mapping shows, and when one
 * side sees what another stored. See contract_test.c.
 */
#include <poll.h>
#include <sched.h>
#include <time.h>
#include <zlib.h>

#include "device.h"

TEST_F(device, offset)
{
	unsigned char want[page_size()];
	unsigned char *second;

	ASSERT_EQ(0, fill(self->fd, MMAPDEMO_FILL_COUNT, 0, DEVICE_SIZE, 0));
	second = map_shared(self->fd, page_size(), RW, page_size());
	ASSERT_NE(MAP_FAILED, second);
	memset(want, 0, sizeof(want));
	ASSERT_EQ(DEVICE_SIZE - page_size(),
		  pread(self->fd, want, sizeof(want), page_size()));
	EXPECT_EQ(0, memcmp(want, second, sizeof(want)));
	EXPECT_EQ(0, memcmp(self->map + page_size(), second, page_size()));
	EXPECT_NE(0, memcmp(self->map, second, page_size()));
	second[1] = 0xee;
	fence();
	EXPECT_EQ(0xee, self->map[page_size() + 1]);
	munmap(second, page_size());
}

/*
 * The bytes after the end of the buffer are part of the mapping. read(2),
 * write(2) and the ioctls do not reach them.
 */
TEST_F(device, tail_bytes)
{
	size_t tail = DEVICE_MAPPED - DEVICE_SIZE;
	unsigned char *end = self->map + DEVICE_SIZE;
	unsigned char *again;
	__u32 before, after;

	EXPECT_EQ(tail, bytes_until_not(end, 0, tail));
	ASSERT_EQ(0, checksum(self->fd, 0, DEVICE_SIZE, &before));
	memset(end, 0x77, tail);
	fence();
	ASSERT_EQ(0, checksum(self->fd, 0, DEVICE_SIZE, &after));
	EXPECT_EQ(before, after);
	EXPECT_EQ(0, pread(self->fd, &after, 1, DEVICE_SIZE));

	again = map_shared(self->fd, DEVICE_MAPPED, PROT_READ, 0);
	ASSERT_NE(MAP_FAILED, again);
	EXPECT_EQ(tail, bytes_until_not(again + DEVICE_SIZE, 0x77, tail));
	munmap(again, DEVICE_MAPPED);
}

TEST_F(device, coherent_store)
{
	unsigned char bytes[DEVICE_SIZE], back[DEVICE_SIZE];
	__u32 crc;

	scramble(bytes, sizeof(bytes), 7);
	memcpy(self->map, bytes, sizeof(bytes));
	fence();
	ASSERT_EQ(0, checksum(self->fd, 0, sizeof(bytes), &crc));
	EXPECT_EQ(crc32(0, bytes, sizeof(bytes)), crc);
	ASSERT_EQ(sizeof(back), pread(self->fd, back, sizeof(back), 0));
	EXPECT_EQ(0, memcmp(bytes, back, sizeof(back)));
}

TEST_F(device, coherent_kernel_store)
{
	unsigned char bytes[DEVICE_SIZE];

	scramble(bytes, sizeof(bytes), 8);
	ASSERT_EQ(sizeof(bytes), pwrite(self->fd, bytes, sizeof(bytes), 0));
	EXPECT_EQ(0, memcmp(bytes, self->map, sizeof(bytes)));

	fill_expected(bytes, MMAPDEMO_FILL_COUNT, 0, sizeof(bytes), 0xfeed);
	ASSERT_EQ(0, fill(self->fd, MMAPDEMO_FILL_COUNT, 0, sizeof(bytes),
			  0xfeed));
	EXPECT_EQ(0, memcmp(bytes, self->map, sizeof(bytes)));
}

/*
 * Called in a child. Replaces the inherited mapping by one of its own, through
 * its own open(2).
 */
static volatile unsigned char *own_mapping(device_data *self)
{
	int fd = device_open(O_RDWR);
	unsigned char *map = map_shared(fd, DEVICE_MAPPED, RW, 0);

	if (map == MAP_FAILED || map == self->map)
		_exit(100);
	close(fd);
	device_release(self);
	alarm(60);
	return map;
}

TEST_F(device, every_opener)
{
	volatile unsigned char *map;
	pid_t pid;

	self->map[page_size()] = 0x11;
	fence();
	pid = fork();
	if (!pid) {
		map = own_mapping(self);
		if (map[page_size()] != 0x11)
			_exit(1);
		map[page_size()] = 0x22;
		fence();
		_exit(0);
	}
	EXPECT_EQ(0, child_status(pid));
	EXPECT_EQ(0x22, self->map[page_size()]);
}

/* A message, and the word that says whose turn it is. */
struct message {
	volatile __u32 turn;
	__u32 unused[15];
	__u64 bytes[16];
};

static void put_message(struct message *m, __u64 number)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(m->bytes); i++)
		m->bytes[i] = number * (i + 1);
}

static bool is_message(const struct message *m, __u64 number)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(m->bytes); i++)
		if (m->bytes[i] != number * (i + 1))
			return false;
	return true;
}

static void wait_for_turn(const struct message *m, __u32 turn)
{
	while (m->turn != turn)
		sched_yield();
	fence();
}

static void give_turn(struct message *m, __u32 turn)
{
	fence();
	m->turn = turn;
	fence();
}

/* Two processes take turns. Each answers a message with the next one. */
TEST_F_TIMEOUT(device, ordered_stores, 60)
{
	struct message *m = (void *)self->map;
	const __u32 last = kernel_is_instrumented() ? 60 : 600;
	__u32 turn;
	pid_t pid;

	pid = fork();
	if (!pid) {
		m = (void *)own_mapping(self);
		for (turn = 1; turn < last; turn += 2) {
			wait_for_turn(m, turn);
			if (!is_message(m, turn))
				_exit(1);
			put_message(m, turn + 1);
			give_turn(m, turn + 1);
		}
		_exit(0);
	}
	for (turn = 1; turn < last; turn += 2) {
		put_message(m, turn);
		give_turn(m, turn);
		wait_for_turn(m, turn + 1);
		ASSERT_TRUE(is_message(m, turn + 1));
	}
	EXPECT_EQ(0, child_status(pid));
}

/* A waiter that wakes up sees all that was stored before the word. */
TEST_F_TIMEOUT(device, wake_publishes, 60)
{
	struct message *m = (void *)self->map;
	const __u64 limit = 20000000000ULL;
	__u32 turn;
	pid_t pid;

	pid = fork();
	if (!pid) {
		for (turn = 0; turn < 100; turn += 2) {
			if (wait_word(self->fd, 0, turn, limit))
				_exit(1);
			if (!is_message(m, turn + 1))
				_exit(2);
			give_turn(m, turn + 2);
			if (wake_word(self->fd, 0, 1) < 0)
				_exit(3);
		}
		_exit(0);
	}
	for (turn = 0; turn < 100; turn += 2) {
		put_message(m, turn + 1);
		give_turn(m, turn + 1);
		ASSERT_LE(0, wake_word(self->fd, 0, 1));
		ASSERT_EQ(0, wait_word(self->fd, 0, turn + 1, limit));
	}
	EXPECT_EQ(0, child_status(pid));
}

/*
 * A process that learns of a write(2) by poll(2) sees all of its bytes in the
 * mapping.
 */
TEST_F_TIMEOUT(device, poll_publishes, 60)
{
	struct pollfd p = { .events = POLLPRI };
	struct mmapdemo_info info;
	struct message m = {};
	int answer[2];
	pid_t pid;
	char c;

	ASSERT_EQ(0, pipe(answer));
	pid = fork();
	if (!pid) {
		p.fd = device_open(O_RDWR);
		for (m.turn = 1; m.turn <= 50; m.turn++) {
			if (write(answer[1], "r", 1) != 1)
				_exit(1);
			if (poll(&p, 1, 20000) != 1)
				_exit(2);
			if (!is_message((void *)self->map, m.turn))
				_exit(3);
			if (get_info(p.fd, &info))
				_exit(4);
		}
		_exit(0);
	}
	close(answer[1]);
	for (m.turn = 1; read(answer[0], &c, 1) == 1; m.turn++) {
		put_message(&m, m.turn);
		ASSERT_EQ(sizeof(m), pwrite(self->fd, &m, sizeof(m), 0));
	}
	EXPECT_EQ(0, child_status(pid));
	EXPECT_EQ(51, m.turn);
	close(answer[0]);
}

static void alternate(volatile __u64 *word)
{
	volatile __u32 *half = (void *)(word + 1);

	for (;;) {
		*word = ~0ULL;
		*half = ~0;
		*word = 0;
		*half = 0;
	}
}

/*
 * A child stores zeros and ones in turn. Reads until both were seen often
 * enough, and never sees a mix of them.
 */
TEST_F_TIMEOUT(device, whole_words, 60)
{
	volatile __u64 *word = (void *)self->map;
	volatile __u32 *half = (void *)(word + 1);
	unsigned long zeros = 0, ones = 0, torn = 0;
	time_t end = time(NULL) + 30;
	pid_t pid;

	pid = fork();
	if (!pid)
		alternate((void *)own_mapping(self));
	while ((zeros < 20000 || ones < 20000) && time(NULL) < end) {
		__u64 w = *word;
		__u32 h = *half;

		zeros += !w;
		ones += !~w;
		torn += w && ~w;
		torn += h && ~h;
	}
	EXPECT_LT(0, zeros);
	EXPECT_LT(0, ones);
	EXPECT_EQ(0, torn);
	kill(pid, SIGKILL);
	child_status(pid);
}

TEST_HARNESS_MAIN
