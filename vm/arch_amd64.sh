# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# A guest of the host's own architecture, sourced by lib.sh's use_arch. Every
# arch_*.sh defines the same names; what they mean is said here.
# shellcheck disable=SC2034,SC2154 # others use the variables; lib.sh has others

# what is built for the guest's programs, under the checkout
products=$build
# a root of Debian's packages for the guest, empty where the host's own will do
sysroot=
# apt for the guest's packages
apt_options=()
# what compiles the module and programs, and what make has to be told for them
module_packages=(gcc-12)
program_packages=(gcc libc6-dev zlib1g-dev)
make_variables=()
program_variables=()
# what takes the debug information out of a module
strip='strip'
# the kselftests of 32-bit processes
test_packages=(gcc-i686-linux-gnu libc6-dev-i386-cross)
test_variables=(CC_I386=i686-linux-gnu-gcc)
# examples that take more than a compiler
example_packages=(python3-minimal libpython3-stdlib)
example_targets=(python sanitize)
# QEMU and the machine
qemu_package=qemu-system-x86
qemu_program=qemu-system-x86_64
machine_type=q35
tcg_cpu=max
# words of the kernel's command line. On a busy host a processor without hardware
# support can miss the ticks that the kernel waits for before it trusts the timer;
# it panics then, so it is told not to look, as it is by KVM.
machine_words='console=ttyS0 unknown_nmi_panic mitigations=off no_timer_check'

# make sysroot there
make_sysroot() {
	:
}

# fetch apt's lists, if they are not there, or not as new as the host's
refresh_lists() {
	:
}

# fetch apt's lists
update_lists() {
	"$vm/install-packages" --update
}

# prepare_boot DIR: DIR/boot, from DIR/vmlinuz as packaged
prepare_boot() {
	extract_vmlinux "$1/vmlinuz" "$1/vmlinux"
	ln -s vmlinux "$1/boot"
}

# runs_in_guest PROGRAM: asked only where sysroot is not empty
runs_in_guest() {
	true
}

# libraries_of PROGRAM: the paths of the loader and all shared libraries
libraries_of() {
	local libraries

	libraries=$(ldd "$1" 2>/dev/null) || return 0	# static
	! grep 'not found' <<<"$libraries" >&2 ||
		die "$1 lacks the libraries above on this machine"
	grep -o '/[^ ]*' <<<"$libraries" || true	# static-pie: none
}

# serial_ports DIR: sets the array serial, options of QEMU for the ports that
# init.c knows: the kernel log, to console.log in DIR, and the character devices
# command, report and out
serial_ports() {
	serial=(-chardev "file,id=console,path=$(quote_path "$1")/console.log"
		-serial chardev:console -serial chardev:command
		-serial chardev:report -serial chardev:out)
}

# ask_where DIR: each processor is to print where it is, then the kernel panics
ask_where() {
	echo nmi >"$1/monitor.in"
}
