#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# mmapdemo verify, and verify --all.
# shellcheck source-path=SCRIPTDIR source=tool.sh
. "$(dirname "$0")/tool.sh"

# verifies SIZE KIND: the device's own buffer
verifies() {
	random_file "$1" "$work/data" && set_contents "$work/data" &&
		run 0 verify && verified $device "$1" "$2" && holds "$work/data"
}

# ended SIGNAL ARGUMENT...: verify, with its exit status. Not before its first
# step is out, with others to come.
ended() {
	signal=$1
	shift
	random_file 4194304 "$work/data" && set_contents "$work/data" || return
	rm -f "$out"
	mmapdemo verify "$@" >"$out" 2>"$err" &
	until [ -s "$out" ]; do
		usleep 1000
	done
	kill "-$signal" $!
	wait $!
}

verify_ended_by() {
	ended "$1"
	[ $? -eq $((128 + $2)) ] && complains "$device: interrupted" &&
		says "ok    contents put back: 4194304 bytes" &&
		says "FAIL  $device: interrupted, 4194304 bytes" && holds "$work/data"
}

verify_json_ended() {
	ended TERM --json
	[ $? -eq 143 ] && complains "$device: interrupted" && : >"$err" && is_json &&
		says '],"ok":false}' && holds "$work/data"
}

verify_into_closed_pipe() {
	random_file 4194304 "$work/data" && set_contents "$work/data" &&
		mmapdemo verify | head -n 1 >/dev/null && usleep 100000
	holds "$work/data"
}

verify_needs_writing() {
	chmod 444 $device && nobody 4 verify && nobody 0 info && chmod 660 $device
}

parameters() {
	(cd /sys/module/mmapdemo/parameters && grep . ./*)
}

# all_tried VERIFIED FAILED UNVERIFIED: of every kind of private buffer, and the
# device's own with each attribute
all_tried() {
	# shellcheck disable=SC2086 # lists
	all=$(count $kinds $others $caches_known)
	says "verify --all: $1 verified, $((all - $1 - $2 - $3)) refused, $2 failed, $3 unverified"
}

count() {
	echo $#
}

verify_all() {
	load backing=$uncached_backing cache=wc size=5000 && random_file 5000 "$work/data" &&
		set_contents "$work/data" &&
		parameters >"$work/before" && run 0 verify --all && empty "$err" &&
		parameters >"$work/after" && same_files "$work/before" "$work/after" &&
		holds "$work/data" || return
	own=$(caches_of $uncached_backing)
	for cache in $own; do
		has_line "$out" "ok    $device: verified, 5000 bytes, $uncached_backing, $cache, now" ||
			return
	done
	for kind in $kinds; do
		split_kind "$kind"
		has_line "$out" "ok    $name: verified, 9000 bytes, $backing, $cache, $populate" ||
			return
	done
	for kind in $others; do
		split_kind "$kind"
		contains "$out" "ok    $name: refused: " || return
	done
	# shellcheck disable=SC2086 # lists
	contains "$out" "ok    cache=wt: refused: mmapdemo: cache=wt: not possible" &&
		all_tried "$(count $kinds $own)" 0 0
}

verify_all_other_backing() {
	# shellcheck disable=SC2086 # a list
	load backing=shmem populate=lazy size=5000 && random_file 5000 "$work/data" &&
		set_contents "$work/data" && parameters >"$work/before" && run 0 verify --all &&
		empty "$err" && parameters >"$work/after" && same_files "$work/before" "$work/after" &&
		holds "$work/data" &&
		has_line "$out" "ok    $device: verified, 5000 bytes, shmem, wb, lazy" &&
		contains "$out" "ok    cache=wc: refused: mmapdemo: cache=wc: not possible" &&
		all_tried "$(count $kinds wb)" 0 0
}

verify_all_json() {
	# shellcheck disable=SC2086 # lists
	load && run 0 verify --all --json && is_json && says_all \
		"{\"device\":\"$device\",\"private_buffers\":[{\"cache\":\"wb\",\"backing\":\"kmalloc\"" \
		'{"cache":"wc","backing":"shmem","populate":"now","reason":"' \
		'"attributes":[{"cache":"wb"' \
		'{"cache":"wt","reason":"mmapdemo: cache=wt: not possible' \
		'"result":"refused"}],"ok":true}' &&
		[ "$(grep -o '"result":"verified"' "$out" | wc -l)" -eq "$(count $kinds $kmalloc_caches)" ]
}

verify_all_in_use() {
	load && random_file 8192 "$work/data" && set_contents "$work/data" || return
	exec 9<$device
	# shellcheck disable=SC2086 # a list
	run 1 verify --all 9<&- && says "FAIL  cache=wc: failed: " &&
		says "ok    $device: verified, 8192 bytes, kmalloc, wb, now" &&
		says "FAIL  verify --all: " && all_tried "$(count $kinds wb)" 3 0
	in_use=$?
	exec 9<&-
	[ $in_use -eq 0 ] && holds "$work/data"
}

# Root is needed for what a module loaded anew could have.
# shellcheck disable=SC2086 # lists
verify_all_as_nobody() {
	left=$(($(count $kmalloc_caches) - 1))
	load && chmod 666 $device && nobody $((left ? 4 : 0)) verify --all &&
		says "ok    cache=wt: refused: this platform" &&
		all_tried "$(count $kinds wb)" 0 $left || return
	[ $left -eq 0 ] || {
		says "skip  cache=wc: unverified: only root can reload" &&
			says "skip  cache=uc: unverified" &&
			complains "$left attributes are left unverified" &&
			complains "try: sudo mmapdemo verify --all"
	}
}

load || exit 1
try "help of verify" helps_on verify all device json
try "verify to a full disk" full verify
try "four verify at once" verify_in_parallel $device
try "verify without permission to write" verify_needs_writing

for cache in wb wc uc; do
	backing=kmalloc
	is_possible kmalloc $cache now || backing=$uncached_backing
	is_possible $backing $cache now || continue
	for size in 1 5000 8192 1048576; do
		what="$cache, $size bytes"
		load backing=$backing cache=$cache size=$size || exit 1
		try "$what: verify" verifies $size $backing/$cache/now
		try "$what: verify --json" verify_json $size $backing/$cache/now false
	done
	load backing=$backing cache=$cache size=4M || exit 1
	try "$cache: SIGTERM to verify" verify_ended_by TERM 15
	try "$cache: SIGHUP to verify" verify_ended_by HUP 1
	try "$cache: SIGTERM to verify --json" verify_json_ended
	try "$cache: verify into a closed pipe" verify_into_closed_pipe
done

for kind in $kinds; do
	split_kind "$kind"
	load backing="$backing" cache="$cache" populate="$populate" size=5000 || exit 1
	try "device's own $kind: verify" verifies 5000 "$kind"
done

try "verify --all of a private buffer" rejects_usage "chooses the private buffers by itself" \
	verify --all --backing shmem
try "verify --all" verify_all
try "verify --all, backing=shmem populate=lazy" verify_all_other_backing
try "verify --all --json" verify_all_json
try "verify --all of a module in use" verify_all_in_use
try "verify --all without root" verify_all_as_nobody
unload
finish
