#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Many processes at once, on a device of which each owns a stripe; then with
# the module's last user coming and going. With --short, for a fifth of the time.
. "$(dirname "$0")/tap.sh"

stress() {
	modprobe mmapdemo size=256K && mmapdemo-stress "$@" &&
		mmapdemo verify && modprobe -r mmapdemo
}

seconds=10
[ "$1" != --short ] || seconds=2
try "64 processes" stress --processes 64 --seconds $((2 * seconds)) --seed 1
try "4 processes of 3 threads" stress --processes 4 --threads 3 --seconds $seconds --seed 2
try "16 processes, the module comes and goes" stress --processes 16 --seconds $seconds --seed 3 --reload
finish
