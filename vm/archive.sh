# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# Packages of other Debian releases than this machine's, and a compiler of
# theirs; sourced after lib.sh. Apt is told to keep a state of its own in the
# cache, so that the machine's stays as it is.
# shellcheck source-path=SCRIPTDIR source=lib.sh disable=SC2154

# Where the newest kernels are. What one of them depends on is in sid at least.
archive_suites=(sid stable-backports)
archive=$cache/archive
toolchains=$cache/toolchains
# what a build runs besides what the headers depend on
build_tools=(base-files bash coreutils dash diffutils findutils grep gzip make
	mawk sed tar)

# mirror: the URI that this machine's apt has for Debian itself. The component
# tells it from other archives, the codename from Debian's security archive.
mirror() {
	local codename

	codename=$(sed -n 's/^VERSION_CODENAME=//p' /etc/os-release)
	# shellcheck disable=SC2016 # for apt
	apt-get indextargets --format '$(RELEASE) $(SITE)' \
		'Created-By: Packages' 'Component: main' |
		sed -n "s/^$codename //p" | sed -n 1p
}

# use_archive: from here on, apt means that of archive_suites. What the machine's
# own does after an update is not done here.
use_archive() {
	apt_options=(-c "$archive/apt.conf")
	update_lists() {
		update_archive
	}
	[[ ! -e $archive/apt.conf ]] || return 0
	mkdir -p "$archive/lists/partial" "$archive/cache/archives/partial"
	: >"$archive/status"
	cat >"$archive/apt.conf.$$" <<-EOT
		#clear APT::Update::Post-Invoke;
		#clear APT::Update::Post-Invoke-Success;
		Acquire::Languages "none";
		Dir::Cache "$archive/cache";
		Dir::Etc::sourcelist "$archive/sources.list";
		Dir::Etc::sourceparts "/dev/null";
		Dir::State "$archive";
		Dir::State::status "$archive/status";
	EOT
	mv "$archive/apt.conf.$$" "$archive/apt.conf"
}

# A mirror need not have every suite.
update_archive() {
	local suite uri updating status=0

	uri=$(mirror)
	[[ -n $uri ]] ||
		die "apt has no Debian archive: apt-get indextargets names none" \
		    "add one to /etc/apt/sources.list"
	exec {updating}>"$archive/lock"
	flock "$updating"
	for suite in "${archive_suites[@]}"; do
		echo "deb $uri $suite main"
	done >"$archive/sources.list"
	apt-get "${apt_options[@]}" -o APT::Sandbox::User=root update \
		>"$archive/log" 2>&1 || status=$?
	exec {updating}>&-
	return "$status"
}

# toolchain_packages RELEASE: a system that has nothing needs these to use
# linux-headers-RELEASE; nothing if they cannot all be had
toolchain_packages() {
	apt-get "${apt_options[@]}" -s --no-install-recommends install \
		"linux-headers-$1" "${build_tools[@]}" 2>/dev/null |
		sed -n '/^Inst linux-/d; s/^Inst \([^ ]*\) .*/\1/p'
}

# toolchain RELEASE: prints a folder with the system that builds for it. One
# compiler, one folder, appearing complete or not at all.
toolchain() {
	local packages name work

	mapfile -t packages < <(toolchain_packages "$1")
	name=$(printf '%s\n' "${packages[@]}" | sed -n 's/^\(gcc-[0-9]*\)-for-host$/\1/p')
	[[ -n $name ]] || die "linux-headers-$1 depends on no gcc-N-for-host"
	if [[ ! -d $toolchains/$name ]]; then
		echo "$me: unpacking $name into $toolchains" >&2
		mkdir -p "$toolchains"
		work=$toolchains/$name.$$
		rm -rf "$work"
		unpack "$work" "${packages[@]}"
		ln -sf mawk "$work/usr/bin/awk"
		mv -T "$work" "$toolchains/$name" 2>/dev/null || rm -rf "$work"
	fi
	echo "$toolchains/$name"
}
