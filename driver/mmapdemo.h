/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the files of the module share. A call travels downward:
 * main.c, file.c -> content.c, mapping.c -> buffer.c -> backing_*.c -> cache_*.c
 */
#ifndef _MMAPDEMO_H
#define _MMAPDEMO_H

#include <linux/atomic.h>
#include <linux/kref.h>
#include <linux/mm.h>
#include <linux/wait.h>

#include <linux/mmapdemo.h>

struct file;
struct iov_iter;
struct kiocb;
struct mmapdemo_backing_ops;

/**
 * struct mmapdemo_buffer - memory that the kernel and user space share
 * @ref: held by the module for the device's own buffer and by each open file;
 *	a mapping holds its file
 * @size: bytes, as requested
 * @npages: pages that @kaddr points to and user space may map; @size rounded up
 * @backing: where the memory comes from
 * @cache: attribute in force in the kernel's and in each user's page tables
 * @kaddr: kernel address of the first byte, page aligned
 * @generation: moves after each change that the kernel made or saw
 * @wait: woken when @generation moved
 *
 * All but @ref, @generation, @wait and the bytes behind @kaddr is fixed once
 * mmapdemo_buffer_create() returned, so it is read without a lock. The bytes
 * are shared memory: whoever needs an order among their users makes it.
 */
struct mmapdemo_buffer {
	struct kref ref;
	size_t size;
	unsigned long npages;
	const struct mmapdemo_backing_ops *backing;
	enum mmapdemo_cache cache;
	void *kaddr;
	atomic64_t generation;
	wait_queue_head_t wait;
};

/**
 * struct mmapdemo_backing_ops - one way to come by memory and to map it
 * @id: number in the ABI
 * @name: as in the module parameter backing=
 * @max_size: largest buffer in bytes
 * @refusal: why an attribute cannot be in force, or NULL if it can
 * @alloc: fills in kaddr with zeroed memory that carries the attribute.
 *	-ENOMEM, or what kept the attribute from being set
 * @free: gives the memory back with its attribute restored
 * @map: enters the pages into a vma that mapping.c has checked and whose
 *	vm_page_prot carries the attribute; called under mmap_lock
 */
struct mmapdemo_backing_ops {
	enum mmapdemo_backing id;
	const char *name;
	size_t max_size;
	const char *(*refusal)(enum mmapdemo_cache cache);
	int (*alloc)(struct mmapdemo_buffer *buffer);
	void (*free)(struct mmapdemo_buffer *buffer);
	int (*map)(struct mmapdemo_buffer *buffer, struct vm_area_struct *vma);
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

extern const struct file_operations mmapdemo_fops;

/* main.c */
struct mmapdemo_buffer *mmapdemo_device_buffer(void);

/* buffer.c */
struct mmapdemo_buffer *
mmapdemo_buffer_create(size_t size, const struct mmapdemo_backing_ops *backing,
		       enum mmapdemo_cache cache);
struct mmapdemo_buffer *mmapdemo_buffer_get(struct mmapdemo_buffer *buffer);
void mmapdemo_buffer_put(struct mmapdemo_buffer *buffer);
void mmapdemo_buffer_changed(struct mmapdemo_buffer *buffer);

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
int mmapdemo_mmap(struct file *file, struct vm_area_struct *vma);
int mmapdemo_mapping_info(struct mmapdemo_buffer *buffer,
			  struct mmapdemo_mapinfo *info);

/* backing.c */
const struct mmapdemo_backing_ops *mmapdemo_backing_by_name(const char *name);
u32 mmapdemo_backings_available(void);
extern const struct mmapdemo_backing_ops mmapdemo_backing_kmalloc;

/* cache.c */
const char *mmapdemo_cache_name(enum mmapdemo_cache cache);
int mmapdemo_cache_by_name(const char *name);
u32 mmapdemo_caches_available(const struct mmapdemo_backing_ops *backing);
enum mmapdemo_cache
mmapdemo_cache_effective(const struct mmapdemo_buffer *buffer);

/* cache_x86.c or cache_generic.c */
const char *mmapdemo_linear_refusal(enum mmapdemo_cache cache);
int mmapdemo_linear_set(void *kaddr, unsigned long npages,
			enum mmapdemo_cache cache);
int mmapdemo_linear_restore(void *kaddr, unsigned long npages,
			    enum mmapdemo_cache cache);
pgprot_t mmapdemo_cache_pgprot(pgprot_t prot, enum mmapdemo_cache cache);
enum mmapdemo_cache mmapdemo_cache_of_kernel(void *kaddr, size_t *bytes);
enum mmapdemo_cache mmapdemo_cache_of_entry(pte_t entry, size_t bytes);

#endif /* _MMAPDEMO_H */
