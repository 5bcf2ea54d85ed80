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
 * buffer is made by MMAPDEMO_IOC_CREATE and is a file of its own, see below.
 * The module cannot be unloaded (EAGAIN from delete_module(2)) while a
 * descriptor or a mapping exists.
 *
 * Supported combinations. All others fail with EOPNOTSUPP when the buffer is
 * made; none is ever replaced by something else:
 *
 *	backing  wb   wc            uc   wt  LAZY  largest size in bytes
 *	kmalloc  yes  x86 with PAT  x86  no  yes   KMALLOC_MAX_SIZE (4 MiB)
 *	vmalloc  yes  no            no   no  yes   what memory allows
 *	shmem    yes  no            no   no  yes   what memory allows
 *	dma      x86  arm64         no   no  no    what is contiguous
 *
 * On other machines only wb, and no dma: the driver cannot read their page
 * table entries. dma is also missing where the module could not set up the
 * device that owns the memory. The module refuses to load (EOPNOTSUPP) on
 * machines whose data caches alias, where two mappings of a page can disagree.
 *
 * kmalloc memory with wc or uc is taken from blocks of 2 MiB. The attribute of
 * a whole block is changed in one entry of the kernel's direct map and restored
 * when the last buffer in the block is gone, so that no use of wc or uc splits
 * the direct map. The buffers of one memory cgroup share blocks.
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
 * A private buffer as a file
 *	Like a memfd, it is a regular file without a directory entry. fstat(2)
 *	tells its size, an inode number that no other buffer has, mode 0600 and
 *	the caller of MMAPDEMO_IOC_CREATE as its owner. It is shown as
 *	mmapdemo:[INODE] in /proc/PID/fd and /proc/PID/maps. Opening
 *	/proc/PID/fd/N makes another open file, with its own access mode,
 *	offset and acknowledged generation; fchmod(2) and fchown(2) decide who
 *	may. ftruncate(2) to another size fails with EPERM, fallocate(2) with
 *	EOPNOTSUPP, F_SETLEASE with EINVAL; O_TRUNC has no effect. The buffer
 *	is gone with its last descriptor, mapping and pinned page.
 *
 *	A process that was given a descriptor opened O_RDONLY cannot change the
 *	bytes through it: not by mmap(2), mprotect(2), mremap(2),
 *	/proc/PID/mem, write(2) or an ioctl, and not by opening
 *	/proc/self/fd/N for writing unless the inode's mode allows it. A
 *	process of the same user can be kept from it with MMAPDEMO_IOC_SEAL.
 *
 * read(2), write(2), lseek(2)
 *	The buffer behaves as a file of its size, which cannot grow. A read at
 *	the end returns 0; a read or write that crosses the end is short; a
 *	write at or past the end fails with ENOSPC, unless it is of 0 bytes.
 *	EFAULT if no byte could be copied; if some were, their number: x86
 *	copies each byte that it can, arm64 may leave out the last ones.
 *	SEEK_SET, SEEK_CUR, SEEK_END; EINVAL outside 0..size. SEEK_DATA and
 *	SEEK_HOLE find data everywhere and a hole at the end; ENXIO at or past
 *	the end. O_APPEND has no effect, as on a block device. Calls never
 *	block, so O_NONBLOCK and RWF_NOWAIT change nothing. splice(2) and
 *	sendfile(2) work. fsync(2) and msync(2) succeed and do nothing: the
 *	buffer has no storage to be written to. EPERM the buffer is sealed
 *	against writing. EHWPOISON the next byte lies in a page that has a
 *	hardware memory error (see MADV_HWPOISON in madvise(2)).
 *
 * mmap(2)
 *	Maps whole pages, from any page of the buffer. The last page's bytes
 *	past the size are part of the mapping; they start out as zeros and
 *	belong to this buffer alone. A shared mapping is populated when mmap
 *	returns: on x86, and on arm64 with hardware management of the dirty
 *	state, a touch takes no page fault, unless write tracking was
 *	switched on (soft-dirty, userfaultfd). A private mapping and one of a
 *	LAZY buffer start out empty: each touch of a new page faults it in,
 *	with an entry of 2 MiB where the kernel (6.12 and later, with pages of
 *	4 KiB), the backing (kmalloc) and the addresses allow. A page with a
 *	hardware memory error is never mapped: its touch raises SIGBUS.
 *	EINVAL  not MAP_SHARED (or MAP_SHARED_VALIDATE), where the backing
 *	        cannot have MAP_PRIVATE
 *	EPERM   PROT_EXEC; a later mprotect(PROT_EXEC) fails with EACCES. Where
 *	        the personality READ_IMPLIES_EXEC adds PROT_EXEC to PROT_READ,
 *	        the mapping is made without it and stays not executable
 *	EPERM   PROT_WRITE with MAP_SHARED, and the buffer is sealed; see
 *	        MMAPDEMO_IOC_SEAL
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
 * poll(2), select(2), epoll(7), io_uring
 *	Always readable and writable (EPOLLIN, EPOLLOUT): neither call blocks.
 *	EPOLLPRI, which is the exception set of select(2), when the buffer's
 *	generation moved past the one that this open file acknowledged: at
 *	open, then in each MMAPDEMO_IOC_INFO that succeeds. The generation
 *	moves with each write(2) of at least a byte, each MMAPDEMO_IOC_FILL and
 *	each MMAPDEMO_IOC_WAKE, not with stores through a mapping, which the
 *	kernel does not see. With O_ASYNC each move sends SIGIO (POLL_PRI).
 *
 * /proc/PID/fdinfo/FD
 *	mmapdemo-size, -backing, -cache, -populate, -generation and, of a
 *	private buffer, -seals.
 *
 * /sys/kernel/debug/mmapdemo/buffers
 *	For root: every live buffer and what the limit has left.
 *
 * ioctl(2)
 *	Each argument is a struct that starts with its own size in bytes, set
 *	by the caller. Later versions append fields; a field that a side does
 *	not know reads as 0. A field is either in or out, so a struct can be
 *	passed again as it came back. INFO, MAPINFO, CHECKSUM, SEAL and an
 *	interrupted WAIT write the struct back, with size as the number of bytes
 *	that the kernel filled in; the others leave it alone. Common errors:
 *	ENOTTY  the command is unknown
 *	EFAULT  the struct cannot be read, or not be written back
 *	EINVAL  size is smaller than the command's first version, an unknown
 *	        flag is set, or a reserved field is not 0
 *	E2BIG   size is larger than what the kernel knows and the bytes past
 *	        that are not all 0, or it is larger than a page
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
 *	become visible in order only after a store fence. On arm64 this is
 *	Normal Non-cacheable memory, where the CPU need not be able to do
 *	atomic instructions
 * @MMAPDEMO_CACHE_UC: not cached. On x86 this is the page type UC-, which is
 *	uncached on RAM, whose MTRR type is write-back. On arm64 it would be
 *	Device memory, which RAM must not be: loads and stores would fault
 * @MMAPDEMO_CACHE_WT: write-through; never available on RAM
 * @MMAPDEMO_CACHE_UNKNOWN: only reported: the attribute was not read back
 * @MMAPDEMO_CACHE_MIXED: only reported: the pages differ, or their attribute
 *	is none of these
 */
enum mmapdemo_cache {
	MMAPDEMO_CACHE_WB = 0,
	MMAPDEMO_CACHE_WC = 1,
	MMAPDEMO_CACHE_UC = 2,
	MMAPDEMO_CACHE_WT = 3,
	MMAPDEMO_CACHE_UNKNOWN = 254,
	MMAPDEMO_CACHE_MIXED = 255,
};

/*
 * Flag of struct mmapdemo_info.
 * READ_BACK: read @cache_effective from the page tables, which takes time in
 * proportion to the size of the buffer.
 */
#define MMAPDEMO_INFO_READ_BACK (1U << 0)

/*
 * Properties in struct mmapdemo_info.
 * LAZY: see mmap above. PRIVATE: made by MMAPDEMO_IOC_CREATE.
 */
#define MMAPDEMO_INFO_LAZY (1U << 0)
#define MMAPDEMO_INFO_PRIVATE (1U << 1)

/**
 * struct mmapdemo_info - argument of MMAPDEMO_IOC_INFO
 * @size: in: sizeof(struct mmapdemo_info) or that of another version; out:
 *	bytes filled in
 * @flags: in: 0 or MMAPDEMO_INFO_READ_BACK
 * @buffer_size: out: bytes, as requested when the buffer was made
 * @mapping_size: out: bytes that can be mapped: @buffer_size, rounded up to
 *	pages
 * @generation: out: see poll above; this open file has now acknowledged it
 * @page_size: out: bytes of a page
 * @backing: out: enum mmapdemo_backing
 * @cache_requested: out: enum mmapdemo_cache asked for when it was made
 * @cache_effective: out: with READ_BACK enum mmapdemo_cache, read now from the
 *	kernel's own page table entries of all the buffer's pages; without it
 *	MMAPDEMO_CACHE_UNKNOWN
 * @cache_available: out: bit 1 << enum mmapdemo_cache for each attribute that
 *	this backing can have on this machine
 * @backing_available: out: bit 1 << enum mmapdemo_backing for each backing of
 *	this module
 * @properties: out: MMAPDEMO_INFO_LAZY, MMAPDEMO_INFO_PRIVATE
 * @seals: out: MMAPDEMO_SEAL_*; 0 for the device's own buffer
 *
 * Describes the descriptor's buffer and acknowledges its generation. Without
 * READ_BACK the time does not depend on the size of the buffer. Works on any
 * descriptor of the device, read-only and write-only ones too. No error beyond
 * the common ones; after an error nothing is acknowledged.
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
	__u32 properties;
	__u32 seals;
};

#define MMAPDEMO_IOC_INFO _IO(MMAPDEMO_IOC_MAGIC, 0x00)

/*
 * Properties in struct mmapdemo_mapinfo.
 * PRESENT: the address has a page table entry; without it @cache and
 * @entry_size are 0. WRITE: that entry allows stores.
 */
#define MMAPDEMO_MAPINFO_PRESENT (1U << 0)
#define MMAPDEMO_MAPINFO_WRITE (1U << 1)

/**
 * struct mmapdemo_mapinfo - argument of MMAPDEMO_IOC_MAPINFO
 * @size: in: sizeof(struct mmapdemo_mapinfo) or that of another version; out:
 *	bytes filled in
 * @flags: in: 0
 * @address: in: an address in one of the caller's mappings of this buffer, by
 *	this descriptor or any other
 * @offset: out: byte of the buffer that the address shows
 * @cache: out: enum mmapdemo_cache in the caller's page table entry
 * @entry_size: out: bytes that the page table entry covers
 * @properties: out: MMAPDEMO_MAPINFO_*
 * @reserved: out: 0
 *
 * Tells what takes effect in user space, from the page table itself. Neither
 * the entry nor a physical address is ever revealed. In a private mapping a
 * page that was copied is described as it is: the caller's own.
 *
 * Errors: ENXIO @address is not in a mapping of this buffer; EOPNOTSUPP page
 * tables can be in high memory (CONFIG_HIGHPTE), or their entries are larger
 * than a machine word, so they cannot be read without their lock.
 */
struct mmapdemo_mapinfo {
	__u32 size;
	__u32 flags;
	__u64 address;
	__u64 offset;
	__u32 cache;
	__u32 entry_size;
	__u32 properties;
	__u32 reserved;
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
 * 0..buffer_size, nothing was stored; EPERM the buffer is sealed against
 * writing; EINTR a fatal signal came, a part was stored; EHWPOISON a page has a
 * hardware memory error, a part may have been stored.
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
 * 0..buffer_size; EINTR a fatal signal came; EHWPOISON a page has a hardware
 * memory error.
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

/* Flag of struct mmapdemo_create. LAZY: see mmap above */
#define MMAPDEMO_CREATE_LAZY (1U << 0)

/**
 * struct mmapdemo_create - argument of MMAPDEMO_IOC_CREATE
 * @size: in: sizeof(struct mmapdemo_create) or that of another version
 * @flags: in: 0 or MMAPDEMO_CREATE_LAZY
 * @buffer_size: in: bytes, at least 1
 * @backing: in: enum mmapdemo_backing
 * @cache: in: enum mmapdemo_cache
 *
 * Makes a private buffer. The ioctl returns a new descriptor, open for reading
 * and writing, which does all that one of /dev/mmapdemo does. As with ntsync
 * and io_uring, it is closed by execve(2) unless fcntl(F_SETFD) says otherwise.
 * As with dma-heap, a descriptor of any mode will do: its mode is about the
 * device's own buffer, and the new memory is the caller's.
 *
 * The memory is charged to the caller's memory cgroup, except what dma memory
 * the kernel takes from CMA, which knows no owners. The sum of all private
 * buffers is at most the module parameter limit_mb (half of the machine's
 * memory unless given; with 0 there are no private buffers). What is allocated
 * counts: kmalloc and dma memory comes in powers of two of pages, that of
 * kmalloc with wc or uc in whole blocks of at least 2 MiB. It counts until the
 * last descriptor and mapping is gone, and the last page that was pinned
 * through a mapping (vmsplice, O_DIRECT, io_uring fixed buffers) is released.
 *
 * Errors: EINVAL @backing or @cache is none that exists, or @buffer_size is 0
 * or more than the backing's largest; EOPNOTSUPP the combination is not
 * supported, see the table; ENOSPC limit_mb would be exceeded; ENOMEM no memory
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
 * CLOCK_MONOTONIC as the caller's time namespace shows it, not a duration;
 * EINVAL without TIMEOUT.
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
 * @expected: in: sleep while the word has this value
 * @reserved: in: 0
 *
 * Sleeps until the word differs from @expected, and returns 0. Looks at the
 * word before it sleeps and after each MMAPDEMO_IOC_WAKE, write(2) or
 * MMAPDEMO_IOC_FILL that covers the word. After storing through a mapping, call
 * WAKE; no such change is missed. Takes a descriptor that is open for reading.
 *
 * A signal interrupts it as it does a futex: without TIMEOUT the call starts
 * again after a handler with SA_RESTART, else it fails with EINTR; after
 * being stopped and continued it goes on by itself, for the time that is left.
 *
 * Errors: EBADF not open for reading; EINVAL the word does not lie in the
 * buffer, or @offset is no multiple of 4; EAGAIN the word has the expected
 * value and the descriptor has O_NONBLOCK; ETIMEDOUT; EINTR; ENOMEM no memory
 * for the buffer's queues; EHWPOISON the word's page has a hardware memory
 * error.
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
 * so pollers notice too. Takes a descriptor that is open for writing, also of a
 * sealed buffer: it stores nothing.
 *
 * Errors: EBADF not open for writing; EINVAL the word does not lie in the
 * buffer, or @offset is no multiple of 4; EHWPOISON the word's page has a
 * hardware memory error.
 */
struct mmapdemo_wake {
	__u32 size;
	__u32 flags;
	__u64 offset;
	__u32 count;
	__u32 reserved;
};

#define MMAPDEMO_IOC_WAKE _IO(MMAPDEMO_IOC_MAGIC, 0x06)

/*
 * Seals of struct mmapdemo_seal, as of a memfd (fcntl(2), F_ADD_SEALS).
 * SEAL: no seal can be added. WRITE: the bytes do not change any more.
 * FUTURE_WRITE: they change only through mappings that exist already.
 */
#define MMAPDEMO_SEAL_SEAL (1U << 0)
#define MMAPDEMO_SEAL_WRITE (1U << 1)
#define MMAPDEMO_SEAL_FUTURE_WRITE (1U << 2)

/**
 * struct mmapdemo_seal - argument of MMAPDEMO_IOC_SEAL
 * @size: in: sizeof(struct mmapdemo_seal) or that of another version; out:
 *	bytes filled in
 * @flags: in: 0
 * @add: in: MMAPDEMO_SEAL_* to add to the buffer's seals, or 0
 * @seals: out: MMAPDEMO_SEAL_* of the buffer, the added ones included
 *
 * Seals belong to the private buffer, whichever descriptor is used, and cannot
 * be taken back. After WRITE or FUTURE_WRITE, write(2) and MMAPDEMO_IOC_FILL
 * fail with EPERM, and so do a shared mapping with PROT_WRITE and
 * mprotect(PROT_WRITE) (EACCES) of a mapping that was made later. After WRITE,
 * a descriptor that is open for writing cannot make a shared mapping at all;
 * one that is open for reading can.
 *
 * Adding takes a descriptor that is open for writing; asking takes any.
 *
 * Errors: EINVAL the buffer is the device's own, or a bit of @add is none of
 * these; EPERM not open for writing, or SEAL is set; EBUSY WRITE is to be
 * added, and somebody has pinned a page, or a shared mapping exists that was
 * made by a descriptor open for writing before a seal forbade its stores; or
 * WRITE or FUTURE_WRITE is to be added, and write(2) or MMAPDEMO_IOC_FILL is in
 * progress. Nothing is added then.
 */
struct mmapdemo_seal {
	__u32 size;
	__u32 flags;
	__u32 add;
	__u32 seals;
};

#define MMAPDEMO_IOC_SEAL _IO(MMAPDEMO_IOC_MAGIC, 0x07)

#endif /* _UAPI_LINUX_MMAPDEMO_H */
