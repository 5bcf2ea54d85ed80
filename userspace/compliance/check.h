/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef CHECK_H
#define CHECK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "target.h"

/* What becomes of users if the rule is broken */
enum severity {
	EXPOSED, /* memory of others is mapped: no more is stored to the mapping */
	HARMFUL, /* memory of others can be seen or changed, or the machine hangs */
	WRONG, /* a program gets wrong bytes, or an answer that is not true */
	RISKY, /* works today, and makes a later mistake harmful */
};

/* What a check does to the device, which an option has to allow */
enum needs {
	TOUCH = 1,  /* loads from the mapping */
	STORE = 2,  /* stores to the mapping; includes TOUCH */
	IOCTL = 4,  /* an ioctl that the driver cannot know */
	MODULE = 8, /* the module's name */
	SIZE = 16,  /* a size that is known, not found by trying */
	PAGES = 32, /* two pages at least */
	FRESH = 64, /* nobody has stored to the buffer yet */
};

/**
 * struct check - a rule and the program that tries it
 * @name: group and rule, as --only and --explain take them
 * @rule: what has to be true, in one sentence
 * @why: what happened where it was not
 * @source: where the kernel says so
 * @severity: what a broken rule means
 * @needs: bits of enum needs
 * @run: runs in a process of its own and calls broken(), skip() or fact(), or
 *	returns if all is right
 */
struct check {
	const char *name;
	const char *rule;
	const char *why;
	const char *source;
	enum severity severity;
	unsigned int needs;
	void (*run)(const struct target *target);
};

extern const struct check log_checks[], bounds_checks[], offset_checks[],
	rights_checks[], private_checks[], life_checks[], fault_checks[],
	advice_checks[], reach_checks[], leak_checks[], call_checks[],
	race_checks[];

/* End the check: the rule is broken; cannot be tried here; true, but no rule */
void broken(const char *format, ...)
	__attribute__((format(printf, 1, 2), noreturn));
void skip(const char *format, ...)
	__attribute__((format(printf, 1, 2), noreturn));
void fact(const char *format, ...)
	__attribute__((format(printf, 1, 2), noreturn));

/* Calls broken() unless the condition holds. */
#define MUST(condition, ...)                 \
	do {                                 \
		if (!(condition))            \
			broken(__VA_ARGS__); \
	} while (0)

#endif
