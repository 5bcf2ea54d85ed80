// SPDX-License-Identifier: GPL-2.0-only
/*
 * The failure paths of loading and unloading: each is done again and again
 * while the kernel fails the first, second, ... allocation that the driver asks
 * for, until one run has none left to fail. What cannot be loaded leaves
 * nothing behind and says why, and unloading cannot fail.
 */
#include "faults.h"

#define SYSFS_DEVICE "/sys/class/misc/" MODULE_NAME

static const char *const left_behind[] = {
	DEVICE,
	"/sys/module/" MODULE_NAME,
	SYSFS_DEVICE,
	"/sys/devices/virtual/misc/" MODULE_NAME,
	"/sys/devices/platform/" MODULE_NAME,
	"/sys/bus/platform/devices/" MODULE_NAME,
};

/* What the driver core, the detector of leaks and gcov say of their own failures. */
static const char *const core_lines[] = {
	"kobject: kobject_add_internal failed for " MODULE_NAME,
	"kmemleak: Cannot allocate a scan area, scanning the full object",
	"gcov: could not ",
	NULL,
};

/* Without memory for a name the driver core calls the device invalid. */
#define NAMELESS MODULE_NAME ": no device for backing=dma: error -22"

static const char *check_gone(void)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(left_behind); i++)
		if (!access(left_behind[i], F_OK))
			return left_behind[i];
	if (file_has_word("/proc/misc", "", MODULE_NAME))
		return "/proc/misc";
	if (file_has_word("/proc/modules", MODULE_NAME, MODULE_NAME))
		return "/proc/modules";
	return NULL;
}

/* The driver core goes on without a node if it has no memory for its name. */
static const char *check_device(const struct kind *kind, bool fired)
{
	struct mmapdemo_info info;
	int fd = device_open(O_RDONLY);
	int rc;

	if (access(SYSFS_DEVICE, F_OK))
		return "there is no device";
	if (fd == -ENOENT && fired)
		return NULL;
	rc = get_info(fd, &info);
	close(fd);
	if (rc || info.backing != kind->backing ||
	    info.cache_effective != kind->cache)
		return "the device is not what was asked for";
	return NULL;
}

static bool says_why(const char *line, long rc)
{
	char error[32];

	if (rc == -EINVAL)
		return !strcmp(line, NAMELESS);
	snprintf(error, sizeof(error), ": error %ld", rc);
	return !strncmp(line, MODULE_NAME ": ", strlen(MODULE_NAME ": ")) &&
	       strstr(line, error);
}

/* A driver that is refused says why in one line, else it is silent. */
static const char *check_log(int log, long rc)
{
	static char lines[4096];
	char *rest = lines, *line;
	bool said = !rc;

	log_lines(log, lines, sizeof(lines));
	while ((line = strsep(&rest, "\n"))) {
		if (!*line || starts_like(line, core_lines))
			continue;
		if (said || !says_why(line, rc))
			return line;
		said = true;
	}
	return said ? NULL : "the driver does not say why";
}

/* What is wrong, or NULL */
static const char *load_once(const device_data *self, const struct kind *kind,
			     unsigned int nth, bool *fired, long *rc)
{
	const char *wrong;

	faults_arm(nth);
	*rc = device_load(DEVICE_SIZE, kind);
	*fired = faults_fired();
	if (*rc && ((*rc != -ENOMEM && *rc != -EINVAL) || !*fired))
		return "it should not be refused like this";
	wrong = *rc ? check_log(self->log, *rc) : check_device(kind, *fired);
	if (!*rc && module_gone())
		return "it cannot be unloaded";
	return wrong ?: check_log(self->log, 0) ?: check_gone();
}

static const char *unload_once(const device_data *self, const struct kind *kind,
			       unsigned int nth, bool *fired, long *rc)
{
	*rc = device_load(DEVICE_SIZE, kind);
	if (*rc)
		return "it cannot be loaded any more";
	faults_arm(nth);
	*rc = module_unload();
	*fired = faults_fired();
	if (*rc)
		return "it should not be refused";
	return check_log(self->log, 0) ?: check_gone();
}

typedef const char *once(const device_data *self, const struct kind *kind,
			 unsigned int nth, bool *fired, long *rc);

static void fail_each(struct __test_metadata *_metadata,
		      const device_data *self, const struct kind *kind,
		      const char *name, once *once)
{
	long not_wb = direct_map_not_wb(), rc = 0;
	const char *wrong = NULL;
	unsigned int nth, failed = 0;
	bool fired = true;

	for (nth = 1; !wrong && fired && nth < RUNS_MAX; nth++) {
		wrong = once(self, kind, nth, &fired, &rc);
		failed += !!rc;
		if (kind->cache != MMAPDEMO_CACHE_WB &&
		    direct_map_not_wb() != not_wb)
			wrong = wrong ?: "memory is not write-back again";
	}
	if (wrong)
		log_lines(self->log, (char[1]){}, 1);
	EXPECT_EQ(NULL, wrong)
	TH_LOG("%s, failure %u, returned %ld: %s", name, nth - 1, rc,
	       wrong ?: "");
	EXPECT_TRUE(wrong || !fired) TH_LOG("%s has no end", name);
	faults_report(name, kind, nth - 1 - !fired, failed);
}

static bool is_plain(const struct kind *kind)
{
	return kind->backing == MMAPDEMO_BACKING_KMALLOC &&
	       kind->cache == MMAPDEMO_CACHE_WB && !kind->lazy;
}

/*
 * Of a device and a node the driver core makes the same whatever the buffer is,
 * in some fifty allocations. Their failures are met once. False if the kernel
 * cannot tell them apart
 */
static bool without_driver_core(const struct kind *kind)
{
	struct functions core = functions_of_none;

	if (!is_plain(kind) &&
	    !find_functions("device_create_with_groups",
			    "platform_device_register_full", &core))
		return false;
	return !faults_only_from(&functions_of_modules, &core) ||
	       is_plain(kind);
}

TEST_F_TIMEOUT(device, load_and_unload, 300)
{
	REQUIRE_FAULTS();
	if (variant->kind.lazy)
		SKIP(return, "the buffer is made in the same way as now");
	if (!without_driver_core(&variant->kind))
		SKIP(return, "needs CONFIG_FAULT_INJECTION_STACKTRACE_FILTER");
	device_release(self);
	ASSERT_EQ(0, module_gone());
	fail_each(_metadata, self, &variant->kind, "load", load_once);
	fail_each(_metadata, self, &variant->kind, "unload", unload_once);
	faults_only_from(&functions_of_all, &functions_of_none);
	ASSERT_EQ(0, device_renew(self, DEVICE_SIZE, &variant->kind));
}

TEST_HARNESS_MAIN
