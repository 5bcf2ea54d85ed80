#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# usage: guest.sh NAME FILE|-KIND
#
# What census/run does in the guest for one node: loads the modules that are in
# /census/modules in their order, and leaves the results in /out.
name=$1 file=$2
options="--profile /census/profiles/$name --json"

# census/open needs the address, too.
export DEVICE=0000:00:05.0
device=/sys/bus/pci/devices/$DEVICE

while read -r module parameters; do
	# shellcheck disable=SC2086 # several parameters
	insmod "/census/modules/$module" $parameters || exit
done </census/modules/order
case $name in
vfio-pci)
	echo vfio-pci >"$device/driver_override"
	echo "$DEVICE" >/sys/bus/pci/drivers_probe
	;;
pci-resource) echo 1 >"$device/enable" ;;
# The console's cursor would blink in it.
vfb) echo 0 >/sys/class/vtconsole/vtcon1/bind ;;
tmpfs) head -c 65536 /dev/zero >/tmp/file ;;
esac
echo 0 >/proc/sys/kernel/panic_on_oops

set -- "$file"
case $file in
-*) set -- -- /census/open "${file#-}" ;;
esac
start=$(cut -d ' ' -f 1 /proc/uptime)
# shellcheck disable=SC2086 # several words
if [ "$name" = io_uring ]; then
	/census/open io_uring mmap-compliance $options
else
	mmap-compliance $options "$@"
fi >/out/results 2>/out/errors
echo $? >/out/status
echo "$start $(cut -d ' ' -f 1 /proc/uptime)" >/out/seconds
cat /out/errors
