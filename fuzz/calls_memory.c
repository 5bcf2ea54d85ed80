// SPDX-License-Identifier: GPL-2.0-only
/* The decoder's calls on mappings. */
#define _GNU_SOURCE
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/userfaultfd.h>

#include "calls_decoder.h"

void decode_mmap(struct decoder *d)
{
	static const int kinds[] = { MAP_SHARED,
				     MAP_SHARED,
				     MAP_SHARED,
				     MAP_SHARED_VALIDATE,
				     MAP_PRIVATE,
				     MAP_PRIVATE,
				     MAP_SHARED | MAP_POPULATE,
				     MAP_SHARED | MAP_LOCKED };

	SET(d, SYS_mmap, pick_page(d), pick_pages(d), pick_protection(d),
	    PICK(d, kinds) | MAP_FIXED, pick_file(d), pick_offset(d));
}

void decode_map_anywhere(struct decoder *d)
{
	SET(d, CALLS_MAP_ANYWHERE, 0, pick_pages(d), pick_protection(d),
	    pick_byte(d) % 4 ? MAP_SHARED : MAP_PRIVATE, pick_file(d),
	    pick_offset(d));
}

void decode_munmap(struct decoder *d)
{
	SET(d, SYS_munmap, pick_page(d), pick_pages(d));
}

void decode_mremap(struct decoder *d)
{
	static const int how[] = { 0, 0, MREMAP_MAYMOVE | MREMAP_FIXED,
				   MREMAP_MAYMOVE | MREMAP_FIXED |
					   MREMAP_DONTUNMAP };
	int flags = PICK(d, how);
	uint64_t from = pick_page(d),
		 old = pick_byte(d) % 8 ? pick_pages(d) : 0;

	SET(d, SYS_mremap, from, old, pick_byte(d) % 2 ? old : pick_pages(d),
	    flags, pick_page(d));
}

void decode_mprotect(struct decoder *d)
{
	SET(d, SYS_mprotect, pick_page(d), pick_pages(d), pick_protection(d));
}

/*
 * Advice by number where the headers of Debian 12 lack the name. Not
 * MADV_HWPOISON and MADV_SOFT_OFFLINE: see decode_poison().
 */
void decode_madvise(struct decoder *d)
{
	static const unsigned char advice[] = {
		MADV_NORMAL,
		MADV_RANDOM,
		MADV_SEQUENTIAL,
		MADV_WILLNEED,
		MADV_DONTNEED,
		MADV_FREE,
		MADV_REMOVE,
		MADV_DONTFORK,
		MADV_DOFORK,
		MADV_MERGEABLE,
		MADV_UNMERGEABLE,
		MADV_HUGEPAGE,
		MADV_NOHUGEPAGE,
		MADV_DONTDUMP,
		MADV_DODUMP,
		MADV_WIPEONFORK,
		MADV_KEEPONFORK,
		MADV_COLD,
		MADV_PAGEOUT,
		MADV_POPULATE_READ,
		MADV_POPULATE_WRITE,
		MADV_DONTNEED,
		24 /* DONTNEED_LOCKED */,
		25 /* COLLAPSE */,
		102 /* GUARD_INSTALL */,
		103 /* GUARD_REMOVE */,
	};

	SET(d, SYS_madvise, pick_any_page(d), pick_pages(d), PICK(d, advice));
}

/* The process accesses itself. */
static void decode_process_madvise(struct decoder *d)
{
	static const unsigned char advice[] = { MADV_COLD, MADV_PAGEOUT,
						MADV_WILLNEED, MADV_DONTNEED,
						25 /* COLLAPSE */ };
	uint64_t vectors[4] = { pick_page(d), pick_pages(d), pick_page(d),
				pick_pages(d) };

	put_data(d, vectors, sizeof(vectors));
	SET(d, SYS_process_madvise, special(d, CALLS_PIDFD), d->place->data, 2,
	    PICK(d, advice), 0);
}

void decode_memory_call(struct decoder *d)
{
	static const int sync[] = { MS_SYNC, MS_ASYNC, MS_INVALIDATE,
				    MS_SYNC | MS_INVALIDATE };

	switch (pick_byte(d) % 7) {
	case 0:
		SET(d, SYS_msync, pick_page(d), pick_pages(d), PICK(d, sync));
		break;
	case 1:
		SET(d, SYS_mlock, pick_page(d), pick_pages(d));
		break;
	case 2:
		SET(d, SYS_munlock, pick_page(d), pick_pages(d));
		break;
	case 3:
		SET(d, SYS_mincore, pick_page(d), pick_pages(d),
		    pick_memory(d));
		break;
	case 4:
		SET(d, SYS_mlock2, pick_page(d), pick_pages(d),
		    pick_byte(d) % 2);
		break;
	case 5:
		decode_process_madvise(d);
		break;
	default:
		SET(d, SYS_remap_file_pages, pick_page(d), pick_pages(d), 0,
		    pick_byte(d) % 8, 0);
	}
}

void decode_load(struct decoder *d)
{
	SET(d, CALLS_LOAD, pick_page(d) + pick_word(d, 2) % CALLS_PAGE);
}

void decode_store(struct decoder *d)
{
	SET(d, CALLS_STORE, pick_page(d) + pick_word(d, 2) % CALLS_PAGE,
	    pick_byte(d));
}

void decode_fork_touch(struct decoder *d)
{
	SET(d, CALLS_FORK_TOUCH, pick_page(d), pick_pages(d), pick_byte(d),
	    pick_file(d));
}

/* /proc/self/clear_refs: mostly 4, which has the kernel notice each store. */
void decode_track(struct decoder *d)
{
	unsigned int choice = pick_byte(d);
	char text[2] = { choice < 192 ? '4' : '0' + choice % 8, 0 };

	put_data(d, text, sizeof(text));
	SET(d, SYS_write, special(d, CALLS_CLEAR_REFS), d->place->data, 1);
}

/* PAGEMAP_SCAN, which is newer than the headers of Debian 12 */
static void decode_pagemap_scan(struct decoder *d)
{
	uint64_t start = pick_page(d), length = pick_pages(d);
	uint64_t scan[12] = {
		sizeof(scan),
		pick_byte(d) % 4, /* PM_SCAN_WP_MATCHING, _CHECK_WPASYNC */
		start,
		start + length,
		0,
		d->place->data + 1024,
		16,
		0,
		0, /* inverted */
		pick_byte(d),
		pick_byte(d),
		pick_byte(d),
	};

	put_data(d, scan, sizeof(scan));
	SET(d, SYS_ioctl, special(d, CALLS_PAGEMAP), 0xc0606610,
	    d->place->data);
}

/*
 * Reads files that describe the mappings, for which the kernel walks their page
 * tables.
 */
void decode_look(struct decoder *d)
{
	switch (pick_byte(d) % 3) {
	case 0:
		SET(d, SYS_pread64, special(d, CALLS_PAGEMAP), pick_memory(d),
		    pick_length(d), pick_page(d) / CALLS_PAGE * 8);
		break;
	case 1:
		SET(d, SYS_pread64, special(d, CALLS_SMAPS), pick_memory(d),
		    pick_length(d), 0);
		break;
	default:
		decode_pagemap_scan(d);
	}
}

/* Accesses memory as a debugger does, whatever the mapping allows. */
void decode_proc_mem(struct decoder *d)
{
	SET(d, pick_byte(d) % 2 ? SYS_pread64 : SYS_pwrite64,
	    special(d, CALLS_MEM), pick_memory(d), pick_length(d),
	    pick_page(d) + pick_byte(d));
}

/*
 * Each argument starts with a range, and fits into five numbers. COPY, ZEROPAGE,
 * CONTINUE, POISON and MOVE have the mode after one or two more of them.
 */
void decode_uffd(struct decoder *d)
{
	static const uint32_t commands[] = {
		UFFDIO_REGISTER,       UFFDIO_WRITEPROTECT,
		UFFDIO_WRITEPROTECT,   UFFDIO_REGISTER,
		UFFDIO_UNREGISTER,     UFFDIO_WAKE,
		UFFDIO_COPY,	       UFFDIO_ZEROPAGE,
		UFFDIO_CONTINUE,       0xc020aa08 /* POISON */,
		0xc028aa05 /* MOVE */,
	};
	unsigned int choice = pick_byte(d);
	uint64_t argument[5] = { 0 };
	uint32_t command;

	if (choice < 32) {
		SET(d, CALLS_UFFD_OPEN, special(d, CALLS_UFFD),
		    choice % 2 ? DO_UFFD_WP_ASYNC | pick_word(d, 2) :
				 pick_word(d, 2));
		return;
	}
	command = commands[choice % ARRAY_SIZE(commands)];
	argument[0] = pick_any_page(d);
	argument[1] = pick_pages(d);
	argument[2] = pick_byte(d) % 8;
	if (command == UFFDIO_COPY || command == (uint32_t)0xc028aa05) {
		argument[2] = argument[1];
		argument[1] = pick_any_page(d);
		argument[3] = pick_byte(d) % 4;
	}
	put_data(d, argument, sizeof(argument));
	SET(d, SYS_ioctl, special(d, CALLS_UFFD), command, d->place->data);
}

void decode_race(struct decoder *d)
{
	SET(d, CALLS_RACE, pick_file(d), d->place->race, pick_word(d, 2));
}

/* Rare: what it does cannot be undone. */
void decode_poison(struct decoder *d)
{
	unsigned int choice = pick_byte(d);

	if (choice >= 32) {
		decode_load(d);
		return;
	}
	SET(d, CALLS_POISON, pick_file(d), pick_byte(d),
	    choice < 16 ? 0 : choice % 4);
}
