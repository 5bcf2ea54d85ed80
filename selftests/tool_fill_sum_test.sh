#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# mmapdemo fill and mmapdemo sum.
# shellcheck source-path=SCRIPTDIR source=tool.sh
. "$(dirname "$0")/tool.sh"

fills_byte() {
	size=$1
	run 0 fill --byte 0xff && empty "$err" &&
		has_line "$out" "filled $size bytes at offset 0 of $device with 0xffffffffffffffff" &&
		head -c "$size" /dev/zero | tr '\0' '\377' >"$work/data" && holds "$work/data"
}

# fills_count OFFSET LENGTH: pattern 0, so each 8 bytes are their own offset
fills_count() {
	run 0 fill --count -p 0 -o "$1" -l "$2" && says "+ offset" || return
	awk -v first="$1" -v n="$2" 'BEGIN {
		for (o = first; o < first + n; o++) {
			word = o - o % 8
			for (byte = o % 8; byte; byte--)
				word = int(word / 256)
			printf "%02x", word % 256
		}
	}' | xxd -r -p >"$work/data"
	run 0 read --raw -o "$1" -l "$2" && same_files "$out" "$work/data"
}

fills_pattern() {
	run 0 fill && run 0 fill --pattern 0x8877665544332211 -o 3 -l 9 &&
		says "filled 9 bytes at offset 3 of $device with 0x8877665544332211" &&
		run 0 read --raw -l 14 &&
		[ "$(xxd -p "$out")" = 0000004455667788112233440000 ]
}

fill_json() {
	run 0 fill -c -p 0xfedcba9876543210 -o 1 -l 2 --json && is_json &&
		has_line "$out" "{\"device\":\"$device\",\"private\":false,\"offset\":1,\"length\":2,\
\"pattern\":\"0xfedcba9876543210\",\"count\":true}"
}

sums() {
	size=$1
	random_file "$size" "$work/data" && set_contents "$work/data" || return
	crc=$(crc32 "$work/data" | cut -d ' ' -f 1)
	run 0 sum && has_line "$out" "$crc $size $device" && run 0 sum --check && empty "$err" &&
		has_line "$out" "$crc $size $device"
}

sums_part() {
	run 0 write -o 5 123456789 && run 0 sum -o 5 -l 9 &&
		has_line "$out" "cbf43926 9 $device" &&
		run 0 sum -l 0 && has_line "$out" "00000000 0 $device"
}

sum_json() {
	run 0 write -o 5 123456789 && run 0 sum -o 5 -l 9 --json && is_json &&
		has_line "$out" "{\"device\":\"$device\",\"private\":false,\"offset\":5,\"length\":9,\"crc32\":\"cbf43926\"}" &&
		run 0 sum -o 5 -l 9 --check -j && is_json &&
		says '"crc32":"cbf43926","crc32_of_mapping":"cbf43926","ok":true}'
}

load || exit 1
try "help of fill" helps_on fill offset length byte pattern count device json
try "help of sum" helps_on sum offset length check device json
try "fill --byte 256" rejects_usage "does not fit in a byte" fill --byte 256
try "fill --byte 1K" rejects_usage "is not a number" fill --byte 1K
try "fill --pattern with 65 bits" rejects_usage "does not fit in 64 bits" fill -p 0x10000000000000000
try "fill --byte and --pattern" rejects_usage "exclude each other" fill --byte 0 --pattern 0
try "fill --json" fill_json
try "sum of a part" sums_part
try "sum --json" sum_json

for cache in wb wc uc; do
	backing=kmalloc
	is_possible kmalloc $cache now || backing=$uncached_backing
	is_possible $backing $cache now || continue
	for size in 1 5000 1048576 8192; do
		what="$cache, $size bytes"
		load backing=$backing cache=$cache size=$size || exit 1
		try "$what: fill --byte" fills_byte $size
		try "$what: sum" sums $size
		[ $size -le 8192 ] || continue
		try "$what: fill --count" fills_count 0 $size
	done
	# now of 8192 bytes
	try "$cache: fill --count a part" fills_count 4091 77
	try "$cache: fill --pattern a part" fills_pattern
done
unload
finish
