/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef DOCTOR_FINDING_H
#define DOCTOR_FINDING_H

#include <stdbool.h>

#include "doctor.h"

/* The result of a check, and its text. */
void finding_say(struct finding *finding, enum result result,
		 const char *format, ...) __attribute__((format(printf, 3, 4)));

/* The command to type next. */
void finding_next(struct finding *finding, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

const char *kernel_release(void);

/* Without sysfs nothing tells whether the module is loaded. */
bool sysfs_visible(void);

/* Two commands to type next. */
void next_is_to_mount_sysfs(struct finding *finding);
void next_is_to_load(struct finding *finding);

#endif
