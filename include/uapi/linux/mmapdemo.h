/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
#ifndef _UAPI_LINUX_MMAPDEMO_H
#define _UAPI_LINUX_MMAPDEMO_H

#include <linux/ioctl.h>
#include <linux/types.h>

/*
 * mmapdemo: a buffer of kernel memory that user space maps
 * =========================================================
 *
 * This comment is the manual of the ABI. Every sentence has a test.
 *
 *	fd = open("/dev/mmapdemo", O_RDWR);
 *	map = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
 *	map[0] = 1;			the kernel sees it: MMAPDEMO_IOC_CHECKSUM
 *
 * A buffer has a size in bytes, a backing (where its memory comes from) and a
 * cache attribute. They are chosen when it is made and never change. Every
 * opener of /dev/mmapdemo shares the device's own buffer, which the module
 * parameters size=, backing= and cache= describe. It starts out as zeros and
 * lives until the module is unloaded, which is refused (EBUSY) while a
 * descriptor or a mapping exists.
 *
 * Combinations that can be in force; all others are refused with EOPNOTSUPP
 * when the buffer is made, never replaced by something else:
 *
 *	backing   wb   wc             uc      wt    size in bytes
 *	kmalloc   yes  x86 with PAT   x86     no    1 to the kernel's
 *	                                            KMALLOC_MAX_SIZE (4 MiB)
 *
 * read(2), write(2), lseek(2)
 *	The buffer behaves as a file of its size, which cannot grow. A read at
 *	the end returns 0; a read or write that crosses the end is short; a
 *	write at or behind the end fails with ENOSPC, unless it is of 0 bytes.
 *	EFAULT if no byte could be copied; if some could, their number.
 *	SEEK_SET, SEEK_CUR, SEEK_END; EINVAL outside 0..size.
 *
 * mmap(2)
 *	Maps whole pages, from any page of the buffer. The last page's bytes
 *	behind the size are part of the mapping; they start out as zeros and
 *	belong to this buffer alone. All pages are there when mmap returns: a
 *	touch takes no page fault.
 *	EINVAL  not MAP_SHARED (or MAP_SHARED_VALIDATE)
 *	EACCES  PROT_EXEC; a later mprotect(PROT_EXEC) fails with it too.
 *	        Also from mmap(2) itself: the descriptor is not readable, or
 *	        PROT_WRITE and it is not writable
 *	ENXIO   a page of offset..offset + length lies outside the buffer
 *	ENOMEM  no memory for page tables
 *	A fork shares the mapping. It cannot grow (mremap: EFAULT), is never
 *	part of a core dump, and cannot be pinned: O_DIRECT, vmsplice,
 *	process_vm_readv and shared futexes on it fail with EFAULT. ptrace,
 *	/proc/PID/mem and so debuggers read it, and write it where it is
 *	mapped for writing (else EIO).
 *
 * poll(2), select(2), epoll(7)
 *	Always writable. Readable when the buffer's generation is not the one
 *	this open file saw last: at open, then in each MMAPDEMO_IOC_INFO. The
 *	generation moves with each write(2) of at least a byte and each
 *	MMAPDEMO_IOC_FILL, not with stores through a mapping, which the
 *	kernel does not see.
 *
 * /proc/PID/fdinfo/FD
 *	mmapdemo-size, -backing, -cache and -generation.
 *
 * ioctl(2)
 *	Each argument is a struct that starts with its own size in bytes, set
 *	by the caller. Later versions append fields; a field that a side does
 *	not know reads as 0. On return size holds the number of bytes that
 *	the kernel filled in. Common errors:
 *	ENOTTY  the command is unknown
 *	EFAULT  the struct cannot be read or written. If it cannot be written,
 *	        what the command does has been done
 *	EINVAL  size is smaller than the command's first version, an unknown
 *	        flag is set, or a reserved field is not 0
 *	E2BIG   size is larger than what the kernel knows and the bytes behind
 *	        are not all 0, or it is larger than a page
 */
#define MMAPDEMO_IOC_MAGIC 0xF7

/**
 * enum mmapdemo_backing - where a buffer's memory comes from
 * @MMAPDEMO_BACKING_KMALLOC: kzalloc, physically contiguous; mapped with
 *	remap_pfn_range
 */
enum mmapdemo_backing {
	MMAPDEMO_BACKING_KMALLOC = 0,
};

/**
 * enum mmapdemo_cache - cache attribute of a page table entry
 * @MMAPDEMO_CACHE_WB: write-back, ordinary memory
 * @MMAPDEMO_CACHE_WC: write-combining: not cached, stores are gathered and
 *	become visible in order only behind a store fence
 * @MMAPDEMO_CACHE_UC: not cached. On x86 this is the page type UC-, which is
 *	uncached on RAM, whose MTRR type is write-back
 * @MMAPDEMO_CACHE_WT: write-through; never available on RAM
 * @MMAPDEMO_CACHE_MIXED: only reported: the pages differ, or their attribute
 *	is none of these
 */
enum mmapdemo_cache {
	MMAPDEMO_CACHE_WB = 0,
	MMAPDEMO_CACHE_WC = 1,
	MMAPDEMO_CACHE_UC = 2,
	MMAPDEMO_CACHE_WT = 3,
	MMAPDEMO_CACHE_MIXED = 255,
};

/**
 * struct mmapdemo_info - argument of MMAPDEMO_IOC_INFO
 * @size: in: sizeof(struct mmapdemo_info) or that of another version; out:
 *	bytes filled in
 * @flags: in: 0; out: 0
 * @buffer_size: out: bytes, as requested when the buffer was made
 * @mapping_size: out: bytes that can be mapped: @buffer_size, rounded up to
 *	pages
 * @generation: out: see poll above; this open file has now seen it
 * @page_size: out: bytes of a page
 * @backing: out: enum mmapdemo_backing
 * @cache_requested: out: enum mmapdemo_cache asked for when it was made
 * @cache_effective: out: enum mmapdemo_cache, read back now from the kernel's
 *	own page table entries of all the buffer's pages
 * @cache_available: out: bit 1 << enum mmapdemo_cache for each attribute that
 *	this backing can have on this machine
 * @backing_available: out: bit 1 << enum mmapdemo_backing for each backing of
 *	this module
 *
 * Describes the buffer behind the descriptor. Works on any descriptor of the
 * device, read-only and write-only ones too. No error beyond the common ones.
 */
struct mmapdemo_info {
	__u32 size;
	__u32 flags;
	__u64 buffer_size;
	__u64 mapping_size;
	__u64 generation;
	__u32 page_size;
	__u32 backing;
	__u32 cache_requested;
	__u32 cache_effective;
	__u32 cache_available;
	__u32 backing_available;
};

#define MMAPDEMO_IOC_INFO _IO(MMAPDEMO_IOC_MAGIC, 0x00)

/*
 * Flags of struct mmapdemo_mapinfo, out.
 * PRESENT: the address has a page table entry; without it @cache and
 * @entry_size are 0. WRITE: that entry allows stores.
 */
#define MMAPDEMO_MAPINFO_PRESENT (1U << 0)
#define MMAPDEMO_MAPINFO_WRITE (1U << 1)

/**
 * struct mmapdemo_mapinfo - argument of MMAPDEMO_IOC_MAPINFO
 * @size: in: sizeof(struct mmapdemo_mapinfo) or that of another version; out:
 *	bytes filled in
 * @flags: in: 0; out: MMAPDEMO_MAPINFO_*
 * @address: in: an address in one of the caller's mappings of this buffer, by
 *	this descriptor or any other; out: unchanged
 * @offset: out: byte of the buffer that the address shows
 * @cache: out: enum mmapdemo_cache in the caller's page table entry
 * @entry_size: out: bytes that the page table entry covers
 *
 * Tells what is in force in user space, from the page table itself. Neither
 * the entry nor a physical address is ever revealed.
 *
 * Errors: ENXIO @address is not in a mapping of this buffer.
 */
struct mmapdemo_mapinfo {
	__u32 size;
	__u32 flags;
	__u64 address;
	__u64 offset;
	__u32 cache;
	__u32 entry_size;
};

#define MMAPDEMO_IOC_MAPINFO _IO(MMAPDEMO_IOC_MAGIC, 0x01)

/*
 * Flag of struct mmapdemo_fill.
 * COUNT: add to the pattern the offset of its first byte, so that no two
 * places of the buffer are alike.
 */
#define MMAPDEMO_FILL_COUNT (1U << 0)

/**
 * struct mmapdemo_fill - argument of MMAPDEMO_IOC_FILL
 * @size: in: sizeof(struct mmapdemo_fill) or that of another version; out:
 *	bytes filled in
 * @flags: in: 0 or MMAPDEMO_FILL_COUNT; out: unchanged
 * @offset: in: first byte of the buffer to store to
 * @length: in: number of bytes; 0 stores nothing and moves no generation
 * @pattern: in: what to store: the byte at offset o of the buffer becomes byte
 *	o % 8 of this number (plus, with COUNT, o - o % 8, modulo 2^64) in
 *	little-endian order
 *
 * The kernel stores a pattern through its own address. Takes a descriptor that
 * is open for writing.
 *
 * Errors: EBADF not open for writing; EINVAL the range does not lie within
 * 0..buffer_size, nothing was stored; EINTR a fatal signal came, a part was
 * stored.
 */
struct mmapdemo_fill {
	__u32 size;
	__u32 flags;
	__u64 offset;
	__u64 length;
	__u64 pattern;
};

#define MMAPDEMO_IOC_FILL _IO(MMAPDEMO_IOC_MAGIC, 0x02)

/**
 * struct mmapdemo_checksum - argument of MMAPDEMO_IOC_CHECKSUM
 * @size: in: sizeof(struct mmapdemo_checksum) or that of another version; out:
 *	bytes filled in
 * @flags: in: 0; out: 0
 * @offset: in: first byte of the buffer to read
 * @length: in: number of bytes; 0 gives the checksum 0
 * @crc: out: CRC-32 as zlib's crc32() computes it
 * @reserved: in: 0; out: 0
 *
 * The kernel reads the buffer through its own address. Takes a descriptor that
 * is open for reading.
 *
 * Errors: EBADF not open for reading; EINVAL the range does not lie within
 * 0..buffer_size; EINTR a fatal signal came.
 */
struct mmapdemo_checksum {
	__u32 size;
	__u32 flags;
	__u64 offset;
	__u64 length;
	__u32 crc;
	__u32 reserved;
};

#define MMAPDEMO_IOC_CHECKSUM _IO(MMAPDEMO_IOC_MAGIC, 0x03)

#endif /* _UAPI_LINUX_MMAPDEMO_H */
