// SPDX-License-Identifier: GPL-2.0-only
/*
 * mmapdemo tour: shows what a mapping is, with the example programs and the
 * tool itself. The texts and commands are in tour_chapters.c.
 */
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "command.h"
#include "device.h"
#include "doctor.h"
#include "message.h"
#include "result.h"
#include "signals.h"
#include "tour.h"

#define TRACING "/sys/kernel/tracing"

static struct {
	bool no_pause;
	const char *examples;
} args;

static const struct option_spec options[] = {
	{ 'n', "no-pause", NULL, "do not wait for Enter after each chapter",
	  parse_flag, &args.no_pause },
	{ 'e', "examples", "FOLDER", "where the example programs are",
	  parse_string, &args.examples },
	{ 0 },
};

struct tour {
	struct tour_place place;
	int shown, failed, skipped; /* lines */
};

static void skip(struct tour *tour, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static void skip(struct tour *tour, const char *format, ...)
{
	va_list list;

	result_print(RESULT_SKIP);
	va_start(list, format);
	vprintf(format, list);
	va_end(list);
	putchar('\n');
	tour->skipped++;
}

/* If the step cannot be run, prints why, and what to type. */
static bool can_run(struct tour *tour, const struct tour_step *step)
{
	char path[PATH_MAX + 64];

	snprintf(path, sizeof(path), "%s/%s", tour->place.examples,
		 step->example ? step->example : "");
	if (step->example && access(path, X_OK))
		skip(tour, "%s: %s; try: make install, or --examples FOLDER",
		     path, strerror(errno));
	else if (step->needs & TOUR_DEVICE && !tour->place.map)
		skip(tour, "needs %s", DEFAULT_DEVICE);
	else if (step->needs & TOUR_TRACING &&
		 access(TRACING "/set_graph_function", W_OK))
		skip(tour, TRACING ": %s; try: %s", strerror(errno),
		     geteuid() ? "sudo mmapdemo tour" :
				 "mount -t tracefs none " TRACING);
	else
		return true;
	return false;
}

static void show_step(struct tour *tour, const struct tour_step *step)
{
	printf("\n%c %s", geteuid() ? '$' : '#', step->line);
	if (step->last)
		printf(" | tail -n %d", step->last);
	putchar('\n');
	if (!can_run(tour, step))
		return;
	tour->shown++;
	tour->failed += !tour_run(step);
}

static void show_chapter(struct tour *tour, int number,
			 const struct tour_chapter *chapter)
{
	printf("\n== %d. %s\n%s", number, chapter->title, chapter->text);
	for (const struct tour_step *step = chapter->steps;
	     step->line && !signals_pending(); step++)
		show_step(tour, step);
}

/* Returns false if the user ends the tour. */
static bool pause_after_chapter(void)
{
	struct pollfd input = { .fd = STDIN_FILENO, .events = POLLIN };
	char line[64];

	if (args.no_pause || !isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO))
		return true;
	printf("\nEnter goes on, q ends: ");
	fflush(stdout);
	while (!signals_pending())
		if (poll(&input, 1, 50) > 0)
			return read(STDIN_FILENO, line, sizeof(line)) > 0 &&
			       *line != 'q';
	return false;
}

/* The first failed check of doctor is the reason. */
static void warn_of_device(void)
{
	struct finding finding = { .device = DEFAULT_DEVICE };
	const struct check *check = checks;

	while (check->name && !finding.status)
		check++->run(&finding);
	result_print(RESULT_WARN);
	printf("%s cannot be used", DEFAULT_DEVICE);
	if (finding.status)
		printf(": %s: %s", check[-1].name, finding.text);
	printf("; try: %s\n", finding.status && *finding.next ?
				      finding.next :
				      "mmapdemo doctor");
}

static void introduce(const struct tour_place *place)
{
	printf("A tour of mmap, from the call to the driver. It takes about 5 minutes; each line\n"
	       "after a $ or # is run as it stands, in an empty folder. To type them yourself:\n"
	       "  PATH=%s:%s:$PATH\n",
	       place->examples, place->tool);
	if (place->map)
		printf("The contents of %s are restored at the end; no other program\n"
		       "should use it meanwhile.\n",
		       DEFAULT_DEVICE);
	else
		warn_of_device();
}

static int summarise(const struct tour *tour, bool whole)
{
	bool ok = tour->shown && !tour->failed && !signals_pending();

	putchar('\n');
	result_print(ok ? RESULT_OK : RESULT_FAIL);
	printf("tour: %d shown, %d failed, %d skipped%s\n", tour->shown,
	       tour->failed, tour->skipped, whole ? "" : ", ended early");
	if (ok && whole)
		printf("Next: man mmapdemo-examples, share.py and share.go there, mmapdemo verify --all.\n");
	return ok ? EXIT_OK : EXIT_FAILED;
}

static int run(int argc, char **argv)
{
	const struct tour_chapter *chapter = tour_chapters;
	struct tour tour = { 0 };
	bool go_on = true;
	int number = 1, status;

	(void)argc;
	(void)argv;
	signals_hold();
	tour_enter(&tour.place, args.examples);
	introduce(&tour.place);
	while (chapter->title && go_on && !signals_pending()) {
		show_chapter(&tour, number++, chapter++);
		go_on = !chapter->title || pause_after_chapter();
	}
	tour_leave(&tour.place);
	status = summarise(&tour, !chapter->title);
	signals_release();
	return status;
}

const struct command cmd_tour = {
	.name = "tour",
	.summary = "Show what a mapping is, from the call to the driver",
	.options = options,
	.run = run,
};
