// SPDX-License-Identifier: GPL-2.0-only
/*
 * What an open file has of its own: struct mmapdemo_file.
 */
#include <linux/fs.h>
#include <linux/slab.h>

#include "mmapdemo.h"

/* Reads never wait, and writes honour IOCB_NOWAIT. 0 or -ENOMEM */
int mmapdemo_file_open(struct file *file, struct mmapdemo_buffer *buffer)
{
	struct mmapdemo_file *mf = kzalloc(sizeof(*mf), GFP_KERNEL_ACCOUNT);

	if (!mf)
		return -ENOMEM;
	mf->buffer = buffer;
	atomic64_set(&mf->seen, atomic64_read(&buffer->generation));
	file->private_data = mf;
	file->f_mode |= FMODE_NOWAIT;
	return 0;
}

/* Also of a file that could not be opened */
void mmapdemo_file_close(struct file *file)
{
	struct mmapdemo_file *mf = file->private_data;

	if (mf && mf->keeps_fs)
		mmapdemo_fs_release();
	kfree(mf);
}
