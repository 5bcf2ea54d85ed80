#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# lockdown.sh integrity|confidentiality
#
# What a locked down kernel leaves of the module, which is not signed. In a guest
# booted with lockdown=: it cannot be loaded, and all who are asked say why. Booted
# without, the script locks down itself: what was loaded before works on.
mode=$1
lockdown=/sys/kernel/security/lockdown
. "$(dirname "$0")/tap.sh"
# shellcheck source-path=SCRIPTDIR source=kinds.sh
. "$(dirname "$0")/kinds.sh"

is_locked_down() {
	grep -F "[$mode]" $lockdown
}

# The kernel prints no more than ten such lines in five seconds, and has printed
# them by the end of a fast boot.
logs_refusal() {
	for _ in 1 2 3 4 5 6; do
		! modprobe mmapdemo 2>/tmp/error || return
		! dmesg | grep 'Lockdown: modprobe: unsigned module loading is restricted' ||
			return 0
		sleep 1
	done
	return 1
}

refuses_module() {
	logs_refusal && ! test -e /dev/mmapdemo &&
		grep 'Operation not permitted' /tmp/error
}

# The cause with its cure, and no advice that cannot work
doctor_names_it() {
	mmapdemo doctor >/tmp/doctor
	[ $? -eq 3 ] || return
	cat /tmp/doctor
	! grep 'try: sudo modprobe' /tmp/doctor &&
		grep "^warn.* lockdown: .*\[$mode\].*no enrolled key signed.*try: sudo make dkms-install" /tmp/doctor &&
		grep '^FAIL.* loaded: no$' /tmp/doctor
}

doctor_needs_securityfs() {
	umount /sys/kernel/security || return
	mmapdemo doctor | grep '^skip.* lockdown: .*try: sudo mount -t securityfs none /sys/kernel/security'
	found=$?
	mount -t securityfs none /sys/kernel/security && [ $found -eq 0 ]
}

locks_down() {
	mmapdemo info && echo "$mode" >$lockdown && is_locked_down
}

# shellcheck disable=SC2016 # expanded by the shell that --exec starts
works_on() {
	mmapdemo verify && mmapdemo create --backing shmem --exec \
		sh -c 'mmapdemo verify --device "fd:$MMAPDEMO_FD"' &&
		mmapdemo doctor
}

# What another cache= would have to be loaded for stays unverified, if there is any
verifies_what_it_can() {
	mmapdemo verify --all >/tmp/all
	verified=$?
	cat /tmp/all
	if [ "$kmalloc_caches" = wb ]; then
		[ $verified -eq 0 ]
	else
		[ $verified -eq 4 ] &&
			grep 'cache=wc.*locked down and would not load the module again' /tmp/all
	fi
}

# Nothing unloads what could not be loaded again
keeps_module() {
	verifies_what_it_can &&
		! mmapdemo-stress --reload --seconds 1 2>/tmp/error &&
		grep 'locked down' /tmp/error && mmapdemo verify
}

# The only other thing that it takes away
hides_trace_events() {
	cat /sys/kernel/tracing/events/mmapdemo/enable >/tmp/trace 2>&1
	readable=$?
	cat /tmp/trace
	case $mode in
	integrity) [ $readable -eq 0 ] ;;
	*) [ $readable -ne 0 ] && grep 'Operation not permitted' /tmp/trace ;;
	esac
}

if ! [ -e $lockdown ]; then
	skip "lockdown $mode" "this kernel has none: no CONFIG_SECURITY_LOCKDOWN_LSM"
elif is_locked_down >/dev/null; then
	try "the module is refused and the log says why" refuses_module
	try "doctor names the lockdown and what to do" doctor_names_it
	try "doctor says when it cannot know" doctor_needs_securityfs
else
	modprobe mmapdemo || exit
	try "$mode is put in force while the module is loaded" locks_down
	try "the buffer works on" works_on
	try "nothing unloads the module for good" keeps_module
	try "trace events are hidden by confidentiality alone" hides_trace_events
	try "it can be unloaded" modprobe -r mmapdemo
	try "and not be loaded again" refuses_module
fi
finish
