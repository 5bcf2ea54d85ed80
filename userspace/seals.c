// SPDX-License-Identifier: GPL-2.0-only
/* The names of seals, and MMAPDEMO_IOC_SEAL. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

#include <linux/mmapdemo.h>

#include "json.h"
#include "message.h"
#include "seals.h"

static const struct {
	const char *name;
	uint32_t seal;
} seals[] = {
	{ "write", MMAPDEMO_SEAL_WRITE },
	{ "future-write", MMAPDEMO_SEAL_FUTURE_WRITE },
	{ "seal", MMAPDEMO_SEAL_SEAL },
};

#define N_SEALS (sizeof(seals) / sizeof(seals[0]))

const char *seals_text(uint32_t set, char *text, size_t size)
{
	size_t used = 0;

	snprintf(text, size, "none");
	for (size_t i = 0; i < N_SEALS && used < size; i++) {
		if (set & seals[i].seal)
			used += snprintf(text + used, size - used, "%s%s",
					 used ? "," : "", seals[i].name);
	}
	return text;
}

void seals_json(struct json *json, uint32_t set)
{
	json_open(json, "seals", '[');
	for (size_t i = 0; i < N_SEALS; i++) {
		if (set & seals[i].seal)
			json_string(json, NULL, seals[i].name);
	}
	json_close(json, ']');
}

static uint32_t seal_by_name(const char *name, size_t length)
{
	for (size_t i = 0; i < N_SEALS; i++) {
		if (strlen(seals[i].name) == length &&
		    !strncmp(seals[i].name, name, length))
			return seals[i].seal;
	}
	return 0;
}

void parse_seals(const char *name, const char *text, void *to)
{
	const char *word = text;

	for (;;) {
		size_t length = strcspn(word, ",");
		uint32_t seal = seal_by_name(word, length);

		if (!seal)
			die_usage(
				"%s: '%.*s' is not write, future-write or seal, with commas between them",
				name, (int)length, word);
		*(uint32_t *)to |= seal;
		if (!word[length])
			return;
		word += length + 1;
	}
}

static void explain(const char *buffer, uint32_t now, int error)
{
	char text[SEALS_TEXT_SIZE];

	switch (error) {
	case EINVAL:
		complain("%s: only a private buffer has seals", buffer);
		hint("mmapdemo create --hold, then seal --device with the path that it prints");
		return;
	case EPERM:
		complain("%s: no seal can be added, it has %s", buffer,
			 seals_text(now, text, sizeof(text)));
		hint("mmapdemo create, for a new buffer");
		return;
	case EBUSY:
		complain(
			"%s: cannot be sealed against writing now: it is mapped through a descriptor that is open for writing, a write is in progress, or a page is pinned",
			buffer);
		hint("mmapdemo list, which shows who maps it; or --add future-write");
		return;
	default:
		complain("%s: seal: %s", buffer, strerror(error));
		hint("mmapdemo doctor");
	}
}

uint32_t seals_add(int fd, const char *buffer, uint32_t add)
{
	struct mmapdemo_seal seal = { .size = sizeof(seal), .add = add };
	int error;

	if (!ioctl(fd, MMAPDEMO_IOC_SEAL, &seal))
		return seal.seals;
	error = errno;
	seal = (struct mmapdemo_seal){ .size = sizeof(seal) };
	ioctl(fd, MMAPDEMO_IOC_SEAL, &seal);
	explain(buffer, seal.seals, error);
	exit(EXIT_FAILED);
}
