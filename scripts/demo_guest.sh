#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# What `make demo` shows inside the virtual machine: loads the module, takes the
# tour, and then what takes another load of the module. Says what comes, shows
# the command, runs it. Ends at the first surprise.

say() {
	printf '\n\033[1m%s\033[0m\n' "$*"
}

run() {
	printf '# %s\n' "$*"
	sh -c "$*" || { echo "demo: that should have worked" >&2; exit 1; }
}

run_refused() {
	printf '# %s\n' "$*"
	! sh -c "$*" || { echo "demo: that should have been refused" >&2; exit 1; }
}

say "1. Load the module. It makes a buffer of kernel memory and one device node."
run "modprobe mmapdemo size=8192 cache=wb"
run "ls -l /dev/mmapdemo"
run "mmapdemo info"

say "2. The tour: what mmap does on files, on the device and on private buffers."
run "mmapdemo tour --no-pause --examples /opt/examples | tee /tmp/tour"
grep -q '^ok    tour: .* 0 skipped$' /tmp/tour ||
	{ echo "demo: all of it should have been shown" >&2; exit 1; }

for cache in wb wc uc; do
	say "3. The same memory as $cache: the kernel's and the user's page table entries must agree."
	run "modprobe -r mmapdemo"
	run "modprobe mmapdemo cache=$cache"
	run "mmapdemo verify"
done

say "4. What cannot be in force is refused when the module is loaded, too."
run "modprobe -r mmapdemo"
run_refused "modprobe mmapdemo cache=wt"
run "dmesg | grep 'mmapdemo: cache' | tail -n 1"

say "5. A healthy module logs nothing. What the kernel says of PAT (nothing but its set-up):"
run "dmesg | grep x86/PAT"

say "That was it. Your own turn: vm/run --interactive --add build/examples:/opt/examples"
