// SPDX-License-Identifier: GPL-2.0-only
/*
 * The ioctl commands, and how their structs travel. Each command only checks its
 * struct and the descriptor's mode and hands the call on.
 */
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/nospec.h>
#include <linux/uaccess.h>

#include "mmapdemo.h"

static int mmapdemo_ioctl_info(struct file *file, void *arg)
{
	struct mmapdemo_file *mf = file->private_data;
	struct mmapdemo_buffer *buffer = mf->buffer;
	const struct mmapdemo_spec *spec = &buffer->spec;
	struct mmapdemo_info *info = arg;

	if (info->flags & ~MMAPDEMO_INFO_READ_BACK)
		return -EINVAL;
	*info = (struct mmapdemo_info){
		.flags = info->flags,
		.buffer_size = spec->size,
		.mapping_size = mmapdemo_buffer_bytes(buffer),
		.generation = atomic64_read_acquire(&buffer->generation),
		.page_size = PAGE_SIZE,
		.backing = spec->backing->id,
		.cache_requested = spec->cache,
		.cache_effective = MMAPDEMO_CACHE_UNKNOWN,
		.cache_available = mmapdemo_caches_available(spec->backing),
		.backing_available = mmapdemo_backings_available(),
		.properties = (spec->lazy ? MMAPDEMO_INFO_LAZY : 0) |
			      (spec->private ? MMAPDEMO_INFO_PRIVATE : 0),
		.seals = READ_ONCE(buffer->seals),
	};
	if (info->flags & MMAPDEMO_INFO_READ_BACK)
		info->cache_effective = mmapdemo_cache_effective(buffer);
	return 0;
}

/* Only now that the caller was told */
static void mmapdemo_info_reported(struct file *file, const void *arg)
{
	struct mmapdemo_file *mf = file->private_data;
	const struct mmapdemo_info *info = arg;

	atomic64_set(&mf->seen, info->generation);
}

static int mmapdemo_ioctl_mapinfo(struct file *file, void *arg)
{
	struct mmapdemo_file *mf = file->private_data;
	struct mmapdemo_mapinfo *info = arg;

	if (info->flags)
		return -EINVAL;
	return mmapdemo_mapinfo(mf->buffer, info);
}

static int mmapdemo_ioctl_fill(struct file *file, void *arg)
{
	struct mmapdemo_file *mf = file->private_data;
	const struct mmapdemo_fill *fill = arg;
	int ret;

	if (fill->flags & ~MMAPDEMO_FILL_COUNT)
		return -EINVAL;
	if (!(file->f_mode & FMODE_WRITE))
		return -EBADF;
	ret = mmapdemo_write_begin(file, false);
	if (ret)
		return ret;
	ret = mmapdemo_content_fill(mf->buffer, fill);
	mmapdemo_write_end(file);
	return ret;
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

static int mmapdemo_install_private_file(struct mmapdemo_file *creator,
					 struct mmapdemo_buffer *buffer)
{
	struct file *file = mmapdemo_private_file(creator, buffer);
	int fd;

	if (IS_ERR(file))
		return PTR_ERR(file);
	fd = mmapdemo_file_open(file, buffer);
	if (!fd)
		fd = get_unused_fd_flags(O_CLOEXEC);
	if (fd < 0)
		fput(file);
	else
		fd_install(fd, file);
	return fd;
}

/* What nobody pins any more may make room */
static struct mmapdemo_buffer *
mmapdemo_create_private(const struct mmapdemo_spec *spec)
{
	struct mmapdemo_buffer *buffer = mmapdemo_buffer_create(spec);

	if (buffer != ERR_PTR(-ENOSPC))
		return buffer;
	mmapdemo_pinned_free();
	return mmapdemo_buffer_create(spec);
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
	int ret;

	if (create->flags & ~MMAPDEMO_CREATE_LAZY)
		return -EINVAL;
	if (!spec.backing || !mmapdemo_cache_name(create->cache))
		return -EINVAL;
	ret = mmapdemo_spec_check(&spec, &why);
	if (ret)
		return ret;
	buffer = mmapdemo_create_private(&spec);
	if (IS_ERR(buffer))
		return PTR_ERR(buffer);
	return mmapdemo_install_private_file(file->private_data, buffer);
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
	return mmapdemo_wait(mf->buffer, wait, file->f_flags & O_NONBLOCK);
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

static int mmapdemo_ioctl_seal(struct file *file, void *arg)
{
	struct mmapdemo_seal *seal = arg;

	if (seal->flags)
		return -EINVAL;
	return mmapdemo_seal(file, seal);
}

/**
 * struct mmapdemo_command - one ioctl command
 * @run: does it; the struct is a copy in the kernel. Returns what the ioctl
 *	returns; -ERESTARTNOHAND: the struct was changed for the next try
 * @reports: the struct goes back on success
 * @reported: called after it went back; may be NULL
 * @size: bytes of its struct as this kernel knows it
 * @min: bytes of the struct's first version
 */
struct mmapdemo_command {
	int (*run)(struct file *file, void *arg);
	bool reports;
	void (*reported)(struct file *file, const void *arg);
	u32 size;
	u32 min;
};

#define MMAPDEMO_COMMAND(_NAME, _name, _last, ...)                  \
	[_IOC_NR(MMAPDEMO_IOC_##_NAME)] = {                         \
		.run = mmapdemo_ioctl_##_name,                      \
		.size = sizeof(struct mmapdemo_##_name),            \
		.min = offsetofend(struct mmapdemo_##_name, _last), \
		__VA_ARGS__                                         \
	}

static const struct mmapdemo_command mmapdemo_commands[] = {
	MMAPDEMO_COMMAND(INFO, info, seals, .reports = true,
			 .reported = mmapdemo_info_reported),
	MMAPDEMO_COMMAND(MAPINFO, mapinfo, reserved, .reports = true),
	MMAPDEMO_COMMAND(FILL, fill, pattern),
	MMAPDEMO_COMMAND(CHECKSUM, checksum, reserved, .reports = true),
	MMAPDEMO_COMMAND(CREATE, create, cache),
	MMAPDEMO_COMMAND(WAIT, wait, reserved),
	MMAPDEMO_COMMAND(WAKE, wake, reserved),
	MMAPDEMO_COMMAND(SEAL, seal, seals, .reports = true),
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
	struct mmapdemo_seal seal;
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

/* 0, or why there is no struct of this command at uarg */
static int mmapdemo_fetch(void __user *uarg, union mmapdemo_argument *arg,
			  u32 *usize, const struct mmapdemo_command *command)
{
	if (get_user(*usize, (u32 __user *)uarg))
		return -EFAULT;
	if (*usize < command->min)
		return -EINVAL;
	if (*usize > PAGE_SIZE)
		return -E2BIG;
	return copy_struct_from_user(arg, command->size, uarg, *usize);
}

long mmapdemo_ioctl(struct file *file, unsigned int cmd, unsigned long uaddr)
{
	const struct mmapdemo_command *command = mmapdemo_find_command(cmd);
	void __user *uarg = (void __user *)uaddr;
	union mmapdemo_argument arg;
	u32 usize;
	int ret;

	if (!command)
		return -ENOTTY;
	ret = mmapdemo_fetch(uarg, &arg, &usize, command);
	if (ret)
		return ret;
	ret = command->run(file, &arg);
	if (ret == -ERESTARTNOHAND &&
	    mmapdemo_report(uarg, &arg, usize, command))
		return -EINTR;
	if (ret < 0 || !command->reports)
		return ret;
	ret = mmapdemo_report(uarg, &arg, usize, command);
	if (!ret && command->reported)
		command->reported(file, &arg);
	return ret;
}
