// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a descriptor can do: the file operations and the ioctl commands. Each
 * only checks the call and hands it on.
 */
#include <linux/anon_inodes.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/module.h>
#include <linux/nospec.h>
#include <linux/poll.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "compat.h"
#include "mmapdemo.h"

/* Takes over the reference to the buffer, also when it fails */
static struct mmapdemo_file *
mmapdemo_file_create(struct mmapdemo_buffer *buffer)
{
	struct mmapdemo_file *mf;

	mf = kzalloc(sizeof(*mf), GFP_KERNEL_ACCOUNT);
	if (!mf) {
		mmapdemo_buffer_put(buffer);
		return NULL;
	}
	mf->buffer = buffer;
	atomic64_set(&mf->seen, atomic64_read(&buffer->generation));
	return mf;
}

static void mmapdemo_file_destroy(struct mmapdemo_file *mf)
{
	mmapdemo_buffer_put(mf->buffer);
	kfree(mf);
}

static int mmapdemo_open(struct inode *inode, struct file *file)
{
	file->private_data = mmapdemo_file_create(mmapdemo_device_buffer());
	return file->private_data ? 0 : -ENOMEM;
}

static int mmapdemo_release(struct inode *inode, struct file *file)
{
	mmapdemo_file_destroy(file->private_data);
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

	return fixed_size_llseek(file, offset, whence, mf->buffer->spec.size);
}

static __poll_t mmapdemo_poll(struct file *file, struct poll_table_struct *wait)
{
	struct mmapdemo_file *mf = file->private_data;
	__poll_t mask = EPOLLOUT | EPOLLWRNORM;

	poll_wait(file, &mf->buffer->pollers, wait);
	/* After being queued; pairs with mmapdemo_generation_moved() */
	smp_mb();
	if (atomic64_read_acquire(&mf->buffer->generation) !=
	    atomic64_read(&mf->seen))
		mask |= EPOLLIN | EPOLLRDNORM;
	return mask;
}

static void mmapdemo_show_fdinfo(struct seq_file *m, struct file *file)
{
	struct mmapdemo_file *mf = file->private_data;
	const struct mmapdemo_spec *spec = &mf->buffer->spec;

	seq_printf(m, "mmapdemo-size:\t%llu\n", spec->size);
	seq_printf(m, "mmapdemo-backing:\t%s\n", spec->backing->name);
	seq_printf(m, "mmapdemo-cache:\t%s\n",
		   mmapdemo_cache_name(spec->cache));
	seq_printf(m, "mmapdemo-populate:\t%s\n", spec->lazy ? "lazy" : "now");
	seq_printf(m, "mmapdemo-generation:\t%lld\n",
		   (long long)atomic64_read(&mf->buffer->generation));
}

static int mmapdemo_ioctl_info(struct file *file, void *arg)
{
	struct mmapdemo_file *mf = file->private_data;
	struct mmapdemo_buffer *buffer = mf->buffer;
	const struct mmapdemo_spec *spec = &buffer->spec;
	struct mmapdemo_info *info = arg;
	s64 generation = atomic64_read_acquire(&buffer->generation);

	if (info->flags)
		return -EINVAL;
	*info = (struct mmapdemo_info){
		.flags = spec->lazy ? MMAPDEMO_INFO_LAZY : 0,
		.buffer_size = spec->size,
		.mapping_size = mmapdemo_buffer_bytes(buffer),
		.generation = generation,
		.page_size = PAGE_SIZE,
		.backing = spec->backing->id,
		.cache_requested = spec->cache,
		.cache_effective = mmapdemo_cache_effective(buffer),
		.cache_available = mmapdemo_caches_available(spec->backing),
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

static int mmapdemo_install(struct mmapdemo_buffer *buffer, int flags)
{
	struct mmapdemo_file *mf = mmapdemo_file_create(buffer);
	struct file *file;
	int fd;

	if (!mf)
		return -ENOMEM;
	fd = get_unused_fd_flags(flags);
	if (fd < 0)
		goto err_file;
	file = anon_inode_getfile("[mmapdemo]",
				  mmapdemo_file_operations(buffer), mf, O_RDWR);
	if (IS_ERR(file)) {
		put_unused_fd(fd);
		fd = PTR_ERR(file);
		goto err_file;
	}
	file->f_mode |= FMODE_LSEEK | FMODE_PREAD | FMODE_PWRITE;
	fd_install(fd, file);
	return fd;

err_file:
	mmapdemo_file_destroy(mf);
	return fd;
}

/* Why a combination is refused is in the UAPI comment: users cannot fill the log */
static int mmapdemo_ioctl_create(struct file *file, void *arg)
{
	const struct mmapdemo_create *create = arg;
	struct mmapdemo_spec spec = {
		.size = create->buffer_size,
		.backing = mmapdemo_backing_by_id(create->backing),
		.cache = create->cache,
		.lazy = create->flags & MMAPDEMO_CREATE_LAZY,
		.private = true,
	};
	struct mmapdemo_buffer *buffer;
	const char *why;
	int cloexec;
	int ret;

	if (create->flags & ~(MMAPDEMO_CREATE_LAZY | MMAPDEMO_CREATE_CLOEXEC))
		return -EINVAL;
	if (!spec.backing || !mmapdemo_cache_name(create->cache))
		return -EINVAL;
	ret = mmapdemo_spec_check(&spec, &why);
	if (ret)
		return ret;
	buffer = mmapdemo_buffer_create(&spec);
	if (IS_ERR(buffer))
		return PTR_ERR(buffer);
	cloexec = create->flags & MMAPDEMO_CREATE_CLOEXEC ? O_CLOEXEC : 0;
	return mmapdemo_install(buffer, cloexec);
}

static int mmapdemo_ioctl_wait(struct file *file, void *arg)
{
	struct mmapdemo_file *mf = file->private_data;
	struct mmapdemo_wait *wait = arg;

	if (wait->flags & ~(MMAPDEMO_WAIT_TIMEOUT | MMAPDEMO_WAIT_ABSOLUTE) ||
	    wait->flags == MMAPDEMO_WAIT_ABSOLUTE || wait->reserved)
		return -EINVAL;
	if (!(file->f_mode & FMODE_READ))
		return -EBADF;
	return mmapdemo_wait(mf->buffer, wait);
}

static int mmapdemo_ioctl_wake(struct file *file, void *arg)
{
	struct mmapdemo_file *mf = file->private_data;
	const struct mmapdemo_wake *wake = arg;

	if (wake->flags || wake->reserved)
		return -EINVAL;
	if (!(file->f_mode & FMODE_WRITE))
		return -EBADF;
	return mmapdemo_wake(mf->buffer, wake);
}

/**
 * struct mmapdemo_command - one ioctl command
 * @run: does it; the struct is a copy in the kernel. Returns what the ioctl
 *	returns; -ERESTARTNOHAND: the struct was changed for the next try
 * @reports: the struct goes back on success
 * @size: bytes of its struct as this kernel knows it
 * @min: bytes of the struct's first version
 */
struct mmapdemo_command {
	int (*run)(struct file *file, void *arg);
	bool reports;
	u32 size;
	u32 min;
};

#define MMAPDEMO_COMMAND(_NAME, _name, _reports, _last)             \
	[_IOC_NR(MMAPDEMO_IOC_##_NAME)] = {                         \
		.run = mmapdemo_ioctl_##_name,                      \
		.reports = _reports,                                \
		.size = sizeof(struct mmapdemo_##_name),            \
		.min = offsetofend(struct mmapdemo_##_name, _last), \
	}

static const struct mmapdemo_command mmapdemo_commands[] = {
	MMAPDEMO_COMMAND(INFO, info, true, backing_available),
	MMAPDEMO_COMMAND(MAPINFO, mapinfo, true, entry_size),
	MMAPDEMO_COMMAND(FILL, fill, false, pattern),
	MMAPDEMO_COMMAND(CHECKSUM, checksum, true, reserved),
	MMAPDEMO_COMMAND(CREATE, create, false, cache),
	MMAPDEMO_COMMAND(WAIT, wait, false, reserved),
	MMAPDEMO_COMMAND(WAKE, wake, false, reserved),
};

union mmapdemo_argument {
	u32 size;
	struct mmapdemo_info info;
	struct mmapdemo_mapinfo mapinfo;
	struct mmapdemo_fill fill;
	struct mmapdemo_checksum checksum;
	struct mmapdemo_create create;
	struct mmapdemo_wait wait;
	struct mmapdemo_wake wake;
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

/* usize, not what the copy holds: another thread may have changed it since */
static int mmapdemo_report(void __user *uarg, union mmapdemo_argument *arg,
			   u32 usize, const struct mmapdemo_command *command)
{
	arg->size = min(usize, command->size);
	return copy_to_user(uarg, arg, arg->size) ? -EFAULT : 0;
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
	if (ret == -ERESTARTNOHAND &&
	    mmapdemo_report(uarg, &arg, usize, command))
		return -EINTR;
	if (ret < 0 || !command->reports)
		return ret;
	return mmapdemo_report(uarg, &arg, usize, command);
}

#define MMAPDEMO_FILE_OPERATIONS                                            \
	.owner = THIS_MODULE, .open = mmapdemo_open,                        \
	.release = mmapdemo_release, .read_iter = mmapdemo_read_iter,       \
	.write_iter = mmapdemo_write_iter, .splice_read = copy_splice_read, \
	.splice_write = iter_file_splice_write, .llseek = mmapdemo_llseek,  \
	.fsync = noop_fsync, .get_unmapped_area = thp_get_unmapped_area,    \
	.unlocked_ioctl = mmapdemo_ioctl, .compat_ioctl = compat_ptr_ioctl, \
	.poll = mmapdemo_poll, .show_fdinfo = mmapdemo_show_fdinfo

static const struct file_operations mmapdemo_fops = {
	MMAPDEMO_FILE_OPERATIONS,
	MMAPDEMO_MMAP_HANDLER,
};

static const struct file_operations mmapdemo_vma_fops = {
	MMAPDEMO_FILE_OPERATIONS,
	.mmap = mmapdemo_mmap,
};

/* A backing that maps by itself wants a VMA, which mmap_prepare has not yet */
const struct file_operations *
mmapdemo_file_operations(const struct mmapdemo_buffer *buffer)
{
	return buffer->spec.backing->map ? &mmapdemo_vma_fops : &mmapdemo_fops;
}
