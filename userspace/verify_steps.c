// SPDX-License-Identifier: GPL-2.0-only
/* The steps of mmapdemo verify, in the order of proof. */
#include "verify.h"
#include "verify_steps.h"

const struct verify_step verify_first = {
	"save", "contents saved, the kernel sees what the user sees",
	verify_save
};

const struct verify_step verify_last = { "restore", "contents put back",
					 verify_restore };

const struct verify_step verify_steps[] = {
	{ "padding", "bytes past the size are zero", verify_padding },
	{ "kernel-attribute",
	  "the kernel's page table entries carry the attribute",
	  verify_kernel_attribute },
	{ "user-attribute", "the user's page table entries carry the attribute",
	  verify_user_attribute },
	{ "populate", "a new mapping has its pages at once, or on access",
	  verify_populate },
	{ "user-store", "the kernel sees the user's stores",
	  verify_user_store },
	{ "kernel-store", "the user sees the kernel's stores",
	  verify_kernel_store },
	{ "read", "read(2) returns what a mapping stored", verify_read },
	{ "write", "a mapping shows what write(2) stored", verify_write },
	{ "events", "poll(2) shows a new generation as POLLPRI, until INFO",
	  verify_events },
	{ "reopen", "opening it again by /proc gives the same buffer",
	  verify_reopen },
	{ "second-process", "a second process sees the same bytes",
	  verify_second_process },
	{ "pages", "every page is distinct and lands at its offset",
	  verify_pages },
	{ "padding-after", "bytes past the size are still zero",
	  verify_padding },
	{ "private", "a private mapping copies on write, or is refused",
	  verify_private },
	{ "refuse-exec", "an executable mapping is refused",
	  verify_executable },
	{ "refuse-exec-later", "a mapping cannot become executable",
	  verify_executable_later },
	{ "refuse-past-end", "a mapping past the end is refused",
	  verify_past_end },
	{ "refuse-across-end", "a mapping across the end is refused",
	  verify_across_end },
	{ 0 },
};
