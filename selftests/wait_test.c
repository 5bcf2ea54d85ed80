// SPDX-License-Identifier: GPL-2.0-only
/*
 * WAIT and WAKE: when a waiter returns and when it does not, how many, in which
 * order, timeouts, signals; and that no change is missed, however the two race.
 * On every kind of buffer, since the words are read through the kernel's own
 * address.
 */
#include <linux/sched.h>
#include <sched.h>
#include <sys/sysinfo.h>
#include <time.h>

#include "device.h"

#define MS 1000000ULL
#define SECOND 1000000000ULL

/* A timeout that no machine exceeds by being slow, and that a test can wait for */
#define LIMIT (20 * SECOND)

static __u64 now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * SECOND + t.tv_nsec;
}

static long wait_raw(int fd, __u32 flags, __u64 offset, __u64 timeout,
		     __u32 expected)
{
	struct mmapdemo_wait arg = {
		.size = sizeof(arg),
		.flags = flags,
		.offset = offset,
		.timeout = timeout,
		.expected = expected,
	};

	return RC(ioctl(fd, MMAPDEMO_IOC_WAIT, &arg));
}

/*
 * Starts a child that waits and exits with 0 or the errno. It sleeps when this
 * returns.
 */
static pid_t start_waiter(int fd, __u64 offset, __u32 expected, __u64 timeout)
{
	pid_t pid = fork();

	if (!pid)
		_exit(-wait_word(fd, offset, expected, timeout));
	while (!asleep(pid))
		usleep(500);
	return pid;
}

/* Returns how many of the children have ended. They are not reaped. */
static int ended(const pid_t *pids, int count)
{
	siginfo_t info;
	int i, n = 0;

	for (i = 0; i < count; i++) {
		info.si_pid = 0;
		if (!waitid(P_PID, pids[i], &info, WEXITED | WNOHANG | WNOWAIT))
			n += info.si_pid != 0;
	}
	return n;
}

/* Returns the same after they had time enough, and some more. */
static int ended_after(const pid_t *pids, int count, int want)
{
	int i;

	for (i = 0; i < 2000 && ended(pids, count) < want; i++)
		usleep(1000);
	usleep(50000);
	return ended(pids, count);
}

static void store(device_data *self, __u64 offset, __u32 value)
{
	*(volatile __u32 *)(self->map + offset) = value;
	fence();
}

TEST_F(device, a_word_that_differs)
{
	long long generation = fd_generation(self->fd);

	store(self, 100, 5);
	EXPECT_EQ(0, wait_word(self->fd, 100, 4, NO_TIMEOUT));
	EXPECT_EQ(0, wait_word(self->fd, 100, 0, 0));
	EXPECT_EQ(0, wait_word(self->fd, DEVICE_SIZE - 4, 1, NO_TIMEOUT));
	EXPECT_EQ(generation, fd_generation(self->fd));
	EXPECT_EQ(-ETIMEDOUT, wait_word(self->fd, 100, 5, 0));
}

enum change {
	BY_WAKE,
	BY_WRITE,
	BY_FILL
};

static long change(device_data *self, enum change how, __u64 offset)
{
	__u32 value = 7;

	switch (how) {
	case BY_WAKE:
		store(self, offset, value);
		return wake_word(self->fd, offset, 1) == 1 ? 0 : -1;
	case BY_WRITE:
		return pwrite(self->fd, &value, 4, offset) == 4 ? 0 : -1;
	case BY_FILL:
		return fill(self->fd, 0, offset, 4, 0x0707070707070707);
	}
	return -1;
}

TEST_F(device, woken)
{
	static const enum change ways[] = { BY_WAKE, BY_WRITE, BY_FILL };
	__u64 offset;
	pid_t pid;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(ways); i++) {
		for (offset = 0; offset < DEVICE_SIZE;
		     offset += DEVICE_SIZE - 4) {
			store(self, offset, 0);
			pid = start_waiter(self->fd, offset, 0, LIMIT);
			EXPECT_EQ(0, change(self, ways[i], offset));
			EXPECT_EQ(0, child_status(pid))
			{
				TH_LOG("way %zu offset %llu", i, offset);
			}
		}
	}
}

/* None of these calls concerns the word, or tells that it changed. */
TEST_F(device, sleeps_on)
{
	pid_t pid = start_waiter(self->fd, 8, 0, LIMIT);

	EXPECT_EQ(0, wake_word(self->fd, 8, 1));
	EXPECT_EQ(0, wake_word(self->fd, 8, ~0U));
	EXPECT_EQ(8, pwrite(self->fd, "\1\1\1\1\1\1\1\1", 8, 0));
	EXPECT_EQ(4, pwrite(self->fd, "\0\0\0\0", 4, 8));
	EXPECT_EQ(0, fill(self->fd, 0, 12, 100, ~0ULL));
	EXPECT_EQ(0, ended_after(&pid, 1, 0));
	store(self, 8, 1);
	EXPECT_EQ(0, wake_word(self->fd, 4, 1));
	EXPECT_EQ(0, wake_word(self->fd, 12, 1));
	EXPECT_EQ(0, wake_word(self->fd, 8, 0));
	EXPECT_EQ(0, ended_after(&pid, 1, 0));
	EXPECT_EQ(1, wake_word(self->fd, 8, 1));
	EXPECT_EQ(0, child_status(pid));
}

#define WAITERS 6

/* WAKE wakes no more waiters than it is told to, the longest waiting first. */
TEST_F(device, count)
{
	static const unsigned int counts[] = { 0, 1, 2, 1, 100 };
	int done = 0, want;
	pid_t pids[WAITERS];
	size_t i;

	for (i = 0; i < WAITERS; i++)
		pids[i] = start_waiter(self->fd, 4, 0, LIMIT);
	store(self, 4, 9);
	for (i = 0; i < ARRAY_SIZE(counts); i++) {
		want = counts[i];
		if (want > WAITERS - done)
			want = WAITERS - done;
		EXPECT_EQ(want, wake_word(self->fd, 4, counts[i]));
		done += want;
		EXPECT_EQ(done, ended_after(pids, WAITERS, done));
		EXPECT_EQ(done, ended(pids, done));
	}
	EXPECT_EQ(0, wake_word(self->fd, 4, 1));
	for (i = 0; i < WAITERS; i++)
		EXPECT_EQ(0, child_status(pids[i]));
}

/* Waiters for another value or on another word are neither counted nor woken. */
TEST_F(device, count_of_some)
{
	pid_t same, other, word;

	word = start_waiter(self->fd, 0, 0, LIMIT);
	same = start_waiter(self->fd, 4, 0, LIMIT);
	store(self, 4, 9);
	other = start_waiter(self->fd, 4, 9, LIMIT);
	EXPECT_EQ(1, wake_word(self->fd, 4, ~0U));
	EXPECT_EQ(0, child_status(same));
	EXPECT_EQ(0, ended_after(&other, 1, 0));
	EXPECT_EQ(0, ended(&word, 1));
	store(self, 4, 0);
	store(self, 0, 1);
	EXPECT_EQ(1, wake_word(self->fd, 4, ~0U));
	EXPECT_EQ(1, wake_word(self->fd, 0, ~0U));
	EXPECT_EQ(0, child_status(other));
	EXPECT_EQ(0, child_status(word));
}

/* A wake-up by range wakes the waiters of all of its words. */
TEST_F(device, a_write_wakes_all)
{
	pid_t pids[WAITERS];
	size_t i;

	for (i = 0; i < WAITERS; i++)
		pids[i] = start_waiter(self->fd, i % 2 * 4, 0, LIMIT);
	EXPECT_EQ(8, pwrite(self->fd, "\1\1\1\1\1\1\1\1", 8, 0));
	for (i = 0; i < WAITERS; i++)
		EXPECT_EQ(0, child_status(pids[i]));
}

TEST_F(device, bad_arguments)
{
	static const __u64 offsets[] = {
		1,	     2,
		3,	     DEVICE_SIZE - 3,
		DEVICE_SIZE, DEVICE_SIZE + 4,
		8188,	     1ULL << 32,
		1ULL << 63,  ~0ULL - 3,
		~0ULL,
	};
	int r = device_open(O_RDONLY), w = device_open(O_WRONLY);
	long long generation = fd_generation(self->fd);
	size_t i;

	for (i = 0; i < ARRAY_SIZE(offsets); i++) {
		EXPECT_EQ(-EINVAL, wait_word(self->fd, offsets[i], 1, 0))
		{
			TH_LOG("offset %#llx", offsets[i]);
		}
		EXPECT_EQ(-EINVAL, wake_word(self->fd, offsets[i], 1));
	}
	EXPECT_EQ(-EINVAL, wait_raw(self->fd, MMAPDEMO_WAIT_ABSOLUTE, 0, 0, 1));
	EXPECT_EQ(-EBADF, wait_word(w, 0, 1, 0));
	EXPECT_EQ(-EBADF, wake_word(r, 0, 1));
	EXPECT_EQ(generation, fd_generation(self->fd));
	EXPECT_EQ(-ETIMEDOUT, wait_word(r, 0, 0, 0));
	EXPECT_EQ(0, wake_word(w, 0, 1));
	close(r);
	close(w);
}

/*
 * With O_NONBLOCK, WAIT never sleeps, whatever the timeout. Its other errors are
 * the same.
 */
TEST_F(device, nonblocking_descriptor)
{
	const __u32 timed = MMAPDEMO_WAIT_TIMEOUT;
	const __u32 absolute = timed | MMAPDEMO_WAIT_ABSOLUTE;
	int fd = device_open(O_RDWR | O_NONBLOCK);

	EXPECT_EQ(-EAGAIN, wait_raw(fd, 0, 0, 0, 0));
	EXPECT_EQ(-EAGAIN, wait_raw(fd, timed, 0, 0, 0));
	EXPECT_EQ(-EAGAIN, wait_raw(fd, timed, 0, LIMIT, 0));
	EXPECT_EQ(-EAGAIN, wait_raw(fd, absolute, 0, now() + LIMIT, 0));
	EXPECT_EQ(0, wait_raw(fd, 0, 0, 0, 1));
	EXPECT_EQ(0, wait_raw(fd, timed, 0, 0, 1));
	EXPECT_EQ(-EINVAL, wait_raw(fd, 0, 2, 0, 0));
	EXPECT_EQ(-EINVAL, wait_raw(fd, 0, DEVICE_SIZE, 0, 0));
	store(self, 0, 5);
	EXPECT_EQ(0, wait_raw(fd, 0, 0, 0, 0));
	EXPECT_EQ(-EAGAIN, wait_raw(fd, 0, 0, 0, 5));
	/*
	 * The flag belongs to the open file, and has an effect only while it is
	 * set.
	 */
	EXPECT_EQ(-ETIMEDOUT, wait_raw(self->fd, timed, 0, 1, 5));
	ASSERT_EQ(0, fcntl(fd, F_SETFL, 0));
	EXPECT_EQ(-ETIMEDOUT, wait_raw(fd, timed, 0, 1, 5));
	close(fd);
}

/* One buffer ends within a word, another one is too small for any word. */
TEST_F(device, words_at_the_end)
{
	int fd = create(self->fd, &variant->kind, 3);
	int more = create(self->fd, &variant->kind, 7);

	EXPECT_EQ(-EINVAL, wait_word(fd, 0, 1, 0));
	EXPECT_EQ(-EINVAL, wake_word(fd, 0, 1));
	EXPECT_EQ(0, wait_word(more, 0, 1, 0));
	EXPECT_EQ(-EINVAL, wait_word(more, 4, 1, 0));
	close(fd);
	close(more);
}

/* A timeout is never early, and not so late that it would be another one. */
TEST_F(device, timeouts)
{
	static const __u64 durations[] = { 0, 1, MS, 30 * MS };
	const __u32 absolute = MMAPDEMO_WAIT_TIMEOUT | MMAPDEMO_WAIT_ABSOLUTE;
	__u64 start, end;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(durations); i++) {
		start = now();
		EXPECT_EQ(-ETIMEDOUT, wait_word(self->fd, 0, 0, durations[i]));
		end = now();
		EXPECT_LE(start + durations[i], end);
		EXPECT_GT(start + durations[i] + 10 * SECOND, end);

		start = now();
		EXPECT_EQ(-ETIMEDOUT, wait_raw(self->fd, absolute, 0,
					       start + durations[i], 0));
		end = now();
		EXPECT_LE(start + durations[i], end);
		EXPECT_GT(start + durations[i] + 10 * SECOND, end);
	}
	EXPECT_EQ(-ETIMEDOUT, wait_raw(self->fd, absolute, 0, 0, 0));
	EXPECT_EQ(-ETIMEDOUT, wait_raw(self->fd, absolute, 0, 1, 0));
	/* The value of the word decides, not the time. */
	EXPECT_EQ(0, wait_raw(self->fd, absolute, 0, 0, 1));
}

/*
 * Runs in a child whose clock is some seconds off. Waits until a time that has
 * passed by that clock, and until one 30 ms ahead. Returns 0 or the line that
 * failed.
 */
static int wait_in_time_namespace(int fd, int seconds)
{
	const __u32 absolute = MMAPDEMO_WAIT_TIMEOUT | MMAPDEMO_WAIT_ABSOLUTE;
	__u64 start, end;
	FILE *offsets;
	pid_t pid;

	if (unshare(CLONE_NEWTIME))
		return __LINE__;
	offsets = fopen("/proc/self/timens_offsets", "we");
	if (!offsets || fprintf(offsets, "monotonic %d 0\n", seconds) < 0 ||
	    fclose(offsets))
		return __LINE__;
	pid = fork(); /* only children are in the new namespace */
	if (pid)
		return child_status(pid);
	start = now();
	if (wait_raw(fd, absolute, 0, start - 1, 0) != -ETIMEDOUT)
		_exit(1);
	if (wait_raw(fd, absolute, 0, start + 30 * MS, 0) != -ETIMEDOUT)
		_exit(2);
	end = now();
	if (end < start + 30 * MS)
		_exit(3);
	_exit(end < start + 60 * SECOND ? 0 : 4);
}

/* ABSOLUTE is a time of the caller's CLOCK_MONOTONIC, as it is for futex(2). */
TEST_F(device, time_namespaces)
{
	static const int offsets[] = { 1000000, 100, -1 };
	size_t i;
	pid_t pid;

	if (access("/proc/self/timens_offsets", F_OK))
		SKIP(return, "needs CONFIG_TIME_NS");
	for (i = 0; i < ARRAY_SIZE(offsets); i++) {
		pid = fork();
		if (!pid) {
			alarm(120); /* that is how a lost offset shows */
			_exit(wait_in_time_namespace(self->fd, offsets[i]));
		}
		EXPECT_EQ(0, child_status(pid))
		{
			TH_LOG("%d seconds ahead", offsets[i]);
		}
	}
}

/* A time that no clock will ever show is like no timeout. */
TEST_F(device, huge_timeouts)
{
	static const __u64 huge[] = { ~0ULL - 1, 1ULL << 63, ~0ULL >> 1,
				      (~0ULL >> 1) - 1 };
	static const __u32 flags[] = { MMAPDEMO_WAIT_TIMEOUT,
				       MMAPDEMO_WAIT_TIMEOUT |
					       MMAPDEMO_WAIT_ABSOLUTE };
	size_t i, f;
	pid_t pid;

	for (f = 0; f < ARRAY_SIZE(flags); f++) {
		for (i = 0; i < ARRAY_SIZE(huge); i++) {
			store(self, 0, 0);
			pid = fork();
			if (!pid)
				_exit(-wait_raw(self->fd, flags[f], 0, huge[i],
						0));
			while (!asleep(pid))
				usleep(500);
			usleep(2000);
			EXPECT_EQ(0, ended(&pid, 1))
			{
				TH_LOG("flags %u timeout %#llx", flags[f],
				       huge[i]);
			}
			store(self, 0, 1);
			EXPECT_EQ(1, wake_word(self->fd, 0, 1));
			EXPECT_EQ(0, child_status(pid));
		}
	}
}

static volatile sig_atomic_t handled;

static void handler(int sig)
{
	handled++;
}

/*
 * Starts a child that waits and has a handler for a signal. It exits with 0 or the
 * errno, plus 100 if the handler did not run exactly once.
 */
static pid_t start_interruptible(int fd, int sa_flags, __u32 flags,
				 __u64 timeout)
{
	struct sigaction act = { .sa_handler = handler, .sa_flags = sa_flags };
	pid_t pid = fork();
	long rc;

	if (!pid) {
		sigaction(SIGUSR1, &act, NULL);
		rc = wait_raw(fd, flags, 0, timeout, 0);
		_exit(-rc + (handled == 1 ? 0 : 100));
	}
	while (!asleep(pid))
		usleep(500);
	return pid;
}

TEST_F(device, signals)
{
	const __u32 timed = MMAPDEMO_WAIT_TIMEOUT;
	const __u32 absolute = timed | MMAPDEMO_WAIT_ABSOLUTE;
	const struct {
		int sa_flags;
		__u32 flags;
		__u64 timeout;
		int want;
	} cases[] = {
		{ 0, 0, 0, EINTR },
		{ 0, timed, LIMIT, EINTR },
		{ 0, absolute, now() + LIMIT, EINTR },
		{ SA_RESTART, 0, 0, 0 },
		{ SA_RESTART, timed, LIMIT, EINTR },
		{ SA_RESTART, absolute, now() + LIMIT, EINTR },
	};
	size_t i;
	pid_t pid;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		store(self, 0, 0);
		pid = start_interruptible(self->fd, cases[i].sa_flags,
					  cases[i].flags, cases[i].timeout);
		kill(pid, SIGUSR1);
		EXPECT_EQ(!!cases[i].want,
			  ended_after(&pid, 1, !!cases[i].want));
		store(self, 0, 1);
		wake_word(self->fd, 0, 1);
		EXPECT_EQ(cases[i].want, child_status(pid))
		{
			TH_LOG("case %zu", i);
		}
	}
}

/*
 * A signal updates a relative timeout to what is left, and changes neither an
 * absolute one nor the other fields.
 */
TEST_F(device, what_is_left)
{
	struct sigaction act = { .sa_handler = handler };
	struct mmapdemo_wait *arg;
	int absolute;
	__u64 start;
	pid_t pid;

	arg = mmap(NULL, page_size(), RW, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, arg);
	for (absolute = 0; absolute < 2; absolute++) {
		start = now();
		*arg = (struct mmapdemo_wait){
			.size = sizeof(*arg),
			.flags = MMAPDEMO_WAIT_TIMEOUT |
				 (absolute ? MMAPDEMO_WAIT_ABSOLUTE : 0),
			.timeout = absolute ? start + LIMIT : LIMIT,
		};
		pid = fork();
		if (!pid) {
			sigaction(SIGUSR1, &act, NULL);
			_exit(-RC(ioctl(self->fd, MMAPDEMO_IOC_WAIT, arg)));
		}
		while (!asleep(pid))
			usleep(500);
		usleep(50000);
		kill(pid, SIGUSR1);
		EXPECT_EQ(EINTR, child_status(pid));
		EXPECT_EQ(sizeof(*arg), arg->size);
		EXPECT_EQ(0, arg->offset);
		if (absolute) {
			EXPECT_EQ(start + LIMIT, arg->timeout);
		} else {
			EXPECT_GE(LIMIT - 50 * MS, arg->timeout);
			EXPECT_LE(LIMIT - (now() - start), arg->timeout);
		}
	}
	munmap(arg, page_size());
}

/*
 * A call that is stopped and continued waits for the time that is left, not from
 * the start.
 */
TEST_F(device, stop_and_continue)
{
	const __u64 duration = 600 * MS;
	__u64 start, continued = 0, end;
	pid_t pid;
	int i;

	start = now();
	pid = start_waiter(self->fd, 0, 0, duration);
	for (i = 0; i < 8; i++) {
		usleep(40000);
		kill(pid, SIGSTOP);
		usleep(40000);
		continued = now();
		kill(pid, SIGCONT);
	}
	EXPECT_EQ(ETIMEDOUT, child_status(pid));
	end = now();
	EXPECT_LE(start + duration, end);
	/* If it began again, it would wait for the whole time. */
	EXPECT_GT(continued + duration, end);

	pid = start_waiter(self->fd, 0, 0, NO_TIMEOUT);
	kill(pid, SIGSTOP);
	usleep(20000);
	kill(pid, SIGCONT);
	EXPECT_EQ(0, ended_after(&pid, 1, 0));
	/* A change is not missed while the process is stopped. */
	kill(pid, SIGSTOP);
	usleep(20000);
	store(self, 0, 1);
	wake_word(self->fd, 0, 1);
	kill(pid, SIGCONT);
	EXPECT_EQ(0, child_status(pid));
}

TEST_F(device, killed)
{
	pid_t pid = start_waiter(self->fd, 0, 0, NO_TIMEOUT);

	kill(pid, SIGKILL);
	EXPECT_EQ(-SIGKILL, child_status(pid));
	store(self, 0, 1);
	EXPECT_EQ(0, wake_word(self->fd, 0, 1));
}

/*
 * The remaining time cannot be written, so the call ends, even without a handler.
 */
TEST_F(device, struct_in_read_only_memory)
{
	struct mmapdemo_wait *arg =
		mmap(NULL, page_size(), RW, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	pid_t pid;

	*arg = (struct mmapdemo_wait){ .size = sizeof(*arg),
				       .flags = MMAPDEMO_WAIT_TIMEOUT,
				       .timeout = LIMIT };
	ASSERT_EQ(0, mprotect(arg, page_size(), PROT_READ));
	pid = fork();
	if (!pid)
		_exit(-RC(ioctl(self->fd, MMAPDEMO_IOC_WAIT, arg)));
	while (!asleep(pid))
		usleep(500);
	kill(pid, SIGSTOP);
	usleep(20000);
	kill(pid, SIGCONT);
	EXPECT_EQ(EINTR, child_status(pid));
	munmap(arg, page_size());
}

/* Waits on a private buffer by its only descriptor. */
TEST_F(device, other_descriptor_closed)
{
	int fd = create(self->fd, &variant->kind, DEVICE_SIZE);
	unsigned char *map = map_shared(fd, DEVICE_MAPPED, RW, 0);
	pid_t pid, waker;

	ASSERT_NE(MAP_FAILED, map);
	pid = start_waiter(fd, 0, 0, LIMIT);
	waker = fork();
	if (!waker) {
		map[0] = 1;
		fence();
		_exit(wake_word(fd, 0, 1) != 1);
	}
	munmap(map, DEVICE_MAPPED);
	close(fd);
	EXPECT_EQ(0, child_status(waker));
	EXPECT_EQ(0, child_status(pid));
}

/* Words at the same offset of other buffers are other words. */
TEST_F(device, buffers_are_apart)
{
	int fd = create(self->fd, &variant->kind, DEVICE_SIZE);
	pid_t pid = start_waiter(self->fd, 0, 0, LIMIT);

	ASSERT_EQ(4, pwrite(fd, "\1\1\1\1", 4, 0));
	EXPECT_EQ(0, wake_word(fd, 0, 1));
	EXPECT_EQ(0, ended_after(&pid, 1, 0));
	ASSERT_EQ(4, pwrite(self->fd, "\1\1\1\1", 4, 0));
	EXPECT_EQ(0, child_status(pid));
	close(fd);
}

/*
 * The first kind gets many rounds. The others get some, to show that they behave
 * alike.
 */
static __u32 rounds(const struct kind *kind, __u32 all)
{
	if (run_is_short())
		all /= 10;
	return kind->backing || kind->cache || kind->lazy ? all / 40 : all;
}

/*
 * Rounds at a time, and the seconds after which a slow machine begins no more of
 * them
 */
#define ROUNDS 500
#define TIME (20 * SECOND)

/*
 * Each side waits for the other's word. A lost wake-up stops both, and the timeout
 * shows it.
 */
static int play(device_data *self, __u64 mine, __u64 other, bool first)
{
	volatile __u32 *word = (void *)(self->map + mine);
	__u32 round;
	long rc;

	for (round = 1; round <= ROUNDS; round++) {
		if (first) {
			*word = round;
			fence();
			wake_word(self->fd, mine, 1);
		}
		rc = wait_word(self->fd, other, round - 1, LIMIT);
		if (rc)
			return -rc;
		if (!first) {
			*word = round;
			fence();
			wake_word(self->fd, mine, 1);
		}
	}
	return 0;
}

TEST_F_TIMEOUT(device, no_lost_wake_up, 120)
{
	__u32 all = rounds(&variant->kind, 20000), done;
	__u64 end = now() + TIME;
	pid_t pids[2];
	int i;

	for (done = 0; done < all && now() < end; done += ROUNDS) {
		store(self, 0, 0);
		store(self, 64, 0);
		for (i = 0; i < 2; i++) {
			pids[i] = fork();
			if (!pids[i])
				_exit(play(self, i * 64, 64 - i * 64, i));
		}
		for (i = 0; i < 2; i++)
			EXPECT_EQ(0, child_status(pids[i]));
		EXPECT_EQ(ROUNDS, *(__u32 *)self->map);
		EXPECT_EQ(ROUNDS, *(__u32 *)(self->map + 64));
	}
	TH_LOG("%u rounds", done);
}

/* Stores and calls WAKE a little later in each round: see below */
static int sweep(device_data *self, __u32 done)
{
	volatile __u32 *word = (void *)self->map;
	volatile __u32 *ready = (void *)(self->map + 64);
	bool alone = get_nprocs() == 1;
	__u32 round, delay;

	for (round = 1; round <= ROUNDS; round++) {
		while (*ready != round)
			if (alone)
				sched_yield();
		for (delay = (done + round) * 37 % 4096; delay; delay--)
			asm volatile("");
		*word = round;
		fence();
		wake_word(self->fd, 0, 1);
	}
	return 0;
}

/* Returns the round that ended only by its timeout, or 0. */
static __u32 late_round(device_data *self)
{
	volatile __u32 *ready = (void *)(self->map + 64);
	__u32 round;
	__u64 start;

	for (round = 1; round <= ROUNDS; round++) {
		start = now();
		*ready = round;
		fence();
		if (wait_word(self->fd, 0, round - 1, 10 * SECOND) ||
		    now() - start >= 10 * SECOND)
			return round;
	}
	return 0;
}

/*
 * The store comes at any moment of the other side's call: before it reads the
 * word, between that and the sleep, or in the sleep. A lost wake-up shows as a
 * wait that ends only by its timeout.
 */
TEST_F_TIMEOUT(device, no_lost_wake_up_at_any_moment, 120)
{
	__u32 all = rounds(&variant->kind, 20000), done, late = 0;
	__u64 end = now() + TIME;
	pid_t pid;

	for (done = 0; done < all && now() < end && !late; done += ROUNDS) {
		store(self, 0, 0);
		store(self, 64, 0);
		pid = fork();
		if (!pid)
			_exit(sweep(self, done));
		late = late_round(self);
		EXPECT_EQ(0, late);
		if (late)
			kill(pid, SIGKILL);
		EXPECT_EQ(late ? -SIGKILL : 0, child_status(pid));
	}
	TH_LOG("%u rounds", done);
}

#define MANY 4

/* Takes one if there is any. Otherwise waits until the number is no longer 0. */
static int consume(device_data *self, int tokens)
{
	volatile __u32 *have = (void *)self->map;
	__u32 seen;
	long rc;

	while (tokens) {
		seen = *have;
		if (seen) {
			if (__sync_bool_compare_and_swap(have, seen, seen - 1))
				tokens--;
			continue;
		}
		rc = wait_word(self->fd, 0, 0, LIMIT);
		if (rc)
			return -rc;
	}
	return 0;
}

static int produce(device_data *self, int tokens)
{
	volatile __u32 *have = (void *)self->map;

	for (; tokens; tokens--) {
		__sync_fetch_and_add(have, 1);
		if (wake_word(self->fd, 0, 1) < 0)
			return 1;
	}
	return 0;
}

TEST_F_TIMEOUT(device, producers_and_consumers, 120)
{
	int tokens = rounds(&variant->kind, 2000);
	pid_t pids[2 * MANY];
	int i;

	for (i = 0; i < 2 * MANY; i++) {
		pids[i] = fork();
		if (!pids[i])
			_exit(i % 2 ? produce(self, tokens) :
				      consume(self, tokens));
	}
	for (i = 0; i < 2 * MANY; i++) {
		EXPECT_EQ(0, child_status(pids[i]))
		{
			TH_LOG("%s %d", i % 2 ? "producer" : "consumer", i);
		}
	}
	EXPECT_EQ(0, *(__u32 *)self->map);
}

TEST_HARNESS_MAIN
