#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# mmapdemo info, of each of the device's own buffers.
# shellcheck source-path=SCRIPTDIR source=tool.sh
. "$(dirname "$0")/tool.sh"

generation_moves() {
	run 0 fill && run 0 write --syscall x && run 0 write x && run 0 info &&
		has_line "$out" "generation         2"
}

quotes_json() {
	ln -s $device "$work/a\"b\\c" &&
		run 0 info --json --device "$work/a\"b\\c" && is_json &&
		says "a\\\"b\\\\c\""
}

load || exit 1
try "help of info" helps_on info device json
try "info to a full disk" full info
try "JSON quotes a path" quotes_json

for cache in wb wc uc; do
	backing=kmalloc
	is_possible kmalloc $cache now || backing=$uncached_backing
	is_possible $backing $cache now || continue
	for size in 1 5000 8192 1048576; do
		what="$cache, $size bytes"
		load backing=$backing cache=$cache size=$size || exit 1
		try "$what: info" describes $size $backing/$cache/now "the device's own"
		try "$what: info --json" describes_json $size $backing/$cache/now false
		try "$what: generation" generation_moves
	done
done

for kind in $kinds; do
	split_kind "$kind"
	load backing="$backing" cache="$cache" populate="$populate" size=5000 || exit 1
	try "device's own $kind: info" describes 5000 "$kind" "the device's own"
	try "device's own $kind: info --json" describes_json 5000 "$kind" false
done
unload
finish
