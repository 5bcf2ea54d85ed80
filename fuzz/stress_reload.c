// SPDX-License-Identifier: GPL-2.0-only
/* mmapdemo-stress --reload: the module comes back with other parameters. */
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "device.h"
#include "message.h"
#include "names.h"
#include "private.h"
#include "stress_run.h"

#define PATIENCE_SECONDS 60 /* for the last user, and for udev */

/* Chooses one that this machine supports. */
static const struct private_spec *choose_spec(struct run *run)
{
	static const struct private_spec choices[] = {
		{ 262144, MMAPDEMO_BACKING_KMALLOC, MMAPDEMO_CACHE_WB, false },
		{ 100000, MMAPDEMO_BACKING_KMALLOC, MMAPDEMO_CACHE_WC, false },
		{ 131072, MMAPDEMO_BACKING_KMALLOC, MMAPDEMO_CACHE_UC, true },
		{ 2097152, MMAPDEMO_BACKING_KMALLOC, MMAPDEMO_CACHE_WB, true },
		{ 300001, MMAPDEMO_BACKING_VMALLOC, MMAPDEMO_CACHE_WB, false },
		{ 262144, MMAPDEMO_BACKING_VMALLOC, MMAPDEMO_CACHE_WB, true },
		{ 270000, MMAPDEMO_BACKING_SHMEM, MMAPDEMO_CACHE_WB, false },
		{ 262144, MMAPDEMO_BACKING_SHMEM, MMAPDEMO_CACHE_WB, true },
		{ 131072, MMAPDEMO_BACKING_DMA, MMAPDEMO_CACHE_WB, false },
		{ 131072, MMAPDEMO_BACKING_DMA, MMAPDEMO_CACHE_WC, false },
	};
	int device = device_open(run->device, ACCESS_ANY);
	const struct private_spec *choice;

	do {
		choice = &choices[stress_random(&run->random) %
				  (sizeof(choices) / sizeof(choices[0]))];
	} while (!private_possible(device, choice));
	close(device);
	return choice;
}

void stress_choose_parameters(struct run *run,
			      struct module_parameters *parameters)
{
	const struct private_spec *spec = choose_spec(run);
	char size[32];

	snprintf(size, sizeof(size), "%" PRIu64, spec->size);
	module_parameters_set(parameters, "backing",
			      backing_name(spec->backing));
	module_parameters_set(parameters, "cache", cache_name(spec->cache));
	module_parameters_set(parameters, "populate",
			      populate_name(spec->lazy));
	module_parameters_set(parameters, "size", size);
}

/* A killed process may still hold the module after it was waited for. */
static bool unload(void)
{
	double until = stress_now() + PATIENCE_SECONDS;
	char error[256];

	while (!module_unload(error, sizeof(error))) {
		if (stress_now() >= until) {
			complain("modprobe -r: %s", error);
			return false;
		}
		usleep(20000);
	}
	return true;
}

static bool load(struct run *run, const struct module_parameters *parameters)
{
	double until = stress_now() + PATIENCE_SECONDS;
	char error[256];
	int fd;

	if (!module_load(parameters, error, sizeof(error))) {
		complain("modprobe: %s", error);
		return false;
	}
	while ((fd = device_try_open(run->device, O_RDWR)) < 0 &&
	       stress_now() < until)
		usleep(5000); /* udev */
	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

bool stress_reload(struct run *run, const struct module_parameters *parameters)
{
	if (!unload() || !load(run, parameters)) {
		stress_fail(run, "the module did not come back");
		return false;
	}
	run->reloads++;
	return true;
}
