# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
#
# KTAP for tests that are scripts; sourced. Each test is a command:
#
#	try NAME COMMAND...	passes if the command succeeds
#	skip NAME WHY		it cannot be tried here
#	finish			prints the plan; its status is the script's

tap_count=0
tap_failed=0

echo "TAP version 13"

try() {
	tap_name=$1
	shift
	tap_count=$((tap_count + 1))
	if tap_output=$("$@" 2>&1); then
		echo "ok $tap_count - $tap_name"
	else
		tap_failed=$((tap_failed + 1))
		printf '%s\n' "$tap_output" | sed 's/^/# /'
		echo "not ok $tap_count - $tap_name"
	fi
}

skip() {
	tap_count=$((tap_count + 1))
	echo "ok $tap_count - $1 # SKIP $2"
}

finish() {
	echo "1..$tap_count" || return
	[ "$tap_failed" -eq 0 ]
}
