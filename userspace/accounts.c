// SPDX-License-Identifier: GPL-2.0-only
/*
 * Names of users and groups. They are read from /etc/passwd and /etc/group,
 * since a static program has no NSS.
 */
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>

#include "accounts.h"

void user_name(uid_t uid, char *name, size_t size)
{
	FILE *file = fopen("/etc/passwd", "re");
	struct passwd *user = NULL;

	snprintf(name, size, "%u", (unsigned int)uid);
	while (file && (user = fgetpwent(file))) {
		if (user->pw_uid != uid)
			continue;
		snprintf(name, size, "%s", user->pw_name);
		break;
	}
	if (file)
		fclose(file);
}

void group_name(gid_t gid, char *name, size_t size)
{
	FILE *file = fopen("/etc/group", "re");
	struct group *group = NULL;

	snprintf(name, size, "%u", (unsigned int)gid);
	while (file && (group = fgetgrent(file))) {
		if (group->gr_gid != gid)
			continue;
		snprintf(name, size, "%s", group->gr_name);
		break;
	}
	if (file)
		fclose(file);
}

bool group_lists(const char *group_wanted, const char *user)
{
	FILE *file = fopen("/etc/group", "re");
	struct group *group = NULL;
	bool lists = false;

	while (file && !lists && (group = fgetgrent(file))) {
		if (strcmp(group->gr_name, group_wanted) != 0)
			continue;
		for (char **member = group->gr_mem; *member && !lists; member++)
			lists = !strcmp(*member, user);
	}
	if (file)
		fclose(file);
	return lists;
}
