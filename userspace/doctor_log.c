// SPDX-License-Identifier: GPL-2.0-only
/* mmapdemo doctor: lines of the kernel log. */
#include <string.h>
#include <unistd.h>

#include "doctor.h"
#include "doctor_finding.h"
#include "klog.h"
#include "module.h"

/* The kernel logs this about each out-of-tree module; it is no problem. */
static bool is_taint(const char *line)
{
	return strstr(line, "taints kernel") || strstr(line, "tainting kernel");
}

void check_log(struct finding *f)
{
	int fd = klog_open(SEEK_SET);
	char line[512], last[512] = "";
	int ours = 0;

	if (fd < 0) {
		finding_say(f, RESULT_SKIP,
			    "unknown, /dev/kmsg cannot be read");
		finding_next(f,
			     "sudo dmesg | grep -e " MODULE_NAME " -e x86/PAT");
		return;
	}
	while (klog_next(fd, line, sizeof(line))) {
		if (!klog_is_ours(line) || is_taint(line))
			continue;
		ours++;
		memcpy(last, line, sizeof(last));
	}
	close(fd);
	if (!ours)
		finding_say(f, RESULT_OK, "no line of the module");
	else
		finding_say(f, RESULT_WARN, "%d lines, the last: %.400s", ours,
			    last);
	if (ours > 1)
		finding_next(f, "sudo dmesg | grep " MODULE_NAME);
}

void check_pat(struct finding *f)
{
	int fd = klog_open(SEEK_SET);
	char line[512], conflict[512] = "";

	while (fd >= 0 && klog_next(fd, line, sizeof(line))) {
		if (klog_is_conflict(line))
			memcpy(conflict, line, sizeof(conflict));
	}
	if (fd >= 0)
		close(fd);
	if (*conflict) {
		finding_say(f, RESULT_WARN,
			    "a driver lost its cache attribute: %.400s",
			    conflict);
		finding_next(f, "mmapdemo verify");
	} else if (fd < 0) {
		finding_say(f, RESULT_SKIP,
			    "unknown, /dev/kmsg cannot be read");
	} else {
		finding_say(f, RESULT_OK, "no x86/PAT conflict in the log");
	}
}
