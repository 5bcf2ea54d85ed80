// SPDX-License-Identifier: GPL-2.0-only
/* Controls the kernel's tracer function_graph by the files of tracefs. */
#define _GNU_SOURCE
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "example.h"
#include "path-tracing.h"

#define TRACEFS "/sys/kernel/tracing/"

/*
 * The settings, in the order in which they are changed; they are restored in
 * the opposite order. A list that is not empty, or a tracer that is not "nop",
 * belongs to another program.
 */
static struct setting {
	const char *file;
	const char *wanted; /* words */
	char before[32];
	bool changed;
} settings[] = {
	{ .file = "tracing_on", .wanted = "0" },
	{ .file = "set_ftrace_filter" },
	{ .file = "set_ftrace_notrace" },
	{ .file = "set_graph_function" },
	{ .file = "set_ftrace_pid" },
	{ .file = "max_graph_depth", .wanted = "0" },
	{ .file = "options/funcgraph-irqs", .wanted = "0" },
	{ .file = "options/funcgraph-cpu", .wanted = "0" },
	{ .file = "options/funcgraph-duration", .wanted = "0" },
	{ .file = "options/funcgraph-overhead", .wanted = "0" },
	{ .file = "current_tracer", .wanted = "function_graph" },
};

#define SETTINGS (sizeof(settings) / sizeof(settings[0]))

static sigset_t unblocked;

static int open_file(const char *file, int flags)
{
	char path[100];
	int fd;

	snprintf(path, sizeof(path), TRACEFS "%s", file);
	fd = open(path, flags | O_CLOEXEC);
	if (fd < 0)
		die("%s: %m; %s", path,
		    errno == ENOENT ? "try: mount -t tracefs none " TRACEFS :
				      "tracing takes root");
	return fd;
}

/*
 * Writes word by word. If no function matches a pattern, the kernel fails with
 * EINVAL and ignores all that follows in the same write.
 */
static void write_words(const char *file, const char *words)
{
	int fd = open_file(file, O_WRONLY | O_TRUNC);
	char word[64];
	int used;

	while (sscanf(words, " %62s%n", word, &used) == 1) {
		words += used;
		strcat(word, "\n");
		if (write(fd, word, strlen(word)) < 0 &&
		    (errno != EINVAL || strncmp(file, "set_ftrace_", 11)))
			die(TRACEFS "%s: %m: %s", file, word);
	}
	close(fd);
}

/* An empty list shows a comment, or "no pid". */
static void remember(struct setting *setting)
{
	char *text = setting->before;
	int fd = open_file(setting->file, O_RDONLY);
	ssize_t length = read(fd, text, sizeof(setting->before) - 1);

	if (length < 0)
		die(TRACEFS "%s: %m", setting->file);
	text[length] = '\0';
	close(fd);
	if (*text == '#' || !strncmp(text, "no pid", 6))
		*text = '\0';
	if (*text && !isdigit(*text) && strcmp(text, "nop\n"))
		die(TRACEFS "%s: in use: %s", setting->file, text);
}

/*
 * Signals are blocked until all is restored, which takes far less than a
 * second. The tracer is set last and restored first: with a filter set,
 * switching it on changes a hundred functions of the kernel instead of all.
 */
void tracing_set_up(const char *first, const char *patterns,
		    const char *unwanted)
{
	char pid[16];
	sigset_t all;

	snprintf(pid, sizeof(pid), "%d", getpid());
	settings[1].wanted = patterns;
	settings[2].wanted = unwanted;
	settings[3].wanted = first;
	settings[4].wanted = pid;
	for (size_t i = 0; i < SETTINGS; i++)
		remember(&settings[i]);
	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, &unblocked);
	atexit(tracing_restore);
	for (size_t i = 0; i < SETTINGS; i++) {
		settings[i].changed = true;
		write_words(settings[i].file, settings[i].wanted);
	}
}

void tracing_restore(void)
{
	for (size_t i = SETTINGS; i-- > 0;) {
		if (!settings[i].changed)
			continue;
		settings[i].changed = false;
		write_words(settings[i].file, settings[i].before);
	}
	sigprocmask(SIG_SETMASK, &unblocked, NULL);
}

void tracing_start(void)
{
	close(open_file("trace", O_WRONLY | O_TRUNC)); /* empties it */
	write_words("tracing_on", "1");
}

FILE *tracing_stop(void)
{
	write_words("tracing_on", "0");
	return fdopen(open_file("trace", O_RDONLY), "r");
}
