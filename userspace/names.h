/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef NAMES_H
#define NAMES_H

#include <stdbool.h>
#include <stdint.h>

#include "../selftests/kinds_list.h"

/* The names that the module's parameters have; "?" for an unknown value. */
const char *backing_name(uint32_t backing);
const char *cache_name(uint32_t cache);
const char *populate_name(bool lazy);

/* A description for people. */
const char *cache_words(uint32_t cache);

/* Return false if there is none of that name. */
bool backing_by_name(const char *name, uint32_t *backing);
bool cache_by_name(const char *name, uint32_t *cache);

#endif
