// SPDX-License-Identifier: GPL-2.0-only
/* Merges traces of function_graph into one tree of calls. */
#include <stdlib.h>
#include <string.h>

#include "example.h"
#include "path.h"

#define MAX_DEPTH 50

/*
 * Returns the call of that name within outer. A new one is added after the one
 * that came before it in this trace, so that each trace keeps its order.
 */
static struct call *call_in(struct call *outer, struct call *before,
			    const char *name)
{
	struct call **link = before ? &before->next : &outer->inner;
	struct call *call;

	for (call = outer->inner; call; call = call->next)
		if (!strcmp(call->name, name))
			return call;
	call = calloc(1, sizeof(*call));
	if (!call)
		die("%m");
	snprintf(call->name, sizeof(call->name), "%s", name);
	call->next = *link;
	*link = call;
	return call;
}

/*
 * A line is "  name() {", "  name();" or "  }", where a module's function has
 * the module in brackets after its name.
 */
void add_trace(struct call *root, FILE *trace, unsigned int bit)
{
	struct call *outer[MAX_DEPTH] = { root };
	struct call *before[MAX_DEPTH] = { NULL };
	char line[200], name[48];
	int depth = 0;

	while (fgets(line, sizeof(line), trace)) {
		if (strchr(line, '}') && depth)
			depth--;
		if (sscanf(line, " %47[A-Za-z0-9_.]", name) != 1)
			continue;
		before[depth] = call_in(outer[depth], before[depth], name);
		before[depth]->traces |= bit;
		if (!strchr(line, '{'))
			continue;
		if (++depth == MAX_DEPTH)
			die("the trace is too deep");
		outer[depth] = before[depth - 1];
		before[depth] = NULL;
	}
}
