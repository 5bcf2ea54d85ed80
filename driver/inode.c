// SPDX-License-Identifier: GPL-2.0-only
/*
 * A private buffer is a regular file of its own, on a file system that is never
 * mounted for anybody to see, as with memfd and dma-buf: fstat(2) tells its size,
 * /proc/PID/fd/N opens it again, and owner and mode decide who may.
 *
 * Each path to the file holds the mount, the mount holds the module, and the
 * inode owns the buffer. So a descriptor of O_PATH, which knows no file
 * operations, keeps both.
 */
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/fs_context.h>
#include <linux/module.h>
#include <linux/mount.h>
#include <linux/pseudo_fs.h>
#include <linux/statfs.h>

#include "compat.h"
#include "mmapdemo.h"

/* In f_type of fstatfs(2): "mmap" */
#define MMAPDEMO_FS_MAGIC 0x6d6d6170

/* Of file.c, which leads here again, so they come from above */
static const struct file_operations *mmapdemo_fops;
static const struct file_operations *mmapdemo_vma_fops;

/* Both under the lock of simple_pin_fs() */
static struct vfsmount *mmapdemo_mount;
static int mmapdemo_mount_count;

/*
 * fchmod(2) and fchown(2) are allowed. The size never changes; O_TRUNC is
 * ignored, as it is by a device node, so that "cp" and ">" can be used.
 */
static int mmapdemo_setattr(struct mmapdemo_idmap *idmap, struct dentry *dentry,
			    struct iattr *attr)
{
	struct inode *inode = d_inode(dentry);
	struct iattr rest = *attr;
	int ret;

	if (attr->ia_valid & ATTR_SIZE && !(attr->ia_valid & ATTR_OPEN) &&
	    attr->ia_size != i_size_read(inode))
		return -EPERM;
	rest.ia_valid &= ~ATTR_SIZE;
	ret = setattr_prepare(idmap, dentry, &rest);
	if (!ret)
		setattr_copy(idmap, inode, &rest);
	return ret;
}

static const struct inode_operations mmapdemo_inode_operations = {
	.setattr = mmapdemo_setattr,
};

static void mmapdemo_evict_inode(struct inode *inode)
{
	struct mmapdemo_buffer *buffer = inode->i_private;

	truncate_inode_pages_final(&inode->i_data);
	clear_inode(inode);
	if (buffer)
		mmapdemo_buffer_release(buffer);
}

static const struct super_operations mmapdemo_super_operations = {
	.statfs = simple_statfs,
	.evict_inode = mmapdemo_evict_inode,
};

/* The name stands at the end of the caller's page, as d_path() has it */
static char *mmapdemo_dname(struct dentry *dentry, char *page, int bytes)
{
	char name[32];
	int n = scnprintf(name, sizeof(name), "mmapdemo:[%lu]",
			  (unsigned long)d_inode(dentry)->i_ino);

	n++;
	if (n > bytes)
		return ERR_PTR(-ENAMETOOLONG);
	return memcpy(page + bytes - n, name, n);
}

static const struct dentry_operations mmapdemo_dentry_operations = {
	.d_dname = mmapdemo_dname,
};

static int mmapdemo_init_fs_context(struct fs_context *fc)
{
	struct pseudo_fs_context *ctx = init_pseudo(fc, MMAPDEMO_FS_MAGIC);

	if (!ctx)
		return -ENOMEM;
	ctx->ops = &mmapdemo_super_operations;
	ctx->dops = &mmapdemo_dentry_operations;
	fc->s_iflags |= SB_I_NOEXEC | SB_I_NODEV;
	return 0;
}

/* Never registered: nobody can mount it */
static struct file_system_type mmapdemo_fs_type = {
	.name = "mmapdemo",
	.owner = THIS_MODULE,
	.init_fs_context = mmapdemo_init_fs_context,
	.kill_sb = kill_anon_super,
};

void mmapdemo_fops_init(const struct file_operations *fops,
			const struct file_operations *vma_fops)
{
	mmapdemo_fops = fops;
	mmapdemo_vma_fops = vma_fops;
}

/* A backing that maps by itself wants a VMA, which mmap_prepare has not yet */
const struct file_operations *
mmapdemo_fops_of(const struct mmapdemo_buffer *buffer)
{
	return buffer->spec.backing->map ? mmapdemo_vma_fops : mmapdemo_fops;
}

/*
 * The inode owns the buffer from here on. Like a memfd's, it has no link and is in
 * the super block's list: inotify and fanotify, which hold an inode that is
 * watched, let go of it when its last path is gone, or the super block is.
 */
static struct inode *mmapdemo_inode_create(struct mmapdemo_buffer *buffer)
{
	struct inode *inode = alloc_anon_inode(mmapdemo_mount->mnt_sb);

	if (IS_ERR(inode))
		return inode;
	inode->i_ino = buffer->id;
	inode->i_mode = S_IFREG | 0600;
	inode->i_op = &mmapdemo_inode_operations;
	inode->i_fop = mmapdemo_fops_of(buffer);
	inode->i_private = buffer;
	i_size_write(inode, buffer->spec.size);
	inode->i_blocks = buffer->npages << (PAGE_SHIFT - 9);
	clear_nlink(inode);
	inode_sb_list_add(inode);
	buffer->mapping = inode->i_mapping;
	return inode;
}

static struct file *mmapdemo_file_on_mount(struct mmapdemo_buffer *buffer)
{
	struct inode *inode = mmapdemo_inode_create(buffer);
	struct file *file;

	if (IS_ERR(inode)) {
		mmapdemo_buffer_release(buffer);
		return ERR_CAST(inode);
	}
	file = alloc_file_pseudo(inode, mmapdemo_mount, "mmapdemo", O_RDWR,
				 inode->i_fop);
	if (IS_ERR(file)) {
		iput(inode);
		return file;
	}
	/* As open(2) does; fput() gives it back */
	__module_get(THIS_MODULE);
	file->f_mode |= FMODE_LSEEK | FMODE_PREAD | FMODE_PWRITE;
	return file;
}

void mmapdemo_fs_release(void)
{
	simple_release_fs(&mmapdemo_mount, &mmapdemo_mount_count);
}

/**
 * mmapdemo_private_file() - give a private buffer its inode and a first file
 * @creator: the open file that made it; keeps the file system mounted
 * @buffer: taken over, also on failure
 *
 * Return: the file, open for reading and writing, which is not set up by
 * mmapdemo_file_open() yet, or an ERR_PTR.
 */
struct file *mmapdemo_private_file(struct mmapdemo_file *creator,
				   struct mmapdemo_buffer *buffer)
{
	struct file *file;
	int ret;

	ret = simple_pin_fs(&mmapdemo_fs_type, &mmapdemo_mount,
			    &mmapdemo_mount_count);
	if (ret) {
		mmapdemo_buffer_release(buffer);
		return ERR_PTR(ret);
	}
	file = mmapdemo_file_on_mount(buffer);
	if (xchg(&creator->keeps_fs, 1))
		mmapdemo_fs_release();
	return file;
}
