// SPDX-License-Identifier: GPL-2.0-only
/*
 * PID 1 of the virtual machine: prepares the system, runs one command, cleans
 * up after it, reports and switches the machine off.
 *
 * Serial ports:
 *   ttyS0  the kernel log
 *   ttyS1  what the command prints; with VM_TERMINAL its terminal
 *   ttyS2  the report, one "KEY VALUE" per line, "end" last (vm/judge reads it)
 *   ttyS3  with VM_OUT: a compressed tar archive of /out
 *
 * The command comes as /vm/argv, its words separated by zero bytes, and the name of
 * the module to unload at the end, if there is one, as /vm/module. VM_* are
 * words of the kernel's command line, which the kernel puts into PID 1's
 * environment.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <stdnoreturn.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#define BUSYBOX "/bin/busybox"
#define MAX_WORDS 1024

static int report;

/* with -no-reboot a restart ends QEMU, and sooner than powering off would */
static noreturn void switch_off(void)
{
	reboot(RB_AUTOBOOT);
	_exit(1); /* the kernel panics, which the runner reports */
}

/* The report stays without its "end", which the runner reports. */
static noreturn void die(const char *what)
{
	int error = errno;
	int log = open("/dev/kmsg", O_WRONLY);

	if (log >= 0)
		dprintf(log, "<2>vm/init: %s: %s\n", what, strerror(error));
	switch_off();
}

static void mount_at(const char *type, const char *dir, const char *options)
{
	mkdir(dir, 0755);
	if (mount(type, dir, type, MS_NOSUID, options) && errno != EBUSY)
		die(dir);
}

static void mount_if_known(const char *type, const char *dir)
{
	if (mount(type, dir, type, MS_NOSUID, NULL) && errno != ENODEV &&
	    errno != ENOENT && errno != EBUSY)
		die(dir);
}

static void mount_filesystems(void)
{
	mount_at("proc", "/proc", NULL);
	mount_at("sysfs", "/sys", NULL);
	mount_at("devtmpfs", "/dev", NULL);
	mount_at("devpts", "/dev/pts", "ptmxmode=0666");
	mount_at("tmpfs", "/dev/shm", "mode=1777");
	mount_at("tmpfs", "/tmp", "mode=1777");
	mount_at("tmpfs", "/run", "mode=0755");
	mount_at("tmpfs", "/out", "mode=1777");
	mount_if_known("debugfs", "/sys/kernel/debug");
	mount_if_known("securityfs", "/sys/kernel/security");
	mount_if_known("tracefs", "/sys/kernel/tracing");
	mount_if_known("cgroup2", "/sys/fs/cgroup");
}

/* udev would make these; shells and the kselftest runner rely on them */
static void link_standard_streams(void)
{
	symlink("/proc/self/fd", "/dev/fd");
	symlink("fd/0", "/dev/stdin");
	symlink("fd/1", "/dev/stdout");
	symlink("fd/2", "/dev/stderr");
}

static void write_to(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY);

	if (fd < 0)
		return;
	dprintf(fd, "%s", text);
	close(fd);
}

/*
 * A hang ends the machine, and long before the runner gives up. Half a minute
 * is none: so long 64 processes queue for the kernel's lock around contiguous
 * memory on a debug kernel, on processors that have others to serve.
 */
static void watch_for_hangs(void)
{
	write_to("/proc/sys/kernel/panic_on_rcu_stall", "1");
	write_to("/proc/sys/kernel/hung_task_timeout_secs", "60");
}

/*
 * Who writes to a serial port runs where its interrupts are served. Elsewhere
 * each would often wait for the other's lock, and that for as long as the host
 * runs something else on the processor that has it.
 */
static void stay_with_interrupts(void)
{
	cpu_set_t first;

	write_to("/proc/irq/default_smp_affinity", "1");
	CPU_ZERO(&first);
	CPU_SET(0, &first);
	sched_setaffinity(0, sizeof(first), &first);
}

static void leave_interrupts(void)
{
	cpu_set_t all;

	memset(&all, 0xff, sizeof(all));
	sched_setaffinity(0, sizeof(all), &all);
}

static void bring_loopback_up(void)
{
	struct ifreq lo = { .ifr_name = "lo", .ifr_flags = IFF_UP };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return; /* a kernel without network */
	ioctl(fd, SIOCSIFFLAGS, &lo);
	close(fd);
}

/* run a program of the system's own and wait for it */
static int run(int out, char *const argv[])
{
	pid_t child = fork();
	int status;

	if (!child) {
		dup2(out, STDOUT_FILENO);
		execv(argv[0], argv);
		_exit(127);
	}
	if (child < 0 || waitpid(child, &status, 0) != child)
		die(argv[0]);
	return status;
}

/*
 * Only in /bin: kselftest's runner takes a /usr/bin/timeout for coreutils'
 * one, and the PATH below lets programs of the host come first.
 */
static void install_busybox(void)
{
	char *const argv[] = { BUSYBOX, "--install", "-s", "/bin", NULL };

	if (run(STDERR_FILENO, argv))
		die("busybox --install");
}

static void set_environment(void)
{
	setenv("PATH", "/usr/sbin:/usr/bin:/sbin:/bin", 1);
	setenv("HOME", "/root", 1);
	setenv("USER", "root", 1);
	setenv("TERM", "linux", 0);
	sethostname("vm", 2);
	if (chdir("/root"))
		die("/root");
}

/* a serial port that passes every byte on as it is */
static int open_port(const char *path)
{
	int fd = open(path, O_RDWR | O_NOCTTY | O_CLOEXEC);
	struct termios mode;

	if (fd < 0 || tcgetattr(fd, &mode))
		die(path);
	cfmakeraw(&mode);
	tcsetattr(fd, TCSANOW, &mode);
	return fd;
}

static char **read_command(void)
{
	static char text[1 << 17], *words[MAX_WORDS + 1];
	int fd = open("/vm/argv", O_RDONLY | O_CLOEXEC);
	ssize_t length = read(fd, text, sizeof(text) - 1);
	int n = 0;

	if (length <= 0)
		die("/vm/argv");
	for (char *p = text; p < text + length; p += strlen(p) + 1) {
		if (n == MAX_WORDS)
			die("/vm/argv: too many words");
		words[n++] = p;
	}
	return words;
}

static noreturn void exec_command(char **argv)
{
	sigset_t none;

	leave_interrupts();
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	execvp(argv[0], argv);
	dprintf(STDERR_FILENO, "vm: %s: %s\n", argv[0], strerror(errno));
	_exit(errno == ENOENT ? 127 : 126);
}

static pid_t start_on_pipe(char **argv, int pipe_end)
{
	pid_t child = fork();

	if (child)
		return child;
	setsid();
	dup2(open("/dev/null", O_RDONLY), STDIN_FILENO);
	dup2(pipe_end, STDOUT_FILENO);
	dup2(pipe_end, STDERR_FILENO);
	exec_command(argv);
}

static void set_window_size(int tty)
{
	const char *size = getenv("VM_TERMINAL");
	struct winsize window = { 0 };

	if (sscanf(size, "%hux%hu", &window.ws_row, &window.ws_col) == 2)
		ioctl(tty, TIOCSWINSZ, &window);
}

/* The port's initial mode is line editing as a login would find it. */
static pid_t start_on_terminal(char **argv)
{
	pid_t child = fork();
	int tty;

	if (child)
		return child;
	setsid();
	tty = open("/dev/ttyS1", O_RDWR);
	set_window_size(tty);
	ioctl(tty, TIOCSCTTY, 0);
	for (int fd = 0; fd < 3; fd++)
		dup2(tty, fd);
	exec_command(argv);
}

static void write_all(int fd, const char *data, size_t length)
{
	while (length) {
		ssize_t n = write(fd, data, length);

		if (n < 0)
			die("ttyS1");
		data += n;
		length -= n;
	}
}

/* false at the end of the pipe */
static bool copy_some(int from, int to)
{
	char data[4096];
	ssize_t n = read(from, data, sizeof(data));

	if (n > 0)
		write_all(to, data, n);
	return n > 0;
}

/* true once the command is among the dead; orphans are reaped on the way */
static bool reap(pid_t command, int *status)
{
	bool ended = false;
	pid_t child;
	int s;

	while ((child = waitpid(-1, &s, WNOHANG)) > 0) {
		if (child != command)
			continue;
		*status = WIFSIGNALED(s) ? 128 + WTERMSIG(s) : WEXITSTATUS(s);
		ended = true;
	}
	return ended;
}

/* What the command left running might hold the module. */
static void kill_leftovers(void)
{
	if (!kill(-1, SIGKILL))
		while (wait(NULL) > 0)
			;
}

/* pass the command's output on while it runs; returns its status */
static int follow(pid_t command, int output, int port)
{
	sigset_t mask;
	struct pollfd fds[2] = { { .fd = output, .events = POLLIN },
				 { .events = POLLIN } };
	int status = 0;

	sigemptyset(&mask);
	sigaddset(&mask, SIGCHLD);
	sigprocmask(SIG_BLOCK, &mask, NULL);
	fds[1].fd = signalfd(-1, &mask, SFD_CLOEXEC | SFD_NONBLOCK);

	while (!reap(command, &status)) {
		struct signalfd_siginfo info;

		poll(fds, 2, -1);
		while (read(fds[1].fd, &info, sizeof(info)) > 0)
			;
		if (fds[0].revents && !copy_some(output, port))
			fds[0].fd = -1; /* closed its output, runs on */
	}
	close(fds[1].fd);
	return status;
}

static int run_with_output(char **argv)
{
	int port = open_port("/dev/ttyS1");
	int ends[2], status;

	if (pipe2(ends, O_CLOEXEC))
		die("pipe");
	fchmod(ends[1], 0666); /* nobody may open /dev/stdout, too */
	status = follow(start_on_pipe(argv, ends[1]), ends[0], port);
	kill_leftovers();
	close(ends[1]);
	while (copy_some(ends[0], port))
		;
	tcdrain(port);
	return status;
}

static int run_on_terminal(char **argv)
{
	int status = follow(start_on_terminal(argv), -1, -1);

	kill_leftovers();
	return status;
}

static void read_line(const char *path, char *line, size_t size)
{
	int fd = open(path, O_RDONLY);
	ssize_t n = read(fd, line, size - 1);

	line[n > 0 ? n : 0] = '\0';
	line[strcspn(line, "\n")] = '\0';
	close(fd);
}

static void report_holders(const char *module)
{
	char path[128];
	struct dirent *holder;
	DIR *dir;

	snprintf(path, sizeof(path), "/sys/module/%s/holders", module);
	dir = opendir(path);
	while (dir && (holder = readdir(dir)))
		if (holder->d_name[0] != '.')
			dprintf(report, ", used by %s", holder->d_name);
}

/*
 * Unloads the module that /vm/module names. A file closed by a process that was
 * killed may let go a little later.
 */
static void unload_module(void)
{
	char module[64], path[128], references[32];
	int error = 0;

	read_line("/vm/module", module, sizeof(module));
	if (!*module)
		return; /* the guest has none */
	for (int tries = 0; tries < 100; tries++) {
		if (!syscall(SYS_delete_module, module, O_NONBLOCK))
			return;
		error = errno;
		if (error == ENOENT)
			return; /* not loaded */
		usleep(10 * 1000);
	}
	snprintf(path, sizeof(path), "/sys/module/%s/refcnt", module);
	read_line(path, references, sizeof(references));
	dprintf(report, "unload %s, references: %s", strerror(error),
		references);
	report_holders(module);
	dprintf(report, "\n");
}

/* after the last line that could still be of interest in the kernel log */
static void report_taint(void)
{
	char taint[32];

	read_line("/proc/sys/kernel/tainted", taint, sizeof(taint));
	dprintf(report, "taint %s\n", taint);
}

static void send_files(void)
{
	char *const argv[] = { BUSYBOX, "tar", "-cz", "-C", "/out", ".", NULL };
	int port = open_port("/dev/ttyS3");

	if (run(port, argv))
		dprintf(report, "out failed\n");
	tcdrain(port);
}

int main(void)
{
	char **argv;
	int status;

	mount_filesystems();
	stay_with_interrupts();
	report = open_port("/dev/ttyS2");
	dprintf(report, "booted\n");
	if (getenv("VM_PROBE"))
		goto out;
	link_standard_streams();
	watch_for_hangs();
	bring_loopback_up();
	install_busybox();
	set_environment();

	argv = read_command();
	status = getenv("VM_TERMINAL") ? run_on_terminal(argv) :
					 run_with_output(argv);
	dprintf(report, "status %d\n", status);
	unload_module();
	if (getenv("VM_OUT"))
		send_files();
	report_taint();
	dprintf(report, "end\n");
out:
	tcdrain(report);
	switch_off();
}
