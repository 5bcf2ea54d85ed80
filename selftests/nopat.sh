#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# In a guest booted with nopat: write-combining cannot be in force and is
# refused with the reason; uncached needs no PAT.
. "$(dirname "$0")/tap.sh"

refuses_wc() {
	! modprobe mmapdemo cache=wc && ! test -e /dev/mmapdemo &&
		dmesg | grep 'mmapdemo: cache=wc: not possible.*attribute table is off'
}

verifies() {
	modprobe mmapdemo cache="$1" && mmapdemo verify && modprobe -r mmapdemo
}

lists() {
	modprobe mmapdemo || return
	mmapdemo info
	! mmapdemo info | grep -w wc && modprobe -r mmapdemo
}

try "cache=wc is refused and the log says why" refuses_wc
try "cache=wb verifies" verifies wb
try "cache=uc verifies" verifies uc
try "wc is not listed as available" lists
finish
