#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# The command line: help, usage errors and exit statuses, and what
# each command says without a device or without permission.
# shellcheck source-path=SCRIPTDIR source=tool.sh
. "$(dirname "$0")/tool.sh"

helps() {
	run 0 --help && empty "$err" || return
	for command in info read write fill sum wait wake create seal list verify doctor \
		tour; do
		says " $command " || return
	done
	says "Exit status: 0 ok, 1 mismatch or failure, 2 usage, 3 no device, 4 no permission."
}

prints_version() {
	run 0 --version && grep -qxE 'mmapdemo [0-9]+\.[0-9]+\.[0-9]+' "$out" && run 0 -V
}

# What is printed must not land in the device, which would get descriptor 1.
closed_stdout() {
	random_file 8192 "$work/data" && set_contents "$work/data" || return
	mmapdemo verify >&- 2>"$err"
	[ $? -eq 1 ] && complains "standard output" && holds "$work/data"
}

# each_opening COMMAND...: with each command line that opens the device
each_opening() {
	for line in info read "write x" fill sum "wait 0 1" "wake 0" "create --hold" seal \
		"create --exec true" verify "verify --all" "info --backing shmem"; do
		"$@" "$line" || return
	done
}

finds_nothing() {
	# shellcheck disable=SC2086 # a command line
	fails 3 "$device: No such file or directory" $1 && complains "try: modprobe mmapdemo"
}

without_device() {
	unload && each_opening finds_nothing
}

other_path() {
	fails 3 "/nowhere: No such file or directory" info --device /nowhere &&
		complains "try: mmapdemo doctor"
}

may_not() {
	nobody 4 "$1" && complains "$device: Permission denied" && empty "$out" &&
		complains "usermod -aG mmapdemo"
}

without_permission() {
	each_opening may_not
}

# The device cgroup of version 1 needs no BPF. Root is kept away with EPERM, which
# no group helps against.
cgroup=/tmp/device-cgroup

in_cgroup() {
	numbers=$(cat /sys/class/misc/mmapdemo/dev)
	mkdir -p $cgroup/test && echo "c $numbers rwm" >$cgroup/test/devices.deny || return
	wanted=$1
	shift
	sh -c "echo \$\$ >$cgroup/test/cgroup.procs && exec mmapdemo $*" >"$out" 2>"$err"
	judge "$@"
	denied=$?
	rmdir $cgroup/test
	return $denied
}

device_cgroup() {
	advice="systemd-run -p DeviceAllow='$device rw' COMMAND"
	in_cgroup 4 sum && empty "$out" &&
		complains "$device: Operation not permitted: the device cgroup of this service" &&
		complains "try: $advice" && ! grep -F usermod "$err" && in_cgroup 4 doctor &&
		says "FAIL  access: $device: the device cgroup of this service or container" &&
		says "try: $advice"
}

load size=8192 || exit 1
try "help names every command" helps
try "version" prints_version
try "no command" rejects_usage "a command is missing"
try "unknown command" rejects_usage "unknown command 'frobnicate'" frobnicate
try "unknown global option" rejects_usage "unrecognized option '--frob'" --frob
for command in info read write fill sum wait wake create verify; do
	try "help of $command: private buffers" helps_on $command backing cache populate size
done
for command in info read write fill sum wait wake create seal verify doctor; do
	operands="a b c"
	[ $command != create ] || operands="--hold a"
	try "$command: unknown option" rejects_usage "try: mmapdemo $command --help" $command --frob
	# shellcheck disable=SC2086 # a list
	try "$command: too many operands" rejects_usage "unexpected operand" $command $operands
	try "$command: option without its argument" rejects_usage "requires an argument" \
		$command --device
	try "$command: empty path" rejects_usage "--device: the argument is empty" $command -d ''
done
try "help to a full disk" full --help
try "closed stdout" closed_stdout
try "another path" other_path
try "another device" not_ours /dev/null
try "a folder" not_ours /tmp
try "no permission" without_permission
mkdir -p $cgroup
if mount -t cgroup -o devices none $cgroup 2>/dev/null; then
	try "device cgroup" device_cgroup
	umount $cgroup
else
	skip "device cgroup" "the kernel has no device cgroup of version 1"
fi
try "no device" without_device
unload
finish
