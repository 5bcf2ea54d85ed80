// SPDX-License-Identifier: GPL-2.0-only
/*
 * mmapdemo doctor: is the module installed, built for this kernel, and loaded?
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "doctor.h"
#include "doctor_finding.h"
#include "module.h"
#include "process.h"

void check_headers(struct finding *f)
{
	char path[256];

	snprintf(path, sizeof(path), "/lib/modules/%s/build/Makefile",
		 kernel_release());
	if (!access(path, R_OK)) {
		*strrchr(path, '/') = '\0';
		finding_say(f, RESULT_OK, "%s", path);
		return;
	}
	finding_say(
		f, RESULT_WARN,
		"none for the running kernel %s, so no module can be built for it",
		kernel_release());
	finding_next(f, "sudo apt-get install linux-headers-%s",
		     kernel_release());
}

/* Finds the file that modprobe would load, in the index that depmod writes. */
static bool module_file(char *path, size_t size)
{
	char index[256], line[512];
	bool is = false;
	FILE *file;

	snprintf(index, sizeof(index), "/lib/modules/%s/modules.dep",
		 kernel_release());
	file = fopen(index, "re");
	while (file && !is && fgets(line, sizeof(line), file)) {
		line[strcspn(line, ":\n")] = '\0';
		is = strstr(line, "/" MODULE_NAME ".ko") ||
		     !strncmp(line, MODULE_NAME ".ko",
			      strlen(MODULE_NAME ".ko"));
	}
	if (file)
		fclose(file);
	snprintf(path, size, "%s", is ? line : "");
	return is;
}

void check_module(struct finding *f)
{
	char path[512];

	if (module_file(path, sizeof(path))) {
		finding_say(f, RESULT_OK, "/lib/modules/%s/%s",
			    kernel_release(), path);
		return;
	}
	finding_say(f, module_loaded() ? RESULT_WARN : RESULT_FAIL,
		    "modprobe finds none for the kernel %s", kernel_release());
	finding_next(
		f,
		"sudo make dkms-install, or make && sudo make modules_install");
}

void check_vermagic(struct finding *f)
{
	char *argv[] = { "modinfo", "-F", "vermagic", MODULE_NAME, NULL };
	char vermagic[256], path[512];
	size_t length = strlen(kernel_release());

	if (!module_file(path, sizeof(path))) {
		finding_say(f, RESULT_OK, "no module file to look at");
		return;
	}
	if (process_run(argv, vermagic, sizeof(vermagic))) {
		finding_say(f, RESULT_SKIP, "unknown, modinfo fails");
		return;
	}
	vermagic[strcspn(vermagic, "\n")] = '\0';
	if (!strncmp(vermagic, kernel_release(), length) &&
	    vermagic[length] == ' ') {
		finding_say(f, RESULT_OK, "%s", vermagic);
		return;
	}
	finding_say(
		f, RESULT_FAIL,
		"the module was built for %s, the kernel is %s (\"Exec format error\")",
		vermagic, kernel_release());
	finding_next(f, "make clean && make && sudo make modules_install");
}

void check_dkms(struct finding *f)
{
	char *argv[] = { "dkms", "status", MODULE_NAME, NULL };
	char status[512];
	int code = process_run(argv, status, sizeof(status));

	status[strcspn(status, "\n")] = '\0';
	if (code == 127)
		finding_say(f, RESULT_OK, "dkms is not installed");
	else if (code)
		finding_say(f, RESULT_SKIP, "unknown, dkms status fails");
	else if (!*status)
		finding_say(f, RESULT_OK, "dkms does not manage " MODULE_NAME);
	else
		finding_say(f,
			    strstr(status, "installed") ? RESULT_OK :
							  RESULT_WARN,
			    "%s", status);
	if (f->result == RESULT_WARN)
		finding_next(f, "sudo dkms install " MODULE_NAME " -k %s",
			     kernel_release());
}

void check_loaded(struct finding *f)
{
	if (module_loaded()) {
		finding_say(f, RESULT_OK, "yes");
		return;
	}
	if (!sysfs_visible()) {
		finding_say(f, RESULT_SKIP,
			    "unknown, /sys/module cannot be read");
		next_is_to_mount_sysfs(f);
		return;
	}
	finding_say(f, RESULT_FAIL, "no");
	f->status = EXIT_NO_DEVICE;
	next_is_to_load(f);
}

void check_parameters(struct finding *f)
{
	struct module_parameters parameters;
	size_t used = 0;

	if (!sysfs_visible()) {
		finding_say(f, RESULT_SKIP,
			    "unknown, /sys/module cannot be read");
		return;
	}
	module_parameters_read(&parameters);
	finding_say(f, RESULT_OK, "none, the module is not loaded");
	for (int i = 0; i < parameters.count && used < sizeof(f->text); i++)
		used += snprintf(f->text + used, sizeof(f->text) - used, "%s%s",
				 i ? " " : "", parameters.text[i]);
}
