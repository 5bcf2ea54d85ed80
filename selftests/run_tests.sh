#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# usage: run [TEST]...
#
# Runs the test programs beside it, or those named, and prints KTAP: each
# program is one test, what it printed stands before its line as "# ". Needs
# nothing but busybox. Ends with "N passed, N failed, N skipped", which counts
# the cases in the programs. Fails if a case failed, if a program died, broke
# off or printed no plan, or if nothing was run that was not skipped. A program
# has the seconds that settings says, or kselftest_override_timeout.

cd "$(dirname "$0")" || exit 1
limit=${kselftest_override_timeout:-$(sed -n 's/^timeout=//p' settings)}
counts=$(mktemp) || exit 1
trap 'rm -f "$counts"' EXIT

# Reads a program's output and its exit status in a last line. A case that the
# plan has and the output has not failed, as does the program's death.
# shellcheck disable=SC2016 # for awk
judge='
/^#exit / { status = $2; next }
{ print "# " $0; fflush() }
/^1\.\.[0-9]+/ { plan += substr($1, 4) }
/^ok [0-9]+.*# SKIP/ { skipped++; next }
/^ok [0-9]+/ { passed++ }
/^not ok [0-9]+/ { failed++ }
END {
	seen = passed + failed + skipped
	good = plan && seen == plan && !failed && (status == 0 || status == 4)
	why = passed ? "" : " # SKIP"
	if (!good)
		why = sprintf(" # exit status %s, %d of %d cases", status, seen, plan)
	if (seen < plan)
		failed += plan - seen
	if (!good && !failed)
		failed = 1
	printf "%sok %d %s%s\n", good ? "" : "not ", number, name, why
	print passed + 0, failed + 0, skipped + 0 >> counts
}'

run_one() {
	start=$(date +%s)
	{
		timeout -s KILL "${limit:-300}" "./$1" 2>&1
		echo "#exit $?"
		echo "# $(($(date +%s) - start)) seconds"
	} | awk -v number="$2" -v name="$1" -v counts="$counts" "$judge"
}

[ $# -gt 0 ] || set -- *_test *_test_i386 *_test.sh
for program; do
	shift
	case $program in
	'*'*) ;; # there is none
	*) set -- "$@" "$program" ;;
	esac
done

echo "TAP version 13"
echo "1..$#"
number=0
for program; do
	number=$((number + 1))
	run_one "$program" "$number"
done

awk '
{ passed += $1; failed += $2; skipped += $3 }
END {
	printf "%d passed, %d failed, %d skipped\n", passed, failed, skipped
	exit failed || !passed
}' "$counts"
