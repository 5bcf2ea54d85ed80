# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# Makes the scripts do the same in every user's shell. Each script sources this
# first, most of them through vm/lib.sh or suites.sh.

# shellcheck source-path=SCRIPTDIR source=settings
. "$(dirname "$(realpath "${BASH_SOURCE[0]}")")/settings"

# What other programs print is parsed, so it has to be English. LANGUAGE counts
# even where LC_ALL says C.UTF-8.
export LC_ALL=C
unset LANGUAGE

# What the guest, the cache and build/ hold may be read by everybody: tests run
# programs as nobody, and a cache can belong to several users.
umask 022

# The environment says nothing to these scripts but what is listed here. Kernel
# developers export ARCH, CROSS_COMPILE, KBUILD_OUTPUT, LLVM, KCFLAGS, and others
# CC, CFLAGS, GOOS, GOFLAGS, MAKEFLAGS, TAR_OPTIONS: for other builds than these.
# Nor do functions count that take the place of programs.
for name in $(compgen -e); do
	case $name in
	# where and who
	HOME | LOGNAME | USER | SHELL | SHLVL | PATH | PWD | OLDPWD | _) ;;
	TERM | COLORTERM | NO_COLOR | TMPDIR | TZ | XDG_* | SUDO_* | CI) ;;
	# how programs run and fetch here
	LD_LIBRARY_PATH | LD_PRELOAD | FAKE* | CCACHE_* | NIX_*) ;;
	*_proxy | *_PROXY | APT_CONFIG | SSL_CERT_* | LC_ALL) ;;
	# what our own scripts document
	"$cache_variable" | ACCEL | FUZZ_SECONDS | INSTRUMENT | SOURCE | STRICT | V) ;;
	BASHOPTS | SHELLOPTS) export -n "${name?}" ;;
	*) unset "$name" ;;
	esac
done
unset name
while read -r _ _ name; do
	unset -f "$name"
done < <(declare -Fx)

# unusable PATH: prints what in it make or kbuild would misread, fails if nothing
unusable() {
	local rest=${1//[A-Za-z0-9\/._+@~-]/}

	rest=${rest//[$'\200'-$'\377']/}	# other letters, in UTF-8
	[[ -n $rest ]] && printf "'%s'" "${rest:0:1}"
}

# usable WHAT PATH CURE: ends the script if PATH cannot be used
usable() {
	local bad

	bad=$(unusable "$2") || return 0
	printf "%s: the path of %s, '%s', has a %s, where make and kbuild allow letters, digits and / . _ + @ ~ - only; %s\n" \
		"${0##*/}" "$1" "$2" "$bad" "$3" >&2
	exit 126
}

usable 'the checkout' "$(realpath "$(dirname "${BASH_SOURCE[0]}")/..")" 'move it'
