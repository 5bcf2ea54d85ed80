// SPDX-License-Identifier: GPL-2.0-only
/*
 * The checks of mmapdemo doctor. Each only looks, none needs root or the
 * module, and what cannot be read is said to be so.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "buffer.h"
#include "doctor.h"
#include "klog.h"
#include "module.h"
#include "process.h"

#define GROUP "mmapdemo"
#define MOK_KEY "/var/lib/dkms/mok.pub"
#define SECURE_BOOT \
	"/sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c"

static void found(struct finding *finding, enum result result,
		  const char *format, ...)
	__attribute__((format(printf, 3, 4)));
static void next(struct finding *finding, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static void found(struct finding *finding, enum result result,
		  const char *format, ...)
{
	va_list args;

	finding->result = result;
	va_start(args, format);
	vsnprintf(finding->text, sizeof(finding->text), format, args);
	va_end(args);
}

static void next(struct finding *finding, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(finding->next, sizeof(finding->next), format, args);
	va_end(args);
}

static const char *kernel_release(void)
{
	static struct utsname name;

	uname(&name);
	return name.release;
}

static void check_headers(struct finding *f)
{
	char path[256];

	snprintf(path, sizeof(path), "/lib/modules/%s/build/Makefile",
		 kernel_release());
	if (!access(path, R_OK)) {
		*strrchr(path, '/') = '\0';
		found(f, RESULT_OK, "%s", path);
		return;
	}
	found(f, RESULT_WARN,
	      "none for the running kernel %s, so no module can be built for it",
	      kernel_release());
	next(f, "sudo apt-get install linux-headers-%s", kernel_release());
}

/* What modprobe would load: the index that depmod makes. */
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

static void check_module(struct finding *f)
{
	char path[512];

	if (module_file(path, sizeof(path))) {
		found(f, RESULT_OK, "/lib/modules/%s/%s", kernel_release(),
		      path);
		return;
	}
	found(f, module_loaded() ? RESULT_WARN : RESULT_FAIL,
	      "modprobe knows none for the kernel %s", kernel_release());
	next(f, "sudo make dkms-install, or make && sudo make modules_install");
}

static void check_vermagic(struct finding *f)
{
	char *argv[] = { "modinfo", "-F", "vermagic", MODULE_NAME, NULL };
	char vermagic[256], path[512];
	size_t length = strlen(kernel_release());

	if (!module_file(path, sizeof(path)) ||
	    process_run(argv, vermagic, sizeof(vermagic))) {
		found(f, RESULT_OK, "no module file to look at");
		return;
	}
	vermagic[strcspn(vermagic, "\n")] = '\0';
	if (!strncmp(vermagic, kernel_release(), length) &&
	    vermagic[length] == ' ') {
		found(f, RESULT_OK, "%s", vermagic);
		return;
	}
	found(f, RESULT_FAIL,
	      "the module was built for %s, the kernel is %s (\"Exec format error\")",
	      vermagic, kernel_release());
	next(f, "make clean && make && sudo make modules_install");
}

static void check_dkms(struct finding *f)
{
	char *argv[] = { "dkms", "status", MODULE_NAME, NULL };
	char status[512];
	int code = process_run(argv, status, sizeof(status));

	status[strcspn(status, "\n")] = '\0';
	if (code == 127)
		found(f, RESULT_OK, "dkms is not installed");
	else if (code || !*status)
		found(f, RESULT_OK, "dkms does not manage " MODULE_NAME);
	else
		found(f, strstr(status, "installed") ? RESULT_OK : RESULT_WARN,
		      "%s", status);
	if (f->result == RESULT_WARN)
		next(f, "sudo dkms install " MODULE_NAME " -k %s",
		     kernel_release());
}

/* Where the lockdown refuses it, check_lockdown() tells what to do. */
static void next_is_to_load(struct finding *f)
{
	char line[128];

	if (module_lockdown(line, sizeof(line)) != LOCKDOWN_ON)
		next(f, "sudo modprobe " MODULE_NAME);
}

static void check_loaded(struct finding *f)
{
	if (module_loaded()) {
		found(f, RESULT_OK, "yes");
		return;
	}
	found(f, RESULT_FAIL, "no");
	f->status = EXIT_NO_DEVICE;
	next_is_to_load(f);
}

static void check_parameters(struct finding *f)
{
	struct module_parameters parameters;
	size_t used = 0;

	module_parameters_read(&parameters);
	found(f, RESULT_OK, "none, the module is not loaded");
	for (int i = 0; i < parameters.count && used < sizeof(f->text); i++)
		used += snprintf(f->text + used, sizeof(f->text) - used, "%s%s",
				 i ? " " : "", parameters.text[i]);
}

/* From /etc/group and /etc/passwd by hand: a static program has no NSS. */
static void group_name(gid_t gid, char *name, size_t size)
{
	FILE *file = fopen("/etc/group", "re");
	struct group *group = NULL;

	snprintf(name, size, "%u", (unsigned int)gid);
	while (file && (group = fgetgrent(file))) {
		if (group->gr_gid != gid)
			continue;
		snprintf(name, size, "%s", group->gr_name);
		break;
	}
	if (file)
		fclose(file);
}

static void user_name(uid_t uid, char *name, size_t size)
{
	FILE *file = fopen("/etc/passwd", "re");
	struct passwd *user = NULL;

	snprintf(name, size, "%u", (unsigned int)uid);
	while (file && (user = fgetpwent(file))) {
		if (user->pw_uid != uid)
			continue;
		snprintf(name, size, "%s", user->pw_name);
		break;
	}
	if (file)
		fclose(file);
}

static bool group_lists(const char *group_wanted, const char *user)
{
	FILE *file = fopen("/etc/group", "re");
	struct group *group = NULL;
	bool lists = false;

	while (file && !lists && (group = fgetgrent(file))) {
		if (strcmp(group->gr_name, group_wanted) != 0)
			continue;
		for (char **member = group->gr_mem; *member && !lists; member++)
			lists = !strcmp(*member, user);
	}
	if (file)
		fclose(file);
	return lists;
}

static bool is_our_node(const struct stat *stat)
{
	unsigned int major_number, minor_number;
	FILE *file = fopen("/sys/class/misc/" MODULE_NAME "/dev", "re");
	bool ours = file &&
		    fscanf(file, "%u:%u", &major_number, &minor_number) == 2 &&
		    stat->st_rdev == makedev(major_number, minor_number);

	if (file)
		fclose(file);
	return ours && S_ISCHR(stat->st_mode);
}

static void check_node(struct finding *f)
{
	char owner[64], group[64];
	struct stat stat_;

	if (stat(device_path, &stat_)) {
		found(f, RESULT_FAIL, "%s: %s", device_path, strerror(errno));
		f->status = EXIT_NO_DEVICE;
		if (module_loaded())
			next(f,
			     "sudo udevadm trigger --action=add /sys/class/misc/" MODULE_NAME);
		else
			next_is_to_load(f);
		return;
	}
	if (!is_our_node(&stat_)) {
		found(f, RESULT_FAIL, "%s is not the module's device",
		      device_path);
		f->status = EXIT_NO_DEVICE;
		next(f, "ls -l %s /sys/class/misc/" MODULE_NAME, device_path);
		return;
	}
	user_name(stat_.st_uid, owner, sizeof(owner));
	group_name(stat_.st_gid, group, sizeof(group));
	found(f, RESULT_OK, "%s owner %s group %s mode %04o", device_path,
	      owner, group, stat_.st_mode & 07777);
}

static void explain_forbidden(struct finding *f)
{
	struct stat stat_;
	char user[64], group[64];

	f->status = EXIT_NO_PERMISSION;
	user_name(geteuid(), user, sizeof(user));
	found(f, RESULT_FAIL, "%s may not open %s", user, device_path);
	if (stat(device_path, &stat_))
		return;
	group_name(stat_.st_gid, group, sizeof(group));
	if (strcmp(group, GROUP) != 0)
		next(f,
		     "sudo make install (udev gives the node to the group " GROUP
		     "), then sudo modprobe -r " MODULE_NAME
		     " && sudo modprobe " MODULE_NAME);
	else if (group_lists(GROUP, user))
		next(f,
		     "newgrp " GROUP
		     ", or log in again: the membership is newer than this session");
	else
		next(f, "sudo usermod -aG " GROUP " %s, then log in again",
		     user);
}

static void check_access(struct finding *f)
{
	int fd = open(device_path, O_RDWR | O_CLOEXEC);

	if (fd >= 0) {
		close(fd);
		found(f, RESULT_OK, "may be opened to read and write");
		return;
	}
	if (errno == EACCES || errno == EPERM) {
		explain_forbidden(f);
		return;
	}
	found(f, RESULT_FAIL, "%s: %s", device_path, strerror(errno));
	f->status = EXIT_NO_DEVICE;
}

static void check_buffer(struct finding *f)
{
	struct buffer buffer;
	int error = buffer_try_open(&buffer, O_RDWR);
	volatile unsigned char *map;

	if (error) {
		found(f, RESULT_FAIL, "cannot be used: %s", strerror(-error));
		f->status = EXIT_FAILED;
		return;
	}
	map = buffer_try_map(&buffer, PROT_READ | PROT_WRITE);
	if (map == MAP_FAILED) {
		found(f, RESULT_FAIL, "mmap: %s", strerror(errno));
		f->status = EXIT_FAILED;
		next(f, "sudo dmesg | grep " MODULE_NAME);
	} else {
		found(f, RESULT_OK,
		      "%llu bytes, %s, cache %s, mapped; the first byte is 0x%02x",
		      (unsigned long long)buffer.info.buffer_size,
		      backing_name(buffer.info.backing),
		      cache_name(buffer.info.cache_effective), map[0]);
		next(f, "mmapdemo verify");
		buffer_unmap(&buffer, (void *)map);
	}
	buffer_close(&buffer);
}

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
		next(f,
		     "sudo make dkms-install, which makes a key and signs with it");
	else
		next(f,
		     "sudo mokutil --import " MOK_KEY
		     ", reboot, Enroll MOK; then mokutil --list-enrolled | grep DKMS");
}

static void check_secure_boot(struct finding *f)
{
	int state = secure_boot();

	if (state < 0) {
		found(f, RESULT_OK, "off, or not an EFI system");
	} else if (!state) {
		found(f, RESULT_OK, "off");
	} else if (key_enrolled()) {
		found(f, RESULT_OK, "on, the key of dkms is enrolled");
	} else if (module_loaded()) {
		found(f, RESULT_OK, "on, and the module was accepted");
	} else {
		found(f, RESULT_WARN,
		      access(MOK_KEY, F_OK) ?
			      "on; modules that no enrolled key signed are rejected (\"Key was rejected by service\")" :
			      "on; the key " MOK_KEY
			      " is not known to be enrolled (\"Key was rejected by service\")");
		next_is_to_sign(f);
	}
}

static void check_lockdown(struct finding *f)
{
	char line[128];
	enum lockdown lockdown = module_lockdown(line, sizeof(line));

	if (lockdown == LOCKDOWN_UNKNOWN) {
		found(f, RESULT_SKIP,
		      "unknown, /sys/kernel/security/lockdown cannot be read");
		if (!access("/sys/kernel/security", F_OK))
			next(f,
			     "sudo mount -t securityfs none /sys/kernel/security");
	} else if (lockdown == LOCKDOWN_OFF || module_loaded()) {
		found(f, RESULT_OK, "%s", line);
	} else {
		found(f, RESULT_WARN,
		      "%s: modules that no enrolled key signed are refused (\"Operation not permitted\")",
		      line);
		next_is_to_sign(f);
	}
}

static void check_signature(struct finding *f)
{
	int enforced = module_signature_enforced();

	if (enforced < 0) {
		found(f, RESULT_SKIP, "unknown, sig_enforce cannot be read");
	} else if (!enforced || module_loaded()) {
		found(f, RESULT_OK, "%s",
		      enforced ? "enforced, and the module was accepted" :
				 "not enforced");
	} else {
		found(f, RESULT_WARN,
		      "enforced: modules that no enrolled key signed are refused (\"Key was rejected by service\")");
		next_is_to_sign(f);
	}
}

/* Said by the kernel about each module of this kind; no reason to worry. */
static bool is_taint(const char *line)
{
	return strstr(line, "taints kernel") || strstr(line, "tainting kernel");
}

static void check_log(struct finding *f)
{
	int fd = klog_open(SEEK_SET);
	char line[512], last[512] = "";
	int ours = 0;

	if (fd < 0) {
		found(f, RESULT_WARN, "may not be read");
		next(f, "sudo dmesg | grep -e " MODULE_NAME " -e x86/PAT");
		return;
	}
	while (klog_next(fd, line, sizeof(line))) {
		if (!klog_is_ours(line) || is_taint(line))
			continue;
		ours++;
		memcpy(last, line, sizeof(last));
	}
	close(fd);
	if (!ours)
		found(f, RESULT_OK, "the module has nothing to say");
	else
		found(f, RESULT_WARN, "%d lines, the last: %.400s", ours, last);
	if (ours > 1)
		next(f, "sudo dmesg | grep " MODULE_NAME);
}

static void check_pat(struct finding *f)
{
	int fd = klog_open(SEEK_SET);
	char line[512], conflict[512] = "";

	while (fd >= 0 && klog_next(fd, line, sizeof(line))) {
		if (klog_is_conflict(line))
			memcpy(conflict, line, sizeof(conflict));
	}
	if (fd >= 0)
		close(fd);
	if (*conflict) {
		found(f, RESULT_WARN,
		      "a driver lost its cache attribute: %.400s", conflict);
		next(f, "mmapdemo verify");
	} else if (fd < 0) {
		found(f, RESULT_SKIP, "the log may not be read");
	} else {
		found(f, RESULT_OK, "no x86/PAT conflict in the log");
	}
}

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
	{ "log", check_log },
	{ "pat", check_pat },
	{ 0 },
};
