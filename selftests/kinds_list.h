/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _MMAPDEMO_SELFTEST_KINDS_LIST_H
#define _MMAPDEMO_SELFTEST_KINDS_LIST_H

/*
 * The only list of backings and cache attributes in user space. The tool and
 * the examples include it, and kinds.sh reads it. It is not beside the tool,
 * because this folder is copied into a kernel tree and must stand alone there.
 */
#include <linux/mmapdemo.h>

/*
 * The order is that of the numbers in the UAPI header.
 *
 * X(constant, name, copies, pages, futexes)
 * copies: MAP_PRIVATE is supported.
 * pages: the pages are refcounted one by one, so they can be pinned and mapped
 *        again.
 * futexes: futexes shared by processes are supported.
 */
#define FOR_EACH_BACKING(X)                                         \
	X(MMAPDEMO_BACKING_KMALLOC, "kmalloc", false, false, false) \
	X(MMAPDEMO_BACKING_VMALLOC, "vmalloc", false, true, false)  \
	X(MMAPDEMO_BACKING_SHMEM, "shmem", true, true, true)        \
	X(MMAPDEMO_BACKING_DMA, "dma", false, false, false)

/* The same names for messages and help. */
#define BACKING_NAMES "kmalloc, vmalloc, shmem or dma"

/*
 * X(variant, backing, cache, lazy): the kinds that tests of private buffers
 * try. Backing and cache are the ends of names like MMAPDEMO_BACKING_KMALLOC.
 */
#define FOR_EACH_PRIVATE_KIND(X)              \
	X(kmalloc_wb, KMALLOC, WB, false)     \
	X(kmalloc_wc, KMALLOC, WC, false)     \
	X(kmalloc_wb_lazy, KMALLOC, WB, true) \
	X(vmalloc, VMALLOC, WB, false)        \
	X(vmalloc_lazy, VMALLOC, WB, true)    \
	X(shmem, SHMEM, WB, false)            \
	X(shmem_lazy, SHMEM, WB, true)        \
	X(dma, DMA, WB, false)                \
	X(dma_wc, DMA, WC, false)

/* The kinds that tests of the device try. */
#define FOR_EACH_KIND(X)                      \
	FOR_EACH_PRIVATE_KIND(X)              \
	X(kmalloc_uc, KMALLOC, UC, false)     \
	X(kmalloc_wc_lazy, KMALLOC, WC, true) \
	X(kmalloc_uc_lazy, KMALLOC, UC, true)

/* X(constant, name, words): the attributes that a caller can request. */
#define FOR_EACH_CACHE(X)                             \
	X(MMAPDEMO_CACHE_WB, "wb", "write-back")      \
	X(MMAPDEMO_CACHE_WC, "wc", "write-combining") \
	X(MMAPDEMO_CACHE_UC, "uc", "uncached")        \
	X(MMAPDEMO_CACHE_WT, "wt", "write-through")

/* For messages and help, without wt: RAM is never write-through. */
#define CACHE_NAMES "wb, wc or uc"

#define KIND_ID(constant, ...) constant,

/* For arrays that are indexed by the constant. */
#define KIND_NAME(constant, name, ...) [constant] = name,
#define KIND_ONE(...) +1
#define BACKING_COUNT (0 FOR_EACH_BACKING(KIND_ONE))
#define CACHE_COUNT (0 FOR_EACH_CACHE(KIND_ONE))

#endif /* _MMAPDEMO_SELFTEST_KINDS_LIST_H */
