// SPDX-License-Identifier: GPL-2.0-only
/* Calls as a C program, which needs nothing but the C library. */
#define _GNU_SOURCE
#include <inttypes.h>
#include <sys/syscall.h>

#include <linux/mmapdemo.h>

#include "calls.h"

static const char prologue[] =
	"// SPDX-License-Identifier: GPL-2.0-only\n"
	"/* Made by calls_print(): cc -o reproducer FILE, then run it as root. */\n"
	"#define _GNU_SOURCE\n"
	"#include <fcntl.h>\n#include <setjmp.h>\n#include <signal.h>\n"
	"#include <stdint.h>\n#include <stdio.h>\n#include <string.h>\n"
	"#include <errno.h>\n"
	"#include <sys/epoll.h>\n#include <sys/mman.h>\n"
	"#include <sys/syscall.h>\n#include <sys/wait.h>\n#include <unistd.h>\n\n"
	"static sigjmp_buf env;\n\n"
	"static void caught(int sig)\n{\n\tsiglongjmp(env, sig);\n}\n\n"
	"static void touch(uint64_t address, int store)\n{\n"
	"\tvolatile unsigned char *at = (void *)address;\n"
	"\tint sig = sigsetjmp(env, 1);\n\n"
	"\tif (!sig && store >= 0)\n\t\t*at = store;\n"
	"\telse if (!sig)\n\t\t(void)*at;\n"
	"\tif (sig)\n\t\tprintf(\"  touch %#lx: signal %d\\n\", address, sig);\n}\n\n"
	"static void touch_in_child(uint64_t address, uint64_t length)\n{\n"
	"\tif (fork()) {\n\t\twait(NULL);\n\t\treturn;\n\t}\n"
	"\tfor (; length; length -= 4096, address += 4096) {\n"
	"\t\ttouch(address, -1);\n\t\ttouch(address, 0x5a);\n\t}\n"
	"\t_exit(0);\n}\n\n"
	"static void map_anywhere(uint64_t length, int prot, int flags, int fd, uint64_t offset)\n{\n"
	"\tvoid *map = mmap(NULL, length, prot, flags, fd, offset);\n\n"
	"\tif (map == MAP_FAILED)\n\t\treturn;\n"
	"\ttouch((uint64_t)map, -1);\n"
	"\ttouch((uint64_t)map + length - 1, 0xa5);\n"
	"\tmunmap(map, length);\n}\n\n"
	"static void put(uint64_t at, const char *bytes, size_t shown, size_t length)\n{\n"
	"\tmemset((void *)at, 0, length);\n\tmemcpy((void *)at, bytes, shown);\n}\n\n"
	"static long result(long value)\n{\n"
	"\tprintf(\"  = %ld%s%s\\n\", value, value == -1 ? \" \" : \"\", value == -1 ? strerror(errno) : \"\");\n"
	"\treturn value;\n}\n\n"
	"static void keep(int fd, long value)\n{\n"
	"\tif (value < 0 || value == fd)\n\t\treturn;\n"
	"\tdup3(value, fd, O_CLOEXEC);\n\tclose(value);\n}\n\n";

static const char setup[] =
	"int main(void)\n{\n\tint ends[2];\n\n"
	"\tsetvbuf(stdout, NULL, _IONBF, 0);\n"
	"\tsignal(SIGSEGV, caught);\n\tsignal(SIGBUS, caught);\n"
	"\tmmap((void *)%#" PRIx64 ", %d, PROT_READ | PROT_WRITE,\n"
	"\t     MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);\n"
	"\tpipe2(ends, O_NONBLOCK);\n"
	"\tkeep(%d, ends[0]);\n\tkeep(%d, ends[1]);\n"
	"\tkeep(%d, epoll_create1(0));\n\n";

#define NAME(name)                \
	{                         \
		SYS_##name, #name \
	}

static const struct {
	long nr;
	const char *name;
} names[] = {
	NAME(close),	   NAME(dup),	    NAME(epoll_ctl),
	NAME(epoll_pwait), NAME(fadvise64), NAME(fallocate),
	NAME(fcntl),	   NAME(flock),	    NAME(fstat),
	NAME(fsync),	   NAME(ftruncate), NAME(ioctl),
	NAME(lseek),	   NAME(madvise),   NAME(mincore),
	NAME(mlock),	   NAME(mmap),	    NAME(mprotect),
	NAME(mremap),	   NAME(msync),	    NAME(munlock),
	NAME(munmap),	   NAME(openat),    NAME(ppoll),
	NAME(pread64),	   NAME(preadv2),   NAME(process_vm_readv),
	NAME(pwrite64),	   NAME(pwritev2),  NAME(process_vm_writev),
	NAME(read),	   NAME(readahead), NAME(readv),
	NAME(splice),	   NAME(vmsplice),  NAME(remap_file_pages),
	NAME(write),	   NAME(writev),
};

static const char *const commands[] = {
	[MMAPDEMO_IOC_INFO & 0xff] = "INFO",
	[MMAPDEMO_IOC_MAPINFO & 0xff] = "MAPINFO",
	[MMAPDEMO_IOC_FILL & 0xff] = "FILL",
	[MMAPDEMO_IOC_CHECKSUM & 0xff] = "CHECKSUM",
	[MMAPDEMO_IOC_CREATE & 0xff] = "CREATE",
	[MMAPDEMO_IOC_WAIT & 0xff] = "WAIT",
	[MMAPDEMO_IOC_WAKE & 0xff] = "WAKE",
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

static void print_system_call(FILE *to, const struct call *call)
{
	fputc('\t', to);
	if (call->keep >= 0)
		fprintf(to, "keep(%d, ", call->keep);
	fputs("result(syscall(", to);
	print_name(to, call->nr);
	for (int i = 0; i < 6; i++) {
		if (!i && (call->nr == SYS_process_vm_readv ||
			   call->nr == SYS_process_vm_writev))
			fputs(", getpid()", to);
		else
			fprintf(to, ", %#" PRIx64 "L", call->args[i]);
	}
	fprintf(to, "))%s;", call->keep >= 0 ? ")" : "");
	print_command(to, call);
	fputc('\n', to);
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
		fprintf(to, "\ttouch_in_child(%#" PRIx64 ", %#" PRIx64 ");\n",
			args[0], args[1]);
		break;
	case CALLS_MAP_ANYWHERE:
		fprintf(to,
			"\tmap_anywhere(%#" PRIx64 ", %d, %d, %d, %#" PRIx64
			");\n",
			args[1], (int)args[2], (int)args[3], (int)args[4],
			args[5]);
		break;
	default:
		print_system_call(to, call);
	}
}

void calls_print(FILE *to, const struct calls_place *place,
		 struct calls_bytes bytes)
{
	int first = place->first_descriptor;
	struct call call;

	fputs(prologue, to);
	fprintf(to, setup, place->data, (int)(CALLS_DATA_PAGES * CALLS_PAGE),
		first + CALLS_PIPE_OUT, first + CALLS_PIPE_IN,
		first + CALLS_EPOLL);
	for (unsigned int i = 0; calls_start(i, place, &call); i++)
		calls_print_one(to, &call);
	while (calls_next(&bytes, place, &call))
		calls_print_one(to, &call);
	fputs("\treturn 0;\n}\n", to);
}
