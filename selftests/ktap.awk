# SPDX-License-Identifier: GPL-2.0-only
#
# Judges what one program printed as KTAP. The last line has to be "#exit STATUS".
# Cases are counted, or taken from a line of totals where the program ran others. A
# case that the plan has and the output lacks has failed. So has a program that ends
# otherwise than by 0, or by 4, which is how a kselftest skips, and one without a case.
#
# Variables, each optional:
#   prefix   is printed before each line; without it nothing is repeated
#   result   name of the program, with its number before it: prints its line of KTAP
#   counts   file to which "PASSED FAILED SKIPPED" is appended
#   reasons  file to which the first failed cases are appended, with what precedes
#            them, or the last lines if the program failed without a failed case
#   programs file to which each program that was run in it is appended with its seconds

/^#exit / { status = $2; next }
prefix { print prefix $0; fflush() }
/^[0-9]+ passed, [0-9]+ failed, [0-9]+ skipped$/ {
	totals = 1
	total_passed += $1
	total_failed += $3
	total_skipped += $5
	next
}
/^1\.\.[0-9]+/ { plan += substr($1, 4) }
/^(# )*# [0-9]+ seconds$/ { seconds = $(NF - 1) }
/^(not )?ok [0-9]+ / {
	if (/^not/)
		failed++
	else if (/# SKIP/)
		skipped++
	else
		passed++
	if (programs && seconds != "") {
		printf "  %4d s  %s%s\n", seconds, /^not/ ? "FAILED  " : "",
			$(/^not/ ? 4 : 3) >> programs
		fflush(programs)
	}
	seconds = ""
}
/^(# )*ok [0-9]/ { lines = 0; next }
/^(# )*not ok [0-9]/ {
	if (++shown <= 4 && reasons)
		tell_lines()
	if (shown <= 4 && reasons)
		print "  " $0 >> reasons
	lines = 0
	next
}
/^(# )+ *(RUN|FAIL|PASSED|Totals|[0-9]+ seconds)|: Test failed$|^$/ { next }
{ line[lines++] = substr($0, 1, 160) }

function tell_lines(  i) {
	for (i = lines > 4 ? lines - 4 : 0; i < lines; i++)
		print "  " line[i] >> reasons
}

END {
	seen = passed + failed + skipped
	whole = plan && seen == plan
	good = whole && !failed && (status == 0 || status == 4)
	if (seen < plan)
		failed += plan - seen
	if (totals) {
		good = good && !total_failed
		passed = total_passed
		failed = total_failed
		skipped = total_skipped
	}
	if (!good && !failed)
		failed = 1
	if (!good && reasons && !shown)
		tell_lines()
	if (result)
		printf "%sok %s%s\n", good ? "" : "not ", result, !good ? \
			sprintf(" # exit status %s, %d of %d cases", status, seen, plan) : \
			passed ? "" : " # SKIP"
	if (counts)
		print passed + 0, failed + 0, skipped + 0 >> counts
}
