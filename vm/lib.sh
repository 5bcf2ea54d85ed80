# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# What the scripts of this folder share; sourced, never run.
# shellcheck disable=SC2034 # they use the variables

vm=$(dirname "$(realpath "${BASH_SOURCE[0]}")")
top=$(dirname "$vm")
# shellcheck source-path=SCRIPTDIR source=environment.sh
. "$vm/environment.sh"
me=$(realpath "$0")
me=${me#"$top"/}
# downloads and kernels; may be deleted at any time
cache=$(realpath -m "${!cache_variable:-${XDG_CACHE_HOME:-${HOME:-/tmp}/.cache}/$cache_name}")
usable 'the cache' "$cache" "set $cache_variable to another"
# products of this checkout; may be deleted at any time
build=$top/build

# use_arch ARCH: the guest's architecture, as Debian calls it
use_arch() {
	arch=$1
	# shellcheck source=vm/arch_amd64.sh
	. "$vm/arch_$arch.sh"
}

# arch_of KERNELDIR: that of a folder as vm/get-kernel prints it
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

# A command that was not expected to fail ends the script, and never in silence.
# Its own status must not get out: vm/run's caller would take it for COMMAND's.
# Bash does not look at the commands of a function that is called before || or &&
# or in the condition of an if: only call functions there that cannot half fail.
unexplained() {
	(($1 >= EXIT_COMPLAINT && $1 <= EXIT_NOT_STARTED)) ||
		echo "$me: line $2: a command failed with status $1" >&2
	exit "$EXIT_NOT_STARTED"
}

if [[ $- == *e* ]]; then
	set -E
	shopt -s inherit_errexit
	trap 'unexplained $? $LINENO' ERR
fi

# print the comment at the top of the script
usage() {
	sed -n '1,3d; /^#/!q; s/^# \{0,1\}//p' "$0"
}

# copy_module_sources DIR: a new folder with what the module is built from. A script
# changes something there, and names it to vm/build-module as SOURCE.
copy_module_sources() {
	rm -rf "$1"
	mkdir -p "$1"
	(cd "$top" && cp -r "${module_sources[@]}" "$1")
}

need() {
	"$vm/install-packages" "$@" || exit "$EXIT_NOT_STARTED"
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

	type -P apt-get dpkg-deb >/dev/null ||
		die "cannot get the packages $* without apt-get and dpkg-deb; copy $cache from a Debian machine"
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
# of a panic (0x40) what each processor was doing. The detector of soft lockups waits
# 60 seconds instead of 20, because a busy host can keep a processor waiting that long.
cmdline='loglevel=8 panic=-1 oops=panic softlockup_panic=1 watchdog_thresh=30'
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
