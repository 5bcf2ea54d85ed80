// SPDX-License-Identifier: GPL-2.0-only
/*
 * mmapdemo doctor: does the device exist, and can the caller open and map it?
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "accounts.h"
#include "buffer.h"
#include "doctor.h"
#include "doctor_finding.h"
#include "module.h"

#define GROUP "mmapdemo"

static bool is_our_node(const struct stat *stat)
{
	unsigned int major_number, minor_number;
	FILE *file = fopen("/sys/class/misc/" MODULE_NAME "/dev", "re");
	bool ours = file &&
		    fscanf(file, "%u:%u", &major_number, &minor_number) == 2 &&
		    stat->st_rdev == makedev(major_number, minor_number);

	if (file)
		fclose(file);
	return ours && S_ISCHR(stat->st_mode);
}

static void explain_no_node(struct finding *f, int error)
{
	finding_say(f, RESULT_FAIL, "%s: %s", f->device, strerror(error));
	f->status = EXIT_NO_DEVICE;
	if (module_loaded())
		finding_next(
			f,
			"sudo udevadm trigger --action=add /sys/class/misc/" MODULE_NAME);
	else
		next_is_to_load(f);
}

static void explain_other_node(struct finding *f)
{
	finding_say(f, RESULT_FAIL, "%s is not the module's device", f->device);
	f->status = EXIT_NO_DEVICE;
	finding_next(f, "ls -l %s /sys/class/misc/" MODULE_NAME, f->device);
}

void check_node(struct finding *f)
{
	char owner[64], group[64];
	struct stat stat_;

	if (stat(f->device, &stat_)) {
		explain_no_node(f, errno);
		return;
	}
	if (!sysfs_visible()) {
		finding_say(f, RESULT_SKIP,
			    "unknown, %s cannot be identified without /sys",
			    f->device);
		next_is_to_mount_sysfs(f);
		return;
	}
	if (!is_our_node(&stat_)) {
		explain_other_node(f);
		return;
	}
	user_name(stat_.st_uid, owner, sizeof(owner));
	group_name(stat_.st_gid, group, sizeof(group));
	finding_say(f, RESULT_OK, "%s owner %s group %s mode %04o", f->device,
		    owner, group, stat_.st_mode & 07777);
}

static void explain_forbidden(struct finding *f)
{
	struct stat stat_;
	char user[64], group[64];

	f->status = EXIT_NO_PERMISSION;
	user_name(geteuid(), user, sizeof(user));
	finding_say(f, RESULT_FAIL, "%s may not open %s", user, f->device);
	if (stat(f->device, &stat_))
		return;
	group_name(stat_.st_gid, group, sizeof(group));
	if (strcmp(group, GROUP) != 0)
		finding_next(
			f,
			"sudo make install (udev gives the node to the group " GROUP
			"), then sudo modprobe -r " MODULE_NAME
			" && sudo modprobe " MODULE_NAME);
	else if (group_lists(GROUP, user))
		finding_next(
			f,
			"newgrp " GROUP
			", or log in again: the membership is newer than this session");
	else
		finding_next(f,
			     "sudo usermod -aG " GROUP " %s, then log in again",
			     user);
}

static void explain_device_cgroup(struct finding *f)
{
	f->status = EXIT_NO_PERMISSION;
	finding_say(f, RESULT_FAIL, "%s: " DEVICE_CGROUP, f->device);
	finding_next(f, DEVICE_ALLOW, f->device, f->device);
}

void check_access(struct finding *f)
{
	int fd = open(f->device, O_RDWR | O_CLOEXEC);

	if (fd >= 0) {
		close(fd);
		finding_say(f, RESULT_OK,
			    "can be opened for reading and writing");
		return;
	}
	if (errno == EPERM) {
		explain_device_cgroup(f);
		return;
	}
	if (errno == EACCES) {
		explain_forbidden(f);
		return;
	}
	finding_say(f, RESULT_FAIL, "%s: %s", f->device, strerror(errno));
	f->status = EXIT_NO_DEVICE;
}

void check_buffer(struct finding *f)
{
	struct buffer buffer;
	int error = buffer_try_open(&buffer, f->device, O_RDWR);
	volatile unsigned char *map;

	if (error) {
		finding_say(f, RESULT_FAIL, "cannot be used: %s",
			    strerror(-error));
		f->status = EXIT_FAILED;
		return;
	}
	map = buffer_try_map(&buffer, PROT_READ | PROT_WRITE);
	if (map == MAP_FAILED) {
		finding_say(f, RESULT_FAIL, "mmap: %s", strerror(errno));
		f->status = EXIT_FAILED;
		finding_next(f, "sudo dmesg | grep " MODULE_NAME);
	} else {
		finding_say(
			f, RESULT_OK,
			"%llu bytes, %s, cache %s, mapped; the first byte is 0x%02x",
			(unsigned long long)buffer.info.buffer_size,
			backing_name(buffer.info.backing),
			cache_name(buffer.info.cache_requested), map[0]);
		finding_next(f, "mmapdemo verify");
		buffer_unmap(&buffer, (void *)map);
	}
	buffer_close(&buffer);
}
