# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# What check and check-debug share: runs suites and adds up their cases.
# Sourced, never run.

# of each suite: cases passed, failed, skipped; seconds; exit status; name
results=()
# what the last suite printed
log=$(mktemp)
trap 'rm -f "$log"' EXIT

# shellcheck disable=SC2016 # awk's
# Counts in KTAP, or the total line of a run of several programs
count='
/^[0-9]+ passed, [0-9]+ failed, [0-9]+ skipped$/ {
	total = 1; p = $1; f = $3; s = $5
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

# suite NAME COMMAND...: runs one and adds up its cases. A suite that fails, or
# that runs no case, has failed even if no case says so.
suite() {
	local name=$1 p f s status start=$SECONDS
	shift

	printf '\n# %s\n' "$name"
	"$@" 2>&1 | tee "$log"
	status=${PIPESTATUS[0]}
	read -r p f s < <(awk -v status="$status" "$count" "$log")
	results+=("$p $f $s $((SECONDS - start)) $status $name")
}

# totals: the last lines, and the verdict
totals() {
	local passed=0 failed=0 skipped=0 p f s status name

	printf '\n'
	while read -r p f s _ status name; do
		((passed += p, failed += f, skipped += s))
		((f == 0)) ||
			echo "failed: $name: $f of $((p + f + s)), status $status"
	done < <(printf '%s\n' "${results[@]}")
	echo "$passed passed, $failed failed, $skipped skipped"
	((failed == 0 && ${#results[@]}))
}
