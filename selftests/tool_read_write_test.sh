#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# mmapdemo read and mmapdemo write, and the numbers that options take.
# shellcheck source-path=SCRIPTDIR source=tool.sh
. "$(dirname "$0")/tool.sh"

# reads SIZE ARGUMENT...: so many bytes
reads() {
	expected=$1
	shift
	run 0 read --raw "$@" && [ "$(stat -c %s "$out")" -eq "$expected" ]
}

# through_pipe FILE ARGUMENT...: the tool, with the file in a pipe
through_pipe() {
	from=$1
	shift
	# shellcheck disable=SC2002 # a redirection is no pipe
	cat "$from" | mmapdemo "$@" >"$out" 2>"$err"
}

# writes_whole SIZE HOW...: a random file into the whole buffer
writes_whole() {
	size=$1
	shift
	random_file "$size" "$work/data" && run 0 write --file "$work/data" "$@" &&
		empty "$err" && has_line "$out" "wrote $size bytes at offset 0 of $device" &&
		holds "$work/data"
}

reads_whole() {
	size=$1
	shift
	random_file "$size" "$work/data" && set_contents "$work/data" &&
		run 0 read --raw "$@" && empty "$err" && same_files "$out" "$work/data"
}

writes_stdin() {
	random_file "$1" "$work/data" && mmapdemo write - <"$work/data" && holds "$work/data" &&
		random_file "$1" "$work/data" && mmapdemo write -f - <"$work/data" &&
		holds "$work/data" && random_file "$1" "$work/data" &&
		through_pipe "$work/data" write - && holds "$work/data"
}

# writes_part HOW...: around it nothing changes
writes_part() {
	random_file 8192 "$work/data" && set_contents "$work/data" &&
		run 0 write "$@" --offset 4093 "seven b" &&
		has_line "$out" "wrote 7 bytes at offset 4093 of $device" || return
	printf 'seven b' | dd of="$work/data" bs=1 seek=4093 conv=notrunc 2>/dev/null
	holds "$work/data"
}

reads_part() {
	random_file 8192 "$work/data" && set_contents "$work/data" &&
		run 0 read "$@" --raw -o 0xffd -l 7 || return
	dd if="$work/data" bs=1 skip=4093 count=7 of="$work/part" 2>/dev/null
	same_files "$out" "$work/part"
}

dumps() {
	run 0 read "$@" && mv "$out" "$work/dump" && contents | hexdump -C >"$work/expected" &&
		same_files "$work/dump" "$work/expected"
}

# Random bytes, then long runs of equal lines, then a short last line.
dumps_like_hexdump() {
	random_file "$1" "$work/data" && set_contents "$work/data" && dumps &&
		run 0 fill && run 0 fill --length "$(($1 / 2))" --byte 65 && dumps --syscall
}

dumps_offset() {
	run 0 write -o 100 "AB~ 0" && run 0 read -o 100 -l 5 &&
		has_line "$out" "00000064  41 42 7e 20 30                                    |AB~ 0|" &&
		has_line "$out" "00000069"
}

read_json() {
	run 0 write -o 2 'k"x' && run 0 read -o 2 -l 3 --json && is_json &&
		has_line "$out" "{\"device\":\"$device\",\"private\":false,\"offset\":2,\"length\":3,\"data\":\"6b2278\"}" &&
		run 0 read -l 0 -j && is_json && says '"length":0,"data":""'
}

write_json() {
	run 0 write -o 2 xyz --json && is_json &&
		has_line "$out" "{\"device\":\"$device\",\"private\":false,\"offset\":2,\"written\":3}"
}

# too_long SIZE HOW...: known not to fit, so nothing is written
too_long() {
	size=$1
	shift
	random_file "$size" "$work/data" && set_contents "$work/data" &&
		random_file "$((size + 1))" "$work/longer" &&
		fails 1 "$((size + 1)) bytes do not fit after offset 0 of $size bytes; nothing was written" \
			write --file "$work/longer" "$@" &&
		holds "$work/data" &&
		fails 1 "2 bytes do not fit after offset $((size - 1)) of $size bytes" \
			write --offset "$((size - 1))" ab "$@" &&
		holds "$work/data"
}

# too_long_pipe SIZE HOW...: what fits is written, the rest is not lost silently
too_long_pipe() {
	size=$1
	shift
	random_file "$((size + 1))" "$work/longer" || return
	through_pipe "$work/longer" write - "$@"
	[ $? -eq 1 ] && has_line "$out" "wrote $size bytes at offset 0 of $device" &&
		complains "stdin: has more than fits; the first $size bytes were written" &&
		head -c "$size" "$work/longer" >"$work/data" && holds "$work/data"
}

exact_length() {
	run 0 fill && run 0 write --length 3 abcdef && says "wrote 3 bytes" &&
		run 0 read --raw -l 4 && [ "$(od -An -tx1 "$out")" = " 61 62 63 00" ]
}

exact_length_pipe() {
	run 0 fill && printf abcdef | mmapdemo write --length 3 - >"$out" 2>"$err" &&
		says "wrote 3 bytes" && empty "$err" || return
	printf ab | mmapdemo write --length 3 - >"$out" 2>"$err"
	[ $? -eq 1 ] && says "wrote 2 bytes" &&
		complains "stdin: ended after 2 of 3 bytes, which were written"
}

short_source() {
	random_file 8192 "$work/data" && set_contents "$work/data" &&
		fails 1 "DATA: has 2 bytes, --length asks for 3; nothing was written" \
			write --length 3 ab && holds "$work/data"
}

dashes() {
	run 0 write -- --raw && run 0 read --raw -l 5 && [ "$(cat "$out")" = "--raw" ]
}

writes_nothing() {
	run 0 write -o 8192 "" && says "wrote 0 bytes at offset 8192" &&
		run 0 write "" --syscall && run 0 read -o 8192 && empty "$out"
}

outside() {
	for command in read fill sum; do
		fails 1 "$device: offset 8193 is past the end of the buffer's 8192 bytes" \
			$command -o 8193 &&
			fails 1 "$device: 2 bytes from offset 8191 do not fit in the buffer's 8192 bytes" \
				$command -o 8191 -l 2 &&
			fails 1 "do not fit in" $command -o 1 -l 0xfffffffffffffffe || return
	done
	fails 1 "offset 8193 is past the end of" write -o 8193 ""
}

load || exit 1
try "help of read" helps_on read offset length raw syscall device json
try "help of write" helps_on write offset length file syscall device json
for number in '' x 12x -1 +1 ' 1' 0x 0xg 1KK 1T 1KB 1.5K; do
	try "read --length '$number'" rejects_usage "--length: '$number' is not a number of bytes" \
		read --length "$number"
done
for number in 18446744073709551616 0x10000000000000000 17179869184G 18014398509481984K; do
	try "read --offset $number" rejects_usage "does not fit in 64 bits" read --offset $number
done
try "read --raw and --json" rejects_usage "exclude each other" read --raw --json
try "write without data" rejects_usage "give either DATA or --file" write
try "write with two sources" rejects_usage "give either DATA or --file" write --file x y
try "write from no file" fails 1 "/nowhere: No such file or directory" write --file /nowhere
try "write from a folder" run 1 write --file /tmp
try "read to a full disk" full read --raw
try "hex dump from an offset" dumps_offset
try "read --json" read_json
try "write --json" write_json
try "write --length" exact_length
try "write --length from a pipe" exact_length_pipe
try "write --length of more than there is" short_source
try "write data that looks like an option" dashes
try "write nothing" writes_nothing
try "outside the buffer" outside
load size=1M || exit 1
try "numbers: decimal" reads 12 -l 12
try "numbers: leading zero is decimal" reads 10 -l 010
try "numbers: hexadecimal" reads 31 -l 0x1F
try "numbers: K" reads 1024 -l 1K
try "numbers: KiB, hexadecimal" reads 16384 -l 0x10KiB
try "numbers: M" reads 1048576 -l 1m
try "numbers: G" fails 1 "$((1024 * 1024 * 1024)) bytes from offset 0" read -l 1G

for cache in wb wc uc; do
	backing=kmalloc
	is_possible kmalloc $cache now || backing=$uncached_backing
	is_possible $backing $cache now || continue
	for size in 1 5000 1048576 8192; do
		what="$cache, $size bytes"
		load backing=$backing cache=$cache size=$size || exit 1
		try "$what: write" writes_whole $size
		try "$what: write --syscall" writes_whole $size --syscall
		try "$what: write from stdin" writes_stdin $size
		try "$what: read --raw" reads_whole $size
		try "$what: read --raw --syscall" reads_whole $size --syscall
		try "$what: write more than fits" too_long $size
		try "$what: write --syscall more than fits" too_long $size --syscall
		try "$what: write a pipe that has more than fits" too_long_pipe $size
		try "$what: write --syscall such a pipe" too_long_pipe $size --syscall
		[ $size -le 8192 ] || continue
		try "$what: hex dump" dumps_like_hexdump $size
	done
	# now of 8192 bytes
	try "$cache: write a part" writes_part
	try "$cache: write --syscall a part" writes_part --syscall
	try "$cache: read a part" reads_part
	try "$cache: read --syscall a part" reads_part --syscall
done
unload
finish
