// SPDX-License-Identifier: GPL-2.0-only
/* A sequence of calls as a C program, which needs nothing but the C library. */
#include <inttypes.h>

#include "program.h"

static const char beginning[] =
	"// SPDX-License-Identifier: GPL-2.0-only\n"
	"/*\n"
	" * Made by fuzz/sequence --print. As root:\n"
	" * cc -std=gnu11 -isystem include/uapi -o reproducer FILE -lpthread\n"
	" */\n"
	"#define _GNU_SOURCE\n";

/* calls_do.h, calls_do.c and calls_race.c; the Makefile makes it. */
static const char functions[] =
#include "functions.inc"
	;

static const char helpers[] =
	"static __attribute__((unused)) void touch(uint64_t address, int store)\n{\n"
	"\tint sig = do_touch(address, store);\n\n"
	"\tif (sig)\n\t\tprintf(\"  touch %#lx: signal %d\\n\", address, sig);\n}\n\n"
	"static __attribute__((unused)) void put(uint64_t at, const char *bytes, size_t shown, size_t length)\n{\n"
	"\tmemset((void *)at, 0, length);\n\tmemcpy((void *)at, bytes, shown);\n}\n\n"
	"static long result(long value)\n{\n"
	"\tprintf(\"  = %ld%s%s\\n\", value, value == -1 ? \" \" : \"\", value == -1 ? strerror(errno) : \"\");\n"
	"\treturn value;\n}\n\n"
	"static __attribute__((unused)) void judge(const char *finding)\n{\n"
	"\tif (finding)\n\t\tprintf(\"  FINDING: %s\\n\", finding);\n}\n\n"
	"#define judge_child(...) judge(do_touch_in_child(__VA_ARGS__))\n"
	"#define judge_uring(...) judge(do_uring(__VA_ARGS__))\n"
	"#define judge_race(...) judge(do_race(__VA_ARGS__))\n"
	"#define judge_poison(...) judge(do_poison(__VA_ARGS__))\n\n";

static const char begin_main[] =
	"int main(void)\n{\n\tunsigned int pages_to_lose = 64;\n\n"
	"\tsetvbuf(stdout, NULL, _IONBF, 0);\n"
	"\tdo_poison_left = &pages_to_lose;\n"
	"\tdo_prepare(%d, %#" PRIx64 ", %#" PRIx64 ");\n\n";

void program_print(FILE *to, const struct calls_place *place,
		   struct calls_bytes bytes)
{
	struct call call;

	fputs(beginning, to);
	fputs(functions, to);
	fputs(helpers, to);
	fprintf(to, begin_main, place->first_descriptor, place->data,
		place->scratch);
	for (unsigned int i = 0; calls_start(i, place, &call); i++)
		calls_print_one(to, &call);
	while (calls_next(&bytes, place, &call))
		calls_print_one(to, &call);
	fputs("\treturn 0;\n}\n", to);
}
