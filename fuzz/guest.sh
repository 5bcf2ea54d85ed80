#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# usage: guest.sh SECONDS   what run does in the virtual machine
#
# Inputs are told on standard output before they are made, since nothing else
# survives a kernel that dies.
mount -t debugfs none /sys/kernel/debug 2>/dev/null
echo 1 >/sys/kernel/mm/ksm/run 2>/dev/null
modprobe mmapdemo size=20000 || exit 3
mkdir /work /out/corpus
cd /out || exit 3

fuzz() {
	/usr/bin/fuzz -max_len=512 -len_control=0 -timeout=300 -handle_segv=0 \
		-handle_bus=0 "$@"
}

FUZZ_TELL=1 FUZZ_PRESSURE=1 fuzz -max_total_time="$1" -print_final_stats=1 /work /corpus
status=$?
[ "$status" -ne 0 ] || fuzz -set_cover_merge=1 /out/corpus /corpus /work
exit "$status"
