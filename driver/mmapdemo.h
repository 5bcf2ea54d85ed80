/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the files of the module share. A call travels downward:
 * main.c, file.c -> content.c, mapping.c, wait.c -> buffer.c -> backing_*.c ->
 * pages.c, cache_*.c
 */
#ifndef _MMAPDEMO_H
#define _MMAPDEMO_H

#include <linux/atomic.h>
#include <linux/kref.h>
#include <linux/mm.h>
#include <linux/sched/signal.h>
#include <linux/wait.h>

#include <linux/mmapdemo.h>

struct file;
struct iov_iter;
struct kiocb;
struct mmapdemo_backing_ops;
struct vm_area_desc;

/**
 * struct mmapdemo_spec - what a buffer is to be; never changes afterwards
 * @size: bytes
 * @backing: where the memory comes from
 * @cache: attribute in force in the kernel's and in each user's page tables
 * @lazy: pages are entered into a user's page table when they are touched
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
 * @ref: held by the module for the device's own buffer and by each open file;
 *	a mapping holds its file
 * @npages: pages that @kaddr points to and user space may map
 * @kaddr: kernel address of the first byte, page aligned
 * @pages: pages.c: what is behind @kaddr where pages are counted one by one, or
 *	NULL: then the memory is in one piece, and mapped by frame numbers
 * @pfn: without @pages, the number of the first frame
 * @shmem: backing_shmem.c: the file that owns the pages
 * @dma: backing_dma.c: address as the device sees it, never shown
 * @generation: moves after each change that the kernel made or was told of
 * @pollers: woken when @generation moved
 * @waiters: MMAPDEMO_IOC_WAIT, see wait.c
 *
 * All but @ref, @generation and the queues is fixed once
 * mmapdemo_buffer_create() returned, so it is read without a lock. The bytes
 * behind @kaddr are shared memory: whoever needs an order among their users
 * makes it.
 */
struct mmapdemo_buffer {
	struct mmapdemo_spec spec;
	struct kref ref;
	unsigned long npages;
	void *kaddr;
	struct page **pages;
	unsigned long pfn;
	union {
		struct file *shmem;
		dma_addr_t dma;
	};
	atomic64_t generation;
	wait_queue_head_t pollers;
	wait_queue_head_t waiters;
};

/**
 * struct mmapdemo_backing_ops - one way to come by memory and to map it
 * @id: number in the ABI
 * @name: as in the module parameter backing=
 * @max_size: largest buffer in bytes
 * @copies: MAP_PRIVATE is possible
 * @vm_flags: that a mapping has besides those asked for
 * @refusal: why an attribute cannot be in force, or NULL if it can
 * @lazy_refusal: why pages cannot be entered on touch, or NULL if they can
 * @cost: pages that alloc takes from the machine, where not one for each of the
 *	buffer's
 * @alloc: fills in kaddr with zeroed memory that carries the attribute.
 *	-ENOMEM, or what kept the attribute from being set
 * @free: gives the memory back with its attribute restored
 * @map: instead of mmap.c or mmap_prepare.c, enters all of the memory into a
 *	vma that mapping.c has checked and whose vm_page_prot carries the
 *	attribute; called under mmap_lock. NULL: they do it
 * @fault: enters the pages that @order and the address tell; VM_FAULT_FALLBACK
 *	where only a smaller order can be. NULL: there are no faults
 */
struct mmapdemo_backing_ops {
	enum mmapdemo_backing id;
	const char *name;
	size_t max_size;
	bool copies;
	unsigned long vm_flags;
	const char *(*refusal)(enum mmapdemo_cache cache);
	const char *lazy_refusal;
	unsigned long (*cost)(const struct mmapdemo_buffer *buffer);
	int (*alloc)(struct mmapdemo_buffer *buffer);
	void (*free)(struct mmapdemo_buffer *buffer);
	int (*map)(struct mmapdemo_buffer *buffer, struct vm_area_struct *vma);
	vm_fault_t (*fault)(struct mmapdemo_buffer *buffer,
			    struct vm_fault *vmf, unsigned int order);
};

/* file.c */

/**
 * struct mmapdemo_file - an open file
 * @buffer: what it shows, with a reference
 * @seen: generation that this open file saw last, for poll
 */
struct mmapdemo_file {
	struct mmapdemo_buffer *buffer;
	atomic64_t seen;
};

const struct file_operations *
mmapdemo_file_operations(const struct mmapdemo_buffer *buffer);

/* main.c */
struct mmapdemo_buffer *mmapdemo_device_buffer(void);

/* buffer.c */
extern unsigned long mmapdemo_limit_mb;
int mmapdemo_spec_check(const struct mmapdemo_spec *spec, const char **why);
struct mmapdemo_buffer *
mmapdemo_buffer_create(const struct mmapdemo_spec *spec);
struct mmapdemo_buffer *mmapdemo_buffer_get(struct mmapdemo_buffer *buffer);
void mmapdemo_buffer_put(struct mmapdemo_buffer *buffer);
gfp_t mmapdemo_buffer_gfp(const struct mmapdemo_buffer *buffer);

static inline size_t mmapdemo_buffer_bytes(const struct mmapdemo_buffer *buffer)
{
	return buffer->npages << PAGE_SHIFT;
}

/* Memory in one piece is allocated in powers of two of pages */
static inline unsigned long mmapdemo_contiguous_cost(size_t bytes)
{
	return 1UL << get_order(bytes);
}

/*
 * In loops over a buffer, which may be as large as memory: lets others run; true
 * if the caller was killed, and whatever it is given is never seen.
 */
static inline bool mmapdemo_killed(void)
{
	cond_resched();
	return fatal_signal_pending(current);
}

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
 * @vm_flags: asked for; then those that it gets
 * @pgoff: first page of the buffer
 * @npages: how many of them
 * @prot: as derived from @vm_flags; then with the attribute of the buffer
 * @now: set if all pages are to be entered, and not some on each touch
 */
struct mmapdemo_mapping {
	unsigned long vm_flags;
	unsigned long pgoff;
	unsigned long npages;
	pgprot_t prot;
	bool now;
};

extern const struct vm_operations_struct mmapdemo_vm_ops;
int mmapdemo_mapping_plan(const struct mmapdemo_buffer *buffer,
			  struct mmapdemo_mapping *mapping);
int mmapdemo_mapping_info(struct mmapdemo_buffer *buffer,
			  struct mmapdemo_mapinfo *info);

/* mmap.c, and mmap_prepare.c where the kernel has that */
int mmapdemo_mmap(struct file *file, struct vm_area_struct *vma);
int mmapdemo_mmap_prepare(struct vm_area_desc *desc);

/* wait.c */
int mmapdemo_wait(struct mmapdemo_buffer *buffer, struct mmapdemo_wait *wait);
int mmapdemo_wake(struct mmapdemo_buffer *buffer,
		  const struct mmapdemo_wake *wake);
void mmapdemo_changed(struct mmapdemo_buffer *buffer);

/* backing.c */
const struct mmapdemo_backing_ops *mmapdemo_backing_by_name(const char *name);
const struct mmapdemo_backing_ops *mmapdemo_backing_by_id(u32 id);
u32 mmapdemo_backings_available(void);
extern const struct mmapdemo_backing_ops mmapdemo_backing_kmalloc;
extern const struct mmapdemo_backing_ops mmapdemo_backing_vmalloc;
extern const struct mmapdemo_backing_ops mmapdemo_backing_shmem;
extern const struct mmapdemo_backing_ops mmapdemo_backing_dma;

/* backing_dma.c */
int mmapdemo_dma_init(void);
void mmapdemo_dma_exit(void);

/* pages.c: memory whose pages are counted one by one */
#define MMAPDEMO_PAGES_VM_FLAGS (VM_DONTEXPAND | VM_DONTDUMP)
int mmapdemo_pages_alloc(struct mmapdemo_buffer *buffer);
void mmapdemo_pages_free(struct mmapdemo_buffer *buffer);
int mmapdemo_pages_insert(struct vm_area_struct *vma, struct page **pages);
vm_fault_t mmapdemo_pages_fault(struct mmapdemo_buffer *buffer,
				struct vm_fault *vmf, unsigned int order);

/* cache.c */
const char *mmapdemo_cache_name(u32 cache);
int mmapdemo_cache_by_name(const char *name);
u32 mmapdemo_caches_available(const struct mmapdemo_backing_ops *backing);
enum mmapdemo_cache
mmapdemo_cache_effective(const struct mmapdemo_buffer *buffer);

const char *mmapdemo_wb_refusal(enum mmapdemo_cache cache);

/* The kernel's own mapping: cache_x86.c, on other machines cache_fixed.c */
const char *mmapdemo_linear_refusal(enum mmapdemo_cache cache);
int mmapdemo_linear_set(void *kaddr, unsigned long npages,
			enum mmapdemo_cache cache);
int mmapdemo_linear_restore(void *kaddr, unsigned long npages,
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
