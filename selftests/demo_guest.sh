#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# The guided tour of `make demo`, inside the virtual machine: says what comes,
# shows the command, runs it. Ends at the first surprise.

say() {
	printf '\n\033[1m%s\033[0m\n' "$*"
}

run() {
	printf '# %s\n' "$*"
	sh -c "$*" || { echo "demo: that should have worked" >&2; exit 1; }
}

# shows the last line only
run_last() {
	printf '# %s | tail -n 1\n' "$*"
	output=$(sh -c "$*") || { echo "$output"; echo "demo: that should have worked" >&2; exit 1; }
	printf '%s\n' "$output" | tail -n 1
}

run_refused() {
	printf '# %s\n' "$*"
	! sh -c "$*" || { echo "demo: that should have been refused" >&2; exit 1; }
}

say "1. Load the module. It makes a buffer of kernel memory and one device node."
run "modprobe mmapdemo size=8192 cache=wb"
run "ls -l /dev/mmapdemo"
run "mmapdemo info"

say "2. A store through the mapping is seen by the kernel: read(2) copies from the kernel's address."
run "mmapdemo write --offset 4096 'hello from user space'"
run "mmapdemo read --offset 4096 --length 32 --syscall"

say "3. And the other way: the kernel stores, the mapping shows it, both agree on the checksum."
run "mmapdemo fill --offset 16 --length 32 --byte 0x4b"
run "mmapdemo read --length 64"
run "mmapdemo sum --check"

for cache in wb wc uc; do
	say "4. The same memory as $cache: the kernel's and the user's page table entries must agree."
	run "modprobe -r mmapdemo"
	run "modprobe mmapdemo cache=$cache"
	run "mmapdemo verify"
done

say "5. Other ways to share: a private buffer for each, made, verified and gone again."
for backing in vmalloc shmem dma; do
	run_last "mmapdemo verify --backing $backing --size 1M"
done

say "6. One process sleeps until another one changes a word: a futex for memory that cannot have one."
run "mmapdemo wait 0 0 --timeout 10 & sleep 0.5; mmapdemo wake 0 --store 42 && wait \$!"

say "7. What cannot be in force is refused, never replaced by something else."
run_refused "mmapdemo info --backing vmalloc --cache wc"
run "modprobe -r mmapdemo"
run_refused "modprobe mmapdemo cache=wt"
run "dmesg | grep 'mmapdemo: cache' | tail -n 1"

say "8. A healthy module logs nothing. What the kernel says of PAT (nothing but its set-up):"
run "dmesg | grep x86/PAT"

say "That was it. Your own turn: selftests/vm/run --interactive, or README.md for a real machine."
