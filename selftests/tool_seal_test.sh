#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# mmapdemo seal, and what is refused on a sealed buffer.
# shellcheck source-path=SCRIPTDIR source=tool.sh
. "$(dirname "$0")/tool.sh"

# refuses_stores SEALS
refuses_stores() {
	for line in "write x" "write --syscall x" fill "wake 0 --store 1" verify; do
		# shellcheck disable=SC2086 # a command line
		fails 1 "$path: sealed against writing: $1" $line -d "$path" &&
			complains "try: mmapdemo create" || return
	done
	run 0 read -r -l 3 -d "$path" && has_line "$out" abc && run 0 sum --check -d "$path" &&
		run 0 wake 0 -d "$path" && run 0 info -d "$path" &&
		has_line "$out" "seals              $1"
}

seals_future() {
	run 0 write -d "$path" abc && run 0 seal -d "$path" && empty "$err" &&
		has_line "$out" none && run 0 seal -d "$path" --add future-write &&
		has_line "$out" future-write && refuses_stores future-write &&
		run 0 seal -d "$path" -a seal && has_line "$out" future-write,seal &&
		fails 1 "$path: no seal can be added, it has future-write,seal" \
			seal -d "$path" --add write && complains "try: mmapdemo create"
}

seals_write() {
	run 0 write -d "$path" abc && run 0 seal -d "$path" --add seal,write --json && is_json &&
		has_line "$out" "{\"device\":\"$path\",\"private\":true,\"seals\":[\"write\",\"seal\"]}" &&
		refuses_stores write,seal && run 0 info --json -d "$path" &&
		says '"seals":["write","seal"]' &&
		fails 1 "fd:9: sealed against writing, so it can be mapped only through a descriptor that is open for reading" \
			read -d fd:9 9<>"$path" && complains "try: --device /dev/fd/N instead of fd:N" &&
		run 0 read --syscall -d fd:9 9<>"$path" && run 0 read -d /dev/fd/9 9<>"$path"
}

seal_refused() {
	fails 1 "$device: only a private buffer has seals" seal &&
		fails 1 "$device: only a private buffer has seals" seal --add write &&
		complains "try: mmapdemo create --hold"
}

seal_read_only() {
	fails 3 "fd:9: not an open descriptor, or not open in the access mode that is needed" \
		seal --add write -d fd:9 9<"$path" && run 0 seal -d fd:9 9<"$path"
}

load size=8192 || exit 1
try "help of seal" helps_on seal add device json
try "seal: the device's own buffer" seal_refused
try "seal: unknown" rejects_usage "--add: 'x' is not write, future-write or seal" seal --add seal,x
try "seal: empty" rejects_usage "--seal: '' is not write, future-write or seal" create --seal ''
try "seal: a comma too much" rejects_usage "--add: '' is not write" seal --add write,
for backing in ${backings% dma}; do
	try "seal --add future-write: $backing" held "$backing"/wb/now seals_future
	try "seal --add seal,write: $backing" held "$backing"/wb/lazy seals_write
done
try "seal: open for reading" held shmem/wb/now seal_read_only
unload
finish
