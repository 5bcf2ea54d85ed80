// SPDX-License-Identifier: GPL-2.0-only
/*
 * The module's parameters: every form that is allowed, and every bad one with
 * its errno and the one line in the kernel's log that names it. A failed load
 * leaves nothing behind. Not here: machines whose data caches alias, of which
 * no virtual machine is one.
 */
#include "device.h"

#define LIMIT "must be 1 to 4194304 bytes with backing=kmalloc"
#define NUMBER "not a number of bytes"
#define CACHE "unknown, must be wb, wc or uc"
#define BACKING "unknown, must be " BACKING_NAMES
#define POPULATE "unknown, must be now or lazy"
#if defined(__x86_64__)
#define ONLY_WB "its pages can only be wb; use backing=kmalloc"
#define DMA_CACHE "wb"
#define DMA_OTHER "wc"
#elif defined(__aarch64__)
#define ONLY_WB "the direct map stays wb; use wb, or wc with backing=dma"
#define DMA_CACHE "wc"
#define DMA_OTHER "wb"
#else
#define ONLY_WB "use wb"
#endif
#define ONLY_DMA "DMA memory can only be " DMA_CACHE

static const struct bad {
	const char *key;
	const char *value;
	int error;
	const char *text;
	const char *with; /* more parameters */
} bad[] = {
	/* out of range */
	{ "size", "0", -EINVAL, LIMIT },
	{ "size", "0x0", -EINVAL, LIMIT },
	{ "size", "0K", -EINVAL, LIMIT },
	{ "size", "00", -EINVAL, LIMIT },
	{ "size", "4194305", -EINVAL, LIMIT },
	{ "size", "0x400001", -EINVAL, LIMIT },
	{ "size", "4097K", -EINVAL, LIMIT },
	{ "size", "5M", -EINVAL, LIMIT },
	{ "size", "1000000000000", -EINVAL, LIMIT },
	/*
	 * 2^32 and 2^64, the numbers just below, and numbers that wrap to a valid
	 * size
	 */
	{ "size", "4294967296", -EINVAL, LIMIT },
	{ "size", "4294975488", -EINVAL, LIMIT },
	{ "size", "4096M", -EINVAL, LIMIT },
	{ "size", "18446744073709551615", -EINVAL, LIMIT },
	{ "size", "18446744073709551616", -EINVAL, LIMIT },
	{ "size", "18446744073709559808", -EINVAL, LIMIT },
	{ "size", "0xffffffffffffffff", -EINVAL, LIMIT },
	{ "size", "0x10000000000002000", -EINVAL, LIMIT },
	{ "size", "18014398509481985K", -EINVAL, LIMIT },
	{ "size", "17592186044417M", -EINVAL, LIMIT },
	{ "size", "0x40000000000001K", -EINVAL, LIMIT },
	{ "size", "18446744073709551615M", -EINVAL, LIMIT },
	/* more digits than any number has */
	{ "size", "99999999999999999999999", -EINVAL, LIMIT },
	{ "size", "999999999999999999999999", -EINVAL, LIMIT },
	{ "size", "1000000000000000000000000000000000000000000000000000000",
	  -EINVAL, LIMIT },
	{ "size", "0x100000000000000000000000K", -EINVAL, LIMIT },
	/* not a number */
	{ "size", "", -EINVAL, NUMBER },
	{ "size", "K", -EINVAL, NUMBER },
	{ "size", "M", -EINVAL, NUMBER },
	{ "size", "0x", -EINVAL, NUMBER },
	{ "size", "0xK", -EINVAL, NUMBER },
	{ "size", "x", -EINVAL, NUMBER },
	{ "size", "-1", -EINVAL, NUMBER },
	{ "size", "-8192", -EINVAL, NUMBER },
	{ "size", "+8192", -EINVAL, NUMBER },
	{ "size", "8192x", -EINVAL, NUMBER },
	{ "size", "8192.", -EINVAL, NUMBER },
	{ "size", "1.5K", -EINVAL, NUMBER },
	{ "size", "8KB", -EINVAL, NUMBER },
	{ "size", "8KK", -EINVAL, NUMBER },
	{ "size", "8MK", -EINVAL, NUMBER },
	{ "size", "K8", -EINVAL, NUMBER },
	{ "size", "1G", -EINVAL, NUMBER },
	{ "size", "ABC", -EINVAL, NUMBER },
	{ "size", "1F", -EINVAL, NUMBER },
	{ "size", "0x1G", -EINVAL, NUMBER },
	{ "size", "0x0x1000", -EINVAL, NUMBER },
	{ "size", "0x-1", -EINVAL, NUMBER },
	{ "size", "8,192", -EINVAL, NUMBER },
	{ "size", "8192\n", -EINVAL, NUMBER },
	{ "size", "8192 ", -EINVAL, NUMBER },
	{ "size", " 8192", -EINVAL, NUMBER },
	/* unknown names */
	{ "cache", "", -EINVAL, CACHE },
	{ "cache", "WB", -EINVAL, CACHE },
	{ "cache", "w", -EINVAL, CACHE },
	{ "cache", "wbx", -EINVAL, CACHE },
	{ "cache", "wb ", -EINVAL, CACHE },
	{ "cache", "uc-", -EINVAL, CACHE },
	{ "cache", "0", -EINVAL, CACHE },
	{ "cache", "mixed", -EINVAL, CACHE },
	{ "backing", "", -EINVAL, BACKING },
	{ "backing", "KMALLOC", -EINVAL, BACKING },
	{ "backing", "kmallocx", -EINVAL, BACKING },
	{ "backing", "0", -EINVAL, BACKING },
	{ "populate", "", -EINVAL, POPULATE },
	{ "populate", "LAZY", -EINVAL, POPULATE },
	{ "populate", "lazyx", -EINVAL, POPULATE },
	{ "populate", "1", -EINVAL, POPULATE },
	/* too large for the backing or for the machine */
	{ "size", "0", -EINVAL, "bytes with backing=vmalloc",
	  "backing=vmalloc" },
	{ "size", "0xffffffffffffffff", -EINVAL, "bytes with backing=shmem",
	  "backing=shmem" },
	{ "size", "0x8000000000000000", -EINVAL, "bytes with backing=dma",
	  "backing=dma" },
	{ "size", "0x7fffffffffffffff", -EINVAL, "bytes with backing=vmalloc",
	  "backing=vmalloc" },
	{ "size", "100000000M", -ENOMEM, "error -12", "backing=vmalloc" },
	{ "size", "100000000M", -ENOMEM, "error -12", "backing=shmem" },
	/* known names that are not supported */
	{ "cache", "wc", -EOPNOTSUPP, ONLY_WB, "backing=vmalloc" },
	{ "cache", "uc", -EOPNOTSUPP, ONLY_WB, "backing=vmalloc" },
	{ "cache", "wt", -EOPNOTSUPP, ONLY_WB, "backing=vmalloc" },
	{ "cache", "wc", -EOPNOTSUPP, ONLY_WB, "backing=shmem" },
	{ "cache", "uc", -EOPNOTSUPP, ONLY_WB, "backing=shmem" },
	{ "cache", "wt", -EOPNOTSUPP, ONLY_WB, "backing=shmem" },
#ifdef DMA_CACHE
	{ "size", "100000000M", -ENOMEM, "error -12",
	  "backing=dma cache=" DMA_CACHE },
	{ "cache", DMA_OTHER, -EOPNOTSUPP, ONLY_DMA, "backing=dma" },
	{ "cache", "uc", -EOPNOTSUPP, ONLY_DMA, "backing=dma" },
	{ "cache", DMA_CACHE, -EOPNOTSUPP, "use populate=now",
	  "backing=dma populate=lazy" },
#endif
#ifndef __x86_64__
	{ "cache", "wc", -EOPNOTSUPP, ONLY_WB, "backing=kmalloc" },
	{ "cache", "uc", -EOPNOTSUPP, ONLY_WB, "backing=kmalloc" },
	{ "cache", "wc", -EOPNOTSUPP, ONLY_WB, "populate=lazy" },
#endif
	{ "cache", "wt", -EOPNOTSUPP, "use", "backing=dma" },
	{ "cache", "wt", -EOPNOTSUPP, "use wb" },
};

static const struct good {
	const char *params;
	unsigned long size;
} good[] = {
	{ "", 8192 },
	{ "size=1", 1 },
	{ "size=0001", 1 },
	{ "size=5000", 5000 },
	{ "size=4194303", 4194303 },
	{ "size=4194304", 4194304 },
	{ "size=010", 10 },
	{ "size=0000000000000000000000000000010", 10 },
	{ "size=0x10", 16 },
	{ "size=0X10", 16 },
	{ "size=0xABCd", 0xabcd },
	{ "size=0x400000", 4194304 },
	{ "size=1K", 1024 },
	{ "size=1k", 1024 },
	{ "size=0x2K", 2048 },
	{ "size=4096K", 4194304 },
	{ "size=1M", 1 << 20 },
	{ "size=1m", 1 << 20 },
	{ "size=4M", 4 << 20 },
	{ "size=0x4M", 4 << 20 },
	{ "backing=kmalloc", 8192 },
	{ "backing=vmalloc", 8192 },
	{ "backing=shmem", 8192 },
	{ "backing=vmalloc size=5M", 5 << 20 },
	{ "backing=shmem size=4194305", 4194305 },
	{ "populate=now", 8192 },
	{ "populate=lazy size=4M", 4 << 20 },
	{ "populate=lazy backing=shmem", 8192 },
	{ "limit_mb=0", 8192 },
	{ "limit_mb=1", 8192 },
	{ "limit_mb=18446744073709551615", 8192 },
	{ "limit_mb=1 backing=vmalloc size=2M", 2 << 20 },
	{ "cache=wb", 8192 },
	{ "size=100 cache=wb backing=kmalloc", 100 },
	{ "cache=wb size=7 size=8", 8 },
};

static bool file_mentions(const char *path, const char *word)
{
	char *line = NULL;
	bool found = false;
	size_t space = 0;
	FILE *f = fopen(path, "re");

	while (f && !found && getline(&line, &space, f) > 0)
		found = strstr(line, word);
	free(line);
	if (f)
		fclose(f);
	return found;
}

#define EXPECT_NOTHING_LEFT()                                                \
	do {                                                                 \
		EXPECT_FALSE(module_loaded());                               \
		EXPECT_EQ(-1, access(DEVICE, F_OK));                         \
		EXPECT_EQ(-1, access("/sys/class/misc/" MODULE_NAME, F_OK)); \
		EXPECT_FALSE(file_mentions("/proc/misc", MODULE_NAME));      \
		EXPECT_FALSE(file_mentions("/proc/modules", MODULE_NAME));   \
	} while (0)

/* A bad value gives its errno and one line in the log, and nothing else. */
static void try_bad(struct __test_metadata *_metadata, const struct bad *bad,
		    int log)
{
	/* The log escapes a newline. */
	int shown = strcspn(bad->value, "\n");
	char params[128], begin[128], lines[1024];

	snprintf(params, sizeof(params), "%s=\"%s\" %s", bad->key, bad->value,
		 bad->with ? bad->with : "");
	snprintf(begin, sizeof(begin), MODULE_NAME ": %s=%.*s", bad->key, shown,
		 bad->value);
	EXPECT_EQ(bad->error, module_load(params))
	{
		TH_LOG("%s", params);
		module_gone();
	}
	EXPECT_EQ(1, log_lines(log, lines, sizeof(lines)))
	{
		TH_LOG("%s: %s", params, lines);
	}
	EXPECT_EQ(0, strncmp(lines, begin, strlen(begin)))
	{
		TH_LOG("%s: %s", params, lines);
	}
	EXPECT_NE(NULL, strstr(lines, bad->text))
	{
		TH_LOG("%s: %s", params, lines);
	}
	EXPECT_NOTHING_LEFT();
}

TEST(bad_values)
{
	size_t i;
	int log;

	REQUIRE_MODULE();
	ASSERT_EQ(0, module_gone());
	log = log_mark();
	for (i = 0; i < ARRAY_SIZE(bad); i++)
		try_bad(_metadata, &bad[i], log);
	EXPECT_EQ(0, module_load(""));
	EXPECT_EQ(0, module_gone());
	close(log);
}

/* An attribute that this machine lacks is refused, not replaced by another one. */
TEST(attributes_of_this_machine)
{
	char params[64], lines[1024];
	bool possible;
	size_t b, i;
	int log;

	REQUIRE_MODULE();
	log = log_mark();
	for (b = 0; b < BACKING_COUNT; b++) {
		for (i = 0; i < CACHE_COUNT; i++) {
			snprintf(params, sizeof(params), "backing=%s cache=%s",
				 backings[b].name, cache_names[i]);
			possible = cache_possible(b, i);
			ASSERT_EQ(0, module_gone());
			EXPECT_EQ(possible ? 0 : -EOPNOTSUPP,
				  module_load(params))
			{
				TH_LOG("%s", params);
			}
			EXPECT_EQ(!possible,
				  log_lines(log, lines, sizeof(lines)))
			{
				TH_LOG("%s: %s", params, lines);
			}
			EXPECT_EQ(possible, module_loaded());
		}
	}
	ASSERT_EQ(0, module_gone());
	close(log);
}

TEST(good_values)
{
	struct mmapdemo_info info;
	size_t i;
	int fd, log;

	REQUIRE_MODULE();
	log = log_mark();
	for (i = 0; i < ARRAY_SIZE(good); i++) {
		ASSERT_EQ(0, module_gone());
		EXPECT_EQ(0, module_load(good[i].params))
		{
			TH_LOG("%s", good[i].params);
		}
		fd = device_open(O_RDONLY);
		EXPECT_EQ(0, get_info(fd, &info));
		EXPECT_EQ(good[i].size, info.buffer_size)
		{
			TH_LOG("%s", good[i].params);
		}
		EXPECT_EQ(MMAPDEMO_CACHE_WB, info.cache_requested);
		close(fd);
	}
	ASSERT_EQ(0, module_gone());
	EXPECT_NOTHING_LEFT();
	EXPECT_LOG_SILENT(log);
	close(log);
}

#define UNSET (~0UL - 1)

/* A parameter that is not given differs from one that is 0, at load and later. */
TEST(limit_mb)
{
	const unsigned long half = meminfo_kb("MemTotal") / 2048;
	static const struct kind kind;
	const struct {
		const char *params;
		unsigned long set;
		unsigned long shown;
		bool can_create;
	} cases[] = {
		{ "", UNSET, half, true },
		{ "limit_mb=0", UNSET, 0, false },
		{ "limit_mb=1", UNSET, 1, true },
		{ "limit_mb=18446744073709551615", UNSET, ~0UL, true },
		{ "", 0, 0, false },
		{ "limit_mb=0", 1, 1, true },
		{ "limit_mb=1", 0, 0, false },
	};
	size_t i;
	int fd, made;

	REQUIRE_MODULE();
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		ASSERT_EQ(0, module_gone());
		ASSERT_EQ(0, module_load(cases[i].params));
		if (cases[i].set != UNSET)
			put_number(LIMIT_MB, cases[i].set);
		EXPECT_EQ(cases[i].shown, get_number(LIMIT_MB));
		fd = device_open(O_RDONLY);
		made = create(fd, &kind, 1);
		if (cases[i].can_create) {
			EXPECT_LE(0, made);
			close(made);
		} else {
			EXPECT_EQ(-ENOSPC, made);
		}
		close(fd);
	}
	EXPECT_EQ(0, module_gone());
}

TEST(already_loaded)
{
	REQUIRE_MODULE();
	ASSERT_EQ(0, module_gone());
	ASSERT_EQ(0, module_load(""));
	EXPECT_EQ(-EEXIST, module_load(""));
	EXPECT_EQ(0, access(DEVICE, F_OK));
	ASSERT_EQ(0, module_gone());
}

/* 50 buffers of 4 MiB would take 200 MiB. */
TEST(failed_loads_cost_no_memory)
{
	long before;
	int i;

	REQUIRE_MODULE();
	ASSERT_EQ(0, module_gone());
	module_load("size=4M cache=wt");
	before = free_kb();
	for (i = 0; i < 50; i++) {
		ASSERT_EQ(-EOPNOTSUPP, module_load("size=4M cache=wt"));
	}
	EXPECT_MEMORY_BACK(50 << 10, before);
}

/* The module is loaded without parameters. */
static int modprobe(const char *arg)
{
	pid_t pid = fork();

	if (!pid) {
		freopen("/dev/null", "w", stderr);
		execlp("modprobe", "modprobe", MODULE_NAME, arg, NULL);
		_exit(127);
	}
	return child_status(pid);
}

TEST(load_by_modprobe)
{
	struct mmapdemo_info info;
	int fd, rc;

	REQUIRE_MODULE();
	ASSERT_EQ(0, module_gone());
	rc = modprobe("size=4097");
	if (rc == 127)
		SKIP(return, "there is no modprobe");
	EXPECT_EQ(0, rc);
	fd = device_open(O_RDONLY);
	EXPECT_EQ(0, get_info(fd, &info));
	EXPECT_EQ(4097, info.buffer_size);
	close(fd);
	ASSERT_EQ(0, module_gone());
	EXPECT_NE(0, modprobe("size=0"));
	EXPECT_NOTHING_LEFT();
}

TEST_HARNESS_MAIN
