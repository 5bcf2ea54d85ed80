// SPDX-License-Identifier: GPL-2.0-only
/* Loads from mappings and stores to them, and what proc says of them. */
#define _GNU_SOURCE
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "touch.h"

#define FREE_MEMORY (48UL << 20)
#define MARK 0x6d6d61702d6f6b00ULL

static sigjmp_buf back;

static void on_signal(int signal)
{
	siglongjmp(back, signal);
}

static void catch_signals(struct sigaction old[2])
{
	struct sigaction action = { .sa_handler = on_signal };

	sigaction(SIGBUS, &action, &old[0]);
	sigaction(SIGSEGV, &action, &old[1]);
}

int touch(volatile void *at, bool store)
{
	volatile unsigned char *byte = at;
	struct sigaction old[2];
	int signal;

	catch_signals(old);
	signal = sigsetjmp(back, 1);
	if (!signal) {
		unsigned char value = *byte;

		if (store)
			*byte = value;
	}
	sigaction(SIGBUS, &old[0], NULL);
	sigaction(SIGSEGV, &old[1], NULL);
	return signal;
}

static size_t page(void)
{
	return sysconf(_SC_PAGESIZE);
}

long touch_pages(volatile void *map, size_t length, bool store)
{
	size_t at;

	for (at = 0; at < length; at += page())
		if (touch((volatile char *)map + at, store))
			return at / page();
	return -1;
}

static uint64_t mark_of(size_t number, unsigned int salt)
{
	return MARK + ((uint64_t)salt << 40) + number;
}

void mark_pages(volatile void *map, size_t length, unsigned int salt)
{
	size_t at;

	for (at = 0; at < length; at += page())
		*(volatile uint64_t *)((volatile char *)map + at) =
			mark_of(at / page(), salt);
	__sync_synchronize();
}

long first_unmarked(volatile void *map, size_t length, unsigned int salt)
{
	size_t at;

	__sync_synchronize();
	for (at = 0; at < length; at += page())
		if (*(volatile uint64_t *)((volatile char *)map + at) !=
		    mark_of(at / page(), salt))
			return at / page();
	return -1;
}

void use_free_memory(void)
{
	char *map = mmap(NULL, FREE_MEMORY, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (map == MAP_FAILED)
		return;
	madvise(map, FREE_MEMORY, MADV_NOHUGEPAGE);
	memset(map, 0xee, FREE_MEMORY);
	munmap(map, FREE_MEMORY);
}

/* Reads smaps or maps up to the line of the mapping; the file is open after it. */
static FILE *open_at(const char *path, const volatile void *at, char *line,
		     int size)
{
	unsigned long start, end, address = (unsigned long)at;
	FILE *file = fopen(path, "re");

	while (file && fgets(line, size, file))
		if (sscanf(line, "%lx-%lx ", &start, &end) == 2 &&
		    address >= start && address < end)
			return file;
	if (file)
		fclose(file);
	return NULL;
}

bool vma_flags(const volatile void *at, char *text, size_t size)
{
	char line[512];
	FILE *file = open_at("/proc/self/smaps", at, line, sizeof(line));
	bool found = false;

	while (file && !found && fgets(line, sizeof(line), file))
		found = !strncmp(line, "VmFlags:", 8);
	if (file)
		fclose(file);
	line[strcspn(line, "\n")] = '\0';
	snprintf(text, size, "%s ", found ? line + 8 : "");
	return found;
}

bool vma_has_flag(const volatile void *at, const char *flag)
{
	char flags[512], word[16];

	snprintf(word, sizeof(word), " %s ", flag);
	return vma_flags(at, flags, sizeof(flags)) && strstr(flags, word);
}

long long vma_offset(const volatile void *at)
{
	unsigned long long offset;
	char line[512];
	FILE *file = open_at("/proc/self/maps", at, line, sizeof(line));

	if (!file)
		return -1;
	fclose(file);
	return sscanf(line, "%*x-%*x %*s %llx", &offset) == 1 ?
		       (long long)offset :
		       -1;
}
