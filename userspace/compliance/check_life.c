// SPDX-License-Identifier: GPL-2.0-only
/* A mapping lives as long as it is there, whatever happens to everything else. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../selftests/descriptors.h"
#include "check.h"
#include "touch.h"

#define MOST (64UL << 10)
#define CYCLES 2000
#define MOST_LOST_KIB 4096

/* An open file of the check's own, so that it can be the last one to close it */
static int own_file(const struct target *target)
{
	int fd = target_reopen(target, target->access);

	return fd < 0 ? dup(target->fd) : fd;
}

static unsigned char *map_own(const struct target *target, int fd,
			      size_t length)
{
	long map = try_map(fd, length, target->prot, MAP_SHARED, 0);

	if (map < 0 && map > -4096)
		skip("a mapping fails: %s", strerror(-map));
	return (unsigned char *)map;
}

static void must_be_marked(volatile void *map, size_t length, const char *when)
{
	long page = touch_pages(map, length, true);

	MUST(page < 0, "%s page %ld cannot be touched any more", when, page);
	page = first_unmarked(map, length, 7);
	MUST(page < 0, "%s page %ld holds other bytes: it was freed", when,
	     page);
}

static void run_close(const struct target *target)
{
	size_t length = target_part(target, MOST);
	int fd = own_file(target);
	unsigned char *map = map_own(target, fd, length);

	mark_pages(map, length, 7);
	close(fd);
	use_free_memory();
	must_be_marked(map, length, "after close(2)");
}

static void run_duplicate(const struct target *target)
{
	size_t length = target_part(target, MOST);
	int fd = own_file(target), other = dup(fd);
	unsigned char *map = map_own(target, fd, length);

	mark_pages(map, length, 7);
	close(other);
	use_free_memory();
	must_be_marked(map, length, "after a duplicate was closed");
}

static void run_split(const struct target *target)
{
	size_t page = page_size(), length = target_part(target, MOST);
	int fd = own_file(target);
	unsigned char *map = map_own(target, fd, length);

	mark_pages(map, length, 7);
	close(fd);
	munmap(map, page);
	use_free_memory();
	MUST(touch(map, false), "an unmapped page can be touched");
	MUST(touch_pages(map + page, length - page, true) < 0,
	     "after munmap(2) of its first page a mapping cannot be touched");
	MUST(*(volatile uint64_t *)(map + page) ==
		     *(volatile uint64_t *)(map + length - page) -
			     (length / page - 2),
	     "after munmap(2) of its first page the rest holds other bytes: it was freed");
	munmap(map + page, length - page);
}

static void run_protect(const struct target *target)
{
	size_t page = page_size(), length = target_part(target, MOST);
	int fd = own_file(target);
	unsigned char *map = map_own(target, fd, length);

	mark_pages(map, length, 7);
	close(fd);
	MUST(!mprotect(map, page, PROT_READ), "mprotect(2) of a page fails: %s",
	     strerror(errno));
	MUST(!mprotect(map, page, RW), "mprotect(2) back fails: %s",
	     strerror(errno));
	use_free_memory();
	must_be_marked(map, length, "after mprotect(2) of a part");
}

static void run_fork(const struct target *target)
{
	size_t length = target_part(target, MOST);
	int fd = own_file(target);
	unsigned char *map = map_own(target, fd, length);
	pid_t pid;

	mark_pages(map, length, 7);
	close(fd);
	pid = fork();
	if (!pid)
		_exit(0);
	waitpid(pid, NULL, 0);
	use_free_memory();
	must_be_marked(map, length, "after fork(2) and the child's exit");
}

/* The child's copy stays when the parent's mapping goes. */
static void run_fork_parent(const struct target *target)
{
	size_t length = target_part(target, MOST);
	int fd = own_file(target), status;
	unsigned char *map = map_own(target, fd, length);
	int go[2];
	char byte;
	pid_t pid;

	mark_pages(map, length, 7);
	if (vma_has_flag(map, "dc"))
		skip("the mapping is not inherited (VM_DONTCOPY)");
	if (pipe(go))
		skip("pipe(2) fails");
	pid = fork();
	if (!pid) {
		close(fd);
		if (read(go[0], &byte, 1) != 1)
			_exit(1);
		must_be_marked(map, length,
			       "after the parent's munmap(2) the child's");
		_exit(0);
	}
	munmap(map, length);
	close(fd);
	use_free_memory();
	if (write(go[1], "", 1) != 1 || waitpid(pid, &status, 0) != pid)
		skip("the child is gone");
	/* A child that found something has told it and ended by 0 as well */
	MUST(WIFEXITED(status), "the child was killed by: %s",
	     strsignal(WTERMSIG(status)));
}

static void run_again(const struct target *target)
{
	size_t length = target_part(target, MOST);
	int i, fd = own_file(target);
	unsigned char *map = map_own(target, fd, length);

	mark_pages(map, length, 7);
	for (i = 0; i < 4; i++) {
		munmap(map, length);
		use_free_memory();
		map = map_own(target, fd, length);
		must_be_marked(map, length, "mapped again");
	}
}

static void run_refused(const struct target *target)
{
	size_t length = target_part(target, MOST);
	int i, fd = own_file(target);
	unsigned char *map = map_own(target, fd, length);

	mark_pages(map, length, 7);
	for (i = 0; i < 4; i++) {
		try_map(fd, page_size(), PROT_READ, MAP_SHARED, 1ULL << 43);
		try_map(fd, page_size(), PROT_READ | PROT_EXEC, MAP_SHARED, 0);
		try_map(fd, page_size(), PROT_READ, MAP_PRIVATE, 0);
	}
	use_free_memory();
	must_be_marked(map, length, "after mmap(2) was refused");
}

static void run_grow(const struct target *target)
{
	size_t length = target->size;
	unsigned char *map = map_or_skip(target, length), *larger;

	larger = mremap(map, length, 2 * length, MREMAP_MAYMOVE);
	if (larger == MAP_FAILED)
		return;
	MUST(touch(larger + length, false),
	     "mremap(2) makes a mapping longer than the buffer, and what follows can be read");
	broken("mremap(2) makes a mapping longer than the buffer; a touch there raises a signal");
}

static void run_move(const struct target *target)
{
	size_t length = target_part(target, MOST);
	unsigned char *map = map_or_skip(target, length), *place;

	mark_pages(map, length, 7);
	place = mmap(NULL, length, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
		     0);
	place = mremap(map, length, length, MREMAP_MAYMOVE | MREMAP_FIXED,
		       place);
	if (place == MAP_FAILED)
		fact("refused: %s", strerror(errno));
	must_be_marked(place, length, "after mremap(2) moved it");
	MUST(touch(map, false), "what was moved away can still be touched");
}

/* A size of 0 asks for a second mapping of the same pages. */
static void run_double(const struct target *target)
{
	size_t length = target_part(target, MOST);
	int fd = own_file(target);
	unsigned char *map = map_own(target, fd, length), *second;

	mark_pages(map, length, 7);
	second = mremap(map, 0, length, MREMAP_MAYMOVE);
	if (second == MAP_FAILED)
		fact("refused: %s", strerror(errno));
	close(fd);
	munmap(map, length);
	use_free_memory();
	must_be_marked(second, length, "after its original was unmapped");
}

/* execve(2) takes all mappings of the child away, and none of ours. */
static void run_exec(const struct target *target)
{
	size_t length = target_part(target, MOST);
	unsigned char *map = map_or_skip(target, length);
	int status;
	pid_t pid;

	mark_pages(map, length, 7);
	pid = fork();
	if (!pid) {
		dup2(open("/dev/null", O_WRONLY), STDOUT_FILENO);
		execl("/proc/self/exe", "mmap-compliance", "--version", NULL);
		_exit(127);
	}
	MUST(waitpid(pid, &status, 0) == pid && !status,
	     "a child with the mapping cannot execute a program");
	use_free_memory();
	must_be_marked(map, length, "after a child's execve(2)");
}

static void run_pass(const struct target *target)
{
	size_t length = target_part(target, MOST);
	unsigned char *map = map_or_skip(target, length);
	int pair[2], fd, error;
	long other;

	mark_pages(map, length, 7);
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair))
		skip("socketpair(2) fails");
	error = send_fd(pair[0], target->fd);
	if (error)
		skip("a descriptor cannot be passed: %s", strerror(-error));
	fd = receive_fd(pair[1]);
	other = try_map(fd, length, target->prot, MAP_SHARED, 0);
	MUST(other >= 0 || other < -4095,
	     "a descriptor that was passed cannot be mapped: %s",
	     strerror(-other));
	must_be_marked((void *)other, length, "through a passed descriptor");
}

static long free_kib(void)
{
	FILE *file = fopen("/proc/meminfo", "re");
	char line[128];
	long kib = -1;

	while (file && kib < 0 && fgets(line, sizeof(line), file))
		if (sscanf(line, "MemFree: %ld", &kib) != 1)
			kib = -1;
	if (file)
		fclose(file);
	return kib;
}

/* Returns how many repetitions were completed in time. */
static int cycle(const struct target *target, int times)
{
	size_t length = target_part(target, MOST);
	int i;

	for (i = 0; i < times && time_left(target); i++) {
		int fd = own_file(target);

		munmap(map_own(target, fd, length), length);
		close(fd);
	}
	return i;
}

static void run_cycles(const struct target *target)
{
	long before;
	int done;

	cycle(target, CYCLES / 10);
	before = free_kib();
	done = cycle(target, CYCLES);
	MUST(before - free_kib() < MOST_LOST_KIB,
	     "%d times open, mmap, munmap and close cost %ld KiB of memory",
	     done, before - free_kib());
	if (done < CYCLES)
		fact("only %d of %d rounds were possible in the time", done,
		     CYCLES);
}

static void run_kill(const struct target *target)
{
	size_t length = target_part(target, MOST);
	int i, status;
	pid_t pid;

	for (i = 0; i < 20; i++) {
		pid = fork();
		if (!pid) {
			int fd = own_file(target);
			unsigned char *map = map_own(target, fd, length);

			for (;;)
				touch_pages(map, length, false);
		}
		usleep(1000 * (i % 5));
		kill(pid, SIGKILL);
		MUST(waitpid(pid, &status, 0) == pid,
		     "a process that uses the mapping cannot be killed");
	}
}

static void run_module(const struct target *target)
{
	char path[128];
	long used = -1;
	FILE *file;

	map_own(target, own_file(target), page_size());
	snprintf(path, sizeof(path), "/sys/module/%s/refcnt", target->module);
	file = fopen(path, "re");
	if (!file || fscanf(file, "%ld", &used) != 1)
		skip("%s: no such count", path);
	fclose(file);
	MUST(used > 0,
	     "the module can be unloaded while it is open and mapped: nobody counts as its user");
}

#define VMOPS "include/linux/mm.h: struct vm_operations_struct, open and close"
#define FILEREF "mm/mmap.c: a mapping holds a reference to its file"

const struct check life_checks[] = {
	{ "life.close", "A mapping outlives its descriptor.",
	  "Memory that is freed at close is written to by who still has it mapped (CVE-2026-23056).",
	  FILEREF, HARMFUL, STORE, run_close },
	{ "life.duplicate",
	  "Closing one of two descriptors changes nothing for a mapping.",
	  ".flush is called at each close(2); only .release is the last one.",
	  "Documentation/filesystems/vfs.rst: flush, release", HARMFUL, STORE,
	  run_duplicate },
	{ "life.split",
	  "The rest of a mapping survives the munmap(2) of its first page.",
	  "A split makes two mappings of one: .open is called for the second, and .close twice (CVE-2025-38563).",
	  VMOPS, HARMFUL, STORE | PAGES, run_split },
	{ "life.protect",
	  "mprotect(2) of a part changes nothing but the rights.",
	  "It splits the mapping, too.", VMOPS, HARMFUL, STORE | PAGES,
	  run_protect },
	{ "life.fork", "The parent's mapping survives its child.",
	  "fork(2) calls .open, the child's exit .close; who does not count in .open frees too early.",
	  VMOPS, HARMFUL, STORE, run_fork },
	{ "life.fork-parent",
	  "The child's mapping survives the parent's munmap(2).",
	  "As above, the other way.", VMOPS, HARMFUL, STORE, run_fork_parent },
	{ "life.exec", "The mapping survives the execve(2) of a child.",
	  "As above, by another way to lose a mapping.", "fs/exec.c", HARMFUL,
	  STORE, run_exec },
	{ "life.again",
	  "What was stored is there when the open file is mapped again.",
	  "A fault handler that hands out a page without taking a reference loses the page when the mapping goes.",
	  "include/linux/mm_types.h: vm_fault, the page returned belongs to the mapping",
	  HARMFUL, STORE, run_again },
	{ "life.refused", "An mmap(2) that is refused changes nothing.",
	  "An error path that drops a reference it never took frees the memory of others.",
	  "Documentation/process/coding-style.rst: centralized exiting of functions",
	  HARMFUL, STORE, run_refused },
	{ "life.grow",
	  "mremap(2) does not make a mapping longer than the buffer.",
	  "Without VM_DONTEXPAND the core lets it grow, and does not ask the driver.",
	  "mm/mremap.c: vma_to_resize() and VM_DONTEXPAND", HARMFUL,
	  TOUCH | SIZE, run_grow },
	{ "life.move", "A mapping that mremap(2) moves keeps its pages.",
	  "A driver that notes addresses in mmap finds them wrong later.",
	  "mremap(2)", WRONG, STORE, run_move },
	{ "life.double", "A second mapping by mremap(2) outlives the first.",
	  "It is the rarest way to call .open, and the one that is forgotten.",
	  "mremap(2): old_size 0", HARMFUL, STORE, run_double },
	{ "life.pass",
	  "A descriptor that was passed to another process maps the same memory.",
	  "Drivers that look at current in mmap refuse it, or map something else.",
	  "unix(7): SCM_RIGHTS", WRONG, STORE, run_pass },
	{ "life.cycles", "Thousands of mappings cost no memory in the end.",
	  "What leaks a page each time fills the machine in a day.",
	  "Documentation/dev-tools/kmemleak.rst", HARMFUL, 0, run_cycles },
	{ "life.kill", "A process that uses the mapping can be killed.",
	  "A fault handler that waits or repeats for ever leaves a task that not even SIGKILL ends.",
	  "mm/memory.c: fault_signal_pending()", HARMFUL, TOUCH, run_kill },
	{ "life.module", "The module cannot be unloaded while it is used.",
	  "Without .owner the code of the file operations is freed while a mapping still calls it.",
	  "include/linux/fs.h: struct file_operations, owner", HARMFUL, MODULE,
	  run_module },
	{ 0 }
};
