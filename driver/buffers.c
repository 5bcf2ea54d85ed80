// SPDX-License-Identifier: GPL-2.0-only
/*
 * The list of all live buffers, for root: /sys/kernel/debug/mmapdemo/buffers.
 * Who holds one is not here: descriptors travel, and /proc/PID/fd tells.
 */
#include <linux/debugfs.h>
#include <linux/fs.h>
#include <linux/module.h>
#include <linux/seq_file.h>

#include "mmapdemo.h"

static struct dentry *mmapdemo_debugfs;

/* The VMAs of an inode hang on its interval tree */
static unsigned long mmapdemo_count_mappings(struct address_space *mapping)
{
	unsigned long n = 0;
	struct rb_node *node;

	i_mmap_lock_read(mapping);
	for (node = rb_first(&mapping->i_mmap.rb_root); node;
	     node = rb_next(node))
		n++;
	i_mmap_unlock_read(mapping);
	return n;
}

static void mmapdemo_show_head(struct seq_file *m)
{
	seq_printf(m, "limit_pages %lu used_pages %lu\n",
		   mmapdemo_limit_pages(), mmapdemo_limit_used());
	seq_puts(m, "id size backing cache populate pages mappings ");
	seq_puts(m, "seals pinned\n");
}

static void mmapdemo_show_buffer(struct seq_file *m,
				 const struct mmapdemo_buffer *buffer)
{
	const struct mmapdemo_spec *spec = &buffer->spec;
	struct address_space *mapping = READ_ONCE(buffer->mapping);

	seq_printf(m, "%llu %llu %s %s %s %lu ", buffer->id, spec->size,
		   spec->backing->name, mmapdemo_cache_name(spec->cache),
		   spec->lazy ? "lazy" : "now", buffer->npages);
	if (mapping)
		seq_printf(m, "%lu", mmapdemo_count_mappings(mapping));
	else
		seq_puts(m, spec->private ? "0" : "-");
	seq_printf(m, " %x %d\n", READ_ONCE(buffer->seals), buffer->pinned);
}

/*
 * Position 0 is the head, and 1 + id a buffer. The list is in the order of ids,
 * so a reader that comes back for more finds its place whatever was freed.
 */
static struct list_head *mmapdemo_seq_position(struct list_head *at,
					       loff_t *pos)
{
	if (at == &mmapdemo_buffer_list) {
		++*pos;
		return NULL;
	}
	*pos = list_entry(at, struct mmapdemo_buffer, entry)->id + 1;
	return at;
}

/* An inode is not freed before its buffer has left the list, so mappings stay */
static void *mmapdemo_seq_start(struct seq_file *m, loff_t *pos)
{
	struct list_head *list = mmapdemo_buffer_list_lock();
	struct mmapdemo_buffer *buffer;

	if (!*pos)
		return list;
	list_for_each_entry(buffer, list, entry)
		if (buffer->id + 1 >= *pos)
			break;
	return mmapdemo_seq_position(&buffer->entry, pos);
}

static void *mmapdemo_seq_next(struct seq_file *m, void *at, loff_t *pos)
{
	return mmapdemo_seq_position(((struct list_head *)at)->next, pos);
}

static void mmapdemo_seq_stop(struct seq_file *m, void *at)
{
	mmapdemo_buffer_list_unlock();
}

static int mmapdemo_seq_show(struct seq_file *m, void *at)
{
	if (at == &mmapdemo_buffer_list)
		mmapdemo_show_head(m);
	else
		mmapdemo_show_buffer(m, list_entry(at, struct mmapdemo_buffer,
						   entry));
	return 0;
}

static const struct seq_operations mmapdemo_buffers_sops = {
	.start = mmapdemo_seq_start,
	.next = mmapdemo_seq_next,
	.stop = mmapdemo_seq_stop,
	.show = mmapdemo_seq_show,
};

DEFINE_SEQ_ATTRIBUTE(mmapdemo_buffers);

/* Without debugfs there is no list, and nothing else is missing */
void mmapdemo_buffers_init(void)
{
	mmapdemo_debugfs = debugfs_create_dir("mmapdemo", NULL);
	debugfs_create_file("buffers", 0400, mmapdemo_debugfs, NULL,
			    &mmapdemo_buffers_fops);
}

void mmapdemo_buffers_exit(void)
{
	debugfs_remove_recursive(mmapdemo_debugfs);
}
