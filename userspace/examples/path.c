// SPDX-License-Identifier: GPL-2.0-only
/*
 * path: the way of one mmap call through the running kernel.
 *
 * The idea: the kernel can tell what it does. The tracer function_graph of
 * tracefs notes each function that a system call passes; of a buffer, a file and
 * anonymous memory the way is the same up to the one place where the kernel
 * hands over to whoever implements the file.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "example.h"
#include "path.h"
#include "path-tracing.h"

const char usage[] =
	"usage: path " PLACE "\n"
	"Traces an mmap of it, of a new file in /tmp and of anonymous memory, and\n"
	"prints the calls side by side. Takes root and nobody else who traces.\n";

#define TRACEFS "/sys/kernel/tracing/"

/* Patterns: the functions differ between kernels, some are inlined. */
static const char functions[] =
	"ksys_mmap_pgoff vm_mmap_pgoff security_mmap_file do_mmap "
	"get_unmapped_area __get_unmapped_area mmap_region __mmap_region "
	"vm_area_alloc mmap_file call_mmap *_mmap *_mmap_prepare mmapdemo_* "
	"remap_pfn_range vm_insert_page* dma_mmap_* vma_link "
	"vma_link_file";

/* Others that the patterns match: the callers, and some that only listen. */
static const char unwanted[] =
	"*_sys_mmap ima_file_mmap uprobe_mmap perf_event_mmap";

static const struct {
	const char *function, *text;
} stations[] = {
	{ "ksys_mmap_pgoff", "  1 the system call: descriptor to file" },
	{ "do_mmap", "  2 do flags, limits and rights agree?" },
	{ "get_unmapped_area", "  3 a free place in the address space" },
	{ "__get_unmapped_area", "  3 a free place in the address space" },
	{ "mmap_region", "  4 a VMA describes the new mapping" },
	{ "mmapdemo_mmap", "  5 file_operations.mmap: the driver" },
	{ "remap_pfn_range", "  6 the page table, filled at once" },
	{ "mmapdemo_pages_insert", "  6 the page table, page by page" },
};

enum {
	BUFFER = 1,
	FILE_IN_TMP = 2,
	ANONYMOUS = 4
};

static const char *station(const struct call *call)
{
	size_t length = strlen(call->name);

	for (size_t i = 0; i < sizeof(stations) / sizeof(stations[0]); i++)
		if (!strcmp(call->name, stations[i].function))
			return stations[i].text;
	if (call->traces == FILE_IN_TMP && length > 5 &&
	    !strcmp(call->name + length - 5, "_mmap"))
		return "  5 file_operations.mmap: the file system";
	return "";
}

static void print_tree(const struct call *call, int depth)
{
	for (; call; call = call->next) {
		printf("%*s%-*s %c %c %c%s\n", 2 * depth, "", 40 - 2 * depth,
		       call->name, call->traces & BUFFER ? 'b' : '.',
		       call->traces & FILE_IN_TMP ? 'f' : '.',
		       call->traces & ANONYMOUS ? 'a' : '.', station(call));
		print_tree(call->inner, depth + 1);
	}
}

/* The traces that a function occurs in. */
static unsigned int traces_of(const struct call *call, const char *name)
{
	unsigned int traces = 0;

	for (; call; call = call->next) {
		if (!strcmp(call->name, name))
			traces |= call->traces;
		traces |= traces_of(call->inner, name);
	}
	return traces;
}

static void trace_mmap(struct call *root, int fd, unsigned int bit)
{
	int flags = fd < 0 ? MAP_PRIVATE | MAP_ANONYMOUS : MAP_SHARED;
	FILE *trace;
	void *map;

	tracing_start();
	map = mmap(NULL, page_size(), PROT_READ, flags, fd, 0);
	trace = tracing_stop();
	if (map == MAP_FAILED)
		die("mmap: %m");
	add_trace(root, trace, bit);
	fclose(trace);
}

static int new_file(void)
{
	char path[] = "/tmp/path-XXXXXX";
	int fd = mkstemp(path);

	if (fd < 0 || ftruncate(fd, page_size()))
		die("%s: %m", path);
	unlink(path);
	return fd;
}

int main(int argc, char **argv)
{
	struct place place = place_open(argv + 1, O_RDWR, 1);
	static struct call root = { .name = "mmap" };
	int fd = new_file();

	(void)argc;
	if (!place.device)
		die("%s: no buffer; a file is traced in any case", place.name);
	tracing_set_up("ksys_mmap_pgoff", functions, unwanted);
	trace_mmap(&root, place.fd, BUFFER);
	trace_mmap(&root, fd, FILE_IN_TMP);
	trace_mmap(&root, -1, ANONYMOUS);
	tracing_restore();

	printf("b %s, f a file in /tmp, a anonymous memory\n", place.name);
	print_tree(root.inner, 0);
	claim(traces_of(root.inner, "do_mmap") ==
		      (BUFFER | FILE_IN_TMP | ANONYMOUS),
	      "all go through do_mmap");
	claim(traces_of(root.inner, "mmapdemo_mmap") == BUFFER,
	      "the buffer alone goes through mmapdemo_mmap");
	return verdict();
}
