// SPDX-License-Identifier: GPL-2.0-only
/* What a descriptor does not allow, no later call allows either. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "check.h"
#include "touch.h"

static int reopen(const struct target *target, int flags, const char *how)
{
	int fd = target_reopen(target, flags);

	if (fd < 0)
		skip("it cannot be opened %s: %s", how, strerror(-fd));
	return fd;
}

static bool failed(long map)
{
	return map < 0 && map > -4096;
}

static void *map_page(int fd, int prot)
{
	long map = try_map(fd, page_size(), prot, MAP_SHARED, 0);

	if (failed(map))
		skip("a page cannot be mapped: %s", strerror(-map));
	return (void *)map;
}

static void run_read_only(const struct target *target)
{
	int fd = reopen(target, O_RDONLY, "for reading only");
	long map = try_map(fd, page_size(), RW, MAP_SHARED, 0);

	MUST(failed(map),
	     "a read-only descriptor can be mapped shared for writing");
}

static void run_read_only_later(const struct target *target)
{
	int fd = reopen(target, O_RDONLY, "for reading only");
	void *map = map_page(fd, PROT_READ);

	MUST(mprotect(map, page_size(), RW),
	     "mprotect(2) makes the mapping of a read-only descriptor writable");
	map = mremap(map, page_size(), page_size(), MREMAP_MAYMOVE);
	MUST(map == MAP_FAILED || mprotect(map, page_size(), RW),
	     "after mremap(2) the mapping of a read-only descriptor can be made writable");
}

/* FOLL_FORCE of /proc/PID/mem ignores the protection, but not the descriptor. */
static void run_read_only_forced(const struct target *target)
{
	int fd = reopen(target, O_RDONLY, "for reading only");
	volatile unsigned char *map = map_page(fd, PROT_READ);
	int mem = open("/proc/self/mem", O_RDWR | O_CLOEXEC);
	unsigned char old, other;

	if (mem < 0)
		skip("/proc/self/mem: %s", strerror(errno));
	old = map[0];
	other = old ^ 0xff;
	if (pwrite(mem, &other, 1, (uintptr_t)map) == 1 && map[0] == other) {
		pwrite(mem, &old, 1, (uintptr_t)map);
		broken("/proc/self/mem stores through the mapping of a read-only descriptor");
	}
}

/* What mmap(2) refuses for good reason, mprotect(2) must not bring about. */
static void run_write_later(const struct target *target)
{
	void *map;
	int fd = reopen(target, O_RDWR, "for writing");

	if (!failed(try_map(fd, page_size(), RW, MAP_SHARED, 0)))
		return;
	map = map_page(fd, PROT_READ);
	MUST(mprotect(map, page_size(), RW),
	     "mmap(2) refuses PROT_WRITE, but mprotect(2) allows it afterwards");
}

static void run_exec(const struct target *target)
{
	long map = try_map(target->fd, page_size(), PROT_READ | PROT_EXEC,
			   MAP_SHARED, 0);

	MUST(failed(map), "PROT_EXEC is granted for a mapping of data");
}

static void run_exec_later(const struct target *target)
{
	void *map = map_page(target->fd, PROT_READ);

	MUST(mprotect(map, page_size(), PROT_READ | PROT_EXEC),
	     "mprotect(2) makes the mapping executable");
}

static void run_write_only(const struct target *target)
{
	int fd = reopen(target, O_WRONLY, "for writing only");

	MUST(failed(try_map(fd, page_size(), PROT_READ, MAP_SHARED, 0)) &&
		     failed(try_map(fd, page_size(), PROT_WRITE, MAP_SHARED,
				    0)),
	     "a descriptor that cannot be read from can be mapped");
}

static void run_none(const struct target *target)
{
	void *map = map_page(target->fd, PROT_NONE);

	MUST(!mprotect(map, page_size(), PROT_READ),
	     "mprotect(2) of a PROT_NONE mapping to PROT_READ fails: %s",
	     strerror(errno));
	MUST(!mprotect(map, page_size(), PROT_NONE),
	     "mprotect(2) back to PROT_NONE fails: %s", strerror(errno));
	MUST(touch(map, false), "a load from a PROT_NONE mapping succeeds");
}

#define VFLAGS \
	"include/linux/mm.h: VM_MAYWRITE and VM_MAYEXEC limit mprotect(2)"

const struct check rights_checks[] = {
	{ "rights.read-only",
	  "A descriptor that is open for reading cannot be mapped shared for writing.",
	  "The core sees to that, unless a driver changes the file's mode or maps another file.",
	  "mm/mmap.c: do_mmap()", HARMFUL, 0, run_read_only },
	{ "rights.read-only-later",
	  "mprotect(2) does not make the mapping of a read-only descriptor writable.",
	  "A driver that sets VM_MAYWRITE itself, or replaces the flags, undoes what the core cleared.",
	  VFLAGS, HARMFUL, 0, run_read_only_later },
	{ "rights.read-only-forced",
	  "/proc/PID/mem does not store through the mapping of a read-only descriptor.",
	  ".access has to look at the mapping's flags: the core does not.",
	  "mm/memory.c: __access_remote_vm()", HARMFUL, STORE,
	  run_read_only_forced },
	{ "rights.write-later",
	  "What mmap(2) refuses to map for writing, mprotect(2) does not make writable.",
	  "Refusing VM_WRITE and leaving VM_MAYWRITE is the mistake of CVE-2024-53071 and of three vfio drivers.",
	  VFLAGS, HARMFUL, 0, run_write_later },
	{ "rights.exec", "A mapping of data cannot be executable.",
	  "Memory that is both writable and executable is what attackers look for.",
	  "Documentation/security/self-protection.rst: executable code must not be writable",
	  RISKY, 0, run_exec },
	{ "rights.exec-later",
	  "mprotect(2) does not make the mapping executable.",
	  "A driver that refuses VM_EXEC has to clear VM_MAYEXEC as well.",
	  VFLAGS, RISKY, 0, run_exec_later },
	{ "rights.write-only",
	  "A descriptor that is open for writing only cannot be mapped.",
	  "A processor cannot store without being able to load.",
	  "mm/mmap.c: do_mmap() wants FMODE_READ", WRONG, 0, run_write_only },
	{ "rights.none",
	  "PROT_NONE takes the right to load away, and gives it back.",
	  "Garbage collectors and debuggers rely on it.", "mprotect(2)", WRONG,
	  TOUCH, run_none },
	{ 0 }
};
