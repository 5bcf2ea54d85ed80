/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef VERIFY_RELOAD_H
#define VERIFY_RELOAD_H

#include <stdbool.h>

#include "module.h"
#include "verify_outcome.h"

/*
 * The module before the first reload; contents has the bytes past the size,
 * too.
 */
struct reload {
	struct verify_all *all;
	struct mmapdemo_info info;
	struct module_parameters parameters;
	unsigned char *contents;
	bool changed; /* since the module was reloaded */
};

/*
 * Saves the parameters of the module and the contents of its buffer.
 * reload_put_back() restores them; until it is called, exit(3) does. So *reload
 * must exist until then.
 */
void reload_remember(struct reload *reload, struct verify_all *all);
bool reload_put_back(struct reload *reload);

/* Proves the device's own buffer with each attribute, likewise. */
void prove_attributes(struct reload *reload);

#endif
