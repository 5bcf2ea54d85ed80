// SPDX-License-Identifier: GPL-2.0-only
/*
 * The texts and lines of mmapdemo tour. The examples print their claims after
 * ok or FAIL; the text says what to look for.
 */
#include "tour.h"

#define EXAMPLE(name) .example = name
#define DEVICE .needs = TOUR_DEVICE

/* The kinds of buffers that the machine supports. */
#ifdef __aarch64__
#define DMA_CACHE " --cache wc"
#define UNCACHED "--backing dma --cache wc --size 1M"
#else
#define DMA_CACHE ""
#define UNCACHED "--cache uc"
#endif

/* The line must fail: it shows that something is refused. */
#define REFUSED .status = 1

const struct tour_chapter tour_chapters[] = {
	{
		"A mapping",
		"mmap(2) makes the content of a file look like an array: no read, no copy.\n"
		"The program peek maps one page, prints the byte at an offset, and compares it\n"
		"with what read(2) sees. For mmap a device is a file like any other; here the\n"
		"array is memory of the kernel. A program must check the size first; peek does.\n",
		{
			{ "echo hello >greeting; peek 1 greeting",
			  EXAMPLE("peek") },
			{ "peek 6 greeting", EXAMPLE("peek"), REFUSED },
			{ "peek 0", EXAMPLE("peek"), DEVICE },
		},
	},
	{
		"Parent and child",
		"fork(2) copies an address space, but shared mappings stay shared: each side\n"
		"sees what the other one stores, and no name is needed. A private mapping\n"
		"is the counter-example. A private buffer of mmapdemo works as the shared memory\n"
		"does, and has a descriptor, which the child inherits and maps once more.\n",
		{
			{ "family memory", EXAMPLE("family") },
			{ "family --backing kmalloc", EXAMPLE("family"), DEVICE,
			  .last = 2 },
		},
	},
	{
		"Two programs",
		"Programs that know nothing of each other can share what both map by name. Here a\n"
		"writer stores ten records into a file of five. While it has them mapped, a\n"
		"reader sees all ten; later a file on a disk has five, and zeros follow, but on\n"
		"tmpfs the page in memory is the file and keeps ten. So does a device.\n",
		{
			{ "sleep 2 | records-write records & sleep 1; records-read records 10 && wait $!",
			  EXAMPLE("records-write") },
			{ "records-read records", EXAMPLE("records-read") },
			{ "records-write /dev/mmapdemo </dev/null && records-read /dev/mmapdemo 10",
			  EXAMPLE("records-write"), DEVICE },
		},
	},
	{
		"Telling the other one",
		"Shared memory carries data, but wakes no one up. In talk a word of the page says\n"
		"whose turn it is, and the kernel lets the other process sleep until the word\n"
		"changes: by a futex on a file, by MMAPDEMO_IOC_WAIT and WAKE on a buffer. The\n"
		"tool can do so, too: wait sleeps until the word at offset 0 is no longer 0.\n",
		{
			{ "talk page", EXAMPLE("talk") },
			{ "talk --backing vmalloc", EXAMPLE("talk"), DEVICE },
			{ "mmapdemo fill; mmapdemo wait 0 0 --timeout 10 & sleep 1; mmapdemo wake 0 --store 42 && wait $!",
			  DEVICE },
		},
	},
	{
		"Semaphores",
		"A semaphore is just memory. It works between processes if the kernel can tell by\n"
		"file and offset that the memory is the same. Pages that a driver maps belong to\n"
		"no file, so the call fails with EFAULT, unless the backing is shmem. The program\n"
		"prints which of the two the device is, and uses WAIT and WAKE if it must.\n",
		{
			{ "semaphore-wait meeting & sleep 1; semaphore-post meeting && wait $!",
			  EXAMPLE("semaphore-wait") },
			{ "semaphore-wait /dev/mmapdemo & sleep 1; semaphore-post /dev/mmapdemo && wait $!",
			  EXAMPLE("semaphore-wait"), DEVICE },
		},
	},
	{
		"Where a mapping ends",
		"A file has a number of bytes, a mapping has whole pages. After the file's end\n"
		"there are zeros up to the end of its page, which are never written back. An\n"
		"access to later pages raises SIGBUS, and one after the mapping SIGSEGV. A driver\n"
		"refuses at once to map more than it has, so a buffer has no SIGBUS zone.\n",
		{
			{ "file-size data", EXAMPLE("file-size") },
			{ "file-size --backing vmalloc", EXAMPLE("file-size"),
			  DEVICE },
		},
	},
	{
		"A file that grows",
		"A mapping may be longer than its file. A page that is SIGBUS now can be used as\n"
		"soon as the file is long enough, without another mmap. A buffer has all of its\n"
		"memory from the start: every way to make it longer has an error of its own.\n",
		{
			{ "grow empty", EXAMPLE("grow") },
			{ "grow --backing shmem", EXAMPLE("grow"), DEVICE },
		},
	},
	{
		"Errors",
		"Each errno of mmap has one cause: the arguments, the descriptor, a limit, or the\n"
		"file system or driver. errors provokes all of them, and shows flags that do less\n"
		"than their names say. The last lines are the driver's own checks.\n",
		{
			{ "errors file", EXAMPLE("errors") },
			{ "errors --backing kmalloc", EXAMPLE("errors"), DEVICE,
			  .last = 6 },
		},
	},
	{
		"What it costs",
		"\"read and write take two to three times as long as mmap\": one machine, one\n"
		"size, one kind of memory. increment adds 1 to 10,000 integers in four ways, and\n"
		"the answer depends on the question. The times in a virtual machine that translates\n"
		"each instruction say little about your machine.\n",
		{
			{ "increment numbers", EXAMPLE("increment") },
			{ "increment --backing kmalloc", EXAMPLE("increment"),
			  DEVICE },
		},
	},
	{
		"The way through the kernel",
		"The kernel can trace its own functions: path traces one mmap each of a buffer (b),\n"
		"a file (f) and anonymous memory (a), and prints the functions as one tree. They\n"
		"differ from where the kernel calls file_operations.mmap: for b that is the driver,\n"
		"which calls remap_pfn_range to fill the page table.\n",
		{
			{ "path --backing kmalloc", EXAMPLE("path"),
			  .needs = TOUR_DEVICE | TOUR_TRACING },
		},
	},
	{
		"Is it the same memory?",
		"What the user stores through the mapping, the kernel sees: read --syscall gets\n"
		"its bytes from the kernel's address. What the kernel stores, the mapping shows.\n"
		"verify proves that, both page tables, every page, and each refusal, a line each,\n"
		"and restores the contents.\n",
		{
			{ "mmapdemo write --offset 16 'hello from user space'",
			  DEVICE },
			{ "mmapdemo read --offset 16 --length 32 --syscall",
			  DEVICE },
			{ "mmapdemo fill --offset 16 --length 5 --byte 0x4b && mmapdemo read --length 64",
			  DEVICE },
			{ "mmapdemo sum --check", DEVICE },
			{ "mmapdemo verify", DEVICE },
		},
	},
	{
		"Backings and cache attributes",
		"A private buffer is a file without a name; create passes one on to a program. It\n"
		"has one of several backings. kmalloc memory can be write-combined or uncached if\n"
		"the machine supports it, and the kernel's direct map then is, too. An unsupported\n"
		"combination is refused, never replaced, and the message says what would work.\n",
		{
			{ "mmapdemo create --backing shmem --exec sh -c 'mmapdemo write -d fd:$MMAPDEMO_FD hi; mmapdemo info -d fd:$MMAPDEMO_FD'",
			  DEVICE },
			{ "mmapdemo verify --backing vmalloc --size 1M --populate lazy",
			  DEVICE, .last = 1 },
			{ "mmapdemo verify --backing dma" DMA_CACHE, DEVICE,
			  .last = 1 },
			{ "mmapdemo verify " UNCACHED, DEVICE, .last = 1 },
			{ "mmapdemo info --backing vmalloc --cache wc", DEVICE,
			  REFUSED },
		},
	},
	{
		"Find the mistake",
		"A driver's mmap can be wrong in a way that no program meets for years.\n"
		"mmap-compliance tries the classic mistakes on any file. A file breaks the rule\n"
		"that a mapping ends with the buffer, for files can grow; a device must keep it.\n"
		"Each check can explain what happened where its rule was broken.\n",
		{
			{ "echo hello >greeting; mmap-compliance --touch --only bounds greeting",
			  DEVICE, REFUSED },
			{ "mmap-compliance --explain bounds.wrap", DEVICE },
			{ "mmap-compliance --store --skip races --skip life.cycles /dev/mmapdemo",
			  DEVICE, .last = 3 },
		},
	},
	{ 0 },
};
