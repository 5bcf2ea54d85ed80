// SPDX-License-Identifier: GPL-2.0-only
/*
 * The smallest correct driver that shares kernel memory by mmap, to be copied:
 * /dev/minimal is two pages of zeros. With wc=1 they are write-combining, on x86.
 * For RAM that is a property of the memory, not of a mapping: the kernel's own
 * entries change first, and back before the memory is freed.
 */
#include <linux/fs.h>
#include <linux/io.h>
#include <linux/miscdevice.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/version.h>
#ifdef CONFIG_X86
#include <asm/set_memory.h>
#endif

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 3, 0)
#define vm_flags_clear(vma, flags) ((vma)->vm_flags &= ~(flags))
#endif

#define PAGES 2UL
#define SIZE (PAGES * PAGE_SIZE)

static bool wc;
module_param(wc, bool, 0444);

static void *buffer;

static ssize_t minimal_read(struct file *file, char __user *to, size_t count,
			    loff_t *pos)
{
	return simple_read_from_buffer(to, count, pos, buffer, SIZE);
}

static ssize_t minimal_write(struct file *file, const char __user *from,
			     size_t count, loff_t *pos)
{
	if (count && *pos >= SIZE)
		return -ENOSPC;
	return simple_write_to_buffer(buffer, SIZE, pos, from, count);
}

static loff_t minimal_llseek(struct file *file, loff_t offset, int whence)
{
	return fixed_size_llseek(file, offset, whence, SIZE);
}

/* For debuggers: the pages of a PFN mapping cannot be pinned and looked at */
static int minimal_access(struct vm_area_struct *vma, unsigned long addr,
			  void *buf, int len, int write)
{
	unsigned long offset =
		(vma->vm_pgoff << PAGE_SHIFT) + addr - vma->vm_start;

	/* The core does not look at VM_WRITE for us */
	if (offset >= SIZE || (write && !(vma->vm_flags & VM_WRITE)))
		return -EFAULT;
	len = min_t(unsigned long, len, SIZE - offset);
	if (write)
		memcpy(buffer + offset, buf, len);
	else
		memcpy(buf, buffer + offset, len);
	return len;
}

static const struct vm_operations_struct minimal_vm_ops = {
	.access = minimal_access,
};

/* One question a line, each about pages, and the mapping last */
static int minimal_mmap(struct file *file, struct vm_area_struct *vma)
{
	unsigned long pages = vma_pages(vma);

	/* A private mapping would show its page frame number in /proc/PID/maps */
	if (!(vma->vm_flags & VM_MAYSHARE))
		return -EINVAL;
	if (vma->vm_flags & VM_EXEC)
		return -EPERM;
	/* Subtract: an addition could wrap */
	if (vma->vm_pgoff >= PAGES || pages > PAGES - vma->vm_pgoff)
		return -EINVAL;
	vm_flags_clear(vma, VM_MAYEXEC);
	if (wc)
		vma->vm_page_prot = pgprot_writecombine(vma->vm_page_prot);
	vma->vm_ops = &minimal_vm_ops;
	/* Also sets VM_PFNMAP, VM_IO, VM_DONTEXPAND and VM_DONTDUMP */
	return remap_pfn_range(vma, vma->vm_start,
			       (virt_to_phys(buffer) >> PAGE_SHIFT) +
				       vma->vm_pgoff,
			       pages << PAGE_SHIFT, vma->vm_page_prot);
}

static const struct file_operations minimal_fops = {
	.owner = THIS_MODULE, /* a mapping keeps the module loaded */
	.read = minimal_read,
	.write = minimal_write,
	.llseek = minimal_llseek,
	.mmap = minimal_mmap,
};

static struct miscdevice minimal_device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "minimal",
	.fops = &minimal_fops,
	.mode = 0600,
};

static int minimal_set_wc(bool on)
{
	if (!wc)
		return 0;
#ifdef CONFIG_X86
	return (on ? set_memory_wc : set_memory_wb)((unsigned long)buffer,
						    PAGES);
#else
	return -EOPNOTSUPP;
#endif
}

static int __init minimal_init(void)
{
	int ret;

	/* Whole pages: what else lies in a page would be mapped, too */
	buffer = kzalloc(SIZE, GFP_KERNEL);
	if (!buffer)
		return -ENOMEM;
	ret = minimal_set_wc(wc);
	if (!ret)
		ret = misc_register(&minimal_device);
	/* Memory whose attribute cannot be restored must never be used again */
	if (ret && !minimal_set_wc(false))
		kfree(buffer);
	return ret;
}
module_init(minimal_init);

static void __exit minimal_exit(void)
{
	misc_deregister(&minimal_device);
	if (!minimal_set_wc(false))
		kfree(buffer);
}
module_exit(minimal_exit);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("shares memory by mmap");
