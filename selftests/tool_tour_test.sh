#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# mmapdemo tour, without the example programs: see examples.sh for those.
# shellcheck source-path=SCRIPTDIR source=tool.sh
. "$(dirname "$0")/tool.sh"

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
	toured 0 "14 shown, 0 failed, 21 skipped" --no-pause &&
		has_line "$out" "skip  $examples/peek: No such file or directory; try: make install, or --examples FOLDER" &&
		[ "$(grep -c "^skip  $examples/" "$out")" -eq 21 ] &&
		has_line "$out" "  PATH=$examples:/usr/bin:\$PATH" && has_line "$out" 42 &&
		has_line "$out" "ok    refused, exit status 1"
}

tour_without_device() {
	unload && run 1 tour -n && has_line "$out" "FAIL  tour: 0 shown, 0 failed, 35 skipped" &&
		has_line "$out" "warn  $device cannot be used: loaded: no; try: sudo modprobe mmapdemo"
}

# stub PROGRAM COMMAND: in a folder given as the examples'
stub() {
	mkdir -p "$work/stubs" && printf '#!/bin/sh\n%s\n' "$2" >"$work/stubs/$1" &&
		chmod +x "$work/stubs/$1"
}

tour_judges() {
	stub peek "echo peeked; exit 1" && stub family "exit 3" && stub errors "seq 9" &&
		toured 1 "21 shown, 4 failed, 14 skipped" -n -e "$work/stubs" &&
		has_line "$out" peeked && has_line "$out" "FAIL  exit status 3, expected 0" &&
		has_line "$out" "FAIL  exit status 1, expected 0" &&
		[ "$(grep -cx 3 "$out")" -eq 1 ] && [ "$(grep -cx 4 "$out")" -eq 2 ]
}

# What is shown in part is shown in full if it fails.
tour_shows_failure() {
	rm -r "$work/stubs"
	stub errors "seq 9; exit 1" && toured 1 "16 shown, 2 failed, 19 skipped" -n -e "$work/stubs" &&
		[ "$(grep -cx 1 "$out")" -eq 2 ]
}

# Nothing is left of what a line started in the background.
tour_leaves_nothing() {
	rm -r "$work/stubs"
	stub peek "sleep 77 & exit 0" && toured 1 "17 shown, 1 failed, 18 skipped" -n -e "$work/stubs" &&
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

load size=8192 || exit 1
try "help of tour" helps_on tour no-pause examples
try "tour: unknown option" rejects_usage "try: mmapdemo tour --help" tour --frob
try "tour: too many operands" rejects_usage "unexpected operand" tour a
try "tour: empty path" rejects_usage "--examples: the argument is empty" tour -e ''
try "tour: no examples" tour_alone
try "tour: examples that fail" tour_judges
try "tour: a failure is shown in full" tour_shows_failure
try "tour: background" tour_leaves_nothing
try "tour: SIGTERM" tour_ended
try "tour into a closed pipe" tour_into_closed_pipe
try "tour: no folder" tour_without_folder
try "tour: no device" tour_without_device
unload
finish
