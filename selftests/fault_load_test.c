// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests the failure paths of loading and unloading. Each is done again and
 * again while the kernel fails the driver's first, second, ... allocation,
 * until a run has no further one to fail. A load that fails leaves nothing
 * behind and says why. Unloading cannot fail.
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
	DEBUGFS MODULE_NAME,
};

/* Lines that the driver core, kmemleak and gcov log about their own failures */
static const char *const core_lines[] = {
	"kobject: kobject_add_internal failed for " MODULE_NAME,
	"debugfs: out of free dentries, can not create ",
	"kmemleak: Cannot allocate a scan area, scanning the full object",
	"gcov: could not ",
	NULL,
};

/*
 * The driver's lines about a missing DMA device: if it can do without, and if
 * not
 */
#define NO_DMA MODULE_NAME ": backing=dma is missing: "
#define NEEDS_DMA ": not possible with backing=dma, populate=now: "

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

/*
 * If memory for a name is missing, the driver core goes on without the device
 * node. If memory for the DMA device is missing, the driver goes on without
 * backing=dma.
 */
static const char *check_device(const struct kind *kind, bool fired,
				bool has_dma)
{
	const __u32 dma = 1 << MMAPDEMO_BACKING_DMA;
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
	if (info.backing_available != (1 << BACKING_COUNT) - 1 - !has_dma * dma)
		return "not those backings are missing that the log names";
	if (!fired && access(DEBUGFS MODULE_NAME "/buffers", F_OK))
		return "there is no list of buffers";
	return NULL;
}

/* A load fails with ENOMEM. Only backing=dma may also be unsupported. */
static bool may_be_refused(const struct kind *kind, long rc)
{
	return rc == -ENOMEM ||
	       (rc == -EOPNOTSUPP && kind->backing == MMAPDEMO_BACKING_DMA);
}

static bool says_why(const char *line, long rc)
{
	char error[32];

	snprintf(error, sizeof(error), ": error %ld", rc);
	return !strncmp(line, MODULE_NAME ": ", strlen(MODULE_NAME ": ")) &&
	       strstr(line, rc == -EOPNOTSUPP ? NEEDS_DMA : error);
}

/*
 * Checks the log. A load that fails says why in one line, any other logs
 * nothing. In a line before that, the driver may say that backing=dma is
 * missing.
 */
static const char *check_log(int log, long rc, bool *has_dma)
{
	static char lines[4096];
	char *rest = lines, *line;
	bool said = !rc;

	*has_dma = true;
	log_lines(log, lines, sizeof(lines));
	while ((line = strsep(&rest, "\n"))) {
		if (!*line || starts_like(line, core_lines))
			continue;
		if (*has_dma && !strncmp(line, NO_DMA, strlen(NO_DMA))) {
			*has_dma = false;
			continue;
		}
		if (said || !says_why(line, rc))
			return line;
		said = true;
	}
	return said ? NULL : "the driver does not say why";
}

/* Checks that nothing more was logged and nothing is left behind. */
static const char *check_end(int log)
{
	bool has_dma;

	return check_log(log, 0, &has_dma) ?: has_dma ? check_gone() : NO_DMA;
}

/*
 * Loads and unloads the module. The nth allocation of the load fails. Returns
 * what is wrong, or NULL.
 */
static const char *load_once(const device_data *self, const struct kind *kind,
			     unsigned int nth, bool *fired, long *rc)
{
	const char *wrong;
	bool has_dma;

	faults_arm(nth);
	*rc = device_load(DEVICE_SIZE, kind);
	*fired = faults_fired();
	if (*rc && (!may_be_refused(kind, *rc) || !*fired))
		return "it should not be refused like this";
	wrong = check_log(self->log, *rc, &has_dma);
	if (!has_dma && !*fired)
		return "backing=dma is missing, although nothing failed it";
	if (!*rc)
		wrong = wrong ?: check_device(kind, *fired, has_dma);
	if (!*rc && module_gone())
		return "it cannot be unloaded";
	return wrong ?: check_end(self->log);
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
	return check_end(self->log);
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

/*
 * The driver core makes some fifty allocations for a device and a node,
 * whatever the buffer is. They fail only in the tests of the simplest kind, and
 * of dma, which needs the device.
 */
static bool meets_driver_core(const struct kind *kind)
{
	return kind->backing == MMAPDEMO_BACKING_DMA ||
	       (kind->backing == MMAPDEMO_BACKING_KMALLOC &&
		kind->cache == MMAPDEMO_CACHE_WB && !kind->lazy);
}

/*
 * Leaves out the driver core's allocations for the other kinds. Returns false
 * if the kernel cannot tell where an allocation comes from.
 */
static bool without_driver_core(const struct kind *kind)
{
	struct functions core = functions_of_none;

	if (!meets_driver_core(kind) &&
	    !find_functions("device_create_with_groups",
			    "platform_device_register_full", &core))
		return false;
	return !faults_only_from(&functions_of_modules, &core) ||
	       meets_driver_core(kind);
}

TEST_F_TIMEOUT(device, load_and_unload, 600)
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
