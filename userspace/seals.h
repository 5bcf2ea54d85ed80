/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SEALS_H
#define SEALS_H

#include <stddef.h>
#include <stdint.h>

struct json;

/* The seals that forbid new stores to the bytes of a buffer. */
#define SEALS_WRITE (MMAPDEMO_SEAL_WRITE | MMAPDEMO_SEAL_FUTURE_WRITE)

/* Formats "write,seal", or "none". Returns text. */
#define SEALS_TEXT_SIZE 64
const char *seals_text(uint32_t seals, char *text, size_t size);

/* Writes the member "seals" of a JSON object, an array of names. */
void seals_json(struct json *json, uint32_t seals);

/*
 * A parser for struct option_spec: names separated by commas, into a uint32_t.
 */
void parse_seals(const char *name, const char *text, void *to);

/*
 * Adds these seals, which may be 0, by MMAPDEMO_IOC_SEAL. Returns all that the
 * buffer has then. Explains an error and exits.
 */
uint32_t seals_add(int fd, const char *buffer, uint32_t add);

#endif
