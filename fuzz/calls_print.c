// SPDX-License-Identifier: GPL-2.0-only
/*
 * Calls as statements of a C program, which has the functions of calls_do.h and
 * those that fuzz/program.c puts before them.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <inttypes.h>
#include <sys/syscall.h>

#include <linux/mmapdemo.h>

#include "calls.h"

#define NAME(name)                \
	{                         \
		SYS_##name, #name \
	}

static const struct {
	long nr;
	const char *name;
} names[] = {
	NAME(close),
	NAME(copy_file_range),
	NAME(dup),
	NAME(epoll_ctl),
	NAME(epoll_pwait),
	NAME(fadvise64),
	NAME(fallocate),
	NAME(fchmod),
	NAME(fchown),
	NAME(fcntl),
	NAME(fdatasync),
	NAME(flock),
	NAME(fstat),
	NAME(fstatfs),
	NAME(fsync),
	NAME(ftruncate),
	NAME(ioctl),
	NAME(lseek),
	NAME(madvise),
	NAME(mincore),
	NAME(mlock),
	NAME(mlock2),
	NAME(mmap),
	NAME(mprotect),
	NAME(mremap),
	NAME(msync),
	NAME(munlock),
	NAME(munmap),
	NAME(openat),
	NAME(ppoll),
	NAME(pread64),
	NAME(preadv2),
	NAME(process_madvise),
	NAME(process_vm_readv),
	NAME(process_vm_writev),
	NAME(pwrite64),
	NAME(pwritev2),
	NAME(read),
	NAME(readahead),
	NAME(readv),
	NAME(remap_file_pages),
	NAME(sendfile),
	NAME(splice),
	NAME(sync_file_range),
	NAME(vmsplice),
	NAME(write),
	NAME(writev),
};

static const char *const commands[] = {
	[MMAPDEMO_IOC_INFO & 0xff] = "INFO",
	[MMAPDEMO_IOC_MAPINFO & 0xff] = "MAPINFO",
	[MMAPDEMO_IOC_FILL & 0xff] = "FILL",
	[MMAPDEMO_IOC_CHECKSUM & 0xff] = "CHECKSUM",
	[MMAPDEMO_IOC_CREATE & 0xff] = "CREATE",
	[MMAPDEMO_IOC_WAIT & 0xff] = "WAIT",
	[MMAPDEMO_IOC_WAKE & 0xff] = "WAKE",
	[MMAPDEMO_IOC_SEAL & 0xff] = "SEAL",
};

static void print_name(FILE *to, long nr)
{
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (names[i].nr == nr) {
			fprintf(to, "SYS_%s", names[i].name);
			return;
		}
	}
	fprintf(to, "%ld", nr);
}

static void print_command(FILE *to, const struct call *call)
{
	uint32_t cmd = call->args[1];
	uint32_t nr = cmd - MMAPDEMO_IOC_INFO;

	if (call->nr == SYS_ioctl &&
	    nr < sizeof(commands) / sizeof(commands[0]))
		fprintf(to, " /* MMAPDEMO_IOC_%s */", commands[nr]);
}

/* Zeros at the end are left to put(). */
static void print_data(FILE *to, const struct call *call)
{
	uint32_t shown = call->data_length;

	if (!shown)
		return;
	while (shown && !call->data[shown - 1])
		shown--;
	fprintf(to, "\tput(%#" PRIx64 ", \"", call->data_at);
	for (uint32_t i = 0; i < shown; i++)
		fprintf(to, "\\x%02x", call->data[i]);
	fprintf(to, "\", %" PRIu32 ", %" PRIu32 ");\n", shown,
		call->data_length);
}

/* Returns true for an argument that system_call() in calls_run.c fills in. */
static bool wants_pid(const struct call *call, int argument)
{
	if (call->nr == SYS_fcntl)
		return argument == 2 && call->args[1] == F_SETOWN;
	return !argument && (call->nr == SYS_process_vm_readv ||
			     call->nr == SYS_process_vm_writev);
}

static void print_system_call(FILE *to, const struct call *call)
{
	fputc('\t', to);
	if (call->keep >= 0)
		fprintf(to, "do_keep(%d, ", call->keep);
	fputs("result(syscall(", to);
	print_name(to, call->nr);
	for (int i = 0; i < 6; i++) {
		if (wants_pid(call, i))
			fputs(", getpid()", to);
		else
			fprintf(to, ", %#" PRIx64 "L", call->args[i]);
	}
	fprintf(to, "))%s;", call->keep >= 0 ? ")" : "");
	print_command(to, call);
	fputc('\n', to);
}

/* A pseudo call as a call of its function with the first arguments */
static void print_function(FILE *to, const char *name, const struct call *call,
			   int first, int end)
{
	fprintf(to, "\t%s(", name);
	for (int i = first; i < end; i++)
		fprintf(to, "%s%#" PRIx64, i > first ? ", " : "",
			call->args[i]);
	fputs(");\n", to);
}

void calls_print_one(FILE *to, const struct call *call)
{
	const uint64_t *args = call->args;

	print_data(to, call);
	switch (call->nr) {
	case CALLS_LOAD:
		fprintf(to, "\ttouch(%#" PRIx64 ", -1);\n", args[0]);
		break;
	case CALLS_STORE:
		fprintf(to, "\ttouch(%#" PRIx64 ", %#x);\n", args[0],
			(unsigned char)args[1]);
		break;
	case CALLS_FORK_TOUCH:
		print_function(to, "judge_child", call, 0, 4);
		break;
	case CALLS_MAP_ANYWHERE:
		print_function(to, "do_map_anywhere", call, 1, 6);
		break;
	case CALLS_UFFD_OPEN:
		fprintf(to, "\tdo_keep(%d, do_uffd_open(%#" PRIx64 "));\n",
			(int)args[0], args[1]);
		break;
	case CALLS_URING:
		print_function(to, "judge_uring", call, 0, 6);
		break;
	case CALLS_RACE:
		print_function(to, "judge_race", call, 0, 3);
		break;
	case CALLS_POISON:
		print_function(to, "judge_poison", call, 0, 3);
		break;
	default:
		print_system_call(to, call);
	}
}
