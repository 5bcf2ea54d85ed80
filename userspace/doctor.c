// SPDX-License-Identifier: GPL-2.0-only
/*
 * The checks of mmapdemo doctor. They change nothing, and need neither root nor
 * the module. What cannot be read is reported as unknown.
 */
#include "doctor.h"

const struct check checks[] = {
	{ "headers", check_headers },
	{ "module", check_module },
	{ "vermagic", check_vermagic },
	{ "dkms", check_dkms },
	{ "secure-boot", check_secure_boot },
	{ "lockdown", check_lockdown },
	{ "signature", check_signature },
	{ "loaded", check_loaded },
	{ "parameters", check_parameters },
	{ "node", check_node },
	{ "access", check_access },
	{ "buffer", check_buffer },
	{ "use", check_use },
	{ "log", check_log },
	{ "pat", check_pat },
	{ 0 },
};
