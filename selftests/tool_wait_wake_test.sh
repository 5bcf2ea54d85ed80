#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# mmapdemo wait and mmapdemo wake.
# shellcheck source-path=SCRIPTDIR source=tool.sh
. "$(dirname "$0")/tool.sh"

wait_differs() {
	run 0 fill && run 0 wait 4 1 && has_line "$out" 0 && run 0 wait 0 5 --timeout 0 &&
		run 0 write -o 8188 "$(printf '\001\002\003\377')" && run 0 wait 8188 0 &&
		has_line "$out" 4278387201
}

hundredths() {
	sed 's/\.//; s/ .*//' /proc/uptime
}

# lasts HUNDREDTHS STATUS ARGUMENT...: at least so long, and not for ever
lasts() {
	least=$1 start=$(hundredths)
	shift
	run "$@" || return
	took=$(($(hundredths) - start))
	[ $took -ge "$least" ] && [ $took -lt $((least + 1000)) ] && return
	echo "took $took hundredths of a second, expected $least"
	return 1
}

wait_times_out() {
	run 0 fill && lasts 39 1 wait 4 0 --timeout 0.4 && empty "$out" &&
		complains "$device: timed out, the word at offset 4 is still 0" &&
		lasts 99 1 wait 4 0 -t 1 && lasts 0 1 wait 4 0 -t 0
}

wait_absolute() {
	now=$(cut -d . -f 1 /proc/uptime)
	run 0 fill && lasts 50 1 wait 0 0 --absolute --timeout "$((now + 2)).000000001" &&
		lasts 0 1 wait 0 0 -a -t "$now" && lasts 0 1 wait 0 0 -a -t 0
}

# wakes_waiter_by ARGUMENT...: which stores to the word at 8
wakes_waiter_by() {
	run 0 fill && start_waiter "$work/waiter" 8 0 && run 0 "$@" && wait $! &&
		! grep -qx 0 "$work/waiter" && grep -qxE '[0-9]+' "$work/waiter"
}

wait_terminated() {
	run 0 fill && start_waiter "$work/waiter" 8 0 && kill -TERM $! || return
	wait $!
	[ $? -eq 143 ] && empty "$work/waiter"
}

wake_other() {
	run 0 fill && start_waiter "$work/waiter" 8 0 || return
	run 0 wake 4 --store 1 && says "woke 0 " && run 0 wake 8 && says "woke 0 " &&
		kill -0 $! && run 0 wake 8 --store 1 && says "woke 1 " && wait $!
}

wake_count() {
	run 0 fill || return
	waiters=
	for i in 1 2 3; do
		start_waiter "$work/waiter$i" 8 0 || return
		waiters="$waiters $!"
	done
	run 0 wake 8 --store 1 --count 0 && says "woke 0 " && run 0 wake 8 -n 2 && says "woke 2 " &&
		run 0 wake 8 && says "woke 1 " || return
	for pid in $waiters; do
		wait "$pid" || return
	done
}

wait_wake_json() {
	where="{\"device\":\"$device\",\"private\":false,\"offset\":4"
	run 0 fill && run 0 wake 4 --store 7 --json && is_json &&
		has_line "$out" "$where,\"stored\":7,\"woken\":0}" &&
		run 0 wake 4 -j && has_line "$out" "$where,\"woken\":0}" &&
		run 0 wait 4 0 --json && is_json &&
		has_line "$out" "$where,\"expected\":0,\"changed\":true,\"value\":7}" &&
		run 1 wait 4 7 -t 0 -j &&
		has_line "$out" "$where,\"expected\":7,\"changed\":false,\"value\":7}" &&
		complains "timed out"
}

load size=8192 || exit 1
try "help of wait" helps_on wait timeout absolute device json
try "help of wake" helps_on wake count store device json
try "wait: differs already" wait_differs
try "wait: time-out" wait_times_out
try "wait --absolute" wait_absolute
try "wait: ended by write(2)" wakes_waiter_by write --syscall --offset 8 abcd
try "wait: ended by fill" wakes_waiter_by fill --byte 7
try "wait: SIGTERM" wait_terminated
try "wake: others stay asleep" wake_other
try "wake --count" wake_count
try "wait, wake: JSON" wait_wake_json
for command in "wait 2 0" "wake 2"; do
	# shellcheck disable=SC2086 # a command line
	try "$command" fails 1 "$device: offset 2 is no multiple of 4" $command
done
for command in "wait 8192 0" "wake 8192" "wake 0 --size 3"; do
	# shellcheck disable=SC2086 # a command line
	try "$command" fails 1 "no 32-bit word of the buffer's" $command
done
try "wait without OFFSET" rejects_usage "OFFSET EXPECTED is missing" wait 0
try "wake without OFFSET" rejects_usage "OFFSET is missing" wake
try "wait: EXPECTED of 33 bits" rejects_usage "EXPECTED: '4294967296' does not fit in 32 bits" \
	wait 0 4294967296
try "wait: no OFFSET" rejects_usage "OFFSET: 'x' is not a number of bytes" wait x 0
try "wake --store of 33 bits" rejects_usage "--store: '0x100000000' does not fit" \
	wake 0 --store 0x100000000
try "wait --absolute alone" rejects_usage "--absolute needs --timeout" wait 0 0 --absolute
for seconds in '' x 1. .5 -1 1.x 1.1234567890 0x1 1s; do
	try "wait --timeout '$seconds'" rejects_usage "--timeout: '$seconds' is not a number of seconds" \
		wait 0 0 --timeout "$seconds"
done
try "wait --timeout of too much" rejects_usage "does not fit in 64 bits of nanoseconds" \
	wait 0 0 --timeout 18446744073709551615
unload
finish
