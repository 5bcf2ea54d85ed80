# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# arm64 on a host of another architecture: compilers for it, and an apt that
# knows arm64 packages, with a state of its own. arch_amd64.sh says what is what.
# shellcheck disable=SC2034,SC2154 # others use the variables; lib.sh has others

products=$build/arm64
apt_state=$cache/apt-arm64
apt_options=(-c "$apt_state/apt.conf")
module_packages=(gcc-12-aarch64-linux-gnu)
program_packages=(gcc-aarch64-linux-gnu libc6-dev-arm64-cross)
test_packages=()
test_variables=()
strip=aarch64-linux-gnu-strip
make_variables=(ARCH=arm64 CROSS_COMPILE=aarch64-linux-gnu-)
qemu_package=qemu-system-arm
qemu_program=qemu-system-aarch64
machine_type=virt
# the architecture's own algorithm for pointer authentication takes QEMU most of
# the time
tcg_cpu=max,pauth-impdef=on
machine_words='console=ttyAMA0 sysrq_always_enabled'

# what a guest needs of Debian's, with libraries; tests may add the programs
root_packages=(
	bash busybox-static dash kmod libc6 libtinfo6 liblzma5 libssl3 libzstd1
	coreutils libacl1 libattr1 libpcre2-8-0 libselinux1 libgmp10
	bsdutils util-linux libblkid1 libmount1 zlib1g zlib1g-dev
	python3-minimal python3.11-minimal libpython3.11-minimal
	libpython3.11-stdlib libexpat1
)
sysroot=$cache/root-arm64-$(cksum <<<"${root_packages[*]}" | cut -d ' ' -f 1)
program_variables=(CROSS_COMPILE=aarch64-linux-gnu- CC=aarch64-linux-gnu-gcc
	GOARCH=arm64
	"CPPFLAGS=-isystem $sysroot/usr/include -isystem $sysroot/usr/include/aarch64-linux-gnu"
	"LDFLAGS=-L$sysroot/usr/lib/aarch64-linux-gnu")

# the host's interpreter tells which files they take
example_packages=(python3-minimal libpython3-stdlib)
example_targets=(python "ROOT=$sysroot")

# The sources of packages are the host's. What it does after its own updates is
# not done here.
make_apt_state() {
	[[ ! -e $apt_state/apt.conf ]] || return 0
	mkdir -p "$apt_state/lists/partial" "$apt_state/archives/partial"
	: >"$apt_state/status"
	cat >"$apt_state/apt.conf.$$" <<-EOT
		APT::Architecture "arm64";
		#clear APT::Architectures;
		APT::Architectures { "arm64"; };
		#clear APT::Update::Post-Invoke;
		#clear APT::Update::Post-Invoke-Success;
		Dir::State "$apt_state";
		Dir::State::status "$apt_state/status";
		Dir::Cache "$apt_state";
	EOT
	mv "$apt_state/apt.conf.$$" "$apt_state/apt.conf"
}

update_lists() {
	local lock status=0

	make_apt_state
	exec {lock}>"$apt_state/lock"
	flock "$lock"
	echo "$me: refreshing apt's lists of arm64 packages" >&2
	apt-get -qq -o APT::Sandbox::User=root "${apt_options[@]}" update >&2 &&
		touch "$apt_state/lists" || status=$?
	exec {lock}>&-
	return "$status"
}

refresh_lists() {
	make_apt_state
	if [[ $apt_state/lists -ot /var/lib/apt/lists ]] ||
	   ! compgen -G "$apt_state/lists/*_Packages*" >/dev/null; then
		update_lists
	fi
}

# With /bin and others as links into /usr, as on any Debian
make_sysroot() {
	local work dir

	[[ ! -d $sysroot ]] || return 0
	refresh_lists || true
	mkdir -p "$cache"
	echo "$me: unpacking programs for arm64 into $sysroot" >&2
	work=$(mktemp -d "$sysroot.XXXXXX")
	unpack "$work" "${root_packages[@]}"
	for dir in bin lib sbin; do
		cp -a "$work/$dir/." "$work/usr/$dir"
		rm -r "${work:?}/$dir"
		ln -s "usr/$dir" "$work/$dir"
	done
	chmod 755 "$work"
	mv -T "$work" "$sysroot" 2>/dev/null || rm -r "$work"
}

# The image is what the machine starts
prepare_boot() {
	ln -s vmlinuz "$1/boot"
}

runs_in_guest() {
	[[ $(od -An -tu2 -j18 -N2 "$1") -eq 183 ]]	# EM_AARCH64
}

# dynamic PROGRAM NAME: the values of that kind in its dynamic section
dynamic() {
	readelf -d "$1" 2>/dev/null |
		sed -n "s/.*($2).*\[\(.*\)\]/\1/p"
}

# library NAME: where it is in the guest
library() {
	local dir

	for dir in /lib/aarch64-linux-gnu /usr/lib/aarch64-linux-gnu /lib; do
		[[ ! -e $sysroot$dir/$1 ]] || { echo "$dir/$1"; return; }
	done
	die "$1 is in none of the arm64 packages in $sysroot"
}

# The host's ldd cannot: it has the program say itself what it needs
libraries_of() {
	local seen=' ' queue=("$1") name path

	while ((${#queue[@]})); do
		for name in $(dynamic "${queue[0]}" NEEDED); do
			[[ $seen != *" $name "* ]] || continue
			seen+="$name "
			path=$(library "$name") || return
			echo "$path"
			queue+=("$sysroot$path")
		done
		queue=("${queue[@]:1}")
	done
	[[ $seen == ' ' ]] || echo /lib/ld-linux-aarch64.so.1
}

# The kernel log through a pipe, because a break has to be sent to its port
serial_ports() {
	local dir

	dir=$(quote_path "$1")
	: >>"$1/console.log"
	ln -s console.log "$1/console.out"
	mkfifo "$1/console.in"
	serial=(-chardev "pipe,id=console,path=$dir/console" -serial chardev:console
		-device 'pci-serial-4x,chardev2=command,chardev3=report,chardev4=out')
}

# sysrq DIR KEY: as from the keyboard of the port
sysrq() {
	echo chardev-send-break console >"$1/monitor.in"
	sleep 0.2
	printf %s "$2" >"$1/console.in"
	sleep 0.5
}

# There is no NMI: a processor that does not take interrupts says nothing
ask_where() {
	sysrq "$1" l
	sysrq "$1" c
}
