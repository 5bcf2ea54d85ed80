// SPDX-License-Identifier: GPL-2.0-only
/*
 * The leak scan: whatever part of a buffer is mapped, user space sees the
 * buffer and not a byte of anybody else. For every size the kernel's memory is
 * strewn with a marker first, the module loaded, all that can be mapped looked
 * at (zeros, then a pattern in which no two places are alike), and all that
 * reaches past the end refused.
 */
#include <linux/keyctl.h>
#include <sys/xattr.h>

#include "device.h"

#define MARKER 0x6b
#define KEYS 64

/*
 * Objects of every slab size beside the buffer's: the payload of a key is
 * allocated like the driver's memory, behind a header of 24 bytes. Every second
 * one goes again, to make room for the buffer between two others. KASAN keeps what
 * is freed for a while, so on instrumented kernels, which are slow, a few will do.
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

/* Pages full of the marker, back to the kernel. */
static void spray_pages(void)
{
	size_t length = 16 << 20;
	void *p = mmap(NULL, length, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		return;
	memset(p, MARKER, length);
	munmap(p, length);
}

/* Eight bytes that tell where in the buffer they stand. */
static uint64_t place(size_t offset)
{
	return 0x9e3779b97f4a7c15 * (offset + 8);
}

/* Through the whole mapping, so the bytes behind the size have theirs too. */
static void mark_places(unsigned char *map, size_t length)
{
	uint64_t *word = (void *)map;
	size_t offset;

	for (offset = 0; offset < length; offset += 8)
		*word++ = place(offset);
	fence();
}

/* First and last word of each page of a mapping. The offset that is wrong */
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

/* Is this part refused? By both protections, and nothing is left mapped. */
static bool refused(int fd, size_t offset, size_t length)
{
	return RC(map_shared(fd, length, PROT_READ, offset)) == -ENXIO &&
	       RC(map_shared(fd, length, PROT_READ | PROT_WRITE, offset)) ==
		       -ENXIO;
}

/* Maps one part: -1 if it shows what it should, else where not, or -errno. */
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
 * In buffers of more pages, not every offset with every length. How pages come
 * into a mapping does not depend on the attribute; faults bring them one by one.
 */
static size_t few_pages(const struct kind *kind)
{
	if (kernel_is_instrumented())
		return 16;
	return kind->lazy || kind->cache != MMAPDEMO_CACHE_WB ? 64 : 256;
}

/*
 * Every offset with every length in a buffer of few pages. In a large one, every
 * offset with one page, two and all that follow, and every length from page 0.
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
		if (kernel_is_instrumented() && size >= 1 << 20)
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

TEST_HARNESS_MAIN
