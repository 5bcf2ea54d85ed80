# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# What check and check-debug share: collects suites, runs some at a time and adds up
# their cases. Sourced, never run, by scripts that are in the folder of the checkout.

# shellcheck source-path=SCRIPTDIR source=../../vm/environment.sh
. vm/environment.sh

# NAME COMMAND... of each suite, quoted
suites=()
# log.N, result.N and reasons.N of each suite that has run; result.N has the cases
# passed, failed, skipped, and the seconds
work=$(mktemp -d)
lanes=()
trap 'rm -rf "$work"' EXIT
trap 'stop_lanes; exit 130' INT
trap 'stop_lanes; exit 143' TERM HUP

# suite NAME COMMAND...: one more to run
suite() {
	suites+=("$(printf '%q ' "$@")")
}

# name_of N
name_of() {
	eval "set -- ${suites[$1]}"
	printf '%s\n' "$1"
}

# read_cases N STATUS-LINE-ENDED-LOG: judges what a suite printed, on stdin
judge() {
	awk -v counts="$work/counts.$1" -v reasons="$work/lines.$1" \
		-v programs=/dev/stdout -f selftests/ktap.awk
}

# run_suite N: runs it, tells of each program in it, and then of the suite
run_suite() {
	local n=$1 name start=$SECONDS p f s

	eval "set -- ${suites[n]}"
	name=$1
	shift
	: >"$work/lines.$n"
	{
		"$@"
		printf '\n#exit %s\n' "$?"
	} </dev/null 2>&1 | tee "$work/log.$n" | judge "$n"
	read -r p f s <"$work/counts.$n"
	echo "$p $f $s $((SECONDS - start))" >"$work/result.$n"
	printf '%6d s  %s: %d passed, %d failed, %d skipped\n' "$((SECONDS - start))" \
		"$name" "$p" "$f" "$s"
	((f == 0)) || {
		echo "failed: $name: $f of $((p + f)), status $(sed -n 's/^#exit //p' "$work/log.$n" | tail -n 1)"
		cat "$work/lines.$n"
	} >"$work/reasons.$n"
}

# next_suite: prints the number of one that no lane has taken, fails if there is none
next_suite() {
	local n lock

	exec {lock}>>"$work/next"
	flock "$lock"
	n=$(wc -l <"$work/next")
	echo >>"$work/next"
	exec {lock}>&-
	((n < ${#suites[@]})) && echo "$n"
}

run_lane() {
	local n

	while n=$(next_suite); do
		run_suite "$n"
	done
}

# run_suites [LANES]: all that were collected and have not run. Each lane is a process
# group, so that an interrupt ends what runs in it.
run_suites() {
	local lane

	set -m
	for ((lane = 0; lane < ${1:-1}; lane++)); do
		run_lane &
		lanes+=("$!")
	done
	set +m
	# what was taken in vain is there for the next time
	wait "${lanes[@]}"
	lanes=()
	yes '' | head -n "${#suites[@]}" >"$work/next"
}

stop_lanes() {
	local lane

	for lane in "${lanes[@]}"; do
		kill -TERM -- "-$lane" 2>/dev/null
	done
	wait
}

# write_log FILE: what all suites printed, in the order they were collected in
write_log() {
	local n

	mkdir -p "$(dirname "$1")"
	for n in "${!suites[@]}"; do
		printf '\n# %s\n' "$(name_of "$n")"
		cat "$work/log.$n"
	done >"$1"
	echo "The whole log: $1"
}

# totals: the last lines, and the verdict; no success where nobody can read them
totals() {
	local passed=0 failed=0 skipped=0 p f s n

	cat "$work"/reasons.* 2>/dev/null
	for n in "${!suites[@]}"; do
		read -r p f s _ <"$work/result.$n" || ((f = 1, p = 0, s = 0))
		((passed += p, failed += f, skipped += s))
	done
	echo "$passed passed, $failed failed, $skipped skipped" || return
	((failed == 0 && ${#suites[@]}))
}

# digest FIND-ARGUMENT...: one word for what these files contain, and their names
digest() {
	find "$@" -print0 | sort -z | xargs -0 sha256sum | sha256sum |
		cut -c 1-16
}
