# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# Debian's kernel sources; sourced after vm/lib.sh.
# shellcheck disable=SC2154

# what no module for the host needs: most of a tree
excluded=(
	--exclude='*/arch/[!x]*/*.'{[chS],dts,dtsi}
	--exclude='*/Documentation/*.'{rst,txt,yaml}
	--exclude='*/drivers/'{gpu,infiniband,media,net,staging}'/*/*.[ch]'
	--exclude='*/sound/*.[ch]'
	--exclude='*/tools/perf' --exclude='*/tools/testing/selftests/*/*/*'
)

# series_of RELEASE: the two numbers that its source package is named after
series_of() {
	[[ $1 =~ ^[0-9]+\.[0-9]+ ]] && echo "${BASH_REMATCH[0]}"
}

# unpack_source DIR PACKAGE [PATH...]: what the tar in the package has
unpack_source() {
	local dir=$1 package=$2
	shift 2

	need xz-utils
	echo "$me: unpacking $package into $cache" >&2
	unpack "$dir/package" "$package"
	tar -x -I 'xz -T0' -C "$dir" --strip-components=1 \
		-f "$dir/package/usr/src/$package.tar.xz" \
		"${excluded[@]}" "${@/#/$package/}" || die "cannot unpack $package"
	rm -rf "$dir/package"
}

# source_tree PACKAGE [PATH...]: prints a folder laid out as a kernel tree, with
# these files and folders out of linux-source-SERIES, or with all that a module
# needs. Another list is another folder. It appears complete or not at all.
source_tree() {
	local package=$1 tree work

	tree=$cache/$package-$(printf '%s\n' "$@" | cksum | cut -d ' ' -f 1)
	if [[ ! -d $tree ]]; then
		mkdir -p "$cache" || die "cannot make the cache folder $cache"
		work=$(mktemp -d "$tree.XXXXXX")
		# shellcheck disable=SC2064 # this one, not a later one
		trap "rm -rf '$work'" EXIT
		unpack_source "$work" "$package" "${@:2}"
		chmod 755 "$work"
		mv -T "$work" "$tree" 2>/dev/null || [[ -d $tree ]] ||
			die "cannot make $tree"
	fi
	echo "$tree"
}
