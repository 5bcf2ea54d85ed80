# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# What check, check-debug and kernels share: runs suites and adds up their cases.
# Sourced, never run.

# of each suite: cases passed, failed, skipped; seconds; name
results=()
# what the last suite printed, and what failed ones said of it
log=$(mktemp)
reasons=$(mktemp)
trap 'rm -f "$log" "$reasons"' EXIT

# shellcheck disable=SC2016 # awk's
# Counts in KTAP, or the total lines of runs of several programs
count='
/^[0-9]+ passed, [0-9]+ failed, [0-9]+ skipped$/ {
	total = 1; p += $1; f += $3; s += $5
}
/^ok [0-9]+.*# SKIP/ { skip++; next }
/^ok [0-9]+/ { ok++ }
/^not ok [0-9]+/ { bad++ }
/^1\.\.[0-9]+/ { plan = substr($1, 4) }
END {
	if (!total) {
		p = ok + 0; f = bad + 0; s = skip + 0
	}
	if (!total && plan > p + f + s)
		f += plan - p - f - s
	if (!f && (status || !(p + s)))
		f = 1
	print p, f, s
}'

# shellcheck disable=SC2016 # awk's
# The first failed cases with the lines that say why, or how the suite ended. CI
# keeps the end of its output alone, so that has to be enough to find a mistake.
why='
function last_lines(n, i) {
	for (i = n > 4 ? n - 4 : 0; i < n; i++)
		print "  " line[i]
}
/^(# )*ok [0-9]/ { n = 0; next }
/^(# )*not ok [0-9]/ {
	if (++cases <= 4) {
		last_lines(n)
		print "  " $0
	}
	n = 0
	next
}
/^(# )+ *(RUN|FAIL|PASSED|Totals|[0-9]+ seconds)|: Test failed$|^$/ { next }
{ line[n++] = substr($0, 1, 160) }
END {
	if (!cases)
		last_lines(n)
}'

# blame NAME TEXT: what totals shall say of a suite that failed
blame() {
	echo "failed: $1: $2"
	awk "$why" "$log"
} >>"$reasons"

# suite NAME COMMAND...: runs one and adds up its cases. A suite that fails, or
# that runs no case, has failed even if no case says so.
suite() {
	local name=$1 p f s status start=$SECONDS
	shift

	printf '\n# %s\n' "$name"
	"$@" 2>&1 | tee "$log"
	status=${PIPESTATUS[0]}
	read -r p f s < <(awk -v status="$status" "$count" "$log")
	((f == 0)) || blame "$name" "$f of $((p + f + s)), status $status"
	results+=("$p $f $s $((SECONDS - start)) $name")
}

# totals: the last lines, and the verdict
totals() {
	local passed=0 failed=0 skipped=0 p f s

	printf '\n'
	cat "$reasons"
	while read -r p f s _; do
		((passed += p, failed += f, skipped += s))
	done < <(printf '%s\n' "${results[@]}")
	echo "$passed passed, $failed failed, $skipped skipped"
	((failed == 0 && ${#results[@]}))
}

# digest FIND-ARGUMENT...: one word for what these files contain, and their names
digest() {
	find "$@" -print0 | LC_ALL=C sort -z | xargs -0 sha256sum | sha256sum |
		cut -c 1-16
}
