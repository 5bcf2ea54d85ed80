#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# mmapdemo doctor, and what it says of a machine where something is wrong.
# shellcheck source-path=SCRIPTDIR source=tool.sh
. "$(dirname "$0")/tool.sh"

doctor_ok() {
	load size=5000 backing=$uncached_backing cache=wc && run 0 doctor && empty "$err" &&
		has_line "$out" "ok    loaded: yes" &&
		contains "$out" "ok    parameters: backing=$uncached_backing cache=wc limit_mb=" &&
		has_line "$out" "ok    node: $device owner root group root mode 0660" &&
		contains "$out" "ok    buffer: 5000 bytes, $uncached_backing, cache wc, mapped" &&
		contains "$out" "ok    module: /lib/modules/$(uname -r)/" &&
		contains "$out" "ok    vermagic: $(uname -r) " &&
		has_line "$out" "ok    use: by no process" &&
		has_line "$out" "ok    pat: no x86/PAT conflict in the log"
}

doctor_use() {
	run 0 doctor && says "ok    use: in use by mmapdemo($holder); try: sudo mmapdemo list" &&
		nobody 4 doctor &&
		says "skip  use: by no process that this user can see; try: sudo mmapdemo list"
}

doctor_headers() {
	load && run 0 doctor &&
		contains "$out" "try: sudo apt-get install linux-headers-$(uname -r)" &&
		mkdir -p "/lib/modules/$(uname -r)/build" &&
		: >"/lib/modules/$(uname -r)/build/Makefile" && run 0 doctor
	says "ok    headers: /lib/modules/$(uname -r)/build"
	headers=$?
	rm -r "/lib/modules/$(uname -r)/build"
	return $headers
}

doctor_json() {
	load && run 0 doctor --json && is_json && says '"usable":true}' &&
		says '{"check":"loaded","result":"ok","text":"yes","next":""}'
}

doctor_unloaded() {
	unload && run 3 doctor && has_line "$out" "FAIL  loaded: no; try: sudo modprobe mmapdemo" &&
		contains "$out" "FAIL  node: $device: No such file or directory" &&
		run 3 doctor --json && is_json && says '"usable":false}'
}

doctor_no_module() {
	index=/lib/modules/$(uname -r)/modules.dep
	unload && mv "$index" "$work/index" && run 3 doctor &&
		contains "$out" "FAIL  module: modprobe finds none for the kernel $(uname -r); try: "
	missing=$?
	mv "$work/index" "$index"
	return $missing
}

doctor_other_node() {
	load && run 3 doctor --device /dev/null &&
		contains "$out" "FAIL  node: /dev/null is not the module's device"
}

doctor_nobody() {
	load && nobody 4 doctor && contains "$out" "FAIL  access: nobody may not open $device; try: sudo make install"
}

doctor_group() {
	load && chgrp mmapdemo $device && nobody 4 doctor &&
		contains "$out" "node: $device owner root group mmapdemo mode 0660" &&
		contains "$out" "try: sudo usermod -aG mmapdemo nobody, then log in again"
}

# The session is older than the membership, and starts only then to look.
doctor_new_member() {
	load && chgrp mmapdemo $device && cp /etc/group "$work/group" &&
		mkfifo "$work/go" || return
	su -s /bin/sh nobody -c "read -r go; mmapdemo doctor" <"$work/go" >"$out" &
	old=$!
	exec 9>"$work/go"
	usleep 100000
	sed -i 's/^mmapdemo:.*/&nobody/' /etc/group
	echo go >&9
	exec 9>&-
	wait $old
	[ $? -eq 4 ] && says "try: newgrp mmapdemo, or log in again" && nobody 0 doctor
	member=$?
	cp "$work/group" /etc/group
	return $member
}

doctor_log() {
	load && ! modprobe mmapdemo nothing= 2>/dev/null
	unload && ! modprobe mmapdemo cache=wt && run 3 doctor &&
		contains "$out" "warn  log: " && contains "$out" "mmapdemo: cache=wt: not possible"
}

doctor_closed_log() {
	load && chmod 666 $device && echo 1 >/proc/sys/kernel/dmesg_restrict && nobody 0 doctor &&
		contains "$out" "skip  log: unknown, /dev/kmsg cannot be read; try: sudo dmesg"
}

# What cannot be seen is no fault: without sysfs the buffer can be used all the same.
doctor_blind() {
	mkdir -p "$work/empty"
	load && mount --bind "$work/empty" /sys || return
	run 0 doctor && has_line "$out" "skip  loaded: unknown, /sys/module cannot be read; try: sudo mount -t sysfs none /sys" &&
		contains "$out" "skip  parameters: unknown" &&
		contains "$out" "skip  node: unknown" &&
		contains "$out" "skip  secure-boot: unknown" &&
		contains "$out" "ok    buffer: " && ! grep -q '^FAIL' "$out"
	blind=$?
	umount /sys
	return $blind
}

try "help of doctor" helps_on doctor device json
try "doctor" doctor_ok
try "doctor: a private buffer" held vmalloc/wb/now doctor_use
try "doctor: headers" doctor_headers
try "doctor --json" doctor_json
try "doctor: not loaded" doctor_unloaded
try "doctor: no module for this kernel" doctor_no_module
try "doctor: another node" doctor_other_node
try "doctor: no permission, no group" doctor_nobody
try "doctor: no permission, group" doctor_group
try "doctor: member of the group since now" doctor_new_member
try "doctor: what the module logged" doctor_log
try "doctor: log that may not be read" doctor_closed_log
try "doctor: without sysfs" doctor_blind
unload
finish
