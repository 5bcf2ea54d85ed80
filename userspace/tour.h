/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef TOUR_H
#define TOUR_H

#include <limits.h>
#include <stdbool.h>

#include "buffer.h"

struct tour_place {
	char tool[PATH_MAX]; /* the folder of this program */
	char examples[PATH_MAX + sizeof("/examples")]; /* of the examples */
	char work[PATH_MAX];  /* of the files that are mapped */
	struct buffer buffer; /* the device's own */
	unsigned char *map;   /* NULL if it cannot be used */
	unsigned char *saved; /* its contents before */
};

/*
 * Adds the programs to PATH, changes into an empty folder, and saves the
 * device's contents. examples is the folder of the examples, or NULL to find
 * it.
 */
void tour_enter(struct tour_place *place, const char *examples);

/* Removes the folder and restores the contents. */
void tour_leave(struct tour_place *place);

/* What a line needs besides a shell. */
enum tour_need {
	TOUR_DEVICE = 1,  /* to open it for reading and writing */
	TOUR_TRACING = 2, /* to change tracefs */
};

/*
 * One line for the shell, as the user could type it. It runs in the tour's own
 * folder, so the files that it names are new.
 */
struct tour_step {
	const char *line;
	const char *example; /* the program it needs; NULL: only the tool */
	unsigned int needs;  /* of enum tour_need */
	int status;	     /* the expected one */
	int last;	     /* show this many lines of the output; 0: all */
};

#define TOUR_MAX_STEPS 6

struct tour_chapter {
	const char *title;
	const char *text;
	struct tour_step steps[TOUR_MAX_STEPS]; /* ends with an empty one */
};

/* The chapters in the order of the tour. The last one is empty. */
extern const struct tour_chapter tour_chapters[];

/*
 * Runs the line and shows its output. Returns false and prints why, if the exit
 * status is not the expected one or the line does not end in time. A signal
 * that signals_hold() blocks ends the line, with its processes in the
 * background.
 */
bool tour_run(const struct tour_step *step);

#endif
