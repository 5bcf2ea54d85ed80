/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef DOCTOR_H
#define DOCTOR_H

#include "message.h"
#include "result.h"

/* What a check found. */
struct finding {
	const char *device; /* set by the caller */
	enum result result;
	enum exit_status status; /* of the tool, if this is the first failure */
	char text[512];
	char next[256]; /* command to type, or empty */
};

struct check {
	const char *name;
	void (*run)(struct finding *finding);
};

/* doctor_module.c */
void check_headers(struct finding *finding);
void check_module(struct finding *finding);
void check_vermagic(struct finding *finding);
void check_dkms(struct finding *finding);
void check_loaded(struct finding *finding);
void check_parameters(struct finding *finding);

/* doctor_signing.c */
void check_secure_boot(struct finding *finding);
void check_lockdown(struct finding *finding);
void check_signature(struct finding *finding);

/* doctor_device.c */
void check_node(struct finding *finding);
void check_access(struct finding *finding);
void check_buffer(struct finding *finding);

/* doctor_use.c: the users of the module */
void check_use(struct finding *finding);

/* doctor_log.c */
void check_log(struct finding *finding);
void check_pat(struct finding *finding);

/*
 * The checks in the order in which problems must be solved. The last one is empty.
 */
extern const struct check checks[];

#endif
