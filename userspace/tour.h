/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef TOUR_H
#define TOUR_H

#include <limits.h>
#include <stdbool.h>

#include "buffer.h"

struct tour_place {
	char tool[PATH_MAX];  /* the folder of this program, */
	const char *examples; /* that of the examples, */
	char work[PATH_MAX];  /* and that of the files to be mapped */
	struct buffer buffer; /* the device's own */
	unsigned char *map;   /* NULL: it cannot be used */
	unsigned char *saved; /* what was in it */
};

/*
 * Makes the shell's PATH find the programs, changes into an empty folder, and
 * notes the device's contents. examples: NULL for where they are likely to be.
 */
void tour_enter(struct tour_place *place, const char *examples);

/* Removes the folder and puts the contents back. */
void tour_leave(struct tour_place *place);

/* What a line needs beyond a shell. */
enum tour_need {
	TOUR_DEVICE = 1,  /* to open it for reading and writing */
	TOUR_TRACING = 2, /* to change tracefs */
};

/*
 * One line for the shell, as the visitor could type it. It runs in a folder of
 * the tour's own, so the files that it names are new.
 */
struct tour_step {
	const char *line;
	const char *example; /* the program it needs; NULL: only the tool */
	unsigned int needs;  /* of enum tour_need */
	int status;	     /* that it must exit with */
	int last;	     /* show so many lines of what it prints; 0: all */
};

#define TOUR_MAX_STEPS 6

struct tour_chapter {
	const char *title;
	const char *text;
	struct tour_step steps[TOUR_MAX_STEPS]; /* ends with an empty one */
};

/* In the order of the tour; ends with an empty one. */
extern const struct tour_chapter tour_chapters[];

/*
 * Runs the line and shows what it prints. False, with a line that says so, if
 * it exits with another status than it must, or not in time. When a signal that
 * signals_hold() keeps waiting comes, the line is ended. Nothing that the line
 * started in the background is left.
 */
bool tour_run(const struct tour_step *step);

#endif
