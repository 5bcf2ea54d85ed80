# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# What the scripts of this folder share; sourced, never run.
# shellcheck disable=SC2034 # they use the variables

vm=$(dirname "$(realpath "${BASH_SOURCE[0]}")")
top=$(realpath "$vm/../..")
me=vm/$(basename "$0")
# downloads and kernels; may be deleted at any time
cache=${MMAPDEMO_CACHE:-${XDG_CACHE_HOME:-${HOME:-/tmp}/.cache}/mmapdemo}
# products of this checkout; may be deleted at any time
build=$top/build

# use_arch ARCH: the guest's architecture, as Debian calls it
use_arch() {
	arch=$1
	# shellcheck source=selftests/vm/arch_amd64.sh
	. "$vm/arch_$arch.sh"
}

# arch_of KERNELDIR: that of a folder as vm/kernel prints it
arch_of() {
	cat "$1/arch" 2>/dev/null || echo amd64
}

# every status from 120 on is the runner's own, see vm/run --help
EXIT_COMPLAINT=120
EXIT_HANG=124
EXIT_DIED=125
EXIT_NOT_STARTED=126

die() {
	printf '%s: %s\n' "$me" "$@" >&2
	exit "$EXIT_NOT_STARTED"
}

# Nothing ends these scripts in silence: a status that is not the runner's own
# comes from a command that was not expected to fail.
unexplained() {
	(($1 >= EXIT_COMPLAINT)) ||
		echo "$me: line $2: a command failed with status $1" >&2
}

if [[ $- == *e* ]]; then
	set -E
	trap 'unexplained $? $LINENO' ERR
fi

# print the comment at the top of the script
usage() {
	sed -n '1,3d; /^#/!q; s/^# \{0,1\}//p' "$0"
}

need() {
	"$top/selftests/need" "$@" || exit "$EXIT_NOT_STARTED"
}

# download PACKAGE... into the current folder. Any user may, given apt's lists.
download() {
	apt-get -qq -o APT::Sandbox::User=root "${apt_options[@]}" download "$@" >/dev/null
}

# the same with lists that may be missing, or name files long replaced
download_anyhow() {
	download "$@" 2>/dev/null && return
	update_lists || return
	download "$@"
}

# unpack DIR PACKAGE...: the newest of each, without installing anything
unpack() {
	local dir=$1 deb
	shift

	mkdir -p "$dir.debs"
	(cd "$dir.debs" && download_anyhow "$@") || die "cannot download $*"
	for deb in "$dir.debs"/*.deb; do
		dpkg-deb -x "$deb" "$dir" || die "cannot unpack $deb into $dir"
	done
	rm -r "$dir.debs"
}

# cross COMMAND...: with what make, gcc and go have to know to build programs
# for the guest
cross() {
	need "${program_packages[@]}"
	make_sysroot
	env "${program_variables[@]}" "$@"
}

# what every QEMU here is started with, after the accelerator
machine=(-nodefaults -no-user-config -display none -no-reboot)
# restart, and so end QEMU, at the first sign of trouble; log everything, and
# of a panic (0x40) what each processor was doing
cmdline='loglevel=8 panic=-1 oops=panic softlockup_panic=1'
cmdline+=' hung_task_panic=1 panic_print=0x40 audit=0'

# start_qemu ARGUMENT...: becomes a QEMU that dies with the shell it left
start_qemu() {
	ulimit -c 0
	exec setpriv --pdeathsig KILL "$qemu_program" "${machine[@]}" \
		-machine "$machine_type" "$@"
}

# quote_path PATH: for use in an option of QEMU
quote_path() {
	printf '%s' "${1//,/,,}"
}

use_arch amd64
