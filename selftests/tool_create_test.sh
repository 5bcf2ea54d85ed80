#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# mmapdemo create, with --hold, --exec and --seal.
# shellcheck source-path=SCRIPTDIR source=tool.sh
. "$(dirname "$0")/tool.sh"

# shellcheck disable=SC2016 # $MMAPDEMO_FD is for the inner shell
create_exec() {
	run 0 create --backing vmalloc --size 5000 --exec sh -c '
		mmapdemo write -d fd:$MMAPDEMO_FD abc && mmapdemo read -d /dev/fd/$MMAPDEMO_FD -l 3 -r &&
		mmapdemo info -d /proc/self/fd/$MMAPDEMO_FD && readlink /proc/self/fd/$MMAPDEMO_FD' &&
		empty "$err" && says "wrote 3 bytes at offset 0 of fd:" && says "abcdevice" &&
		says "backing            vmalloc" && says "size               5000 bytes" &&
		grep -qx "mmapdemo:\[[1-9][0-9]*\]" "$out"
}

create_exec_status() {
	# shellcheck disable=SC2016 # for the inner shell
	run 7 create --exec sh -c 'exit 7' && run 137 create --exec sh -c 'kill -KILL $$' &&
		fails 127 "/nowhere: No such file or directory" create --exec /nowhere &&
		fails 126 "/tmp: Permission denied" create --exec /tmp &&
		fails 1 "not possible" create --backing shmem --cache wc --exec true
}

create_hold_json() {
	rm -f "$out"
	mmapdemo create --hold --json --size 5000 --backing shmem --populate lazy >"$out" 2>"$err" &
	until [ -s "$out" ]; do
		usleep 1000
	done
	fd=$(sed 's/.*"fd":\([0-9]*\).*/\1/' "$out")
	is_json && has_line "$out" "{\"device\":\"$device\",\"private\":true,\
\"path\":\"/proc/$!/fd/$fd\",\"pid\":$!,\"fd\":$fd,\"size\":5000,\"backing\":\"shmem\",\
\"cache\":\"wb\",\"populate\":\"lazy\",\"seals\":[]}" && run 0 info -d "/proc/$!/fd/$fd"
	result=$?
	kill -HUP $! && wait $! && return $result
}

# The shell makes its background ignore SIGINT, timeout does not.
create_hold_ends() {
	timeout -s INT 1 mmapdemo create --hold >"$out" && says "/proc/"
}

# shellcheck disable=SC2016 # $MMAPDEMO_FD is for the inner shell
create_sealed() {
	run 0 create --seal seal --exec sh -c 'mmapdemo fill --byte 65 -d fd:$MMAPDEMO_FD &&
		mmapdemo seal -d fd:$MMAPDEMO_FD; ! mmapdemo seal -d fd:$MMAPDEMO_FD --add write' &&
		has_line "$out" seal && complains "no seal can be added, it has seal"
}

load size=8192 || exit 1
try "help of create" helps_on create exec hold device json
try "help of create: seals" helps_on create seal
try "create: neither hold nor exec" rejects_usage "give either --hold or --exec CMD" create
try "create: both" rejects_usage "give either --hold or --exec CMD" create --hold --exec true
try "create --exec without CMD" rejects_usage "--exec: CMD is missing" create --exec
try "create --exec --json" rejects_usage "exclude each other" create --exec --json true
try "create --exec" create_exec
try "create --exec: status" create_exec_status
try "create --hold --json" create_hold_json
try "create --hold: ends" create_hold_ends
try "create --hold to a full disk" full create --hold
try "create --seal" create_sealed
unload
finish
