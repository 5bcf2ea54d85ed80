// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a descriptor can do: the file operations and the ioctl commands. Each
 * only checks the call and hands it on.
 */
#include <linux/fs.h>
#include <linux/module.h>
#include <linux/nospec.h>
#include <linux/poll.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "compat.h"
#include "mmapdemo.h"

static int mmapdemo_open(struct inode *inode, struct file *file)
{
	struct mmapdemo_file *mf;

	mf = kzalloc(sizeof(*mf), GFP_KERNEL_ACCOUNT);
	if (!mf)
		return -ENOMEM;
	mf->buffer = mmapdemo_device_buffer();
	atomic64_set(&mf->seen, atomic64_read(&mf->buffer->generation));
	file->private_data = mf;
	return 0;
}

static int mmapdemo_release(struct inode *inode, struct file *file)
{
	struct mmapdemo_file *mf = file->private_data;

	mmapdemo_buffer_put(mf->buffer);
	kfree(mf);
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

	return mmapdemo_content_write(mf->buffer, &iocb->ki_pos, from);
}

static loff_t mmapdemo_llseek(struct file *file, loff_t offset, int whence)
{
	struct mmapdemo_file *mf = file->private_data;

	return fixed_size_llseek(file, offset, whence, mf->buffer->size);
}

static __poll_t mmapdemo_poll(struct file *file, struct poll_table_struct *wait)
{
	struct mmapdemo_file *mf = file->private_data;
	__poll_t mask = EPOLLOUT | EPOLLWRNORM;

	poll_wait(file, &mf->buffer->wait, wait);
	if (atomic64_read(&mf->buffer->generation) != atomic64_read(&mf->seen))
		mask |= EPOLLIN | EPOLLRDNORM;
	return mask;
}

static void mmapdemo_show_fdinfo(struct seq_file *m, struct file *file)
{
	struct mmapdemo_file *mf = file->private_data;
	struct mmapdemo_buffer *buffer = mf->buffer;

	seq_printf(m, "mmapdemo-size:\t%zu\n", buffer->size);
	seq_printf(m, "mmapdemo-backing:\t%s\n", buffer->backing->name);
	seq_printf(m, "mmapdemo-cache:\t%s\n",
		   mmapdemo_cache_name(buffer->cache));
	seq_printf(m, "mmapdemo-generation:\t%lld\n",
		   (long long)atomic64_read(&buffer->generation));
}

static int mmapdemo_ioctl_info(struct file *file, void *arg)
{
	struct mmapdemo_file *mf = file->private_data;
	struct mmapdemo_buffer *buffer = mf->buffer;
	struct mmapdemo_info *info = arg;
	s64 generation = atomic64_read(&buffer->generation);

	if (info->flags)
		return -EINVAL;
	*info = (struct mmapdemo_info){
		.buffer_size = buffer->size,
		.mapping_size = (u64)buffer->npages << PAGE_SHIFT,
		.generation = generation,
		.page_size = PAGE_SIZE,
		.backing = buffer->backing->id,
		.cache_requested = buffer->cache,
		.cache_effective = mmapdemo_cache_effective(buffer),
		.cache_available = mmapdemo_caches_available(buffer->backing),
		.backing_available = mmapdemo_backings_available(),
	};
	atomic64_set(&mf->seen, generation);
	return 0;
}

static int mmapdemo_ioctl_mapinfo(struct file *file, void *arg)
{
	struct mmapdemo_file *mf = file->private_data;
	struct mmapdemo_mapinfo *info = arg;

	if (info->flags)
		return -EINVAL;
	return mmapdemo_mapping_info(mf->buffer, info);
}

static int mmapdemo_ioctl_fill(struct file *file, void *arg)
{
	struct mmapdemo_file *mf = file->private_data;
	const struct mmapdemo_fill *fill = arg;

	if (fill->flags & ~MMAPDEMO_FILL_COUNT)
		return -EINVAL;
	if (!(file->f_mode & FMODE_WRITE))
		return -EBADF;
	return mmapdemo_content_fill(mf->buffer, fill);
}

static int mmapdemo_ioctl_checksum(struct file *file, void *arg)
{
	struct mmapdemo_file *mf = file->private_data;
	struct mmapdemo_checksum *sum = arg;

	if (sum->flags || sum->reserved)
		return -EINVAL;
	if (!(file->f_mode & FMODE_READ))
		return -EBADF;
	return mmapdemo_content_checksum(mf->buffer, sum);
}

/**
 * struct mmapdemo_command - one ioctl command
 * @run: does it; the struct is a copy in the kernel and goes back on success
 * @size: bytes of its struct as this kernel knows it
 * @min: bytes of the struct's first version
 */
struct mmapdemo_command {
	int (*run)(struct file *file, void *arg);
	u32 size;
	u32 min;
};

#define MMAPDEMO_COMMAND(_NAME, _name, _last)                       \
	[_IOC_NR(MMAPDEMO_IOC_##_NAME)] = {                         \
		.run = mmapdemo_ioctl_##_name,                      \
		.size = sizeof(struct mmapdemo_##_name),            \
		.min = offsetofend(struct mmapdemo_##_name, _last), \
	}

static const struct mmapdemo_command mmapdemo_commands[] = {
	MMAPDEMO_COMMAND(INFO, info, backing_available),
	MMAPDEMO_COMMAND(MAPINFO, mapinfo, entry_size),
	MMAPDEMO_COMMAND(FILL, fill, pattern),
	MMAPDEMO_COMMAND(CHECKSUM, checksum, reserved),
};

union mmapdemo_argument {
	u32 size;
	struct mmapdemo_info info;
	struct mmapdemo_mapinfo mapinfo;
	struct mmapdemo_fill fill;
	struct mmapdemo_checksum checksum;
};

static const struct mmapdemo_command *mmapdemo_find_command(unsigned int cmd)
{
	unsigned int nr = _IOC_NR(cmd);

	if (cmd != _IO(MMAPDEMO_IOC_MAGIC, nr) ||
	    nr >= ARRAY_SIZE(mmapdemo_commands))
		return NULL;
	nr = array_index_nospec(nr, ARRAY_SIZE(mmapdemo_commands));
	return &mmapdemo_commands[nr];
}

static long mmapdemo_ioctl(struct file *file, unsigned int cmd,
			   unsigned long uaddr)
{
	const struct mmapdemo_command *command = mmapdemo_find_command(cmd);
	void __user *uarg = (void __user *)uaddr;
	union mmapdemo_argument arg;
	u32 usize;
	int ret;

	if (!command)
		return -ENOTTY;
	if (get_user(usize, (u32 __user *)uarg))
		return -EFAULT;
	if (usize < command->min)
		return -EINVAL;
	if (usize > PAGE_SIZE)
		return -E2BIG;
	ret = copy_struct_from_user(&arg, command->size, uarg, usize);
	if (ret)
		return ret;

	ret = command->run(file, &arg);
	if (ret)
		return ret;

	/* Not what the copy holds: another thread may have changed it since */
	arg.size = min(usize, command->size);
	if (copy_to_user(uarg, &arg, arg.size))
		return -EFAULT;
	return 0;
}

const struct file_operations mmapdemo_fops = {
	.owner = THIS_MODULE,
	.open = mmapdemo_open,
	.release = mmapdemo_release,
	.read_iter = mmapdemo_read_iter,
	.write_iter = mmapdemo_write_iter,
	.splice_read = copy_splice_read,
	.splice_write = iter_file_splice_write,
	.llseek = mmapdemo_llseek,
	.mmap = mmapdemo_mmap,
	.unlocked_ioctl = mmapdemo_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
	.poll = mmapdemo_poll,
	.show_fdinfo = mmapdemo_show_fdinfo,
};
