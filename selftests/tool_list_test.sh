#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# mmapdemo list, with and without debugfs, as root and as nobody.
# shellcheck source-path=SCRIPTDIR source=tool.sh
. "$(dirname "$0")/tool.sh"

buffers=/sys/kernel/debug/mmapdemo/buffers

# row ID: its columns, with one blank between
row() {
	awk -v id="$1" '$1 == id { $1 = $1; print }' "$out"
}

list_alone() {
	load size=5000 backing=shmem && run 0 list && empty "$err" || return
	[ "$(row device)" = "device 5000 shmem wb now $((2 * page / 1024)) KiB 0 - -" ] ||
		{ cat "$out"; return 1; }
	[ "$(wc -l <"$out")" -eq 3 ] && grep -qE '^0 private, 0 of the [0-9]+ KiB that limit_mb' "$out"
}

# listed KIND: in the kernel's words, with its holder
listed() {
	split_kind "$1"
	id=$(stat -L -c %i "$path") && run 0 list && empty "$err" &&
		row "$id" | grep -qE "^$id 8192 $backing $cache $populate [0-9]+ KiB 0 - mmapdemo\\($holder\\)\$" &&
		grep -qE '^1 private, [1-9][0-9]* of the [0-9]+ KiB that limit_mb allows$' "$out" &&
		run 0 list --json && is_json && says "{\"id\":$id,\"private\":true,\"size\":8192,\
\"backing\":\"$backing\",\"cache\":\"$cache\",\"populate\":\"$populate\",\"seals\":[],\"pages\":" &&
		says "\"holders\":[{\"pid\":$holder,\"command\":\"mmapdemo\",\"path\":\"$path\",\
\"descriptors\":1,\"mappings\":0}]" && says '"complete":true}'
}

list_shares() {
	sleep 77 8<"$path" 9<$device &
	run 0 list
	kill $!
	row "$(stat -L -c %i "$path")" | grep -F " mmapdemo($holder) sleep($!)" &&
		row device | grep -F " sleep($!)"
}

# What the module cannot be made to show so easily
show_instead() {
	printf '%s\n' "$@" >"$work/buffers"
	mount --bind "$work/buffers" $buffers
}

list_pinned() {
	show_instead "limit_pages 1000 used_pages 7" "id size ..." "0 8192 kmalloc wb now 2 - 0 0" \
		"77 5000 vmalloc wb lazy 5 3 5 1" || return
	run 0 list && [ "$(row 77)" = "77 5000 vmalloc wb lazy $((5 * page / 1024)) KiB 3 future-write,seal pinned" ] &&
		has_line "$out" "1 private, $((7 * page / 1024)) of the $((1000 * page / 1024)) KiB that limit_mb allows" &&
		run 0 list --json && is_json && says '"pinned":true,"mappings":3,"holders":[]' &&
		says "\"limit\":$((1000 * page)),\"used\":$((7 * page)),"
	result=$?
	umount $buffers
	return $result
}

list_other_version() {
	show_instead "limit_pages 1000 used_pages 7" "id size ..." "77 5000 vmalloc" &&
		fails 1 "$buffers: '77 5000 vmalloc' is no buffer: tool and module are not of one version" list
	result=$?
	umount $buffers
	show_instead "used 7" && fails 1 "$buffers: the first line is not 'limit_pages N" list &&
		[ $result -eq 0 ]
	result=$?
	umount $buffers
	return $result
}

# The tool mounts nothing.
list_without_debugfs() {
	umount /sys/kernel/debug && run 0 list &&
		complains "$buffers: No such file or directory: buffers that no process has" &&
		complains "try: mount -t debugfs none /sys/kernel/debug" && ! test -e $buffers &&
		row "$(stat -L -c %i "$path")" |
		grep -F " 8192 shmem wb lazy - 0 write mmapdemo($holder)" &&
		[ "$(row device)" = "device 8192 kmalloc wb now - 0 - -" ] &&
		run 0 list --json && is_json && says '"complete":false}'
	result=$?
	mount -t debugfs debugfs /sys/kernel/debug
	return $result
}

list_sealed_without_debugfs() {
	run 0 seal -d "$path" --add write && list_without_debugfs
}

# One buffer is root's, the other nobody's own.
list_as_nobody() {
	chmod 666 $device && rm -f "$work/own" || return
	su -s /bin/sh nobody -c "exec mmapdemo create --hold --size 5000" >"$work/own" &
	until [ -s "$work/own" ]; do
		usleep 1000
	done
	own=$(cat "$work/own")
	pid=${own#/proc/}
	pid=${pid%%/*}
	nobody 0 list && complains "only buffers that /proc shows to this user" &&
		complains "try: sudo mmapdemo list" && has_line "$out" "1 private" &&
		row "$(stat -L -c %i "$own")" | grep -F " 5000 kmalloc wb now - 0 - mmapdemo($pid)" &&
		run 0 list && says " mmapdemo($pid)" && says " mmapdemo($holder)"
	result=$?
	chmod 660 $device
	kill "$pid"
	wait $!
	return $result
}

list_unloaded() {
	unload && fails 3 "the module mmapdemo is not loaded" list && complains "try: modprobe mmapdemo"
}

try "help of list" helps_on list json
try "list: unknown option" rejects_usage "try: mmapdemo list --help" list --frob
try "list: too many operands" rejects_usage "unexpected operand" list a
try "list: the device's own buffer" list_alone
load || exit 1
for kind in $kinds; do
	try "list: private $kind" held "$kind" listed "$kind"
done
try "list: more holders" held vmalloc/wb/now list_shares
try "list: pinned" list_pinned
try "list: another version" list_other_version
try "list: no debugfs" held shmem/wb/lazy list_sealed_without_debugfs
try "list: not root" held kmalloc/wb/now list_as_nobody
try "list: not loaded" list_unloaded
unload
finish
