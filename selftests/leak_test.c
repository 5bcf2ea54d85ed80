// SPDX-License-Identifier: GPL-2.0-only
/*
 * The leak scan. Whatever part of a buffer is mapped, user space sees the
 * buffer and not a single byte of other memory. For every size, the test first
 * fills the kernel's memory with a marker and loads the module. Then it looks
 * at all that can be mapped, which shows zeros first, and later a pattern that
 * differs at each place. Mappings past the end must fail. The same holds for
 * private buffers next to each other.
 */
#include <linux/keyctl.h>
#include <sys/xattr.h>

#include "device.h"

#define MARKER 0x6b
#define KEYS 64

/*
 * Fills slabs of every size with objects of the marker, to lie next to the
 * buffer. The payload of a key is allocated like the driver's memory, after a
 * header of 24 bytes. Every second key is freed, to make room for the buffer
 * between two others. KASAN keeps freed memory for a while and instrumented
 * kernels are slow, so a few keys suffice there.
 */
static void spray_slabs(void)
{
	static const size_t sizes[] = { 32,  64,   96,	 128,  192, 256,
					512, 1024, 2048, 4096, 8192 };
	static char payload[8192];
	long keys[KEYS];
	int count = kernel_is_instrumented() ? KEYS / 8 : KEYS;
	char name[32];
	size_t s;
	int i;

	memset(payload, MARKER, sizeof(payload));
	for (s = 0; s < ARRAY_SIZE(sizes); s++) {
		for (i = 0; i < count; i++) {
			snprintf(name, sizeof(name), "mmapdemo%zu.%d", s, i);
			keys[i] = syscall(SYS_add_key, "user", name, payload,
					  sizes[s] - 24,
					  KEY_SPEC_PROCESS_KEYRING);
		}
		for (i = 0; i < count; i += 2)
			if (keys[i] > 0)
				syscall(SYS_keyctl, KEYCTL_INVALIDATE, keys[i]);
	}
}

/* Fills pages with the marker, and gives them back to the kernel. */
static void spray_pages(void)
{
	size_t length = 16 << 20;
	void *p = mmap(NULL, length, RW, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		return;
	memset(p, MARKER, length);
	munmap(p, length);
}

/* Returns eight bytes that tell their offset in the buffer. */
static uint64_t place(size_t offset)
{
	return 0x9e3779b97f4a7c15 * (offset + 8);
}

/* Marks the whole mapping, including the bytes after the end of the buffer. */
static void mark_places(unsigned char *map, size_t length)
{
	uint64_t *word = (void *)map;
	size_t offset;

	for (offset = 0; offset < length; offset += 8)
		*word++ = place(offset);
	fence();
}

/*
 * Checks the first and last word of each page of a mapping. Returns the offset
 * of a wrong page, or -1.
 */
static ssize_t misplaced(const char *map, size_t length, size_t offset)
{
	size_t page, at;

	for (page = 0; page < length; page += page_size()) {
		at = page + page_size() - 8;
		if (*(uint64_t *)(map + page) != place(offset + page) ||
		    *(uint64_t *)(map + at) != place(offset + at))
			return offset + page;
	}
	return -1;
}

/* Does mmap(2) refuse this part, both read-only and writable? */
static bool refused(int fd, size_t offset, size_t length)
{
	return RC(map_shared(fd, length, PROT_READ, offset)) == -ENXIO &&
	       RC(map_shared(fd, length, RW, offset)) == -ENXIO;
}

/*
 * Maps one part and checks it. Returns -1 if it is right, the offset of a wrong
 * page if not, or -1 - errno.
 */
static ssize_t look_at(int fd, size_t offset, size_t length)
{
	char *map = map_shared(fd, length, PROT_READ, offset);
	ssize_t wrong;

	if (map == MAP_FAILED)
		return -1 - errno;
	wrong = misplaced(map, length, offset);
	munmap(map, length);
	return wrong;
}

/*
 * Returns the number of pages up to which a buffer is scanned in full. The
 * attribute does not change how pages are mapped, and a lazy mapping takes a
 * page fault for each of them. So both get a smaller number.
 */
static size_t few_pages(const struct kind *kind)
{
	if (kernel_is_instrumented() || run_is_short())
		return 16;
	return kind->lazy || kind->cache != MMAPDEMO_CACHE_WB ? 64 : 256;
}

/*
 * In a buffer of few pages, selects every offset with every length. In a large
 * one, selects every offset with one page, two pages and all that follow, and
 * every length from page 0.
 */
static bool is_of_interest(size_t first, size_t count, size_t pages, size_t few)
{
	return pages <= few || count <= 2 || !first || first + count == pages;
}

#define FAILED(text, first, count)                                       \
	do {                                                             \
		TH_LOG("size %zu: %zu pages from page %zu: " text, size, \
		       count, first);                                    \
		return false;                                            \
	} while (0)

static bool scan_parts(struct __test_metadata *_metadata, int fd, size_t size,
		       size_t few)
{
	size_t pages = round_up_to_pages(size) / page_size();
	size_t first, count;

	for (first = 0; first < pages; first++)
		for (count = 1; first + count <= pages; count++)
			if (is_of_interest(first, count, pages, few) &&
			    look_at(fd, first * page_size(),
				    count * page_size()) != -1)
				FAILED("not what belongs there", first, count);
	return true;
}

static bool scan_past_the_end(struct __test_metadata *_metadata, int fd,
			      size_t size)
{
	static const size_t beyond[] = { 1, 2, 3, 255, 256, 1024, 1 << 20 };
	size_t pages = round_up_to_pages(size) / page_size();
	size_t first, i;

	for (first = 0; first <= pages + 2; first++) {
		for (i = 0; i < ARRAY_SIZE(beyond); i++) {
			size_t end = first > pages ? first : pages;
			size_t count = end - first + beyond[i];

			if (!refused(fd, first * page_size(),
				     count * page_size()))
				FAILED("not refused", first, count);
		}
	}
	return true;
}

TEST_F_TIMEOUT(device, scan, 120)
{
	static const size_t sizes[] = { 1,     100,	2000,	4095,
					4096,  4097,	5000,	8192,
					12289, 1 << 20, 4 << 20 };
	size_t i, size, zeros;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		size = sizes[i];
		if ((kernel_is_instrumented() || run_is_short()) &&
		    size >= 1 << 20)
			size >>= 4;
		device_release(self);
		ASSERT_EQ(0, module_gone());
		spray_slabs();
		spray_pages();
		ASSERT_EQ(0, device_renew(self, size, &variant->kind));
		zeros = bytes_until_not(self->map, 0, self->mapped);
		EXPECT_EQ(self->mapped, zeros)
		{
			TH_LOG("size %zu: byte %zu is %#x at the beginning",
			       size, zeros, self->map[zeros]);
		}
		mark_places(self->map, self->mapped);
		EXPECT_TRUE(scan_parts(_metadata, self->fd, size,
				       few_pages(&variant->kind)));
		EXPECT_TRUE(scan_past_the_end(_metadata, self->fd, size));
		EXPECT_EQ(-1, misplaced((char *)self->map, self->mapped, 0));
	}
}

#define NEIGHBOURS 8

/* A private buffer with all of it mapped. */
struct neighbour {
	int fd;
	unsigned char *map;
};

/*
 * Creates a private buffer and checks that it is zeroed. Returns what is wrong,
 * or NULL.
 */
static const char *move_in(struct neighbour *n, const device_data *self,
			   const struct kind *kind, size_t size)
{
	size_t mapped = round_up_to_pages(size);

	n->fd = create(self->fd, kind, size);
	n->map = map_shared(n->fd, mapped, RW, 0);
	if (n->map == MAP_FAILED)
		return "it cannot be made";
	if (bytes_until_not(n->map, 0, mapped) != mapped)
		return "it shows what another one had";
	if (!refused(n->fd, 0, mapped + page_size()) ||
	    !refused(n->fd, mapped, page_size()))
		return "the next page can be mapped";
	return NULL;
}

static void move_out(struct neighbour *n, size_t size)
{
	munmap(n->map, round_up_to_pages(size));
	close(n->fd);
}

/*
 * Private buffers are created and freed next to each other. wc and uc buffers
 * share blocks, which are not freed in between. Each buffer starts zeroed and
 * keeps what its owner stored, to the end of its last page.
 */
TEST_F(device, neighbours)
{
	static const size_t sizes[] = { 1, 4096, 5000, 12289, 1 << 16 };
	struct neighbour all[NEIGHBOURS];
	const char *wrong;
	size_t i, n, mapped;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		mapped = round_up_to_pages(sizes[i]);
		for (n = 0; n < NEIGHBOURS; n++) {
			wrong = move_in(&all[n], self, &variant->kind,
					sizes[i]);
			ASSERT_EQ(NULL, wrong) TH_LOG("%s", wrong);
			memset(all[n].map, 'a' + n, mapped);
		}
		fence();
		for (n = 1; n < NEIGHBOURS; n += 2)
			move_out(&all[n], sizes[i]);
		for (n = 1; n < NEIGHBOURS; n += 2) {
			wrong = move_in(&all[n], self, &variant->kind,
					sizes[i]);
			ASSERT_EQ(NULL, wrong) TH_LOG("%s", wrong);
			memset(all[n].map, 'A' + n, mapped);
		}
		fence();
		for (n = 0; n < NEIGHBOURS; n++) {
			EXPECT_EQ(mapped,
				  bytes_until_not(all[n].map,
						  (n % 2 ? 'A' : 'a') + n,
						  mapped));
			move_out(&all[n], sizes[i]);
		}
	}
}

TEST_HARNESS_MAIN
