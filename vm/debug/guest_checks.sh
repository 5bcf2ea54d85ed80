# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
#
# What the debug kernel can tell, for scripts that run in it; sourced. vm/run
# brings it: --add vm/debug/guest_checks.sh:/opt/guest_checks.sh
#
#	leaks_forget		what leaked until now does not count
#	leaks_find		shows the memory that nobody points to, fails if
#				there is any
#	pages_find		shows the pages that modules allocated, be they
#				loaded or gone, fails if there are any
#	checked COMMAND...	runs it; fails if that failed, or leaked memory or
#				pages
#	coverage_save		puts the gcov data of all modules that were built
#				for it into /out: vm/run --out takes it from there
#	faults_prepare		makes failslab, fail_page_alloc and fail_usercopy
#				obey /proc/thread-self/fail-nth
#	faults_only_from_modules
#				counts only what functions of modules call for

debug=/sys/kernel/debug

# kmemleak shows what two scans did not reach and is five seconds old
scan_for_leaks() {
	echo scan >$debug/kmemleak && sleep 6 && echo scan >$debug/kmemleak
}

leaks_forget() {
	scan_for_leaks && echo clear >$debug/kmemleak
}

leaks_find() {
	scan_for_leaks && ! grep . $debug/kmemleak
}

# A paragraph for each page, with the stack that asked for it. In it a function of
# a module has the module's name behind it, or no name any more if it is gone. Not
# counted is what is meant to stay: pages of the slab allocator and of the stack
# depot, page tables of a direct map that set_memory_*() has split and of areas of
# vmalloc, the shadow that KASAN gives such an area, and pages with a memory error,
# to which the kernel keeps a reference for ever.
# Has to be read in one go, which cat does and awk does not.
pages_find() {
	cat $debug/page_owner | awk -v RS= '
		/slab_alloc|stack_depot_save|__change_page_attr/ { next }
		/kasan_populate_vmalloc|__pte_alloc_kernel|__p[mu4]d_alloc/ { next }
		/\nPFN [^\n]*hwpoison/ { next }
		/ \[[a-z0-9_]+\]\n| 0xffffffffa/ { print $0 "\n"; found = 1 }
		END { exit found }'
}

checked() {
	status=0
	"$@" || status=$?
	leaks_find || status=1
	pages_find || status=1
	return "$status"
}

# Each file has to be read in one go. The data outlives the module.
coverage_save() {
	coverage=$(cd $debug/gcov && find . -name '*.gcda')
	[ -n "$coverage" ] || {
		echo "no module was built for coverage" >&2
		return 1
	}
	for coverage in $coverage; do
		mkdir -p "/out/${coverage%/*}" &&
			cat "$debug/gcov/$coverage" >"/out/$coverage" || return
	done
}

# Of allocations that may sleep, too, which all but fail-nth had better spare
faults_prepare() {
	echo 0 >$debug/failslab/verbose &&
		echo N >$debug/failslab/ignore-gfp-wait &&
		echo 0 >$debug/fail_usercopy/verbose &&
		echo 0 >$debug/fail_page_alloc/verbose &&
		echo N >$debug/fail_page_alloc/ignore-gfp-wait &&
		echo N >$debug/fail_page_alloc/ignore-gfp-highmem &&
		echo 0 >$debug/fail_page_alloc/min-order
}

# Where modules are, as long as the kernel has a fixed address
faults_only_from_modules() {
	for faults in failslab fail_page_alloc fail_usercopy; do
		echo 0xffffffffa0000000 >$debug/$faults/require-start &&
			echo 0xffffffffff000000 >$debug/$faults/require-end ||
			return
	done
}
