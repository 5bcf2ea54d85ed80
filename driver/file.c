// SPDX-License-Identifier: GPL-2.0-only
/*
 * The file operations of the device and of private buffers. Each only checks the
 * call and hands it on.
 */
#include <linux/fs.h>
#include <linux/module.h>
#include <linux/poll.h>
#include <linux/seq_file.h>

#include "compat.h"
#include "mmapdemo.h"

/* The misc core left the device in private_data; a private buffer has none */
static int mmapdemo_open(struct inode *inode, struct file *file)
{
	struct mmapdemo_device *device;

	if (!file->private_data)
		return mmapdemo_file_open(file, inode->i_private);
	device = container_of(file->private_data, struct mmapdemo_device, misc);
	return mmapdemo_file_open(file, device->buffer);
}

static int mmapdemo_release(struct inode *inode, struct file *file)
{
	mmapdemo_file_close(file);
	return 0;
}

static ssize_t mmapdemo_read_iter(struct kiocb *iocb, struct iov_iter *to)
{
	struct mmapdemo_file *mf = iocb->ki_filp->private_data;

	return mmapdemo_content_read(mf->buffer, &iocb->ki_pos, to);
}

static ssize_t mmapdemo_write_iter(struct kiocb *iocb, struct iov_iter *from)
{
	struct mmapdemo_file *mf = iocb->ki_filp->private_data;
	bool nowait = iocb->ki_flags & IOCB_NOWAIT;
	ssize_t ret = mmapdemo_write_begin(iocb->ki_filp, nowait);

	if (ret)
		return ret;
	ret = mmapdemo_content_write(mf->buffer, &iocb->ki_pos, from);
	mmapdemo_write_end(iocb->ki_filp);
	return ret;
}

static loff_t mmapdemo_llseek(struct file *file, loff_t offset, int whence)
{
	struct mmapdemo_file *mf = file->private_data;
	u64 size = mf->buffer->spec.size;

	return generic_file_llseek_size(file, offset, whence, size, size);
}

static int mmapdemo_fasync(int fd, struct file *file, int on)
{
	struct mmapdemo_file *mf = file->private_data;

	return fasync_helper(fd, file, on, &mf->buffer->fasync);
}

static void mmapdemo_show_fdinfo(struct seq_file *m, struct file *file)
{
	struct mmapdemo_file *mf = file->private_data;
	const struct mmapdemo_buffer *buffer = mf->buffer;
	const struct mmapdemo_spec *spec = &buffer->spec;

	seq_printf(m, "mmapdemo-size:\t%llu\n", spec->size);
	seq_printf(m, "mmapdemo-backing:\t%s\n", spec->backing->name);
	seq_printf(m, "mmapdemo-cache:\t%s\n",
		   mmapdemo_cache_name(spec->cache));
	seq_printf(m, "mmapdemo-populate:\t%s\n", spec->lazy ? "lazy" : "now");
	seq_printf(m, "mmapdemo-generation:\t%lld\n",
		   (long long)atomic64_read(&buffer->generation));
	if (spec->private)
		seq_printf(m, "mmapdemo-seals:\t0x%x\n",
			   READ_ONCE(buffer->seals));
}

#define MMAPDEMO_FILE_OPERATIONS                                            \
	.owner = THIS_MODULE, .open = mmapdemo_open,                        \
	.release = mmapdemo_release, .read_iter = mmapdemo_read_iter,       \
	.write_iter = mmapdemo_write_iter, .splice_read = copy_splice_read, \
	.splice_write = iter_file_splice_write, .llseek = mmapdemo_llseek,  \
	.fsync = noop_fsync, .get_unmapped_area = thp_get_unmapped_area,    \
	.unlocked_ioctl = mmapdemo_ioctl, .compat_ioctl = compat_ptr_ioctl, \
	.poll = mmapdemo_poll, .fasync = mmapdemo_fasync,                   \
	.setlease = mmapdemo_setlease, .show_fdinfo = mmapdemo_show_fdinfo

static const struct file_operations mmapdemo_fops = {
	MMAPDEMO_FILE_OPERATIONS,
	MMAPDEMO_MMAP_HANDLER,
};

static const struct file_operations mmapdemo_vma_fops = {
	MMAPDEMO_FILE_OPERATIONS,
	.mmap = mmapdemo_mmap,
};

/* Before there is a buffer */
void mmapdemo_file_init(void)
{
	mmapdemo_fops_init(&mmapdemo_fops, &mmapdemo_vma_fops);
}
