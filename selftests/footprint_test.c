// SPDX-License-Identifier: GPL-2.0-only
/*
 * The module holds at most 64 KiB of code and data beyond the buffer.
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
	EXPECT_GE(64 << 10, core + init);
	ASSERT_EQ(0, module_gone());
}

TEST_HARNESS_MAIN
