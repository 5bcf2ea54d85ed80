/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the files of the module share. A call travels downward:
 * main.c -> file.c -> ioctl.c -> open_file.c -> inode.c, seal.c, content.c ->
 * wait.c, mapinfo.c, mmap.c -> mapping.c, vma.c -> pinned.c -> buffer.c ->
 * backing_*.c -> pages.c, blocks.c -> limit.c, cache_*.c
 */
#ifndef _MMAPDEMO_H
#define _MMAPDEMO_H

#include <linux/atomic.h>
#include <linux/cache.h>
#include <linux/gfp.h>
#include <linux/list.h>
#include <linux/miscdevice.h>
#include <linux/mm.h>
#include <linux/nospec.h>
#include <linux/sched/signal.h>
#include <linux/wait.h>

#include <linux/mmapdemo.h>

struct address_space;
struct file;
struct iov_iter;
struct kiocb;
struct mmapdemo_backing_ops;
struct mmapdemo_block;
struct mmapdemo_queues;
struct poll_table_struct;
struct vm_area_desc;

/**
 * struct mmapdemo_spec - what a buffer is to be; never changes afterwards
 * @size: bytes
 * @backing: where the memory comes from
 * @cache: attribute in the kernel's and in each user's page tables
 * @lazy: pages are mapped when they are touched
 * @private: made by MMAPDEMO_IOC_CREATE: charged to the caller's memory cgroup
 *	and counted against limit_mb
 */
struct mmapdemo_spec {
	u64 size;
	const struct mmapdemo_backing_ops *backing;
	enum mmapdemo_cache cache;
	bool lazy;
	bool private;
};

/**
 * struct mmapdemo_buffer - memory that the kernel and user space share
 * @spec: what it is
 * @id: of a private buffer its inode number, of the device's own 0
 * @npages: pages that @kaddr points to and user space may map
 * @kaddr: kernel address of the first byte, page aligned
 * @pages: pages.c: the pages at @kaddr if they are refcounted one by one, or
 *	NULL: then the memory is contiguous and mapped by PFN
 * @pfn: without @pages, the number of the first page frame
 * @shmem: backing_shmem.c: the file that owns the pages
 * @dma: backing_dma.c: address as the device sees it, never shown
 * @block: backing_kmalloc.c: the block that the memory is a part of, or NULL
 * @entry: in the list of all buffers, under its lock, see buffer.c
 * @pinned: nobody can use it, but somebody has pinned a page, see pinned.c
 * @mapping: of a private buffer, what its mappings hang on; NULL before it has
 *	an inode and after
 * @seals: MMAPDEMO_SEAL_*, under the inode's lock
 * @writes: how many write(2) and FILL are in progress; negative: denied
 * @queues: MMAPDEMO_IOC_WAIT, made by the first one, see wait.c
 * @generation: moves after each change that the kernel made or was told of
 * @pollers: those who asked for EPOLLPRI, woken when @generation moved
 * @other_pollers: those who did not, but epoll may do so later
 * @fasync: who gets SIGIO when @generation moved
 *
 * All up to @entry is fixed once mmapdemo_buffer_create() returned, so it is
 * read without a lock. What changes is kept out of the cache lines that each
 * fault and each read needs. The bytes at @kaddr are shared memory: whoever
 * needs an order among their users makes it.
 */
struct mmapdemo_buffer {
	struct mmapdemo_spec spec;
	u64 id;
	unsigned long npages;
	void *kaddr;
	struct page **pages;
	unsigned long pfn;
	union {
		struct file *shmem;
		dma_addr_t dma;
		struct mmapdemo_block *block;
	};
	struct list_head entry ____cacheline_aligned_in_smp;
	bool pinned;
	struct address_space *mapping;
	unsigned int seals;
	atomic_t writes;
	struct mmapdemo_queues *queues;
	atomic64_t generation;
	wait_queue_head_t pollers;
	wait_queue_head_t other_pollers;
	struct fasync_struct *fasync;
};

/**
 * struct mmapdemo_backing_ops - one way to get memory and to map it
 * @id: number in the ABI
 * @name: as in the module parameter backing=
 * @max_size: largest buffer in bytes
 * @allows_private: MAP_PRIVATE is possible
 * @vm_flags: VMA flags added to every mapping
 * @available: whether the module could set it up; NULL: always
 * @unsupported_reason: why an attribute cannot take effect, or NULL if it can
 * @lazy_unsupported_reason: why pages cannot be mapped on touch, or NULL
 * @cost: pages charged to limit_mb; NULL means npages
 * @alloc: fills in kaddr with zeroed memory that carries the attribute.
 *	-ENOMEM, -ENOSPC, or what kept the attribute from being set
 * @free: gives the memory back with its attribute restored
 * @map: instead of mmap.c or mmap_prepare.c, maps all of the memory into a
 *	vma that mapping.c has checked and whose vm_page_prot carries the
 *	attribute; called under mmap_lock. NULL: they do it
 * @fault: maps the pages that @order and the address tell; VM_FAULT_FALLBACK
 *	where only a smaller order is possible. NULL: there are no faults
 * @folio_refs: references to a folio that are neither the buffer's, one for
 *	each of its pages, nor a page table's, nor somebody's pin. While the
 *	buffer is in use, only those that are always there. NULL: nothing can
 *	be pinned
 */
struct mmapdemo_backing_ops {
	enum mmapdemo_backing id;
	const char *name;
	size_t max_size;
	bool allows_private;
	unsigned long vm_flags;
	bool (*available)(void);
	const char *(*unsupported_reason)(enum mmapdemo_cache cache);
	const char *lazy_unsupported_reason;
	unsigned long (*cost)(const struct mmapdemo_buffer *buffer);
	int (*alloc)(struct mmapdemo_buffer *buffer);
	void (*free)(struct mmapdemo_buffer *buffer);
	int (*map)(struct mmapdemo_buffer *buffer, struct vm_area_struct *vma);
	vm_fault_t (*fault)(struct mmapdemo_buffer *buffer,
			    struct vm_fault *vmf, unsigned int order);
	int (*folio_refs)(struct folio *folio, bool in_use);
};

/**
 * struct mmapdemo_device - the node and what it shows
 * @misc: the node
 * @buffer: set before the node appears, freed after it is gone: needs no lock
 */
struct mmapdemo_device {
	struct miscdevice misc;
	struct mmapdemo_buffer *buffer;
};

/* file.c */
void mmapdemo_file_init(void);

/* open_file.c */

/**
 * struct mmapdemo_file - an open file
 * @buffer: what it shows. The device's own lives as long as the module, which
 *	the file holds; a private one as long as the inode, which the file holds
 * @seen: generation that this open file acknowledged last, for poll
 * @keeps_fs: it made a private buffer and keeps their file system mounted, so
 *	that the next one need not mount it again
 */
struct mmapdemo_file {
	struct mmapdemo_buffer *buffer;
	atomic64_t seen;
	int keeps_fs;
};

int mmapdemo_file_open(struct file *file, struct mmapdemo_buffer *buffer);
void mmapdemo_file_close(struct file *file);

/* ioctl.c */
long mmapdemo_ioctl(struct file *file, unsigned int cmd, unsigned long uaddr);

/* inode.c: a private buffer as a file of its own */
void mmapdemo_fops_init(const struct file_operations *fops,
			const struct file_operations *vma_fops);
const struct file_operations *
mmapdemo_fops_of(const struct mmapdemo_buffer *buffer);
struct file *mmapdemo_private_file(struct mmapdemo_file *creator,
				   struct mmapdemo_buffer *buffer);
void mmapdemo_fs_release(void);

/* seal.c */
int mmapdemo_seal(struct file *file, struct mmapdemo_seal *seal);
int mmapdemo_seal_check_mapping(const struct mmapdemo_buffer *buffer,
				unsigned long vm_flags);
int mmapdemo_write_begin(struct file *file, bool nowait);
void mmapdemo_write_end(struct file *file);

/* The seals that refuse to store to the bytes */
#define MMAPDEMO_SEALS_OF_STORES \
	(MMAPDEMO_SEAL_WRITE | MMAPDEMO_SEAL_FUTURE_WRITE)

static inline bool mmapdemo_write_sealed(const struct mmapdemo_buffer *buffer)
{
	return READ_ONCE(buffer->seals) & MMAPDEMO_SEALS_OF_STORES;
}

/* buffers.c: the list of all buffers in debugfs */
void mmapdemo_buffers_init(void);
void mmapdemo_buffers_exit(void);

/* buffer.c */
int mmapdemo_spec_check(const struct mmapdemo_spec *spec, const char **why);
struct mmapdemo_buffer *
mmapdemo_buffer_create(const struct mmapdemo_spec *spec);
void mmapdemo_buffer_free(struct mmapdemo_buffer *buffer);
extern struct list_head mmapdemo_buffer_list;
struct list_head *mmapdemo_buffer_list_lock(void);
void mmapdemo_buffer_list_unlock(void);

/* Rather fail than have the OOM killer choose somebody */
static inline gfp_t mmapdemo_buffer_gfp(const struct mmapdemo_buffer *buffer)
{
	gfp_t gfp = buffer->spec.private ? GFP_KERNEL_ACCOUNT : GFP_KERNEL;

	return gfp | __GFP_ZERO | __GFP_NOWARN | __GFP_RETRY_MAYFAIL;
}

static inline size_t mmapdemo_buffer_bytes(const struct mmapdemo_buffer *buffer)
{
	return buffer->npages << PAGE_SHIFT;
}

/* A checked place in a buffer, also where the CPU goes on before the check */
static inline unsigned long mmapdemo_nospec(u64 index, u64 size)
{
	return array_index_nospec((unsigned long)index, (unsigned long)size);
}

/* Contiguous memory is allocated in powers of two of pages */
static inline unsigned long mmapdemo_contiguous_cost(size_t bytes)
{
	return 1UL << get_order(bytes);
}

/*
 * For loops over a buffer, which may be as large as memory: lets others run.
 * True if a fatal signal is pending; the caller's result will not be used.
 */
static inline bool mmapdemo_killed(void)
{
	cond_resched();
	return fatal_signal_pending(current);
}

/* pinned.c: memory that outlives its last descriptor and mapping */
bool mmapdemo_pinned_in_use(const struct mmapdemo_buffer *buffer);
void mmapdemo_buffer_release(struct mmapdemo_buffer *buffer);
void mmapdemo_pinned_free(void);
void mmapdemo_pinned_exit(void);

/* limit.c */
extern unsigned long mmapdemo_limit_mb;
extern bool mmapdemo_limit_given;
void mmapdemo_limit_init(void);
unsigned long mmapdemo_limit_pages(void);
unsigned long mmapdemo_limit_used(void);
int mmapdemo_limit_charge(unsigned long pages);
void mmapdemo_limit_uncharge(unsigned long pages);

/* content.c: everything that touches the bytes */
ssize_t mmapdemo_content_read(struct mmapdemo_buffer *buffer, loff_t *pos,
			      struct iov_iter *to);
ssize_t mmapdemo_content_write(struct mmapdemo_buffer *buffer, loff_t *pos,
			       struct iov_iter *from);
int mmapdemo_content_fill(struct mmapdemo_buffer *buffer,
			  const struct mmapdemo_fill *fill);
int mmapdemo_content_checksum(struct mmapdemo_buffer *buffer,
			      struct mmapdemo_checksum *sum);

/* mapping.c */

/**
 * struct mmapdemo_mapping - what a mapping is to be, before and without a VMA
 * @vm_flags: in: requested; out: granted
 * @pgoff: first page of the buffer
 * @npages: how many of them
 * @prot: in: as derived from @vm_flags; out: with the attribute of the buffer
 * @populate: out: map all pages now, and not some on each touch
 */
struct mmapdemo_mapping {
	unsigned long vm_flags;
	unsigned long pgoff;
	unsigned long npages;
	pgprot_t prot;
	bool populate;
};

int mmapdemo_mapping_plan(const struct mmapdemo_buffer *buffer,
			  struct mmapdemo_mapping *mapping);

/* vma.c */
extern const struct vm_operations_struct mmapdemo_vm_ops;
struct mmapdemo_buffer *mmapdemo_vma_buffer(const struct vm_area_struct *vma);
u64 mmapdemo_vma_offset(const struct vm_area_struct *vma, unsigned long addr);

/* mapinfo.c */
int mmapdemo_mapinfo(struct mmapdemo_buffer *buffer,
		     struct mmapdemo_mapinfo *info);

/* mmap.c, and mmap_prepare.c where the kernel has that */
int mmapdemo_mmap(struct file *file, struct vm_area_struct *vma);
int mmapdemo_mmap_prepare(struct vm_area_desc *desc);

/* wait.c */
int mmapdemo_wait(struct mmapdemo_buffer *buffer, struct mmapdemo_wait *wait,
		  bool nonblock);
int mmapdemo_wake(struct mmapdemo_buffer *buffer,
		  const struct mmapdemo_wake *wake);
void mmapdemo_wake_range(struct mmapdemo_buffer *buffer, u64 offset,
			 u64 length);
__poll_t mmapdemo_poll(struct file *file, struct poll_table_struct *table);
void mmapdemo_queues_free(struct mmapdemo_buffer *buffer);

/* wake_queue.c */
void mmapdemo_wake_queue(struct wait_queue_head *queue, int nr_exclusive,
			 void *key);

/* backing.c */
#define MMAPDEMO_BACKING_NAMES "kmalloc, vmalloc, shmem or dma"

const struct mmapdemo_backing_ops *mmapdemo_backing_by_name(const char *name);
const struct mmapdemo_backing_ops *mmapdemo_backing_by_id(u32 id);
u32 mmapdemo_backings_available(void);
extern const struct mmapdemo_backing_ops mmapdemo_backing_kmalloc;
extern const struct mmapdemo_backing_ops mmapdemo_backing_vmalloc;
extern const struct mmapdemo_backing_ops mmapdemo_backing_shmem;
extern const struct mmapdemo_backing_ops mmapdemo_backing_dma;

/* backing_dma.c */
void mmapdemo_dma_init(void);
void mmapdemo_dma_exit(void);

/*
 * For fault handlers. Some kernels let userfaultfd protect any mapping, and put
 * markers where there are no entries yet.
 */
static inline bool mmapdemo_entry_is_marker(const struct vm_fault *vmf)
{
	return vmf->flags & FAULT_FLAG_ORIG_PTE_VALID &&
	       !pte_none(vmf->orig_pte);
}

/* pages.c: memory whose pages are refcounted one by one */
#define MMAPDEMO_PAGES_VM_FLAGS (VM_MIXEDMAP | VM_DONTEXPAND | VM_DONTDUMP)
int mmapdemo_page_array_alloc(struct mmapdemo_buffer *buffer);
void mmapdemo_page_array_free(struct mmapdemo_buffer *buffer);
int mmapdemo_pages_insert(struct vm_area_struct *vma, struct page **pages);
vm_fault_t mmapdemo_pages_fault(struct mmapdemo_buffer *buffer,
				struct vm_fault *vmf, unsigned int order);
bool mmapdemo_pages_poisoned(const struct mmapdemo_buffer *buffer,
			     unsigned long first, unsigned long npages);

/* True if one of these bytes lies in a page that mmapdemo_pages_poisoned() finds */
static inline bool mmapdemo_bytes_poisoned(const struct mmapdemo_buffer *buffer,
					   u64 offset, size_t length)
{
	unsigned long first = offset >> PAGE_SHIFT;
	unsigned long end = (offset + length + PAGE_SIZE - 1) >> PAGE_SHIFT;

	return buffer->pages &&
	       mmapdemo_pages_poisoned(buffer, first, end - first);
}

/* blocks.c: memory whose attribute is set in whole entries of the direct map */
int mmapdemo_block_alloc(struct mmapdemo_buffer *buffer);
void mmapdemo_block_free(struct mmapdemo_buffer *buffer);

/* cache.c */
const char *mmapdemo_cache_name(u32 cache);
int mmapdemo_cache_by_name(const char *name);
u32 mmapdemo_caches_available(const struct mmapdemo_backing_ops *backing);
enum mmapdemo_cache
mmapdemo_cache_effective(const struct mmapdemo_buffer *buffer);

const char *mmapdemo_wb_unsupported_reason(enum mmapdemo_cache cache);

/* The kernel's direct map: cache_x86.c, on other machines cache_fixed.c */
const char *mmapdemo_direct_map_unsupported_reason(enum mmapdemo_cache cache);
int mmapdemo_direct_map_set(void *kaddr, unsigned long npages,
			    enum mmapdemo_cache cache);
int mmapdemo_direct_map_restore(void *kaddr, unsigned long npages,
				enum mmapdemo_cache cache);

/*
 * Entries: cache_x86.c, cache_arm64.c or cache_generic.c. Where they are not
 * readable, memory that the kernel made cached is taken to be so.
 */
extern const char *const mmapdemo_only_wb;
bool mmapdemo_cache_readable(void);
pgprot_t mmapdemo_cache_pgprot(pgprot_t prot, enum mmapdemo_cache cache);
enum mmapdemo_cache mmapdemo_cache_of_kernel(void *kaddr, size_t *bytes);
enum mmapdemo_cache mmapdemo_cache_of_entry(pte_t entry, size_t bytes);

#endif /* _MMAPDEMO_H */
