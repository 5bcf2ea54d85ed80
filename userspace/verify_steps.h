/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef VERIFY_STEPS_H
#define VERIFY_STEPS_H

#include "verify.h"

/*
 * The steps of the table in verify_steps.c. Each returns whether its claim
 * holds, and leaves its result in verify->text.
 */

/* verify_contents.c */
bool verify_save(struct verify *verify);
bool verify_restore(struct verify *verify);
bool verify_padding(struct verify *verify);
bool verify_user_store(struct verify *verify);
bool verify_kernel_store(struct verify *verify);
bool verify_read(struct verify *verify);
bool verify_write(struct verify *verify);
bool verify_pages(struct verify *verify);

/* verify_entries.c */
bool verify_kernel_attribute(struct verify *verify);
bool verify_user_attribute(struct verify *verify);
bool verify_populate(struct verify *verify);

/* verify_file.c */
bool verify_events(struct verify *verify);
bool verify_reopen(struct verify *verify);

/* verify_process.c */
bool verify_second_process(struct verify *verify);

/* verify_refusals.c */
bool verify_private(struct verify *verify);
bool verify_executable(struct verify *verify);
bool verify_executable_later(struct verify *verify);
bool verify_past_end(struct verify *verify);
bool verify_across_end(struct verify *verify);

#endif
