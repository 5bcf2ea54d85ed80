// SPDX-License-Identifier: GPL-2.0-only
/* mmapdemo doctor: does the kernel require signed modules? */
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "doctor.h"
#include "doctor_finding.h"
#include "module.h"
#include "process.h"

#define MOK_KEY "/var/lib/dkms/mok.pub"
#define SECURE_BOOT \
	"/sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c"

/* Four bytes of attributes come before the value. */
static int secure_boot(void)
{
	unsigned char variable[5];
	int fd = open(SECURE_BOOT, O_RDONLY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		return -1;
	n = read(fd, variable, sizeof(variable));
	close(fd);
	return n == sizeof(variable) ? variable[4] : -1;
}

static bool key_enrolled(void)
{
	char *argv[] = { "mokutil", "--test-key", MOK_KEY, NULL };
	char output[512];

	return process_run(argv, output, sizeof(output)) != 127 &&
	       strstr(output, "already enrolled");
}

static void next_is_to_sign(struct finding *f)
{
	if (access(MOK_KEY, F_OK))
		finding_next(
			f,
			"sudo make dkms-install, which makes a key and signs with it");
	else
		finding_next(
			f,
			"sudo mokutil --import " MOK_KEY
			", reboot, Enroll MOK; then mokutil --list-enrolled | grep DKMS");
}

void check_secure_boot(struct finding *f)
{
	int state = secure_boot();

	if (state < 0 &&
	    (!sysfs_visible() || !access("/sys/firmware/efi", F_OK))) {
		finding_say(f, RESULT_SKIP,
			    "unknown, the SecureBoot variable cannot be read");
	} else if (state < 0) {
		finding_say(f, RESULT_OK, "not an EFI system");
	} else if (!state) {
		finding_say(f, RESULT_OK, "off");
	} else if (key_enrolled()) {
		finding_say(f, RESULT_OK, "on, the key of dkms is enrolled");
	} else if (module_loaded()) {
		finding_say(f, RESULT_OK, "on, and the module was accepted");
	} else {
		finding_say(
			f, RESULT_WARN,
			access(MOK_KEY, F_OK) ?
				"on; modules that no enrolled key signed are rejected (\"Key was rejected by service\")" :
				"on; the key " MOK_KEY
				" is not known to be enrolled (\"Key was rejected by service\")");
		next_is_to_sign(f);
	}
}

void check_lockdown(struct finding *f)
{
	char line[128];
	enum lockdown lockdown = module_lockdown(line, sizeof(line));

	if (lockdown == LOCKDOWN_UNKNOWN) {
		finding_say(
			f, RESULT_SKIP,
			"unknown, /sys/kernel/security/lockdown cannot be read");
		if (!access("/sys/kernel/security", F_OK))
			finding_next(
				f,
				"sudo mount -t securityfs none /sys/kernel/security");
	} else if (lockdown == LOCKDOWN_OFF || module_loaded()) {
		finding_say(f, RESULT_OK, "%s", line);
	} else {
		finding_say(
			f, RESULT_WARN,
			"%s: modules that no enrolled key signed are refused (\"Operation not permitted\")",
			line);
		next_is_to_sign(f);
	}
}

void check_signature(struct finding *f)
{
	int enforced = module_signature_enforced();

	if (enforced < 0) {
		finding_say(f, RESULT_SKIP,
			    "unknown, sig_enforce cannot be read");
	} else if (!enforced || module_loaded()) {
		finding_say(f, RESULT_OK, "%s",
			    enforced ? "enforced, and the module was accepted" :
				       "not enforced");
	} else {
		finding_say(
			f, RESULT_WARN,
			"enforced: modules that no enrolled key signed are refused (\"Key was rejected by service\")");
		next_is_to_sign(f);
	}
}
