// SPDX-License-Identifier: GPL-2.0-only
/* What each part of a process needs: decisions, counters and complaints. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "message.h"
#include "stress.h"

/* splitmix64 */
uint64_t stress_random(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

uint64_t stress_decide(struct worker *w, uint64_t choices)
{
	return stress_random(&w->random) % choices;
}

void stress_count(uint64_t *counter, uint64_t n)
{
	__atomic_add_fetch(counter, n, __ATOMIC_RELAXED);
}

void stress_mismatch(struct worker *w, const char *format, ...)
{
	char text[256];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	complain("seed %" PRIu64 ", process %u, life %u, thread %u: %s",
		 w->shared->seed, w->process, w->life, w->thread, text);
	stress_count(&w->shared->mismatches, 1);
}
