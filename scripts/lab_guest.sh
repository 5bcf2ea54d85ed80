#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# What scripts/test-lab runs in the guest, where all it needs is in one folder.
here=$(dirname "$0")
# shellcheck source=/dev/null
. "$here/kinds.sh"
n=0

# A BUG is a result here, and not the end of the machine.
echo 0 >/proc/sys/kernel/panic_on_oops

# result STATUS NAME: what the tool printed is shown if it is wrong
result() {
	n=$((n + 1))
	if [ "$1" = 0 ]; then
		echo "ok $n - $2"
	else
		echo "not ok $n - $2"
		grep -v '^ok\|^skip' /tmp/report | sed 's/^/# /'
	fi
}

# right NAME OPTION... FILE
right() {
	name=$1
	shift
	mmap-compliance --store --ioctl "$@" >/tmp/report 2>&1
	result $? "$name: nothing is found"
}

# right_private BACKING CACHE POPULATE
right_private() {
	# shellcheck disable=SC2016 # create sets it
	mmapdemo create --size 5000 --backing "$1" --cache "$2" --populate "$3" --exec \
		sh -c 'mmap-compliance --store --ioctl --fresh "fd:$MMAPDEMO_FD"' >/tmp/report 2>&1
	result $? "a private buffer $1/$2/$3: nothing is found"
}

# wrong MISTAKE CHECK
wrong() {
	if ! insmod "$here/broken.ko" bug="$1" 2>/tmp/report; then
		result 1 "$1: the module is loaded"
		return
	fi
	# or the kernel says only once what it complains of
	echo 1 >/sys/kernel/debug/clear_warn_once
	mmap-compliance --store --ioctl --fresh --module broken --time 4 \
		--only "$2" /dev/broken >/tmp/report 2>&1
	grep -q "^BROKEN  $2 " /tmp/report
	result $? "$1: $2 finds it"
	rmmod broken 2>/dev/null
}

# ends STATUS TEXT NAME COMMAND...: with that status, and having said the text
ends() {
	status=$1 text=$2 name=$3
	shift 3
	"$@" >/tmp/report 2>&1
	[ $? = "$status" ] && grep -q -e "$text" /tmp/report
	result $? "$name"
}

insmod "$here/minimal.ko"
right minimal --fresh --module minimal /dev/minimal
ends 0 '^skip .*needs --store' "nothing is stored unless it is allowed" mmap-compliance /dev/minimal
ends 0 '"broken":0}' "JSON" mmap-compliance --json /dev/minimal
ends 0 '^ok 1 rights.exec' "KTAP" mmap-compliance --ktap --only rights.exec /dev/minimal
ends 0 'VM_MAYWRITE' "a check is explained" mmap-compliance --explain rights.write-later
ends 0 '^races.read ' "the checks are listed" mmap-compliance --list
ends 2 "'nothing' is neither a check" "a check that is not there" mmap-compliance --only nothing /dev/minimal
ends 2 'names no file' "no file" mmap-compliance --touch
ends 3 '/dev/nothing: No such file' "a file that is not there" mmap-compliance /dev/nothing
ends 4 'Permission denied' "no permission" su -s /bin/sh nobody -c 'mmap-compliance /dev/minimal'
ends 1 'BROKEN  bounds.length' "a size that is too small" mmap-compliance --size 4096 /dev/minimal
printf '# a profile\nsize = 4096 # one page\nexpect = bounds: on purpose\n' >/tmp/profile
ends 0 'wanted  bounds.length.*on purpose' "a profile" mmap-compliance --profile /tmp/profile /dev/minimal
echo 'sise = 1' >/tmp/profile
ends 2 "profile:1: 'sise' is no option" "a profile with a mistake" mmap-compliance --profile /tmp/profile /dev/minimal
rmmod minimal
# shellcheck disable=SC2154 # from kinds.sh
for kind in $kinds; do
	backing=${kind%%/*} populate=${kind##*/} cache=${kind#*/}
	modprobe mmapdemo size=5000 backing="$backing" cache="${cache%/*}" populate="$populate" || continue
	right "mmapdemo $kind" --fresh --module mmapdemo /dev/mmapdemo
	rmmod mmapdemo
	modprobe mmapdemo
	right_private "$backing" "${cache%/*}" "$populate"
	rmmod mmapdemo
done
while read -r mistake check; do
	wrong "$mistake" "$check"
done <"$here/mistakes"
echo "1..$n"
# The last mistake can leave processes that never end, so the machine restarts at once.
sleep 1
echo b >/proc/sysrq-trigger
