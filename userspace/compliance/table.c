// SPDX-License-Identifier: GPL-2.0-only
/* The table of checks. What a process may be left hanging by comes last. */
#include <string.h>

#include "table.h"

static const struct check *const groups[] = {
	log_checks,	leak_checks,   bounds_checks, rights_checks,
	private_checks, offset_checks, advice_checks, reach_checks,
	call_checks,	life_checks,   fault_checks,  race_checks,
};

const struct check *check_number(unsigned int number)
{
	const struct check *check;
	unsigned int group;

	for (group = 0; group < sizeof(groups) / sizeof(groups[0]); group++)
		for (check = groups[group]; check->name; check++)
			if (!number--)
				return check;
	return NULL;
}

bool check_matches(const struct check *check, const char *pattern)
{
	size_t length = strlen(pattern);

	return !strncmp(check->name, pattern, length) &&
	       (!check->name[length] || check->name[length] == '.');
}

const char *severity_name(enum severity severity)
{
	static const char *const names[] = {
		[EXPOSED] = "exposed",
		[HARMFUL] = "harmful",
		[WRONG] = "wrong",
		[RISKY] = "risky",
	};

	return names[severity];
}
