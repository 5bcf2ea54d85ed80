// SPDX-License-Identifier: GPL-2.0-only
/* Functions that the checks of mmapdemo doctor share. */
#include <stdarg.h>
#include <stdio.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "doctor_finding.h"
#include "module.h"

void finding_say(struct finding *finding, enum result result,
		 const char *format, ...)
{
	va_list args;

	finding->result = result;
	va_start(args, format);
	vsnprintf(finding->text, sizeof(finding->text), format, args);
	va_end(args);
}

void finding_next(struct finding *finding, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(finding->next, sizeof(finding->next), format, args);
	va_end(args);
}

const char *kernel_release(void)
{
	static struct utsname name;

	uname(&name);
	return name.release;
}

bool sysfs_visible(void)
{
	return !access("/sys/module", X_OK);
}

void next_is_to_mount_sysfs(struct finding *f)
{
	finding_next(f, "sudo mount -t sysfs none /sys");
}

/* If the kernel is locked down, check_lockdown() has the next command. */
void next_is_to_load(struct finding *f)
{
	char line[128];

	if (module_lockdown(line, sizeof(line)) != LOCKDOWN_ON)
		finding_next(f, "sudo modprobe " MODULE_NAME);
}
