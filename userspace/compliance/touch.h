/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef TOUCH_H
#define TOUCH_H

#include <stdbool.h>
#include <stddef.h>

/* Loads a byte, or also stores it. 0, or the signal that this raised */
int touch(volatile void *at, bool store);

/* The first page of these that cannot be touched, or -1 */
long touch_pages(volatile void *map, size_t length, bool store);

/*
 * Marks each page by its number and a salt, at its start. first_unmarked()
 * returns the number of the first one that does not have its mark, or -1.
 */
void mark_pages(volatile void *map, size_t length, unsigned int salt);
long first_unmarked(volatile void *map, size_t length, unsigned int salt);

/* Takes and fills the memory that the kernel would hand out next. */
void use_free_memory(void);

/* Is there a word like this in the flags of the mapping, as in smaps' VmFlags? */
bool vma_has_flag(const volatile void *at, const char *flag);

/* All of them, into text */
bool vma_flags(const volatile void *at, char *text, size_t size);

/* The offset that /proc/self/maps shows of it, or -1 */
long long vma_offset(const volatile void *at);

#endif
