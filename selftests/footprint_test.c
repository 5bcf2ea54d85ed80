// SPDX-License-Identifier: GPL-2.0-only
/*
 * The module takes at most 112 KiB for code and data, without the buffer. It
 * takes 72 KiB on 6.1, and 92 KiB on 6.12, where each type of module memory
 * starts on a page of its own.
 */
#include "device.h"

static long module_number(const char *name)
{
	char path[128];
	long value = -1;
	FILE *f;

	snprintf(path, sizeof(path), "/sys/module/" MODULE_NAME "/%s", name);
	f = fopen(path, "re");
	if (f && fscanf(f, "%ld", &value) != 1)
		value = -1;
	if (f)
		fclose(f);
	return value;
}

TEST(code_and_data)
{
	long core, init;

	REQUIRE_MODULE();
	if (kernel_is_instrumented())
		SKIP(return, "this kernel has its own code in the module's");
	ASSERT_EQ(0, module_gone());
	ASSERT_EQ(0, module_load("size=4M"));
	core = module_number("coresize");
	init = module_number("initsize");
	TH_LOG("coresize %ld initsize %ld", core, init);
	EXPECT_LT(0, core);
	EXPECT_LE(0, init);
	EXPECT_GE(112 << 10, core + init);
	ASSERT_EQ(0, module_gone());
}

TEST_HARNESS_MAIN
