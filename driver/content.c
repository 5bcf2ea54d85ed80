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

/* Bytes copied: fewer where user memory ends, or the caller was killed */
static size_t mmapdemo_copy(void *at, size_t n, struct iov_iter *iter)
{
	size_t done = 0, chunk, copied;

	do {
		chunk = min_t(size_t, n - done, MMAPDEMO_CHUNK);
		copied = iov_iter_rw(iter) == READ ?
				 copy_to_iter(at + done, chunk, iter) :
				 copy_from_iter(at + done, chunk, iter);
		done += copied;
	} while (copied == chunk && done < n && !mmapdemo_killed());
	return done;
}

ssize_t mmapdemo_content_read(struct mmapdemo_buffer *buffer, loff_t *pos,
			      struct iov_iter *to)
{
	size_t n, done;

	if (*pos >= buffer->spec.size)
		return 0;
	n = min_t(size_t, iov_iter_count(to), buffer->spec.size - *pos);
	done = mmapdemo_copy(buffer->kaddr + *pos, n, to);
	*pos += done;
	return done || !n ? done : -EFAULT;
}

ssize_t mmapdemo_content_write(struct mmapdemo_buffer *buffer, loff_t *pos,
			       struct iov_iter *from)
{
	size_t n, done;

	if (!iov_iter_count(from))
		return 0;
	if (*pos >= buffer->spec.size)
		return -ENOSPC;
	n = min_t(size_t, iov_iter_count(from), buffer->spec.size - *pos);
	done = mmapdemo_copy(buffer->kaddr + *pos, n, from);
	if (!done)
		return -EFAULT;
	*pos += done;
	mmapdemo_changed(buffer);
	return done;
}

static bool mmapdemo_in_buffer(const struct mmapdemo_buffer *buffer, u64 offset,
			       u64 length)
{
	return offset <= buffer->spec.size &&
	       length <= buffer->spec.size - offset;
}

static u64 mmapdemo_word(const struct mmapdemo_fill *fill, u64 offset)
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
		*to++ = mmapdemo_word(fill, offset) >> (offset % 8 * 8);
}

static void mmapdemo_fill_words(struct mmapdemo_buffer *buffer,
				const struct mmapdemo_fill *fill, u64 offset,
				size_t n)
{
	__le64 *to = buffer->kaddr + offset;

	for (; n; n -= 8, offset += 8)
		*to++ = cpu_to_le64(mmapdemo_word(fill, offset));
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
	u64 done;

	for (done = 0; done < fill->length; done += MMAPDEMO_CHUNK) {
		if (mmapdemo_killed())
			return -EINTR;
		mmapdemo_fill_chunk(buffer, fill, fill->offset + done,
				    min_t(u64, fill->length - done,
					  MMAPDEMO_CHUNK));
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
			mmapdemo_changed(buffer);
	}
	trace_mmapdemo_fill(fill->offset, fill->length, fill->pattern, ret);
	return ret;
}

static int mmapdemo_checksum_range(struct mmapdemo_buffer *buffer,
				   struct mmapdemo_checksum *sum)
{
	u32 crc = ~0;
	u64 done;

	for (done = 0; done < sum->length; done += MMAPDEMO_CHUNK) {
		if (mmapdemo_killed())
			return -EINTR;
		crc = crc32_le(crc, buffer->kaddr + sum->offset + done,
			       min_t(u64, sum->length - done, MMAPDEMO_CHUNK));
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
