#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Which file operation makes a mapping: mmap_prepare, where the kernel can map
# every kind of page from there; mmap elsewhere, and for DMA memory. To be run on
# one processor: it traces, see check.
# shellcheck source-path=SCRIPTDIR source=tap.sh
. "$(dirname "$0")/tap.sh"
# shellcheck source-path=SCRIPTDIR source=kinds.sh
. "$(dirname "$0")/kinds.sh"

probes=/sys/kernel/tracing
probe=mmapdemo_front_end

if [ ! -e $probes/kprobe_events ]; then
	echo "ok 1 - front end # SKIP this kernel has no kprobe events"
	echo "1..1"
	exit
fi

# what the kernel calls for mmap_prepare to map pages by an array of them
operation=mmapdemo_mmap
! grep -qw map_kernel_pages_complete /proc/kallsyms ||
	operation=mmapdemo_mmap_prepare

# hits FUNCTION: how often it is called while a buffer is verified
hits() {
	echo "p:$probe $1" >$probes/kprobe_events || return
	echo 1 >$probes/events/kprobes/$probe/enable
	mmapdemo verify >&2
	echo 0 >$probes/events/kprobes/$probe/enable
	awk -v probe=$probe '$1 == probe { print $2 }' $probes/kprobe_profile
	echo >$probes/kprobe_events
}

# made_by FUNCTION BACKING POPULATE [CACHE]
made_by() {
	modprobe -r mmapdemo
	modprobe mmapdemo backing="$2" cache="${4:-wb}" populate="$3" || return
	count=$(hits "$1") && echo "$1: $count times" && [ "$count" -ge 3 ]
}

for backing in ${backings% dma}; do
	for populate in now lazy; do
		try "$operation makes mappings of $backing, $populate" \
			made_by $operation "$backing" $populate
	done
done
try "mmapdemo_mmap makes mappings of dma" made_by mmapdemo_mmap dma now "$dma_caches"
modprobe -r mmapdemo
finish
