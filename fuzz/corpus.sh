# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2154
#
# The fuzzer's corpus: one archive, because its files are many, small and of no
# interest to readers. Sourced after vm/lib.sh.

# unpack_corpus DIR: DIR has these files afterwards and no others
unpack_corpus() {
	rm -rf "${1:?}"
	mkdir -p "$1"
	tar -xz -C "$1" -f "$here/corpus.tar.gz"
}
