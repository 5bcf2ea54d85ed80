// SPDX-License-Identifier: GPL-2.0-only
/*
 * Seals of a private buffer: who holds it may give up the right to change it,
 * for all descriptors and for good, as with a memfd.
 *
 * The core counts the writable mappings of an inode, and we count the writes in
 * progress. Denying either is one atomic step that fails while there is one. So
 * nobody takes a lock that a write holds while it copies.
 */
#include <linux/fs.h>
#include <linux/mm.h>

#include "mmapdemo.h"

#define MMAPDEMO_SEALS (MMAPDEMO_SEAL_SEAL | MMAPDEMO_SEALS_OF_STORES)

/**
 * mmapdemo_seal_check_mapping() - may this be mapped?
 * @buffer: what is to be mapped
 * @vm_flags: what was asked for
 *
 * Private mappings change only their own copies. VM_SHARED with VM_MAYWRITE
 * means that the descriptor is open for writing. A WRITE seal refuses such
 * mappings altogether, since older kernels do so before they call us.
 *
 * Return: 0 or -EPERM.
 */
int mmapdemo_seal_check_mapping(const struct mmapdemo_buffer *buffer,
				unsigned long vm_flags)
{
	unsigned int seals = READ_ONCE(buffer->seals);

	if (!(vm_flags & VM_SHARED))
		return 0;
	if (seals & MMAPDEMO_SEAL_WRITE && vm_flags & VM_MAYWRITE)
		return -EPERM;
	if (seals & MMAPDEMO_SEAL_FUTURE_WRITE && vm_flags & VM_WRITE)
		return -EPERM;
	return 0;
}

/*
 * The kernel is about to store to the bytes. 0 or -EPERM. While a seal is being
 * decided about, the writer waits, or gets -EAGAIN if it must not wait. So a seal
 * that fails refuses nobody.
 */
int mmapdemo_write_begin(struct file *file, bool nowait)
{
	struct mmapdemo_file *mf = file->private_data;

	while (!atomic_inc_unless_negative(&mf->buffer->writes)) {
		if (mmapdemo_write_sealed(mf->buffer))
			return -EPERM;
		if (nowait)
			return -EAGAIN;
		inode_lock(file_inode(file));
		inode_unlock(file_inode(file));
	}
	return 0;
}

void mmapdemo_write_end(struct file *file)
{
	struct mmapdemo_file *mf = file->private_data;

	atomic_dec(&mf->buffer->writes);
}

static int mmapdemo_deny_mappings(struct mmapdemo_buffer *buffer)
{
	int ret = mapping_deny_writable(buffer->mapping);

	if (ret || !mmapdemo_pinned_in_use(buffer))
		return ret;
	mapping_allow_writable(buffer->mapping);
	return -EBUSY;
}

/*
 * From now on nobody stores to the bytes in a way that the new seals refuse. The
 * first look at the pins keeps a seal that has to fail from refusing mmap(2).
 */
static int mmapdemo_deny_stores(struct mmapdemo_buffer *buffer,
				unsigned int add)
{
	bool mappings = add & MMAPDEMO_SEAL_WRITE;
	bool writes = !mmapdemo_write_sealed(buffer);
	int ret;

	if (mappings && mmapdemo_pinned_in_use(buffer))
		return -EBUSY;
	if (writes && !atomic_dec_unless_positive(&buffer->writes))
		return -EBUSY;
	ret = mappings ? mmapdemo_deny_mappings(buffer) : 0;
	if (ret && writes)
		atomic_inc(&buffer->writes);
	return ret;
}

static int mmapdemo_seal_add(struct mmapdemo_buffer *buffer, unsigned int add)
{
	int ret;

	if (buffer->seals & MMAPDEMO_SEAL_SEAL)
		return -EPERM;
	add &= ~buffer->seals;
	if (add & MMAPDEMO_SEALS_OF_STORES) {
		ret = mmapdemo_deny_stores(buffer, add);
		if (ret)
			return ret;
	}
	WRITE_ONCE(buffer->seals, buffer->seals | add);
	return 0;
}

int mmapdemo_seal(struct file *file, struct mmapdemo_seal *seal)
{
	struct mmapdemo_file *mf = file->private_data;
	int ret = 0;

	if (!mf->buffer->spec.private || seal->add & ~MMAPDEMO_SEALS)
		return -EINVAL;
	if (seal->add && !(file->f_mode & FMODE_WRITE))
		return -EPERM;
	inode_lock(file_inode(file));
	if (seal->add)
		ret = mmapdemo_seal_add(mf->buffer, seal->add);
	seal->seals = mf->buffer->seals;
	inode_unlock(file_inode(file));
	return ret;
}
