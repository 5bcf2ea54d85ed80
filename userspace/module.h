/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MODULE_H
#define MODULE_H

#include <stdbool.h>
#include <stddef.h>

#define MODULE_NAME "mmapdemo"
#define MODULE_SYSFS "/sys/module/" MODULE_NAME

bool module_loaded(void);

/* Reads the first line of a file. */
bool module_read_line(const char *path, char *line, size_t size);

enum lockdown {
	LOCKDOWN_UNKNOWN,
	LOCKDOWN_OFF,
	LOCKDOWN_ON,
};

/* line is set to the text of the kernel, if it can be read. */
enum lockdown module_lockdown(char *line, size_t size);

/* 1, 0, or -1 if it is unknown. */
int module_signature_enforced(void);

/* Why the loaded module could not be loaded again, or NULL. */
const char *module_cannot_return(void);

/* The parameters of the loaded module, as modprobe takes them: name=value. */
#define MODULE_MAX_PARAMETERS 16

struct module_parameters {
	int count;
	char text[MODULE_MAX_PARAMETERS][128];
};

void module_parameters_read(struct module_parameters *parameters);
void module_parameters_set(struct module_parameters *parameters,
			   const char *name, const char *value);

/* Run modprobe; on failure, error is its message or that of the kernel log. */
bool module_load(const struct module_parameters *parameters, char *error,
		 size_t size);
bool module_unload(char *error, size_t size);

#endif
