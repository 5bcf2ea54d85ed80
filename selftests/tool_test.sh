#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# tool_test.sh: every subcommand, option, exit status, message and JSON form of
# the tool, in the guest, as root. Nothing but busybox is used to judge: dd, od,
# crc32, hexdump and awk know nothing of the tool.
# shellcheck source-path=SCRIPTDIR source=tap.sh
. "$(dirname "$0")/tap.sh"
# shellcheck source-path=SCRIPTDIR source=caches.sh
. "$(dirname "$0")/caches.sh"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
device=/dev/mmapdemo
page=$(awk '/^KernelPageSize/ { print $2 * 1024; exit }' /proc/self/smaps)
out=$work/out
err=$work/err

# what the tests are made of

unload() {
	! test -d /sys/module/mmapdemo || modprobe -r mmapdemo
}

load() {
	unload && modprobe mmapdemo "$@"
}

# run STATUS ARGUMENT...: the tool, which must exit with that
run() {
	wanted=$1
	shift
	mmapdemo "$@" >"$out" 2>"$err"
	judge "$@"
}

judge() {
	status=$?
	[ "$status" -eq "$wanted" ] && return
	echo "mmapdemo $*: exit status $status, expected $wanted"
	cat "$out" "$err"
	return 1
}

# find_line FILE ANY TEXT: a line that is this very text, with ANY before and
# behind it. By the shell itself: under KASAN a process costs more than reading.
find_line() {
	while IFS= read -r line || [ -n "$line" ]; do
		# shellcheck disable=SC2254 # ANY is a pattern
		case $line in
		$2"$3"$2) return ;;
		esac
	done <"$1"
	return 1
}

# contains FILE TEXT: a line of it holds this very text
contains() {
	find_line "$1" '*' "$2" && return
	echo "'$2' is not in:"
	cat "$1"
	return 1
}

has_line() {
	find_line "$1" '' "$2" && return
	echo "there is no line '$2' in:"
	cat "$1"
	return 1
}

says() {
	contains "$out" "$1"
}

complains() {
	contains "$err" "$1"
}

# says_all TEXT...: in its only line, which the shell reads byte by byte: once
says_all() {
	IFS= read -r line <"$out" || return
	for text; do
		case $line in
		*"$text"*) ;;
		*)
			echo "'$text' is not in: $line"
			return 1
			;;
		esac
	done
}

empty() {
	[ ! -s "$1" ] && return
	echo "unexpected:"
	cat "$1"
	return 1
}

# fails STATUS TEXT ARGUMENT...: with nothing on stdout and that on stderr
fails() {
	wanted=$1
	text=$2
	shift 2
	run "$wanted" "$@" && complains "$text" && empty "$out"
}

same_files() {
	cmp "$1" "$2"
}

# Reads all of stdin and accepts exactly one JSON value (RFC 8259).
# shellcheck disable=SC2016 # no word of it is the shell's
json='
function value() {
	if (sub(/^"([^"\\]|\\["\\\/bfnrt]|\\u[0-9a-fA-F][0-9a-fA-F][0-9a-fA-F][0-9a-fA-F])*"/, "", text) ||
	    sub(/^-?(0|[1-9][0-9]*)(\.[0-9]+)?/, "", text) ||
	    sub(/^(true|false|null)/, "", text))
		return 1
	if (sub(/^\[/, "", text))
		return sub(/^\]/, "", text) || values("]", 0)
	return sub(/^[{]/, "", text) && (sub(/^[}]/, "", text) || values("}", 1))
}
function values(close_with, keys) {
	do {
		if (keys && !sub(/^"[a-z0-9_]+":/, "", text))
			return 0
		if (!value())
			return 0
	} while (sub(/^,/, "", text))
	if (substr(text, 1, 1) != close_with)
		return 0
	text = substr(text, 2)
	return 1
}
{ text = text $0 }
END { exit !(NR == 1 && value() && text == "") }'

is_json() {
	awk "$json" "$out" && empty "$err" && return
	echo "not one line of JSON:"
	cat "$out"
	return 1
}

random_file() {
	head -c "$1" /dev/urandom >"$2"
}

contents() {
	dd if=$device bs=64k 2>/dev/null
}

set_contents() {
	dd of=$device bs=64k conv=notrunc 2>/dev/null <"$1"
}

holds() {
	same_files $device "$1"
}

# the command line

rejects_usage() {
	fails 2 "$@"
}

helps() {
	run 0 --help && empty "$err" || return
	for command in info read write fill sum wait wake create verify stress doctor tour; do
		says " $command " || return
	done
	says "Exit status: 0 ok, 1 mismatch or failure, 2 usage, 3 no device, 4 no permission."
}

helps_on() {
	command=$1
	shift
	run 0 "$command" --help && empty "$err" && says "mmapdemo $command" || return
	for option; do
		says "--$option" || return
	done
	run 0 "$command" -h && says "Usage:"
}

prints_version() {
	run 0 --version && grep -qxE 'mmapdemo [0-9]+\.[0-9]+\.[0-9]+' "$out" && run 0 -V
}

# reads SIZE ARGUMENT...: so many bytes
reads() {
	expected=$1
	shift
	run 0 read --raw "$@" && [ "$(stat -c %s "$out")" -eq "$expected" ]
}

# full ARGUMENT...: a full disk behind stdout is a failure
full() {
	mmapdemo "$@" >/dev/full 2>"$err"
	[ $? -eq 1 ] && complains "standard output: No space left on device"
}

# What is printed must not land in the device, which would get descriptor 1.
closed_stdout() {
	random_file 8192 "$work/data" && set_contents "$work/data" || return
	mmapdemo verify >&- 2>"$err"
	[ $? -eq 1 ] && complains "standard output" && holds "$work/data"
}

# without a device, without permission

# each_opening COMMAND...: with each command line that opens the device
each_opening() {
	for line in info read "write x" fill sum "wait 0 1" "wake 0" "create --hold" \
		"create --exec true" verify "verify --all" "info --backing shmem"; do
		"$@" "$line" || return
	done
}

finds_nothing() {
	# shellcheck disable=SC2086 # a command line
	fails 3 "$device: No such file or directory" $1 && complains "try: modprobe mmapdemo"
}

without_device() {
	unload && each_opening finds_nothing
}

other_path() {
	fails 3 "/nowhere: No such file or directory" info --device /nowhere &&
		complains "try: mmapdemo doctor"
}

not_ours() {
	fails 3 "$1: not a device of the module mmapdemo" info -d "$1"
}

# nobody STATUS ARGUMENT...: the same without any right
nobody() {
	wanted=$1
	shift
	su -s /bin/sh nobody -c "mmapdemo $*" >"$out" 2>"$err"
	judge "$@"
}

may_not() {
	nobody 4 "$1" && complains "$device: Permission denied" && empty "$out" &&
		complains "usermod -aG mmapdemo"
}

without_permission() {
	each_opening may_not
}

# info

whole_pages() {
	echo $((($1 + page - 1) / page * page))
}

# A kind is BACKING/CACHE/POPULATE.
split_kind() {
	backing=${1%%/*}
	populate=${1##*/}
	cache=${1#*/}
	cache=${cache%/*}
	caches=$(caches_of "$backing")
	name="private buffer ($backing, $cache, $populate)"
	options="--backing $backing --cache $cache --populate $populate"
}

# describes SIZE KIND WHOSE ARGUMENT...: info of a new buffer
describes() {
	size=$1 whose=$3
	split_kind "$2"
	shift 3
	run 0 info "$@" && empty "$err" && has_line "$out" "device             $device" &&
		has_line "$out" "buffer             $whose" &&
		has_line "$out" "size               $size bytes" &&
		has_line "$out" "mapping size       $(whole_pages "$size") bytes, pages of $page" &&
		has_line "$out" "backing            $backing" &&
		has_line "$out" "backing available  kmalloc vmalloc shmem dma" &&
		has_line "$out" "populate           $populate" &&
		contains "$out" "cache requested    $cache (" &&
		contains "$out" "cache effective    $cache (" &&
		has_line "$out" "cache available    $caches" &&
		has_line "$out" "generation         0"
}

# describes_json SIZE KIND PRIVATE ARGUMENT...
describes_json() {
	size=$1 private=$3
	split_kind "$2"
	shift 3
	run 0 info --json "$@" && is_json && has_line "$out" "{\"device\":\"$device\",\
\"private\":$private,\"size\":$size,\"mapping_size\":$(whole_pages "$size"),\
\"page_size\":$page,\"backing\":\"$backing\",\
\"backing_available\":[\"kmalloc\",\"vmalloc\",\"shmem\",\"dma\"],\
\"populate\":\"$populate\",\"cache_requested\":\"$cache\",\"cache_effective\":\"$cache\",\
\"cache_available\":[\"$(echo "$caches" | sed 's/ /","/g')\"],\"generation\":0}"
}

generation_moves() {
	run 0 fill && run 0 write --syscall x && run 0 write x && run 0 info &&
		has_line "$out" "generation         2"
}

quotes_json() {
	ln -s $device "$work/a\"b\\c" &&
		run 0 info --json --device "$work/a\"b\\c" && is_json &&
		says "a\\\"b\\\\c\""
}

# read and write

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
		fails 1 "$((size + 1)) bytes do not fit behind offset 0 of $size bytes; nothing was written" \
			write --file "$work/longer" "$@" &&
		holds "$work/data" &&
		fails 1 "2 bytes do not fit behind offset $((size - 1)) of $size bytes" \
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
		fails 1 "$device: offset 8193 lies behind the buffer's 8192 bytes" \
			$command -o 8193 &&
			fails 1 "$device: 2 bytes from offset 8191 do not lie within the buffer's 8192 bytes" \
				$command -o 8191 -l 2 &&
			fails 1 "do not lie within" $command -o 1 -l 0xfffffffffffffffe || return
	done
	fails 1 "offset 8193 lies behind" write -o 8193 ""
}

# fill and sum

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

# private buffers

# hold KIND: a private buffer of 8192 bytes, kept by $holder; its path is $path
hold() {
	split_kind "$1"
	rm -f "$work/path"
	# shellcheck disable=SC2086 # a list
	mmapdemo create --hold $options >"$work/path" 2>&1 &
	holder=$!
	until [ -s "$work/path" ]; do
		usleep 1000
	done
	path=$(cat "$work/path")
	case $path in
	"/proc/$holder/fd/"[0-9]*) ;;
	*) echo "create --hold: $path"; return 1 ;;
	esac
}

# held KIND COMMAND...: meanwhile; then the holder ends well, and the buffer
held() {
	hold "$1" || return
	shift
	"$@"
	result=$?
	kill -TERM "$holder"
	wait "$holder" && [ $result -eq 0 ] && fails 3 "$path: no such process" info -d "$path"
}

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
		fails 1 "$name: offset 5001 lies behind the buffer's 5000 bytes" read -o 5001 "$@"
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
	fails 1 "private buffer (kmalloc, wb, now): 5242880 bytes are more than this backing can have" \
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

# create

# shellcheck disable=SC2016 # $MMAPDEMO_FD is for the inner shell
create_exec() {
	run 0 create --backing vmalloc --size 5000 --exec sh -c '
		mmapdemo write -d fd:$MMAPDEMO_FD abc && mmapdemo read -d /dev/fd/$MMAPDEMO_FD -l 3 -r &&
		mmapdemo info -d /proc/self/fd/$MMAPDEMO_FD && readlink /proc/self/fd/$MMAPDEMO_FD' &&
		empty "$err" && says "wrote 3 bytes at offset 0 of fd:" && says "abcdevice" &&
		says "backing            vmalloc" && says "size               5000 bytes" &&
		says "anon_inode:[mmapdemo]"
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
\"cache\":\"wb\",\"populate\":\"lazy\"}" && run 0 info -d "/proc/$!/fd/$fd"
	result=$?
	kill -HUP $! && wait $! && return $result
}

# The shell makes its background ignore SIGINT, timeout does not.
create_hold_ends() {
	timeout -s INT 1 mmapdemo create --hold >"$out" && says "/proc/"
}

# descriptors

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
		fails 3 "fd:9: not an open descriptor, or not open for this" fill -d fd:9 9<$device &&
		fails 3 "not open for this" sum -d fd:9 9>$device && run 0 info -d fd:9 9>$device
}

other_users_descriptor() {
	nobody 4 info -d "$path" && empty "$out" &&
		complains "$path: Operation not permitted: only the same user, or root, can take" &&
		complains "try: sudo mmapdemo"
}

# One of nobody's processes from another: Yama decides.
untraceable_descriptor() {
	scope=/proc/sys/kernel/yama/ptrace_scope
	before=$(cat $scope) && chmod 666 $device || return
	rm -f "$work/path"
	su -s /bin/sh nobody -c "exec mmapdemo create --hold" >"$work/path" &
	until [ -s "$work/path" ]; do
		usleep 1000
	done
	path=$(cat "$work/path")
	echo 0 >$scope && nobody 0 info -d "$path" && echo 1 >$scope && nobody 4 info -d "$path" &&
		complains "$path: Operation not permitted: only the same user" &&
		complains "$scope is 1" && run 0 info -d "$path"
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

# wait and wake

# start_waiter FILE ARGUMENT...: returns when it sleeps; it is $!
start_waiter() {
	result_file=$1
	shift
	mmapdemo wait "$@" >"$result_file" 2>&1 &
	until grep -q ' 0xf705 ' "/proc/$!/syscall"; do
		kill -0 $! || return
		usleep 1000
	done
}

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
		complains "$device: the time is over, the word at offset 4 is still 0" &&
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

wakes_waiter() {
	start_waiter "$work/waiter" 12 0 -d "$path" &&
		run 0 wake 12 --store 0x80000001 -d "$path" &&
		has_line "$out" "woke 1 at offset 12 of $path" && wait $! &&
		has_line "$work/waiter" 2147483649
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
		complains "the time is over"
}

# verify

steps="padding kernel-attribute user-attribute populate user-store kernel-store read
write second-process pages padding-after private refuse-exec refuse-exec-later
refuse-past-end refuse-across-end"

# verified NAME SIZE KIND: what verify printed
verified() {
	split_kind "$3"
	empty "$err" &&
		has_line "$out" "ok    $1: verified, $2 bytes, $backing, $cache, $populate" &&
		contains "$out" "ok    a fresh mapping has its pages at once, or on touch: $populate: " &&
		private_mapping "$backing" "$2" &&
		has_line "$out" "ok    an executable mapping is refused: EPERM" &&
		[ "$(grep -c '^ok    ' "$out")" -eq 19 ] && [ "$(grep -vc '^ok    ' "$out")" -eq 0 ]
}

private_mapping() {
	found=EINVAL
	[ "$1" != shmem ] || found="$2 bytes copied, the buffer as it was"
	has_line "$out" "ok    a private mapping copies on write, or is refused: $found"
}

# verifies SIZE KIND: the device's own buffer
verifies() {
	random_file "$1" "$work/data" && set_contents "$work/data" &&
		run 0 verify && verified $device "$1" "$2" && holds "$work/data"
}

# verify_json SIZE KIND PRIVATE ARGUMENT...
verify_json() {
	size=$1 private=$3
	split_kind "$2"
	shift 3
	run 0 verify --json "$@" && is_json || return
	set -- '],"ok":true}' "{\"device\":\"$device\",\"private\":$private,\"cache\":\"$cache\",\
\"backing\":\"$backing\",\"populate\":\"$populate\",\"size\":$size,\"steps\":[{\"step\":\"save\""
	for step in $steps restore; do
		set -- "$@" "{\"step\":\"$step\",\"claim\":\""
	done
	says_all "$@" && ! grep -F '"ok":false' "$out"
}

# verify_in_parallel PATH
verify_in_parallel() {
	random_file 8192 "$work/data" && run 0 write -d "$1" --file "$work/data" || return
	pids=
	for i in 1 2 3 4; do
		mmapdemo verify -d "$1" >"$work/verify$i" 2>&1 &
		pids="$pids $!"
	done
	for pid in $pids; do
		wait "$pid" || { cat "$work"/verify*; return 1; }
	done
	run 0 read -d "$1" --raw && same_files "$out" "$work/data"
}

verify_held_in_parallel() {
	verify_in_parallel "$path"
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

# all_tried VERIFIED FAILED UNVERIFIED: of 32 private and 4 device buffers
all_tried() {
	says "verify --all: $1 verified, $((36 - $1 - $2 - $3)) refused, $2 failed, $3 unverified"
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

# doctor

doctor_ok() {
	load size=5000 backing=$uncached_backing cache=wc && run 0 doctor && empty "$err" &&
		has_line "$out" "ok    loaded: yes" &&
		contains "$out" "ok    parameters: backing=$uncached_backing cache=wc limit_mb=" &&
		has_line "$out" "ok    node: $device owner root group root mode 0660" &&
		contains "$out" "ok    buffer: 5000 bytes, $uncached_backing, cache wc, mapped" &&
		contains "$out" "ok    module: /lib/modules/$(uname -r)/" &&
		contains "$out" "ok    vermagic: $(uname -r) " &&
		has_line "$out" "ok    pat: no x86/PAT conflict in the log"
}

doctor_headers() {
	load && run 0 doctor &&
		contains "$out" "try: sudo apt-get install linux-headers-$(uname -r)" &&
		mkdir -p "/lib/modules/$(uname -r)/build" &&
		: >"/lib/modules/$(uname -r)/build/Makefile" && run 0 doctor
	says "ok    headers: /lib/modules/$(uname -r)/build"
	headers=$?
	rm -r "/lib/modules/$(uname -r)/build"
	return $headers
}

doctor_json() {
	load && run 0 doctor --json && is_json && says '"usable":true}' &&
		says '{"check":"loaded","result":"ok","text":"yes","next":""}'
}

doctor_unloaded() {
	unload && run 3 doctor && has_line "$out" "FAIL  loaded: no; try: sudo modprobe mmapdemo" &&
		contains "$out" "FAIL  node: $device: No such file or directory" &&
		run 3 doctor --json && is_json && says '"usable":false}'
}

doctor_no_module() {
	index=/lib/modules/$(uname -r)/modules.dep
	unload && mv "$index" "$work/index" && run 3 doctor &&
		contains "$out" "FAIL  module: modprobe knows none for the kernel $(uname -r); try: "
	missing=$?
	mv "$work/index" "$index"
	return $missing
}

doctor_other_node() {
	load && run 3 doctor --device /dev/null &&
		contains "$out" "FAIL  node: /dev/null is not the module's device"
}

doctor_nobody() {
	load && nobody 4 doctor && contains "$out" "FAIL  access: nobody may not open $device; try: sudo make install"
}

doctor_group() {
	load && chgrp mmapdemo $device && nobody 4 doctor &&
		contains "$out" "node: $device owner root group mmapdemo mode 0660" &&
		contains "$out" "try: sudo usermod -aG mmapdemo nobody, then log in again"
}

# The session is older than the membership, and starts only then to look.
doctor_new_member() {
	load && chgrp mmapdemo $device && cp /etc/group "$work/group" &&
		mkfifo "$work/go" || return
	su -s /bin/sh nobody -c "read -r go; mmapdemo doctor" <"$work/go" >"$out" &
	old=$!
	exec 9>"$work/go"
	usleep 100000
	sed -i 's/^mmapdemo:.*/&nobody/' /etc/group
	echo go >&9
	exec 9>&-
	wait $old
	[ $? -eq 4 ] && says "try: newgrp mmapdemo, or log in again" && nobody 0 doctor
	member=$?
	cp "$work/group" /etc/group
	return $member
}

doctor_log() {
	load && ! modprobe mmapdemo nothing= 2>/dev/null
	unload && ! modprobe mmapdemo cache=wt && run 3 doctor &&
		contains "$out" "warn  log: " && contains "$out" "mmapdemo: cache=wt: not possible"
}

doctor_closed_log() {
	load && chmod 666 $device && echo 1 >/proc/sys/kernel/dmesg_restrict && nobody 0 doctor &&
		contains "$out" "warn  log: may not be read; try: sudo dmesg"
}

# tour: here the example programs are not there, see examples.sh

tour_folders() {
	ls -d /tmp/mmapdemo-tour-* 2>/dev/null
}

# toured STATUS SUMMARY ARGUMENT...: with the contents as before
toured() {
	wanted=$1 summary=$2
	shift 2
	random_file 8192 "$work/data" && set_contents "$work/data" && run "$wanted" tour "$@" &&
		says "tour: $summary" && holds "$work/data" && ! tour_folders
}

tour_alone() {
	examples=/usr/local/libexec/mmapdemo/examples
	toured 0 "11 shown, 0 failed, 21 skipped" --no-pause &&
		has_line "$out" "skip  $examples/peek: No such file or directory; try: make install, or --examples FOLDER" &&
		[ "$(grep -c "^skip  $examples/" "$out")" -eq 21 ] &&
		has_line "$out" "  PATH=$examples:/usr/bin:\$PATH" && has_line "$out" 42 &&
		has_line "$out" "ok    refused, exit status 1"
}

tour_without_device() {
	unload && run 1 tour -n && has_line "$out" "FAIL  tour: 0 shown, 0 failed, 32 skipped" &&
		has_line "$out" "warn  $device cannot be used: loaded: no; try: sudo modprobe mmapdemo"
}

# stub PROGRAM COMMAND: in a folder given as the examples'
stub() {
	mkdir -p "$work/stubs" && printf '#!/bin/sh\n%s\n' "$2" >"$work/stubs/$1" &&
		chmod +x "$work/stubs/$1"
}

tour_judges() {
	stub peek "echo peeked; exit 1" && stub family "exit 3" && stub errors "seq 9" &&
		toured 1 "18 shown, 4 failed, 14 skipped" -n -e "$work/stubs" &&
		has_line "$out" peeked && has_line "$out" "FAIL  exit status 3, expected 0" &&
		has_line "$out" "FAIL  exit status 1, expected 0" &&
		[ "$(grep -cx 3 "$out")" -eq 1 ] && [ "$(grep -cx 4 "$out")" -eq 2 ]
}

# What is shown in part is shown in full if it fails.
tour_shows_failure() {
	rm -r "$work/stubs"
	stub errors "seq 9; exit 1" && toured 1 "13 shown, 2 failed, 19 skipped" -n -e "$work/stubs" &&
		[ "$(grep -cx 1 "$out")" -eq 2 ]
}

# Nothing is left of what a line started in the background.
tour_leaves_nothing() {
	rm -r "$work/stubs"
	stub peek "sleep 77 & exit 0" && toured 1 "14 shown, 1 failed, 18 skipped" -n -e "$work/stubs" &&
		! pgrep -f "sleep 77"
}

# After the first line that stores, while it waits
tour_ended() {
	random_file 8192 "$work/data" && set_contents "$work/data" || return
	rm -f "$out"
	mmapdemo tour >"$out" 2>"$err" &
	until grep -q '^filled' "$out"; do
		usleep 1000
	done
	kill -TERM $!
	wait $!
	[ $? -eq 143 ] && says "ended early" && holds "$work/data" && ! tour_folders &&
		! pgrep -f "mmapdemo wait"
}

tour_into_closed_pipe() {
	random_file 8192 "$work/data" && set_contents "$work/data" &&
		mmapdemo tour | head -n 1 >/dev/null && usleep 500000
	holds "$work/data" && ! tour_folders
}

tour_without_folder() {
	TMPDIR=/nowhere mmapdemo tour >"$out" 2>"$err"
	[ $? -eq 1 ] && complains "/nowhere/mmapdemo-tour-" && complains "No such file" && empty "$out"
}

# all of it, the one-time things first

load || exit 1
try "help names every command" helps
try "version" prints_version
try "no command" rejects_usage "a command is missing"
try "unknown command" rejects_usage "unknown command 'frobnicate'" frobnicate
try "unknown global option" rejects_usage "unrecognized option '--frob'" --frob
try "help of info" helps_on info device json
try "help of read" helps_on read offset length raw syscall device json
try "help of write" helps_on write offset length file syscall device json
try "help of fill" helps_on fill offset length byte pattern count device json
try "help of sum" helps_on sum offset length check device json
try "help of wait" helps_on wait timeout absolute device json
try "help of wake" helps_on wake count store device json
try "help of create" helps_on create exec hold device json
for command in info read write fill sum wait wake create verify; do
	try "help of $command: private buffers" helps_on $command backing cache populate size
done
try "help of verify" helps_on verify all device json
try "help of doctor" helps_on doctor device json
try "help of tour" helps_on tour no-pause examples
try "tour: unknown option" rejects_usage "try: mmapdemo tour --help" tour --frob
try "tour: too many operands" rejects_usage "unexpected operand" tour a
try "tour: empty path" rejects_usage "--examples: the argument is empty" tour -e ''
for command in info read write fill sum wait wake create verify doctor; do
	operands="a b c"
	[ $command != create ] || operands="--hold a"
	try "$command: unknown option" rejects_usage "try: mmapdemo $command --help" $command --frob
	# shellcheck disable=SC2086 # a list
	try "$command: too many operands" rejects_usage "unexpected operand" $command $operands
	try "$command: option without its argument" rejects_usage "requires an argument" \
		$command --device
	try "$command: empty path" rejects_usage "--device: the argument is empty" $command -d ''
done
for number in '' x 12x -1 +1 ' 1' 0x 0xg 1KK 1T 1KB 1.5K; do
	try "read --length '$number'" rejects_usage "--length: '$number' is not a number of bytes" \
		read --length "$number"
done
for number in 18446744073709551616 0x10000000000000000 17179869184G 18014398509481984K; do
	try "read --offset $number" rejects_usage "larger than 64 bits hold" read --offset $number
done
load size=1M || exit 1
try "numbers: decimal" reads 12 -l 12
try "numbers: leading zero is decimal" reads 10 -l 010
try "numbers: hexadecimal" reads 31 -l 0x1F
try "numbers: K" reads 1024 -l 1K
try "numbers: KiB, hexadecimal" reads 16384 -l 0x10KiB
try "numbers: M" reads 1048576 -l 1m
try "numbers: G" fails 1 "$((1024 * 1024 * 1024)) bytes from offset 0" read -l 1G
load || exit 1
try "fill --byte 256" rejects_usage "larger than a byte" fill --byte 256
try "fill --byte 1K" rejects_usage "is not a number" fill --byte 1K
try "fill --pattern with 65 bits" rejects_usage "larger than 64 bits" fill -p 0x10000000000000000
try "fill --byte and --pattern" rejects_usage "exclude each other" fill --byte 0 --pattern 0
try "read --raw and --json" rejects_usage "exclude each other" read --raw --json
try "write without data" rejects_usage "give either DATA or --file" write
try "write with two sources" rejects_usage "give either DATA or --file" write --file x y
try "write from no file" fails 1 "/nowhere: No such file or directory" write --file /nowhere
try "write from a folder" run 1 write --file /tmp
try "info to a full disk" full info
try "read to a full disk" full read --raw
try "verify to a full disk" full verify
try "help to a full disk" full --help
try "closed stdout" closed_stdout
try "another path" other_path
try "another device" not_ours /dev/null
try "a folder" not_ours /tmp
try "JSON quotes a path" quotes_json
try "no permission" without_permission
try "no device" without_device

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
		try "$what: write" writes_whole $size
		try "$what: write --syscall" writes_whole $size --syscall
		try "$what: write from stdin" writes_stdin $size
		try "$what: read --raw" reads_whole $size
		try "$what: read --raw --syscall" reads_whole $size --syscall
		try "$what: fill --byte" fills_byte $size
		try "$what: sum" sums $size
		try "$what: write more than fits" too_long $size
		try "$what: write --syscall more than fits" too_long $size --syscall
		try "$what: write a pipe that has more than fits" too_long_pipe $size
		try "$what: write --syscall such a pipe" too_long_pipe $size --syscall
		try "$what: verify" verifies $size $backing/$cache/now
		try "$what: verify --json" verify_json $size $backing/$cache/now false
		[ $size -le 8192 ] || continue
		try "$what: hex dump" dumps_like_hexdump $size
		try "$what: fill --count" fills_count 0 $size
	done
	load backing=$backing cache=$cache || exit 1
	try "$cache: write a part" writes_part
	try "$cache: write --syscall a part" writes_part --syscall
	try "$cache: read a part" reads_part
	try "$cache: read --syscall a part" reads_part --syscall
	try "$cache: fill --count a part" fills_count 4091 77
	try "$cache: fill --pattern a part" fills_pattern
	load backing=$backing cache=$cache size=4M || exit 1
	try "$cache: SIGTERM to verify" verify_ended_by TERM 15
	try "$cache: SIGHUP to verify" verify_ended_by HUP 1
	try "$cache: SIGTERM to verify --json" verify_json_ended
	try "$cache: verify into a closed pipe" verify_into_closed_pipe
done

for kind in $kinds; do
	split_kind "$kind"
	load backing="$backing" cache="$cache" populate="$populate" size=5000 || exit 1
	try "device's own $kind: info" describes 5000 "$kind" "the device's own"
	try "device's own $kind: info --json" describes_json 5000 "$kind" false
	try "device's own $kind: verify" verifies 5000 "$kind"
done

load || exit 1
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
try "private: too large for vmalloc" fails 1 "more than this backing can have" \
	info --backing vmalloc --size 0xffffffffffffffff
try "private: no memory" fails 1 "(vmalloc, wb, now): no memory for 1099511627776 bytes" \
	info --backing vmalloc --size 1024G
try "private: limit_mb" private_limit
try "private: unknown backing" rejects_usage "--backing: 'x' is not kmalloc, vmalloc, shmem or dma" \
	info --backing x
try "private: unknown cache" rejects_usage "--cache: 'x' is not wb, wc or uc" info --cache x
try "private: unknown populate" rejects_usage "--populate: 'x' is not now or lazy" info --populate x
try "private: size 0" rejects_usage "--size: a buffer has at least 1 byte" info --size 0
try "create: neither hold nor exec" rejects_usage "give either --hold or --exec CMD" create
try "create: both" rejects_usage "give either --hold or --exec CMD" create --hold --exec true
try "create --exec without CMD" rejects_usage "--exec: CMD is missing" create --exec
try "create --exec --json" rejects_usage "exclude each other" create --exec --json true
try "create --exec" create_exec
try "create --exec: status" create_exec_status
try "create --hold --json" create_hold_json
try "create --hold: ends" create_hold_ends
try "create --hold to a full disk" full create --hold
try "descriptor: the device's own" device_descriptor
try "descriptor: not open" fails 3 "fd:77: not an open descriptor" info -d fd:77
try "descriptor: no such process" fails 3 "no such process" info -d /proc/4000000/fd/3
try "descriptor: not in that process" fails 3 "no such descriptor" info -d /proc/1/fd/999
try "descriptor: of something else" other_descriptor
try "descriptor: mode" readonly_descriptor
try "descriptor: of another user" held shmem/wb/now other_users_descriptor
if [ -e /proc/sys/kernel/yama ]; then
	try "descriptor: not traceable" untraceable_descriptor
else
	skip "descriptor: not traceable" "the kernel has no Yama"
fi
try "descriptor: verify --all" held shmem/wb/now verify_all_descriptor
try "descriptor: four verify at once" held vmalloc/wb/now verify_held_in_parallel

load || exit 1
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
try "wait: EXPECTED of 33 bits" rejects_usage "EXPECTED: '4294967296' is larger than 32 bits" \
	wait 0 4294967296
try "wait: no OFFSET" rejects_usage "OFFSET: 'x' is not a number of bytes" wait x 0
try "wake --store of 33 bits" rejects_usage "--store: '0x100000000' is larger" \
	wake 0 --store 0x100000000
try "wait --absolute alone" rejects_usage "--absolute needs --timeout" wait 0 0 --absolute
for seconds in '' x 1. .5 -1 1.x 1.1234567890 0x1 1s; do
	try "wait --timeout '$seconds'" rejects_usage "--timeout: '$seconds' is not a number of seconds" \
		wait 0 0 --timeout "$seconds"
done
try "wait --timeout of too much" rejects_usage "more than 64 bits of nanoseconds" \
	wait 0 0 --timeout 18446744073709551615

load || exit 1
try "tour: no examples" tour_alone
try "tour: examples that fail" tour_judges
try "tour: a failure is shown in full" tour_shows_failure
try "tour: background" tour_leaves_nothing
try "tour: SIGTERM" tour_ended
try "tour into a closed pipe" tour_into_closed_pipe
try "tour: no folder" tour_without_folder
try "tour: no device" tour_without_device

load || exit 1
try "hex dump from an offset" dumps_offset
try "read --json" read_json
try "write --json" write_json
try "write --length" exact_length
try "write --length from a pipe" exact_length_pipe
try "write --length of more than there is" short_source
try "write data that looks like an option" dashes
try "write nothing" writes_nothing
try "outside the buffer" outside
try "fill --json" fill_json
try "sum of a part" sums_part
try "sum --json" sum_json
try "four verify at once" verify_in_parallel $device
try "verify without permission to write" verify_needs_writing
try "verify --all of a private buffer" rejects_usage "chooses the private buffers by itself" \
	verify --all --backing shmem
try "verify --all" verify_all
try "verify --all, backing=shmem populate=lazy" verify_all_other_backing
try "verify --all --json" verify_all_json
try "verify --all of a module in use" verify_all_in_use
try "verify --all without root" verify_all_as_nobody
try "doctor" doctor_ok
try "doctor: headers" doctor_headers
try "doctor --json" doctor_json
try "doctor: not loaded" doctor_unloaded
try "doctor: no module for this kernel" doctor_no_module
try "doctor: another node" doctor_other_node
try "doctor: no permission, no group" doctor_nobody
try "doctor: no permission, group" doctor_group
try "doctor: member of the group since now" doctor_new_member
try "doctor: what the module logged" doctor_log
try "doctor: log that may not be read" doctor_closed_log
unload
finish
