// SPDX-License-Identifier: GPL-2.0-only
/* Prints the tree of calls, and explains the steps of mmap. */
#include <stdbool.h>
#include <string.h>

#include "path.h"

static const struct {
	const char *function, *text;
} stations[] = {
	{ "ksys_mmap_pgoff", "  1 the system call: descriptor to file" },
	{ "do_mmap", "  2 do flags, limits and rights agree?" },
	{ "get_unmapped_area", "  3 a free place in the address space" },
	{ "__get_unmapped_area", "  3 a free place in the address space" },
	{ "mmap_region", "  4 a VMA describes the new mapping" },
	{ "mmapdemo_mmap", "  5 file_operations.mmap: the driver" },
	{ "mmapdemo_mmap_prepare",
	  "  5 file_operations.mmap_prepare: the driver" },
	{ "remap_pfn_range", "  6 the page table, filled at once" },
	{ "remap_pfn_range_complete", "  6 the page table, filled at once" },
	{ "mmapdemo_pages_insert", "  6 the page table, page by page" },
	{ "map_kernel_pages_complete", "  6 the page table, page by page" },
};

static bool ends_with(const char *text, const char *end)
{
	size_t length = strlen(text), of_end = strlen(end);

	return length > of_end && !strcmp(text + length - of_end, end);
}

static const char *station(const struct call *call)
{
	for (size_t i = 0; i < sizeof(stations) / sizeof(stations[0]); i++)
		if (!strcmp(call->name, stations[i].function))
			return stations[i].text;
	if (call->traces == FILE_IN_TMP && ends_with(call->name, "_mmap"))
		return "  5 file_operations.mmap: the file system";
	if (call->traces == FILE_IN_TMP &&
	    ends_with(call->name, "_mmap_prepare"))
		return "  5 file_operations.mmap_prepare: the file system";
	return "";
}

void print_tree(const struct call *call, int depth)
{
	for (; call; call = call->next) {
		printf("%*s%-*s %c %c %c%s\n", 2 * depth, "", 40 - 2 * depth,
		       call->name, call->traces & BUFFER ? 'b' : '.',
		       call->traces & FILE_IN_TMP ? 'f' : '.',
		       call->traces & ANONYMOUS ? 'a' : '.', station(call));
		print_tree(call->inner, depth + 1);
	}
}
