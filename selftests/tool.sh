# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh disable=SC2034 # the tests use the variables
#
# What the tests of the tool have in common; sourced. Each tool_*_test.sh tests one
# or two subcommands in the guest, as root: every option, exit status, message and
# JSON form. They judge with busybox alone: dd, od, crc32, hexdump and awk know
# nothing of the tool.
# shellcheck source-path=SCRIPTDIR source=tap.sh
. "$(dirname "$0")/tap.sh"
# shellcheck source-path=SCRIPTDIR source=kinds.sh
. "$(dirname "$0")/kinds.sh"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
device=/dev/mmapdemo
page=$(awk '/^KernelPageSize/ { print $2 * 1024; exit }' /proc/self/smaps)
out=$work/out
err=$work/err

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

# find_line FILE ANY TEXT: finds a line that is TEXT with ANY before and after it.
# The shell reads it itself: under KASAN a process costs more than reading.
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

rejects_usage() {
	fails 2 "$@"
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

# full ARGUMENT...: a full disk behind stdout is a failure
full() {
	mmapdemo "$@" >/dev/full 2>"$err"
	[ $? -eq 1 ] && complains "standard output: No space left on device"
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
		has_line "$out" "backing available  $backings" &&
		has_line "$out" "populate           $populate" &&
		contains "$out" "cache requested    $cache (" &&
		contains "$out" "cache effective    $cache (" &&
		has_line "$out" "cache available    $caches" &&
		has_line "$out" "seals              none" &&
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
\"backing_available\":[\"$(echo "$backings" | sed 's/ /","/g')\"],\
\"populate\":\"$populate\",\"cache_requested\":\"$cache\",\"cache_effective\":\"$cache\",\
\"cache_available\":[\"$(echo "$caches" | sed 's/ /","/g')\"],\"seals\":[],\"generation\":0}"
}

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

steps="padding kernel-attribute user-attribute populate user-store kernel-store read
write events reopen second-process pages padding-after private refuse-exec refuse-exec-later
refuse-past-end refuse-across-end"

# verified NAME SIZE KIND: what verify printed
verified() {
	split_kind "$3"
	empty "$err" &&
		has_line "$out" "ok    $1: verified, $2 bytes, $backing, $cache, $populate" &&
		contains "$out" "ok    a new mapping has its pages at once, or on access: $populate: " &&
		private_mapping "$backing" "$2" &&
		has_line "$out" "ok    an executable mapping is refused: EPERM" &&
		grep -qE "^ok    poll\\(2\\) shows a new generation as POLLPRI, until INFO: generation [0-9]+, then" \
			"$out" &&
		has_line "$out" "ok    opening it again by /proc gives the same buffer: read-only: mmap for writing: Permission denied" &&
		[ "$(grep -c '^ok    ' "$out")" -eq 21 ] && [ "$(grep -vc '^ok    ' "$out")" -eq 0 ]
}

private_mapping() {
	found=EINVAL
	[ "$1" != shmem ] || found="$2 bytes copied, the buffer as it was"
	has_line "$out" "ok    a private mapping copies on write, or is refused: $found"
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
