// SPDX-License-Identifier: GPL-2.0-only
/* Reads the state of the kernel module from sysfs, and runs modprobe. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "klog.h"
#include "module.h"
#include "process.h"

#define PARAMETERS MODULE_SYSFS "/parameters"
#define LOCKDOWN "/sys/kernel/security/lockdown"
#define SIG_ENFORCE "/sys/module/module/parameters/sig_enforce"

bool module_loaded(void)
{
	return !access(MODULE_SYSFS, F_OK);
}

bool module_read_line(const char *path, char *line, size_t size)
{
	FILE *file = fopen(path, "re");
	bool ok = file && fgets(line, size, file);

	if (file)
		fclose(file);
	if (ok)
		line[strcspn(line, "\n")] = '\0';
	return ok;
}

/*
 * The line is "none [integrity] confidentiality": brackets mark the present
 * mode.
 */
enum lockdown module_lockdown(char *line, size_t size)
{
	if (!module_read_line(LOCKDOWN, line, size))
		return LOCKDOWN_UNKNOWN;
	return strstr(line, "[none]") ? LOCKDOWN_OFF : LOCKDOWN_ON;
}

int module_signature_enforced(void)
{
	char line[16];

	if (!module_read_line(SIG_ENFORCE, line, sizeof(line)))
		return -1;
	return line[0] == 'Y';
}

/* The taint flag E means that no key that the kernel trusts signed the module. */
const char *module_cannot_return(void)
{
	char line[128];

	if (!module_read_line(MODULE_SYSFS "/taint", line, sizeof(line)) ||
	    !strchr(line, 'E'))
		return NULL;
	if (module_lockdown(line, sizeof(line)) == LOCKDOWN_ON)
		return "the kernel is locked down and would not load the module again, which is not signed";
	if (module_signature_enforced() == 1)
		return "the kernel enforces signatures and would not load the module again, which is not signed";
	return NULL;
}

void module_parameters_set(struct module_parameters *parameters,
			   const char *name, const char *value)
{
	size_t length = strlen(name);
	int i;

	for (i = 0; i < parameters->count; i++) {
		if (!strncmp(parameters->text[i], name, length) &&
		    parameters->text[i][length] == '=')
			break;
	}
	if (i == MODULE_MAX_PARAMETERS)
		return;
	if (i == parameters->count)
		parameters->count++;
	snprintf(parameters->text[i], sizeof(parameters->text[i]), "%s=%s",
		 name, value);
}

void module_parameters_read(struct module_parameters *parameters)
{
	struct dirent **names;
	int n = scandir(PARAMETERS, &names, NULL, alphasort);
	char path[sizeof(PARAMETERS) + sizeof(names[0]->d_name) + 1];
	char value[96];

	parameters->count = 0;
	for (int i = 0; i < n; i++) {
		snprintf(path, sizeof(path), PARAMETERS "/%s",
			 names[i]->d_name);
		if (names[i]->d_name[0] != '.' &&
		    module_read_line(path, value, sizeof(value)))
			module_parameters_set(parameters, names[i]->d_name,
					      value);
		free(names[i]);
	}
	if (n >= 0)
		free(names);
}

/* The module's own message says more than modprobe's errno. */
static void last_own_line(int log, char *error, size_t size)
{
	char line[512];

	while (log >= 0 && klog_next(log, line, sizeof(line))) {
		if (klog_is_ours(line))
			snprintf(error, size, "%s", line);
	}
}

bool module_load(const struct module_parameters *parameters, char *error,
		 size_t size)
{
	char *argv[MODULE_MAX_PARAMETERS + 3] = { "modprobe", MODULE_NAME };
	int log = klog_open(SEEK_END);
	int status;

	for (int i = 0; i < parameters->count; i++)
		argv[i + 2] = (char *)parameters->text[i];
	status = process_run(argv, error, size);
	error[strcspn(error, "\n")] = '\0';
	if (status)
		last_own_line(log, error, size);
	if (status && !*error)
		snprintf(error, size, "modprobe: exit status %d", status);
	if (log >= 0)
		close(log);
	return !status;
}

bool module_unload(char *error, size_t size)
{
	char *argv[] = { "modprobe", "-r", MODULE_NAME, NULL };
	int status = process_run(argv, error, size);

	error[strcspn(error, "\n")] = '\0';
	if (status && !*error)
		snprintf(error, size, "modprobe -r: exit status %d", status);
	return !status && !module_loaded();
}
