# SPDX-License-Identifier: GPL-2.0-only
#
# usage: awk -f coverage.awk -v lines=MIN -v branches=MIN -v summary=FILE NOTES INFO
#
# Tells what lcov's INFO says of each file it names: how much of it was run,
# each line that was not with its note out of NOTES, each line with a branch
# that was never taken. Puts the two figures into the file summary. Fails, and
# says why, below MIN per cent, and if a line that was not run has no note or a
# note has no such line.

function trimmed(text) {
	gsub(/^[ \t]+|[ \t]+$/, "", text)
	return text
}

function share(hit, all) {
	return all ? sprintf("%5.1f %%  %4d of %4d", 100 * hit / all, hit, all) : ""
}

# what a note calls this line
function place(file, number) {
	return file ":" within[file, number] ": " trimmed(source[file, number])
}

# Lines that stand behind each other share the reason that follows them
function read_note(line) {
	if (line !~ /^\t/) {
		if (has_reason)
			group = has_reason = 0
		named[++group] = line
		notes[++note_count] = line
		return
	}
	has_reason = 1
	for (i = 1; i <= group; i++)
		reason[named[i]] = reason[named[i]] line "\n"
}

# In kernel style only functions start in the first column with a parenthesis
function read_source(file, text, number, name) {
	while ((getline text < file) > 0) {
		source[file, ++number] = text
		if (text ~ /^[a-z].*\(/) {
			name = text
			sub(/\(.*/, "", name)
			sub(/.*[ *]/, "", name)
		}
		within[file, number] = name
	}
	close(file)
	if (!number)
		complain(file ": cannot be read")
}

function complain(text) {
	complaints = complaints "coverage: " text "\n"
}

function show_uncovered(i, at) {
	for (i = 1; i <= missed; i++) {
		at = place(missed_file[i], missed_line[i])
		printf "%s:%d: %s\n", missed_file[i], missed_line[i],
			trimmed(source[missed_file[i], missed_line[i]])
		used[at] = 1
		printf "%s", at in reason ? reason[at] : "\tNO NOTE\n"
		if (!(at in reason))
			complain("no test reaches this, and coverage.notes has no reason: " at)
	}
}

function show_branches(i, at) {
	for (i = 1; i <= branch_lines; i++) {
		at = branch_at[i]
		split(at, part, SUBSEP)
		if (taken[at] < ways[at])
			printf "%s:%d: %d of %d: %s\n", part[1], part[2],
				taken[at], ways[at], trimmed(source[at])
	}
}

function check_notes(i) {
	for (i = 1; i <= note_count; i++) {
		if (!(notes[i] in reason))
			complain("a note without a reason: " notes[i])
		if (!(notes[i] in used) && reason[notes[i]] !~ /^\tSometimes/)
			complain("a note, but tests reach it or it is gone: " notes[i])
	}
}

function total(what, hit, all, least) {
	printf "%s %.1f (%d of %d)\n", what, all ? 100 * hit / all : 0, hit, all > summary
	if (100 * hit < least * all || !all)
		complain(sprintf("%s: %d of %d is less than %d %%", what, hit, all, least))
}

FILENAME == ARGV[1] && /^(#|$)/ { next }
FILENAME == ARGV[1] { read_note($0); next }

/^SF:/ {
	file = substr($0, 4)
	read_source(file)
	hit = all = hit_branches = all_branches = 0
}
/^DA:/ {
	split(substr($0, 4), field, ",")
	all++
	if (field[2] > 0) {
		hit++
	} else {
		missed_file[++missed] = file
		missed_line[missed] = field[1]
	}
}
# The branches of its lines are those of the kernel's TRACE_EVENT()
/^BRDA:/ && file != "driver/trace.h" {
	split(substr($0, 6), field, ",")
	all_branches++
	if (!ways[file, field[1]]++)
		branch_at[++branch_lines] = file SUBSEP field[1]
	if (field[4] > 0) {
		hit_branches++
		taken[file, field[1]]++
	}
}
/^end_of_record/ {
	printf "%-26s %-24s %s\n", file, share(hit, all),
		share(hit_branches, all_branches)
	sum_hit += hit
	sum_all += all
	sum_hit_branches += hit_branches
	sum_all_branches += all_branches
}

END {
	printf "%-26s %-24s %s\n", "", share(sum_hit, sum_all),
		share(sum_hit_branches, sum_all_branches)
	print "\nLines that no test reaches:"
	show_uncovered()
	print "\nLines with a way that was never taken:"
	show_branches()
	check_notes()
	total("lines", sum_hit, sum_all, lines)
	total("branches", sum_hit_branches, sum_all_branches, branches)
	printf "%s", complaints ? "\n" complaints : ""
	exit complaints != ""
}
