/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef TARGET_H
#define TARGET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>

#define RW (PROT_READ | PROT_WRITE)

/**
 * struct target - the file whose mappings are checked
 * @path: by which it can be opened again
 * @fd: open as @access says; each check has a duplicate of its own
 * @access: O_RDWR, or O_RDONLY if that is refused
 * @size: bytes that can be mapped, a multiple of pages; 0 if there is no limit
 * @bytes: declared bytes, of which the last page may be only a part
 * @size_is_known: told by the file or the user, not found by trying
 * @module: name of its module, or NULL
 * @allowed: bits of enum needs
 * @prot: PROT_READ, and PROT_WRITE if a shared mapping can have it
 * @seconds: what a check may take
 * @others: memory of others is mapped, so that nothing may be stored to it
 */
struct target {
	char path[4096];
	int fd;
	int access;
	size_t size;
	size_t bytes;
	bool size_is_known;
	const char *module;
	unsigned int allowed;
	int prot;
	unsigned int seconds;
	bool others;
};

size_t page_size(void);

/* Find out @access, @bytes and @size. Exit if the file cannot be mapped at all. */
void target_open(struct target *target, const char *name);
void target_measure(struct target *target, size_t told);

/* A new open file, or -errno */
int target_reopen(const struct target *target, int flags);

/* The whole of it, or at most so many bytes */
size_t target_part(const struct target *target, size_t most);

/*
 * False once a check has used half of its time, counted from the first call: what is
 * repeated ends then, since a slow driver is not a wrong one.
 */
bool time_left(const struct target *target);

/* An address, or -errno */
long try_map(int fd, size_t length, int prot, int flags, uint64_t offset);

/* A shared mapping of the first bytes; skips the check if there is none. */
unsigned char *map_or_skip(const struct target *target, size_t length);

#endif
