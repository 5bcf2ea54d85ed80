#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# usage: others_guest.sh SECONDS   what others does in the virtual machine
#
# After each, the device must still do what it is there for; that the kernel is
# silent and the module can go is what the machine's runner sees to.
# shellcheck source-path=SCRIPTDIR source=../selftests/tap.sh
. /usr/bin/tap.sh

seconds=$1

# Not fork and the like: only calls that take a descriptor or a mapping
calls="mmap mmap2 munmap mremap mprotect madvise msync mlock munlock mincore
	remap_file_pages ioctl read write pread64 pwrite64 readv writev preadv
	pwritev lseek poll ppoll epoll_ctl splice vmsplice tee dup dup2 fcntl
	process_vm_readv process_vm_writev"

# Its own descriptors are the victim's alone: opening the others takes longer
# than all the rest. Its exit status says nothing, since its time ends it.
run_trinity() {
	options="-q -C2 -l off -s 42 --enable-fds=pseudo -V /dev/mmapdemo"
	for call in $calls; do
		options="$options -c $call"
	done
	mkdir -p /tmp/trinity
	chown 65534:65534 /tmp/trinity
	chmod 666 /dev/mmapdemo
	(
		cd /tmp/trinity || exit
		# shellcheck disable=SC2086 # words
		timeout -s INT -k 10 "$seconds" /usr/bin/setpriv --reuid=65534 \
			--regid=65534 --clear-groups trinity $options
	) >/tmp/trinity.log 2>&1
	chmod 660 /dev/mmapdemo
	grep -v Marking /tmp/trinity.log
	grep -q 'Added 1 filenames' /tmp/trinity.log &&
		grep -q 'Ran [1-9][0-9]* syscalls' /tmp/trinity.log
}

run_stress_ng() {
	stress-ng --dev 2 --dev-file /dev/mmapdemo --timeout "$seconds" \
		--metrics-brief >/tmp/stress-ng.log 2>&1 && return
	cat /tmp/stress-ng.log
	return 1
}

modprobe mmapdemo size=65536 || exit 1
try "trinity, as nobody" run_trinity
sed -n 's/.*\(Ran .*\)/# \1/p' /tmp/trinity.log
try "the device after trinity" mmapdemo verify
try "stress-ng --dev" run_stress_ng
sed -n 's/.*\] dev  */# stress-ng --dev: operations, s: /p' /tmp/stress-ng.log
try "the device after stress-ng" mmapdemo verify
finish
