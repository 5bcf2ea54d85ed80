#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Each command with a private buffer of its own: --backing, --cache,
# --populate and --size.
# shellcheck source-path=SCRIPTDIR source=tool.sh
. "$(dirname "$0")/tool.sh"

# Each makes a buffer of its own, which is zeros and gone with it.
private_fresh() {
	split_kind "$1"
	# shellcheck disable=SC2086 # a list
	set -- --size 5000 $options
	head -c 5000 /dev/zero >"$work/zeros"
	crc=$(crc32 "$work/zeros" | cut -d ' ' -f 1)
	run 0 write abc "$@" && has_line "$out" "wrote 3 bytes at offset 0 of $name" &&
		run 0 fill --byte 1 "$@" && says "filled 5000 bytes at offset 0 of $name with" &&
		run 0 sum --check "$@" && has_line "$out" "$crc 5000 $name" &&
		run 0 read --raw "$@" && same_files "$out" "$work/zeros" &&
		run 0 wake 0 --store 5 "$@" && has_line "$out" "woke 0 at offset 0 of $name" &&
		run 0 wait 0 5 "$@" && has_line "$out" 0 &&
		fails 1 "$name: offset 5001 is past the end of the buffer's 5000 bytes" read -o 5001 "$@"
}

shared_by_path() {
	random_file 8192 "$work/data" && run 0 write -d "$path" --file "$work/data" &&
		run 0 read -d "$path" --raw --syscall && same_files "$out" "$work/data" &&
		random_file 8192 "$work/data" &&
		run 0 write -d "$path" --syscall --file "$work/data" &&
		run 0 read -d "$path" --raw && same_files "$out" "$work/data" &&
		run 0 verify -d "$path" && verified "$path" 8192 "$1" &&
		run 0 read -d "$path" --raw && same_files "$out" "$work/data" &&
		run 0 sum -d "$path" --check &&
		says "$(crc32 "$work/data" | cut -d ' ' -f 1) 8192 $path"
}

private_verify() {
	split_kind "$1"
	# shellcheck disable=SC2086 # a list
	run 0 verify --size 5000 $options && verified "$name" 5000 "$1"
}

fdinfo() {
	split_kind "$1"
	info=/proc/$holder/fdinfo/${path##*/}
	tab=$(printf '\t')
	has_line "$info" "mmapdemo-size:${tab}8192" &&
		has_line "$info" "mmapdemo-backing:$tab$backing" &&
		has_line "$info" "mmapdemo-cache:$tab$cache" &&
		has_line "$info" "mmapdemo-populate:$tab$populate"
}

# Each hint must be something that works.
refuses_kind() {
	split_kind "$1"
	# shellcheck disable=SC2086 # a list
	fails 1 "$name: not possible: " info $options && complains "try: --backing " &&
		sed -n 's/^mmapdemo: try: //p' "$err" >"$work/hints" || return
	while read -r hint; do
		# shellcheck disable=SC2086 # a list
		run 0 info $hint || return
	done <"$work/hints"
}

private_too_large() {
	fails 1 "private buffer (kmalloc, wb, now): 5242880 bytes are more than this backing supports" \
		info --size 5M && complains "--backing vmalloc" && run 0 info --size 5M --backing vmalloc
}

private_limit() {
	limit=/sys/module/mmapdemo/parameters/limit_mb
	before=$(cat $limit)
	echo 1 >$limit
	fails 1 "2097152 bytes: all private buffers together would exceed limit_mb=1" \
		info --backing shmem --size 2M && complains "try: a smaller --size" &&
		run 0 info --backing shmem --size 1M
	limited=$?
	echo "$before" >$limit
	return $limited
}

wakes_waiter() {
	start_waiter "$work/waiter" 12 0 -d "$path" &&
		run 0 wake 12 --store 0x80000001 -d "$path" &&
		has_line "$out" "woke 1 at offset 12 of $path" && wait $! &&
		has_line "$work/waiter" 2147483649
}

load size=8192 || exit 1
for kind in $kinds; do
	split_kind "$kind"
	# shellcheck disable=SC2086 # a list
	set -- --size 5000 $options
	try "private $kind: info" describes 5000 "$kind" private "$@"
	try "private $kind: info --json" describes_json 5000 "$kind" true "$@"
	try "private $kind: each command" private_fresh "$kind"
	try "private $kind: shared" held "$kind" shared_by_path "$kind"
	try "private $kind: verify" private_verify "$kind"
	try "private $kind: verify --json" verify_json 5000 "$kind" true "$@"
	try "private $kind: fdinfo" held "$kind" fdinfo "$kind"
	try "private $kind: wait and wake" held "$kind" wakes_waiter
done
for kind in $others; do
	case $kind in
	*/wt/*) ;; # no option asks for it
	*) try "private $kind: refused" refuses_kind "$kind" ;;
	esac
done
try "private: defaults" describes 8192 kmalloc/wb/now private --size 8192
try "private: one option is enough" describes 8192 vmalloc/wb/now private --backing vmalloc
try "private: too large for kmalloc" private_too_large
try "private: too large for vmalloc" fails 1 "more than this backing supports" \
	info --backing vmalloc --size 0xffffffffffffffff
try "private: no memory" fails 1 "(vmalloc, wb, now): no memory for 1099511627776 bytes" \
	info --backing vmalloc --size 1024G
try "private: limit_mb" private_limit
try "private: unknown backing" rejects_usage "--backing: 'x' is not $(listed "$backings")" \
	info --backing x
try "private: unknown cache" rejects_usage "--cache: 'x' is not $(listed wb wc uc)" info --cache x
try "private: unknown populate" rejects_usage "--populate: 'x' is not now or lazy" info --populate x
try "private: size 0" rejects_usage "--size: a buffer has at least 1 byte" info --size 0
unload
finish
