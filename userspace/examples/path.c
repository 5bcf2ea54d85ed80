// SPDX-License-Identifier: GPL-2.0-only
/*
 * path: the functions that one mmap call runs through in the kernel.
 *
 * The idea: the kernel can trace itself. The tracer function_graph of tracefs
 * records each function that a system call runs. For a buffer, a file and
 * anonymous memory they are the same, up to the place where the kernel calls
 * the driver or file system that implements the file.
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

static const char usage[] =
	"usage: path " PLACE "\n"
	"Traces an mmap of it, of a new file in /tmp and of anonymous memory, and\n"
	"prints the calls side by side. Needs root; no other program may trace.\n" PLACE_HELP;

/* These are patterns, since the functions differ between kernels. */
static const char functions[] =
	"ksys_mmap_pgoff vm_mmap_pgoff security_mmap_file do_mmap "
	"get_unmapped_area __get_unmapped_area mmap_region __mmap_region "
	"vm_area_alloc mmap_file call_mmap *_mmap *_mmap_prepare mmapdemo_* "
	"remap_pfn_range* vm_insert_page* map_kernel_pages* dma_mmap_* vma_link "
	"vma_link_file";

/* Callers, and functions that only watch, which the patterns match, too. */
static const char unwanted[] =
	"*_sys_mmap ima_file_mmap uprobe_mmap perf_event_mmap";

/* The traces in which a function occurs. */
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
	struct place place = place_open(usage, argv + 1, O_RDWR, 1);
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
	claim((traces_of(root.inner, "mmapdemo_mmap") |
	       traces_of(root.inner, "mmapdemo_mmap_prepare")) == BUFFER,
	      "the buffer alone goes through the driver");
	return verdict();
}
