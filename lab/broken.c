// SPDX-License-Identifier: GPL-2.0-only
/*
 * minimal.c with one of the classic mistakes: insmod broken.ko bug=NAME makes
 * /dev/broken. For virtual machines only: most of them let any opener read or
 * overwrite memory of the kernel.
 *
 * mistakes.txt tells the story of each, and shows how it is mended.
 */
#include <linux/delay.h>
#include <linux/fs.h>
#include <linux/io.h>
#include <linux/miscdevice.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/poll.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <linux/version.h>

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 3, 0)
#define vm_flags_clear(vma, flags) ((vma)->vm_flags &= ~(flags))
#define vm_flags_set(vma, flags) ((vma)->vm_flags |= (flags))
#endif

#define PAGES 2UL
#define SIZE (PAGES * PAGE_SIZE)
/* Of a slab object, and of the memory that huge entries map */
#define SMALL_SIZE 100UL
#define HUGE_SIZE (4UL << 20)

enum bug {
	NO_BUG,
	NO_LENGTH_CHECK,
	NO_OFFSET_CHECK,
	OFFSET_IGNORED,
	BYTES_FOR_PAGES,
	WRAPPING_OFFSET,
	SLAB_NEIGHBOURS,
	NOT_ZEROED,
	ATTRIBUTE_ONLY_ASKED,
	MAYWRITE_LEFT,
	EXEC_ALLOWED,
	MAYEXEC_LEFT,
	PRIVATE_PFN,
	NO_REFERENCE_IN_OPEN,
	FREED_AT_CLOSE,
	FREED_ON_ERROR,
	NO_OWNER,
	ENDLESS_FAULT,
	FAULT_IGNORES_WRITE,
	CAN_GROW,
	NO_PAGE_REFERENCE,
	FLAGS_IN_FAULT,
	EFAULT_LOST,
	POLL_LIES,
	POLL_MEANS_CHANGE,
	ADDRESS_SHOWN,
	LOCK_IN_FAULT,
	UNLOCKED_LIST,
	TAIL_PAGES,
	IOCTL_ANYTHING,
	READ_PAST_END,
};

static const char *const bug_names[] = {
	[NO_BUG] = "none",
	[NO_LENGTH_CHECK] = "no-length-check",
	[NO_OFFSET_CHECK] = "no-offset-check",
	[OFFSET_IGNORED] = "offset-ignored",
	[BYTES_FOR_PAGES] = "bytes-for-pages",
	[WRAPPING_OFFSET] = "wrapping-offset",
	[SLAB_NEIGHBOURS] = "slab-neighbours",
	[NOT_ZEROED] = "not-zeroed",
	[ATTRIBUTE_ONLY_ASKED] = "attribute-only-asked",
	[MAYWRITE_LEFT] = "maywrite-left",
	[EXEC_ALLOWED] = "exec-allowed",
	[MAYEXEC_LEFT] = "mayexec-left",
	[PRIVATE_PFN] = "private-pfn",
	[NO_REFERENCE_IN_OPEN] = "no-reference-in-open",
	[FREED_AT_CLOSE] = "freed-at-close",
	[FREED_ON_ERROR] = "freed-on-error",
	[NO_OWNER] = "no-owner",
	[ENDLESS_FAULT] = "endless-fault",
	[FAULT_IGNORES_WRITE] = "fault-ignores-write",
	[CAN_GROW] = "can-grow",
	[NO_PAGE_REFERENCE] = "no-page-reference",
	[FLAGS_IN_FAULT] = "flags-in-fault",
	[EFAULT_LOST] = "efault-lost",
	[POLL_LIES] = "poll-lies",
	[POLL_MEANS_CHANGE] = "poll-means-change",
	[ADDRESS_SHOWN] = "address-shown",
	[LOCK_IN_FAULT] = "lock-in-fault",
	[UNLOCKED_LIST] = "unlocked-list",
	[TAIL_PAGES] = "tail-pages",
	[IOCTL_ANYTHING] = "ioctl-anything",
	[READ_PAST_END] = "read-past-end",
};

static char *bug_name = "none";
module_param_named(bug, bug_name, charp, 0444);

static enum bug bug;

/* Memory that open files and mappings share, and that goes with the last of them */
struct buffer {
	refcount_t users;
	void *memory;
	size_t size;
	struct list_head entry;
};

static struct buffer *device_buffer;
static LIST_HEAD(open_buffers);
static DEFINE_MUTEX(lock);

static bool by_fault(void)
{
	switch (bug) {
	case ENDLESS_FAULT:
	case FAULT_IGNORES_WRITE:
	case CAN_GROW:
	case NO_PAGE_REFERENCE:
	case FLAGS_IN_FAULT:
	case LOCK_IN_FAULT:
	case TAIL_PAGES:
		return true;
	default:
		return false;
	}
}

static unsigned int order_of(size_t size)
{
	return get_order(size);
}

static void *memory_alloc(size_t size)
{
	void *memory;

	if (bug == SLAB_NEIGHBOURS)
		return kzalloc(size, GFP_KERNEL);
	if (bug != NOT_ZEROED)
		return (void *)__get_free_pages(
			GFP_KERNEL | __GFP_ZERO |
				(bug == TAIL_PAGES || by_fault() ? 0 :
								   __GFP_COMP),
			order_of(size));
	/* bytes that another user left there */
	memory = (void *)__get_free_pages(GFP_KERNEL, order_of(size));
	if (memory)
		memset(memory, 0x5a, size);
	return memory;
}

static void memory_free(void *memory, size_t size)
{
	if (bug == SLAB_NEIGHBOURS)
		kfree(memory);
	else
		free_pages((unsigned long)memory, order_of(size));
}

static size_t buffer_size(void)
{
	switch (bug) {
	case SLAB_NEIGHBOURS:
		return SMALL_SIZE;
	case FAULT_IGNORES_WRITE:
		return HUGE_SIZE;
	default:
		return SIZE;
	}
}

static struct buffer *buffer_alloc(void)
{
	struct buffer *buffer = kzalloc(sizeof(*buffer), GFP_KERNEL);

	if (!buffer)
		return NULL;
	refcount_set(&buffer->users, 1);
	buffer->size = buffer_size();
	buffer->memory = memory_alloc(buffer->size);
	if (buffer->memory)
		return buffer;
	kfree(buffer);
	return NULL;
}

static void buffer_put(struct buffer *buffer)
{
	if (!refcount_dec_and_test(&buffer->users))
		return;
	memory_free(buffer->memory, buffer->size);
	kfree(buffer);
}

/* Whose memory goes with the descriptor, for the mistakes that are about that */
static bool buffer_per_file(void)
{
	return bug == NO_REFERENCE_IN_OPEN || bug == FREED_AT_CLOSE ||
	       bug == FREED_ON_ERROR || bug == UNLOCKED_LIST;
}

/* The moment between reading the list and changing it, made longer */
static void add_unlocked(struct list_head *entry)
{
	struct list_head *next = open_buffers.next;

	udelay(20);
	__list_add(entry, &open_buffers, next);
}

static int broken_open(struct inode *inode, struct file *file)
{
	struct buffer *buffer = device_buffer;

	if (buffer_per_file())
		buffer = buffer_alloc();
	if (!buffer)
		return -ENOMEM;
	if (bug == UNLOCKED_LIST)
		add_unlocked(&buffer->entry);
	file->private_data = buffer;
	return 0;
}

static int broken_flush(struct file *file, fl_owner_t id)
{
	/* Called at each close, while mappings and duplicates are still there */
	if (bug == FREED_AT_CLOSE)
		buffer_put(file->private_data);
	return 0;
}

static int broken_release(struct inode *inode, struct file *file)
{
	struct buffer *buffer = file->private_data;

	if (bug == UNLOCKED_LIST)
		list_del(&buffer->entry);
	if (buffer_per_file() && bug != FREED_AT_CLOSE)
		buffer_put(buffer);
	return 0;
}

/* With the mistakes of reading: an error that is lost, and a lock that is held */
static ssize_t broken_read(struct file *file, char __user *to, size_t count,
			   loff_t *pos)
{
	struct buffer *buffer = file->private_data;
	ssize_t ret;

	if (bug == POLL_LIES && file->f_flags & O_NONBLOCK)
		return -EAGAIN;
	if (bug == READ_PAST_END) {
		if (copy_to_user(to, buffer->memory, min(count, buffer->size)))
			return -EFAULT;
		return count;
	}
	if (bug == LOCK_IN_FAULT)
		mutex_lock(&lock);
	ret = simple_read_from_buffer(to, count, pos, buffer->memory,
				      buffer->size);
	if (bug == LOCK_IN_FAULT)
		mutex_unlock(&lock);
	return ret == -EFAULT && bug == EFAULT_LOST ? count : ret;
}

static ssize_t broken_write(struct file *file, const char __user *from,
			    size_t count, loff_t *pos)
{
	struct buffer *buffer = file->private_data;

	if (count && *pos >= buffer->size)
		return -ENOSPC;
	return simple_write_to_buffer(buffer->memory, buffer->size, pos, from,
				      count);
}

static loff_t broken_llseek(struct file *file, loff_t offset, int whence)
{
	struct buffer *buffer = file->private_data;

	return fixed_size_llseek(file, offset, whence, buffer->size);
}

static DECLARE_WAIT_QUEUE_HEAD(changes);

static __poll_t broken_poll(struct file *file, struct poll_table_struct *table)
{
	if (bug == POLL_MEANS_CHANGE) {
		poll_wait(file, &changes, table);
		return 0;
	}
	return EPOLLIN | EPOLLRDNORM | EPOLLOUT | EPOLLWRNORM;
}

static long broken_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	return bug == IOCTL_ANYTHING ? 0 : -ENOTTY;
}

static struct page *page_at(struct buffer *buffer, unsigned long pgoff)
{
	return virt_to_page(buffer->memory) + pgoff;
}

static vm_fault_t insert_page(struct vm_fault *vmf, struct page *page)
{
	int ret = vm_insert_page(vmf->vma, vmf->address & PAGE_MASK, page);

	return ret && ret != -EBUSY ? VM_FAULT_SIGBUS : VM_FAULT_NOPAGE;
}

static vm_fault_t insert_pfn(struct vm_fault *vmf, struct buffer *buffer)
{
	return vmf_insert_pfn(vmf->vma, vmf->address,
			      page_to_pfn(page_at(buffer, vmf->pgoff)));
}

static vm_fault_t broken_fault(struct vm_fault *vmf)
{
	struct buffer *buffer = vmf->vma->vm_private_data;
	vm_fault_t ret;

	if (vmf->pgoff >= buffer->size >> PAGE_SHIFT && bug != CAN_GROW)
		return bug == ENDLESS_FAULT ? VM_FAULT_NOPAGE : VM_FAULT_SIGBUS;
	switch (bug) {
	case CAN_GROW:
		/* A mapping that has grown shows the first pages once more */
		vmf->page = page_at(buffer, vmf->pgoff % PAGES);
		get_page(vmf->page);
		return 0;
	case NO_PAGE_REFERENCE:
		vmf->page = page_at(buffer, vmf->pgoff);
		return 0;
	case TAIL_PAGES:
		return insert_page(vmf, page_at(buffer, vmf->pgoff));
	case FLAGS_IN_FAULT:
		vm_flags_set(vmf->vma, VM_DONTCOPY);
		break;
	case LOCK_IN_FAULT:
		/* Killable, because the test's machine has to end. */
		if (mutex_lock_killable(&lock))
			return VM_FAULT_SIGBUS;
		ret = insert_pfn(vmf, buffer);
		mutex_unlock(&lock);
		return ret;
	default:
		break;
	}
	return insert_pfn(vmf, buffer);
}

#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 17, 0)
#define PFN(pfn) (pfn)
#elif LINUX_VERSION_CODE >= KERNEL_VERSION(6, 12, 0)
#include <linux/pfn_t.h>
#define PFN(pfn) __pfn_to_pfn_t(pfn, PFN_DEV)
#endif

#ifdef PFN
/* Maps 2 MiB; a store is not told, so the entry may stay read-only for ever */
static vm_fault_t broken_huge_fault(struct vm_fault *vmf, unsigned int order)
{
	struct vm_area_struct *vma = vmf->vma;
	struct buffer *buffer = vma->vm_private_data;
	unsigned long addr = vmf->address & PMD_MASK;
	unsigned long pgoff =
		vma->vm_pgoff + ((addr - vma->vm_start) >> PAGE_SHIFT);

	if (bug != FAULT_IGNORES_WRITE || order != PMD_SHIFT - PAGE_SHIFT ||
	    addr < vma->vm_start || addr + PMD_SIZE > vma->vm_end)
		return VM_FAULT_FALLBACK;
	return vmf_insert_pfn_pmd(vmf, PFN(page_to_pfn(page_at(buffer, pgoff))),
				  false);
}
#endif

static void broken_vm_open(struct vm_area_struct *vma)
{
	struct buffer *buffer = vma->vm_private_data;

	if (bug != NO_REFERENCE_IN_OPEN)
		refcount_inc(&buffer->users);
}

static void broken_vm_close(struct vm_area_struct *vma)
{
	buffer_put(vma->vm_private_data);
}

static int broken_access(struct vm_area_struct *vma, unsigned long addr,
			 void *buf, int len, int write)
{
	struct buffer *buffer = vma->vm_private_data;
	unsigned long offset =
		(vma->vm_pgoff << PAGE_SHIFT) + addr - vma->vm_start;

	if (offset >= buffer->size || (write && !(vma->vm_flags & VM_WRITE)))
		return -EFAULT;
	len = min_t(unsigned long, len, buffer->size - offset);
	if (write)
		memcpy(buffer->memory + offset, buf, len);
	else
		memcpy(buf, buffer->memory + offset, len);
	return len;
}

static const struct vm_operations_struct broken_vm_ops = {
	.open = broken_vm_open,
	.close = broken_vm_close,
	.access = broken_access,
};

static const struct vm_operations_struct broken_fault_ops = {
	.open = broken_vm_open,
	.close = broken_vm_close,
	.access = broken_access,
	.fault = broken_fault,
#ifdef PFN
	.huge_fault = broken_huge_fault,
#endif
};

/* The questions of minimal.c, each in its wrong form */
static int check_range(struct vm_area_struct *vma, unsigned long all)
{
	unsigned long pages = vma_pages(vma);
	unsigned int offset32 = vma->vm_pgoff << PAGE_SHIFT;

	switch (bug) {
	case NO_LENGTH_CHECK:
		return vma->vm_pgoff < all ? 0 : -EINVAL;
	case NO_OFFSET_CHECK:
		return pages <= all ? 0 : -EINVAL;
	case BYTES_FOR_PAGES:
		return vma->vm_pgoff + pages <= SIZE ? 0 : -EINVAL;
	case WRAPPING_OFFSET:
		return offset32 + (pages << PAGE_SHIFT) <= SIZE ? 0 : -EINVAL;
	case ENDLESS_FAULT:
		return 0;
	default:
		return vma->vm_pgoff >= all || pages > all - vma->vm_pgoff ?
			       -EINVAL :
			       0;
	}
}

static int check_rights(struct vm_area_struct *vma)
{
	if (!(vma->vm_flags & VM_MAYSHARE) && bug != PRIVATE_PFN)
		return -EINVAL;
	if (vma->vm_flags & VM_EXEC && bug != EXEC_ALLOWED)
		return -EPERM;
	/* Meant to be read-only memory */
	if (bug == MAYWRITE_LEFT && vma->vm_flags & VM_WRITE)
		return -EPERM;
	if (bug != MAYEXEC_LEFT && bug != EXEC_ALLOWED)
		vm_flags_clear(vma, VM_MAYEXEC);
	return 0;
}

/* How the pages that it has not got cannot do harm: only the first ones are mapped */
static unsigned long mapped_offset(struct vm_area_struct *vma)
{
	if (bug == OFFSET_IGNORED)
		return 0;
	if (bug == WRAPPING_OFFSET)
		return (unsigned int)(vma->vm_pgoff << PAGE_SHIFT) >>
		       PAGE_SHIFT;
	return vma->vm_pgoff;
}

static int map_now(struct vm_area_struct *vma, struct buffer *buffer)
{
	phys_addr_t start = virt_to_phys(buffer->memory) & PAGE_MASK;

	if (bug == ADDRESS_SHOWN)
		pr_info("broken: mapping %pa\n", &start);
	if (bug == ATTRIBUTE_ONLY_ASKED)
		vma->vm_page_prot = pgprot_writecombine(vma->vm_page_prot);
	return remap_pfn_range(vma, vma->vm_start,
			       (start >> PAGE_SHIFT) + mapped_offset(vma),
			       vma->vm_end - vma->vm_start, vma->vm_page_prot);
}

static void map_by_fault(struct vm_area_struct *vma)
{
	if (bug == NO_PAGE_REFERENCE || bug == TAIL_PAGES || bug == CAN_GROW)
		vm_flags_set(vma, VM_MIXEDMAP | VM_DONTDUMP);
	else
		vm_flags_set(vma, VM_PFNMAP | VM_IO | VM_DONTDUMP);
	if (bug != CAN_GROW)
		vm_flags_set(vma, VM_DONTEXPAND);
	vma->vm_ops = &broken_fault_ops;
}

static int broken_mmap(struct file *file, struct vm_area_struct *vma)
{
	struct buffer *buffer = file->private_data;
	int ret = check_range(vma, PAGE_ALIGN(buffer->size) >> PAGE_SHIFT);

	if (!ret)
		ret = check_rights(vma);
	if (ret && bug == FREED_ON_ERROR)
		buffer_put(buffer);
	if (ret)
		return ret;
	vma->vm_private_data = buffer;
	vma->vm_ops = &broken_vm_ops;
	if (by_fault())
		map_by_fault(vma);
	else
		ret = map_now(vma, buffer);
	if (!ret)
		refcount_inc(&buffer->users);
	return ret;
}

static struct file_operations broken_fops = {
	.owner = THIS_MODULE,
	.open = broken_open,
	.flush = broken_flush,
	.release = broken_release,
	.read = broken_read,
	.write = broken_write,
	.llseek = broken_llseek,
	.poll = broken_poll,
	.unlocked_ioctl = broken_ioctl,
	.mmap = broken_mmap,
};

static struct miscdevice broken_device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "broken",
	.fops = &broken_fops,
	.mode = 0600,
};

static int __init broken_init(void)
{
	int found = match_string(bug_names, ARRAY_SIZE(bug_names), bug_name);
	int ret;

	if (found < 0)
		return found;
	bug = found;
	if (bug == NO_OWNER)
		broken_fops.owner = NULL;
	if (bug == FAULT_IGNORES_WRITE)
		broken_fops.get_unmapped_area = thp_get_unmapped_area;
	device_buffer = buffer_alloc();
	if (!device_buffer)
		return -ENOMEM;
	ret = misc_register(&broken_device);
	if (ret)
		buffer_put(device_buffer);
	return ret;
}
module_init(broken_init);

static void __exit broken_exit(void)
{
	misc_deregister(&broken_device);
	buffer_put(device_buffer);
}
module_exit(broken_exit);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("classic mistakes of drivers that share memory by mmap");
