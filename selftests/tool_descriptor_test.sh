#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# --device with a descriptor or a path below /proc.
# shellcheck source-path=SCRIPTDIR source=tool.sh
. "$(dirname "$0")/tool.sh"

device_descriptor() {
	exec 9<>$device
	run 0 info -d fd:9 && says "buffer             the device's own" && run 0 write -d fd:9 abc &&
		run 0 verify -d fd:9 && run 0 read -r -l 3 && has_line "$out" abc
	result=$?
	exec 9<&-
	return $result
}

other_descriptor() {
	not_ours fd:9 9</etc/group && not_ours /dev/fd/9 9</dev/null
}

readonly_descriptor() {
	run 0 info -d fd:9 9<$device && run 0 sum -d fd:9 9<$device &&
		fails 3 "fd:9: not an open descriptor, or not open in the access mode that is needed" fill -d fd:9 9<$device &&
		fails 3 "not open in the access mode that is needed" sum -d fd:9 9>$device && run 0 info -d fd:9 9>$device
}

other_users_descriptor() {
	nobody 4 info -d "$path" && empty "$out" &&
		complains "$path: Operation not permitted: only the same user, or root, can take" &&
		complains "try: sudo mmapdemo"
}

# A path is opened anew, with the mode that is needed; fd:N is what it is.
path_is_reopened() {
	for own in /proc/self/fd/9 /dev/fd/9; do
		run 0 fill -d $own 9<"$path" || return
	done
	fails 3 "fd:9: not an open descriptor, or not open in the access mode that is needed" fill -d fd:9 9<"$path"
}

# as_nobody STATUS ARGUMENT...: with the buffer at $path, open for reading, as fd 9
as_nobody() {
	nobody "$@" 9<"$path"
}

# Who is given a descriptor for reading cannot make one for writing of it.
read_only_hand_out() {
	run 0 write -d "$path" abc && chmod 444 "$path" &&
		as_nobody 0 read -r -l 3 -d /proc/self/fd/9 && has_line "$out" abc &&
		as_nobody 3 fill -d /proc/self/fd/9 && complains "not open in the access mode that is needed" &&
		as_nobody 3 wake 0 -d fd:9 && run 0 read -r -l 3 -d "$path" && has_line "$out" abc &&
		chmod 666 "$path" && as_nobody 0 fill -d /proc/self/fd/9
}

# The device is a character device, and so has none.
size_from_fstat() {
	[ "$(stat -c %s $device)" -eq 0 ] && [ "$(stat -L -c %s "$path")" -eq 8192 ] && [ "$(stat -L -c %F "$path")" = "regular file" ] &&
		[ "$(readlink "$path")" = "mmapdemo:[$(stat -L -c %i "$path")]" ] &&
		random_file 8192 "$work/data" && cp "$work/data" "$path" && cp "$path" "$work/copy" &&
		same_files "$work/copy" "$work/data"
}

# One of nobody's processes from another: Yama decides about taking, not opening.
untraceable_descriptor() {
	scope=/proc/sys/kernel/yama/ptrace_scope
	before=$(cat $scope) && chmod 666 $device || return
	rm -f "$work/path"
	su -s /bin/sh nobody -c "exec mmapdemo create --hold" >"$work/path" &
	until [ -s "$work/path" ]; do
		usleep 1000
	done
	path=$(cat "$work/path")
	echo 1 >$scope && nobody 0 info -d "$path" && chmod 0 "$path" && nobody 4 info -d "$path" &&
		complains "$path: Operation not permitted: only the same user" &&
		complains "$scope is 1" && run 0 info -d "$path" && echo 0 >$scope &&
		nobody 0 info -d "$path"
	result=$?
	echo "$before" >$scope
	chmod 660 $device
	pid=${path#/proc/}
	kill "${pid%%/*}"
	wait $!
	return $result
}

verify_all_descriptor() {
	fails 2 "--all needs the device, not a private buffer" verify --all -d "$path"
}

verify_held_in_parallel() {
	verify_in_parallel "$path"
}

load size=8192 || exit 1
try "descriptor: the device's own" device_descriptor
try "descriptor: not open" fails 3 "fd:77: not an open descriptor" info -d fd:77
try "descriptor: no such process" fails 3 "no such process" info -d /proc/4000000/fd/3
try "descriptor: not in that process" fails 3 "no such descriptor" info -d /proc/1/fd/999
try "descriptor: of something else" other_descriptor
try "descriptor: mode" readonly_descriptor
try "descriptor: a path is reopened" held kmalloc/wb/now path_is_reopened
try "descriptor: read-only for others" held kmalloc/wb/now read_only_hand_out
try "descriptor: a file with a size" held vmalloc/wb/now size_from_fstat
try "descriptor: of another user" held shmem/wb/now other_users_descriptor
if [ -e /proc/sys/kernel/yama ]; then
	try "descriptor: not traceable" untraceable_descriptor
else
	skip "descriptor: not traceable" "the kernel has no Yama"
fi
try "descriptor: verify --all" held shmem/wb/now verify_all_descriptor
try "descriptor: four verify at once" held vmalloc/wb/now verify_held_in_parallel
unload
finish
