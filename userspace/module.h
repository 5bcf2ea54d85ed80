/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MODULE_H
#define MODULE_H

#include <stdbool.h>
#include <stddef.h>

#define MODULE_NAME "mmapdemo"
#define MODULE_SYSFS "/sys/module/" MODULE_NAME

bool module_loaded(void);

/* The first line of a file in sysfs. */
bool module_read_line(const char *path, char *line, size_t size);

enum lockdown {
	LOCKDOWN_UNKNOWN,
	LOCKDOWN_OFF,
	LOCKDOWN_ON,
};

/* With the kernel's words, if they can be read. */
enum lockdown module_lockdown(char *line, size_t size);
int module_signature_enforced(void);

/* Why the module that is loaded could not be loaded again, or NULL. */
const char *module_cannot_return(void);

/* The parameters in force, as modprobe takes them: name=value. */
#define MODULE_MAX_PARAMETERS 16

struct module_parameters {
	int count;
	char text[MODULE_MAX_PARAMETERS][128];
};

void module_parameters_read(struct module_parameters *parameters);
void module_parameters_set(struct module_parameters *parameters,
			   const char *name, const char *value);

/* By modprobe; on failure error holds what it or the kernel log said. */
bool module_load(const struct module_parameters *parameters, char *error,
		 size_t size);
bool module_unload(char *error, size_t size);

#endif
