# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh disable=SC2034 # who sources it uses the variables
#
# The manual's table of what this machine supports, for tests that are scripts;
# sourced. kinds.h has the same for tests in C. The names are those of kinds_list.h.

# names_of BACKING|CACHE [REGEX]: the names in the X-macro of the list, or of those
# rows where REGEX follows the name
names_of() {
	sed -n "s/^.*X(MMAPDEMO_$1_[A-Z0-9]*, \"\([a-z0-9]*\)\"$2.*/\1/p" "$(dirname "$0")/kinds_list.h" |
		tr '\n' ' ' | sed 's/ $//'
}

# listed WORD...: "a, b or c", as messages list names
listed() {
	echo "$*" | sed 's/ /, /g; s/\(.*\), /\1 or /'
}

backings=$(names_of BACKING)
refcounted=$(names_of BACKING ', [a-z]*, true')
caches_known=$(names_of CACHE)

# The attributes of the backings that do not have wb alone on every machine
case $(uname -m) in
aarch64)
	kmalloc_caches=wb
	dma_caches="wc"
	# the backing of a device buffer that is not cached
	uncached_backing=dma
	;;
*)
	kmalloc_caches="wb wc uc"
	dma_caches=wb
	uncached_backing=kmalloc
	;;
esac

# caches_of BACKING
caches_of() {
	case $1 in
	kmalloc) echo "$kmalloc_caches" ;;
	dma) echo "$dma_caches" ;;
	*) echo wb ;;
	esac
}

# is_possible BACKING CACHE POPULATE
is_possible() {
	[ "$1/$3" != dma/lazy ] || return
	case " $(caches_of "$1") " in
	*" $2 "*) true ;;
	*) false ;;
	esac
}

# Every BACKING/CACHE/POPULATE: those that this machine supports, and the others
kinds=
others=
for backing in $backings; do
	for cache in $caches_known; do
		for populate in now lazy; do
			if is_possible "$backing" "$cache" "$populate"; then
				kinds="$kinds $backing/$cache/$populate"
			else
				others="$others $backing/$cache/$populate"
			fi
		done
	done
done
