/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef ACCOUNTS_H
#define ACCOUNTS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* The name, or the number if there is no name for it. */
void user_name(uid_t uid, char *name, size_t size);
void group_name(gid_t gid, char *name, size_t size);

/* Does /etc/group list the user as a member? */
bool group_lists(const char *group_wanted, const char *user);

#endif
