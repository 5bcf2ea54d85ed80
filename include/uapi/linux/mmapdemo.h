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
 * A buffer has a size in bytes, a backing (where its memory comes from), a
 * cache attribute and a way to be populated. They are chosen when it is made
 * and never change. It starts out as zeros.
 *
 * Every opener of /dev/mmapdemo shares the device's own buffer, which the
 * module parameters size=, backing=, cache= and populate= describe. A private
 * buffer is made by MMAPDEMO_IOC_CREATE, has a descriptor of its own that can
 * be inherited and passed on, and is gone with its last descriptor and
 * mapping. The module cannot be unloaded (EAGAIN from delete_module(2)) while
 * a descriptor or a mapping exists.
 *
 * Combinations that can be in force; all others are refused with EOPNOTSUPP
 * when the buffer is made, never replaced by something else:
 *
 *	backing  wb   wc            uc   wt  LAZY  largest size in bytes
 *	kmalloc  yes  x86 with PAT  x86  no  yes   KMALLOC_MAX_SIZE (4 MiB)
 *	vmalloc  yes  no            no   no  yes   what memory allows
 *	shmem    yes  no            no   no  yes   what memory allows
 *	dma      x86  arm64         no   no  no    what is contiguous
 *
 * On other machines wb alone, and no dma: what is in force there is not known.
 *
 * What a mapping of each can do; where it says no, the error:
 *
 *	backing  MAP_PRIVATE  pin: O_DIRECT, vmsplice,     shared futexes and
 *	                      process_vm_readv, io_uring   process-shared
 *	                      fixed buffers                semaphores
 *	kmalloc  EINVAL       EFAULT                       EFAULT
 *	vmalloc  EINVAL       yes (io_uring from 6.12 on)  EFAULT
 *	shmem    yes          yes (io_uring from 6.12 on)  yes
 *	dma      EINVAL       EFAULT                       EFAULT
 *
 * MMAPDEMO_IOC_WAIT and MMAPDEMO_IOC_WAKE do a futex's work on all of them.
 *
 * read(2), write(2), lseek(2)
 *	The buffer behaves as a file of its size, which cannot grow. A read at
 *	the end returns 0; a read or write that crosses the end is short; a
 *	write at or behind the end fails with ENOSPC, unless it is of 0 bytes.
 *	EFAULT if no byte could be copied; if some were, their number: x86
 *	copies each byte that it can, arm64 may leave out the last ones.
 *	SEEK_SET, SEEK_CUR, SEEK_END; EINVAL outside 0..size. O_APPEND has no
 *	effect, as on a block device. splice(2) and sendfile(2) work. fsync(2)
 *	and msync(2) succeed: there is nothing behind the buffer.
 *
 * mmap(2)
 *	Maps whole pages, from any page of the buffer. The last page's bytes
 *	behind the size are part of the mapping; they start out as zeros and
 *	belong to this buffer alone. All pages of a shared mapping are there
 *	when mmap returns: a touch takes no page fault. Of a private mapping
 *	and of a LAZY buffer none is there: each touch of a new page faults it
 *	in, with an entry of 2 MiB where the kernel (6.12 and later, with pages
 *	of 4 KiB), the backing (kmalloc) and the place allow.
 *	EINVAL  not MAP_SHARED (or MAP_SHARED_VALIDATE), where the backing
 *	        cannot have MAP_PRIVATE
 *	EPERM   PROT_EXEC; a later mprotect(PROT_EXEC) fails with EACCES
 *	EACCES  from mmap(2) itself: the descriptor is not readable, or
 *	        PROT_WRITE with MAP_SHARED and it is not writable
 *	ENXIO   a page of offset..offset + length lies outside the buffer; when
 *	        their sum reaches 2^64, mmap(2) itself says EOVERFLOW
 *	ENOMEM  no memory for page tables
 *	A fork shares a shared mapping. It cannot grow (mremap: EFAULT) and is
 *	never part of a core dump. ptrace, /proc/PID/mem and so debuggers read
 *	it, and write it where it is mapped for writing (else EIO). A private
 *	mapping copies a page when it is stored to.
 *
 * poll(2), select(2), epoll(7)
 *	Always writable. Readable when the buffer's generation is not the one
 *	this open file saw last: at open, then in each MMAPDEMO_IOC_INFO. The
 *	generation moves with each write(2) of at least a byte, each
 *	MMAPDEMO_IOC_FILL and each MMAPDEMO_IOC_WAKE, not with stores through
 *	a mapping, which the kernel does not see.
 *
 * /proc/PID/fdinfo/FD
 *	mmapdemo-size, -backing, -cache, -populate and -generation.
 *
 * ioctl(2)
 *	Each argument is a struct that starts with its own size in bytes, set
 *	by the caller. Later versions append fields; a field that a side does
 *	not know reads as 0. INFO, MAPINFO, CHECKSUM and an interrupted WAIT
 *	write the struct back, with size as the number of bytes that the
 *	kernel filled in; the others leave it alone. Common errors:
 *	ENOTTY  the command is unknown
 *	EFAULT  the struct cannot be read, or not be written back
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
 * @MMAPDEMO_BACKING_VMALLOC: vmalloc memory; mapped page by page
 * @MMAPDEMO_BACKING_SHMEM: pages of a shmem file, which only the driver has;
 *	mapped page by page
 * @MMAPDEMO_BACKING_DMA: coherent DMA memory of a device that the module makes
 *	up; mapped with dma_mmap_attrs
 */
enum mmapdemo_backing {
	MMAPDEMO_BACKING_KMALLOC = 0,
	MMAPDEMO_BACKING_VMALLOC = 1,
	MMAPDEMO_BACKING_SHMEM = 2,
	MMAPDEMO_BACKING_DMA = 3,
};

/**
 * enum mmapdemo_cache - cache attribute of a page table entry
 * @MMAPDEMO_CACHE_WB: write-back, ordinary memory
 * @MMAPDEMO_CACHE_WC: write-combining: not cached, stores are gathered and
 *	become visible in order only behind a store fence. On arm64 this is
 *	Normal Non-cacheable memory, where the CPU need not be able to do
 *	atomic instructions
 * @MMAPDEMO_CACHE_UC: not cached. On x86 this is the page type UC-, which is
 *	uncached on RAM, whose MTRR type is write-back. On arm64 it would be
 *	Device memory, which RAM must not be: loads and stores would fault
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

/* Flag of struct mmapdemo_info, out. LAZY: see mmap above */
#define MMAPDEMO_INFO_LAZY (1U << 0)

/**
 * struct mmapdemo_info - argument of MMAPDEMO_IOC_INFO
 * @size: in: sizeof(struct mmapdemo_info) or that of another version; out:
 *	bytes filled in
 * @flags: in: 0; out: 0 or MMAPDEMO_INFO_LAZY
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
 * the entry nor a physical address is ever revealed. In a private mapping a
 * page that was copied is described as it is: the caller's own.
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
 * @size: in: sizeof(struct mmapdemo_fill) or that of another version
 * @flags: in: 0 or MMAPDEMO_FILL_COUNT
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

/*
 * Flags of struct mmapdemo_create.
 * LAZY: see mmap above. CLOEXEC: the new descriptor is closed by execve(2).
 */
#define MMAPDEMO_CREATE_LAZY (1U << 0)
#define MMAPDEMO_CREATE_CLOEXEC (1U << 1)

/**
 * struct mmapdemo_create - argument of MMAPDEMO_IOC_CREATE
 * @size: in: sizeof(struct mmapdemo_create) or that of another version
 * @flags: in: MMAPDEMO_CREATE_*
 * @buffer_size: in: bytes, at least 1
 * @backing: in: enum mmapdemo_backing
 * @cache: in: enum mmapdemo_cache
 *
 * Makes a private buffer. The ioctl returns a new descriptor, open for reading
 * and writing, which does all that one of /dev/mmapdemo does. Takes a
 * descriptor of any mode. The memory is charged to the caller's memory cgroup,
 * except what dma memory the kernel takes from CMA, which knows no owners; the
 * sum of all private buffers is at most the module parameter limit_mb
 * (default: half of the machine's memory). What is allocated counts: kmalloc
 * and dma memory comes in powers of two of pages, that of kmalloc with wc or uc
 * in at least four of them.
 *
 * Errors: EINVAL @backing or @cache is none that exists, or @buffer_size is 0
 * or more than the backing's largest; EOPNOTSUPP the combination cannot be in
 * force, see the table; ENOSPC limit_mb would be exceeded; ENOMEM no memory
 * (or the cgroup's limit); EMFILE, ENFILE no descriptor; EINTR a fatal signal
 * came. Nothing is made then.
 */
struct mmapdemo_create {
	__u32 size;
	__u32 flags;
	__u64 buffer_size;
	__u32 backing;
	__u32 cache;
};

#define MMAPDEMO_IOC_CREATE _IO(MMAPDEMO_IOC_MAGIC, 0x04)

/*
 * Flags of struct mmapdemo_wait.
 * TIMEOUT: wait no longer than @timeout says. ABSOLUTE: @timeout is a time of
 * CLOCK_MONOTONIC, not a duration; EINVAL without TIMEOUT.
 */
#define MMAPDEMO_WAIT_TIMEOUT (1U << 0)
#define MMAPDEMO_WAIT_ABSOLUTE (1U << 1)

/**
 * struct mmapdemo_wait - argument of MMAPDEMO_IOC_WAIT
 * @size: in: sizeof(struct mmapdemo_wait) or that of another version
 * @flags: in: MMAPDEMO_WAIT_*
 * @offset: in: of a 32-bit word of the buffer, a multiple of 4
 * @timeout: in: nanoseconds; out: when a signal interrupted a wait with a
 *	duration, what is left of it
 * @expected: in: the value to wait for the end of
 * @reserved: in: 0
 *
 * Sleeps until the word differs from @expected, and returns 0. Looks at it
 * before sleeping and when MMAPDEMO_IOC_WAKE, write(2) or MMAPDEMO_IOC_FILL
 * come by: who stores through a mapping calls WAKE afterwards, and no such
 * change is missed. Takes a descriptor that is open for reading.
 *
 * A signal interrupts it as it does a futex: without TIMEOUT the call starts
 * again behind a handler with SA_RESTART, else it fails with EINTR; after
 * being stopped and continued it goes on by itself, for the time that is left.
 *
 * Errors: EBADF not open for reading; EINVAL the word does not lie in the
 * buffer, or @offset is no multiple of 4; ETIMEDOUT; EINTR.
 */
struct mmapdemo_wait {
	__u32 size;
	__u32 flags;
	__u64 offset;
	__u64 timeout;
	__u32 expected;
	__u32 reserved;
};

#define MMAPDEMO_IOC_WAIT _IO(MMAPDEMO_IOC_MAGIC, 0x05)

/**
 * struct mmapdemo_wake - argument of MMAPDEMO_IOC_WAKE
 * @size: in: sizeof(struct mmapdemo_wake) or that of another version
 * @flags: in: 0
 * @offset: in: of a 32-bit word of the buffer, a multiple of 4
 * @count: in: wake at most that many, the longest waiting first; 0 wakes none
 * @reserved: in: 0
 *
 * Tells that a mapping's user stored to the word. Waiters whose expected value
 * it no longer has wake up; the ioctl returns how many. The generation moves,
 * so pollers notice too. Takes a descriptor that is open for writing.
 *
 * Errors: EBADF not open for writing; EINVAL the word does not lie in the
 * buffer, or @offset is no multiple of 4.
 */
struct mmapdemo_wake {
	__u32 size;
	__u32 flags;
	__u64 offset;
	__u32 count;
	__u32 reserved;
};

#define MMAPDEMO_IOC_WAKE _IO(MMAPDEMO_IOC_MAGIC, 0x06)

#endif /* _UAPI_LINUX_MMAPDEMO_H */
