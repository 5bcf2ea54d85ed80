// SPDX-License-Identifier: GPL-2.0-only
/*
 * mmapdemo tour: shows a newcomer what a mapping is, chapter by chapter, by the
 * example programs and the tool itself. What it tells is in tour_chapters.c.
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

static struct tour_place place;
static struct {
	int shown, failed, skipped;
} lines;

static void skip(const char *format, ...) __attribute__((format(printf, 1, 2)));

static void skip(const char *format, ...)
{
	va_list list;

	result_print(RESULT_SKIP);
	va_start(list, format);
	vprintf(format, list);
	va_end(list);
	putchar('\n');
	lines.skipped++;
}

/* Prints what keeps the step from being run, and what to type. */
static bool can_run(const struct tour_step *step)
{
	char path[PATH_MAX + 64];

	snprintf(path, sizeof(path), "%s/%s", place.examples,
		 step->example ? step->example : "");
	if (step->example && access(path, X_OK))
		skip("%s: %s; try: make install, or --examples FOLDER", path,
		     strerror(errno));
	else if (step->needs & TOUR_DEVICE && !place.map)
		skip("needs %s", device_path);
	else if (step->needs & TOUR_TRACING &&
		 access(TRACING "/set_graph_function", W_OK))
		skip(TRACING ": %s; try: %s", strerror(errno),
		     geteuid() ? "sudo mmapdemo tour" :
				 "mount -t tracefs none " TRACING);
	else
		return true;
	return false;
}

static void show_step(const struct tour_step *step)
{
	printf("\n%c %s", geteuid() ? '$' : '#', step->line);
	if (step->last)
		printf(" | tail -n %d", step->last);
	putchar('\n');
	if (!can_run(step))
		return;
	lines.shown++;
	lines.failed += !tour_run(step);
}

static void show_chapter(int number, const struct tour_chapter *chapter)
{
	printf("\n== %d. %s\n%s", number, chapter->title, chapter->text);
	for (const struct tour_step *step = chapter->steps;
	     step->line && !signals_pending(); step++)
		show_step(step);
}

/* False when the visitor has had enough. */
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

/* The doctor knows what is in the way. */
static void warn_of_device(void)
{
	struct finding finding = { .status = EXIT_OK };
	const struct check *check = checks;

	while (check->name && !finding.status)
		check++->run(&finding);
	result_print(RESULT_WARN);
	printf("%s cannot be used", device_path);
	if (finding.status)
		printf(": %s: %s", check[-1].name, finding.text);
	printf("; try: %s\n", finding.status && *finding.next ?
				      finding.next :
				      "mmapdemo doctor");
}

static void introduce(void)
{
	printf("A tour of mmap, from the call to the driver. It takes about 5 minutes; each line\n"
	       "behind a $ or # is run as it stands, in an empty folder. To type them yourself:\n"
	       "  PATH=%s:%s:$PATH\n",
	       place.examples, place.tool);
	if (place.map)
		printf("The contents of %s are put back in the end; nobody else should use\n"
		       "it meanwhile.\n",
		       device_path);
	else
		warn_of_device();
}

static int summarise(bool whole)
{
	bool ok = lines.shown && !lines.failed && !signals_pending();

	putchar('\n');
	result_print(ok ? RESULT_OK : RESULT_FAIL);
	printf("tour: %d shown, %d failed, %d skipped%s\n", lines.shown,
	       lines.failed, lines.skipped, whole ? "" : ", ended early");
	if (ok && whole)
		printf("Next: man mmapdemo-examples, share.py and share.go there, mmapdemo verify --all.\n");
	return ok ? EXIT_OK : EXIT_FAILED;
}

static int run(int argc, char **argv)
{
	const struct tour_chapter *chapter = tour_chapters;
	bool go_on = true;
	int number = 1, status;

	(void)argc;
	(void)argv;
	signals_hold();
	tour_enter(&place, args.examples);
	introduce();
	while (chapter->title && go_on && !signals_pending()) {
		show_chapter(number++, chapter++);
		go_on = !chapter->title || pause_after_chapter();
	}
	tour_leave(&place);
	status = summarise(!chapter->title);
	signals_release();
	return status;
}

const struct command cmd_tour = {
	.name = "tour",
	.summary = "Show what a mapping is, from the call to the driver",
	.options = options,
	.run = run,
};
