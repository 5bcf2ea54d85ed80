# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh disable=SC2034 # who sources it uses the variables
#
# The manual's table of what can be in force on this machine, for tests that are
# scripts; sourced. device.h has the same for those in C.

# What is not write-back everywhere: kmalloc's list, and the other backing's one
case $(uname -m) in
aarch64)
	kmalloc_caches=wb
	dma_caches="wc"
	# parameters of a device buffer that is not cached
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

# Every BACKING/CACHE/POPULATE: those that this machine can have, and the others
kinds=
others=
for backing in kmalloc vmalloc shmem dma; do
	for cache in wb wc uc wt; do
		for populate in now lazy; do
			if is_possible $backing $cache $populate; then
				kinds="$kinds $backing/$cache/$populate"
			else
				others="$others $backing/$cache/$populate"
			fi
		done
	done
done
