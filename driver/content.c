// SPDX-License-Identifier: GPL-2.0-only
/*
 * Everything that touches the bytes of a buffer, always through the kernel's
 * own address, which carries the buffer's attribute. No lock: the bytes are
 * shared memory, and user space stores to them whenever it likes.
 */
#include <linux/crc32.h>
#include <linux/sizes.h>
#include <linux/uio.h>

#include "mmapdemo.h"
#include "trace.h"

/* Bytes between two looks at signals; uncached memory takes about 100 ns each */
#define MMAPDEMO_CHUNK SZ_64K

/* Bytes before the first poisoned page, of those that end with the page or chunk */
static size_t mmapdemo_sound_bytes(const struct mmapdemo_buffer *buffer,
				   u64 offset, size_t n)
{
	n = min_t(size_t, n, MMAPDEMO_CHUNK);
	if (!mmapdemo_bytes_poisoned(buffer, offset, n))
		return n;
	n = min_t(size_t, n, PAGE_SIZE - offset_in_page(offset));
	return mmapdemo_bytes_poisoned(buffer, offset, n) ? 0 : n;
}

static size_t mmapdemo_copy_chunk(void *at, size_t n, struct iov_iter *iter)
{
	return iov_iter_rw(iter) == READ ? copy_to_iter(at, n, iter) :
					   copy_from_iter(at, n, iter);
}

/*
 * Bytes copied: fewer where user memory ends, a page is poisoned, or a fatal
 * signal is pending. -EFAULT or -EHWPOISON if there is none.
 */
static ssize_t mmapdemo_copy(struct mmapdemo_buffer *buffer, u64 offset,
			     size_t n, struct iov_iter *iter)
{
	size_t done = 0, chunk, copied;

	do {
		chunk = mmapdemo_sound_bytes(buffer, offset + done, n - done);
		if (!chunk)
			return done ?: -EHWPOISON;
		copied = mmapdemo_copy_chunk(buffer->kaddr + offset + done,
					     chunk, iter);
		done += copied;
	} while (copied == chunk && done < n && !mmapdemo_killed());
	return done ?: -EFAULT;
}

ssize_t mmapdemo_content_read(struct mmapdemo_buffer *buffer, loff_t *pos,
			      struct iov_iter *to)
{
	u64 size = buffer->spec.size;
	size_t n = iov_iter_count(to);
	ssize_t done;

	if (*pos >= size || !n)
		return 0;
	done = mmapdemo_copy(buffer, mmapdemo_nospec(*pos, size),
			     min_t(size_t, n, size - *pos), to);
	if (done > 0)
		*pos += done;
	return done;
}

ssize_t mmapdemo_content_write(struct mmapdemo_buffer *buffer, loff_t *pos,
			       struct iov_iter *from)
{
	u64 size = buffer->spec.size;
	size_t n = iov_iter_count(from);
	ssize_t done;

	if (!n)
		return 0;
	if (*pos >= size)
		return -ENOSPC;
	done = mmapdemo_copy(buffer, mmapdemo_nospec(*pos, size),
			     min_t(size_t, n, size - *pos), from);
	if (done > 0) {
		mmapdemo_wake_range(buffer, *pos, done);
		*pos += done;
	}
	return done;
}

static bool mmapdemo_in_buffer(const struct mmapdemo_buffer *buffer, u64 offset,
			       u64 length)
{
	return offset <= buffer->spec.size &&
	       length <= buffer->spec.size - offset;
}

static u64 mmapdemo_fill_word(const struct mmapdemo_fill *fill, u64 offset)
{
	u64 count = fill->flags & MMAPDEMO_FILL_COUNT ? offset & ~7ULL : 0;

	return fill->pattern + count;
}

static void mmapdemo_fill_bytes(struct mmapdemo_buffer *buffer,
				const struct mmapdemo_fill *fill, u64 offset,
				size_t n)
{
	u8 *to = buffer->kaddr + offset;

	for (; n; n--, offset++)
		*to++ = mmapdemo_fill_word(fill, offset) >> (offset % 8 * 8);
}

static void mmapdemo_fill_words(struct mmapdemo_buffer *buffer,
				const struct mmapdemo_fill *fill, u64 offset,
				size_t n)
{
	__le64 *to = buffer->kaddr + offset;

	for (; n; n -= 8, offset += 8)
		*to++ = cpu_to_le64(mmapdemo_fill_word(fill, offset));
}

static void mmapdemo_fill_chunk(struct mmapdemo_buffer *buffer,
				const struct mmapdemo_fill *fill, u64 offset,
				size_t n)
{
	size_t head = min_t(size_t, n, -offset & 7);
	size_t words = (n - head) & ~7UL;

	mmapdemo_fill_bytes(buffer, fill, offset, head);
	mmapdemo_fill_words(buffer, fill, offset + head, words);
	mmapdemo_fill_bytes(buffer, fill, offset + head + words,
			    n - head - words);
}

static int mmapdemo_fill_range(struct mmapdemo_buffer *buffer,
			       const struct mmapdemo_fill *fill)
{
	u64 done, at;
	size_t n;

	for (done = 0; done < fill->length; done += n) {
		if (mmapdemo_killed())
			return -EINTR;
		at = fill->offset + done;
		n = mmapdemo_sound_bytes(buffer, at, fill->length - done);
		if (!n)
			return -EHWPOISON;
		mmapdemo_fill_chunk(buffer, fill, at, n);
	}
	return 0;
}

int mmapdemo_content_fill(struct mmapdemo_buffer *buffer,
			  const struct mmapdemo_fill *fill)
{
	int ret = -EINVAL;

	if (mmapdemo_in_buffer(buffer, fill->offset, fill->length)) {
		ret = mmapdemo_fill_range(buffer, fill);
		if (fill->length)
			mmapdemo_wake_range(buffer, fill->offset, fill->length);
	}
	trace_mmapdemo_fill(fill->offset, fill->length, fill->pattern, ret);
	return ret;
}

static int mmapdemo_checksum_range(struct mmapdemo_buffer *buffer,
				   struct mmapdemo_checksum *sum)
{
	u64 first = mmapdemo_nospec(sum->offset, buffer->spec.size + 1);
	u32 crc = ~0;
	u64 done;
	size_t n;

	for (done = 0; done < sum->length; done += n) {
		if (mmapdemo_killed())
			return -EINTR;
		n = mmapdemo_sound_bytes(buffer, first + done,
					 sum->length - done);
		if (!n)
			return -EHWPOISON;
		crc = crc32_le(crc, buffer->kaddr + first + done, n);
	}
	sum->crc = ~crc;
	return 0;
}

int mmapdemo_content_checksum(struct mmapdemo_buffer *buffer,
			      struct mmapdemo_checksum *sum)
{
	int ret = -EINVAL;

	if (mmapdemo_in_buffer(buffer, sum->offset, sum->length))
		ret = mmapdemo_checksum_range(buffer, sum);
	trace_mmapdemo_checksum(sum->offset, sum->length, ret ? 0 : sum->crc,
				ret);
	return ret;
}
