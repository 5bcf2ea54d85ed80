/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef TABLE_H
#define TABLE_H

#include "check.h"

/* All checks in the order of their groups; NULL after the last one */
const struct check *check_number(unsigned int number);

/* Is it this check, or its group? Patterns as "rights" and "rights.exec" */
bool check_matches(const struct check *check, const char *pattern);

const char *severity_name(enum severity severity);

#endif
