#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# examples.sh [FOLDER]: the programs of userspace/examples, in the guest, as
# root: on a file, on the device with each backing and cache attribute, and on
# private buffers; then all of them by mmapdemo tour. What needs something that is
# not there is skipped: /lib/brd.ko and /lib/minix.ko and mkfs.minix (a disk),
# FOLDER/python, FOLDER/share-go, script (a terminal).
# shellcheck source-path=SCRIPTDIR source=tap.sh
. "$(dirname "$0")/tap.sh"
# shellcheck source-path=SCRIPTDIR source=kinds.sh
. "$(dirname "$0")/kinds.sh"

examples=${1:-/opt/examples}
python=$examples/python
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
device=/dev/mmapdemo
out=$work/out
err=$work/err

# what the tests are made of

# load BACKING/CACHE/now [SIZE]
load() {
	cache=${1#*/}
	! test -d /sys/module/mmapdemo || modprobe -r mmapdemo || return
	modprobe mmapdemo backing="${1%%/*}" cache="${cache%/*}" size="${2:-8192}"
}

# run STATUS PROGRAM ARGUMENT...: it must exit with that, within a time
run() {
	wanted=$1 program=$2
	shift 2
	timeout 60 "$examples/$program" "$@" >"$out" 2>"$err"
	status=$?
	[ "$status" -eq "$wanted" ] && return
	echo "$program $*: exit status $status, expected $wanted"
	cat "$out" "$err"
	return 1
}

# says TEXT...: each is in a line of stdout
says() {
	for text; do
		grep -qF -e "$text" "$out" || { echo "'$text' is not in:"; cat "$out"; return 1; }
	done
}

complains() {
	grep -qF -e "$1" "$err" && return
	echo "'$1' is not in:"
	cat "$err"
	return 1
}

# shows N PROGRAM ARGUMENT...: it works, and N claims of it hold
shows() {
	claims=$1
	shift
	run 0 "$@" && ! grep '^FAIL' "$out" || return
	[ "$(grep -c '^ok ' "$out")" -eq "$claims" ] && [ ! -s "$err" ] && return
	echo "not $claims claims:"
	cat "$out" "$err"
	return 1
}

# once_there TEXT: waits for a program in the background to say that
once_there() {
	for _ in 1 2 3 4 5 6 7 8 9 10; do
		for _ in 1 2 3 4 5 6 7 8 9 10; do
			! grep -qF -e "$1" "$work/other" || return 0
			usleep 50000
		done
	done
	echo "'$1' did not come"
	cat "$work/other"
	return 1
}

# gone PATH
gone() {
	[ ! -e "$1" ] && return
	echo "$1 is still there"
	return 1
}

# peek

peeks_file() {
	printf 'abc' >"$work/file" && shows 2 peek 1 "$work/file" &&
		says "[1] = 98 = 0x62" "EACCES"
}

peeks_second_page() {
	head -c 5000 /dev/zero >"$work/file" && printf 'z' >>"$work/file" &&
		shows 2 peek 5000 "$work/file" && says "[5000] = 122 = 0x7a"
}

peeks_device() {
	mmapdemo fill --byte 0xa5 >/dev/null && mmapdemo write -o 8191 '#' &&
		shows 2 peek 8190 && says "${device}[8190] = 165 = 0xa5" "EACCES" &&
		shows 2 peek 8191 $device && says "[8191] = 35 = 0x23"
}

peeks_outside() {
	printf 'abc' >"$work/file" && run 1 peek 3 "$work/file" &&
		complains "offset 3 is outside: it has 3 bytes" &&
		run 1 peek 8192 && complains "offset 8192 is outside: it has 8192 bytes"
}

rejects() {
	run 1 peek x && complains "'x' is not a number" &&
		run 2 peek && complains "usage: peek OFFSET" &&
		run 2 talk --backing paper && complains "usage: talk" &&
		run 2 talk "$work/a" "$work/b" && complains "usage: talk" &&
		run 1 talk /nowhere/file && complains "/nowhere/file: No such file or directory" &&
		run 1 talk /dev/null && complains "neither a file nor a buffer" &&
		: >"$work/file" && run 1 grow "$work/file" && complains "give the name of a new file"
}

helps() {
	for program in peek records-write records-read family semaphore-post \
		semaphore-wait file-size grow talk increment errors path; do
		run 0 $program --help && says "usage: $program" || return
	done
}

needs_module() {
	modprobe -r mmapdemo || return
	for program in talk increment records-write semaphore-wait; do
		run 1 $program && complains "try: modprobe mmapdemo" && gone $device || return
	done
	run 1 family --backing dma && complains "try: modprobe mmapdemo"
}

# fails_without_module COMMAND...: of another language
fails_without_module() {
	! "$@" >"$out" 2>"$err" && ! grep ^ok "$out" && complains "$device" &&
		[ "$(wc -l <"$err")" -eq 1 ]
}

python_without_module() {
	PYTHONHOME=$python fails_without_module "$python/bin/python3" "$examples/share.py"
}

# full PROGRAM ARGUMENT...: a full disk behind stdout is a failure
full() {
	program=$1
	shift
	"$examples/$program" "$@" >/dev/full 2>"$err"
	[ $? -eq 1 ] && complains "standard output cannot be written"
}

# records

# with_writer PATH SHOWN_WHILE SHOWN_AFTER [AFTER [WHILE]]: with two commands
with_writer() {
	rm -f "$work/go"
	mkfifo "$work/go" && : >"$work/other" || return
	timeout 60 "$examples/records-write" "$1" <"$work/go" >"$work/other" 2>&1 &
	writer=$!
	exec 9>"$work/go"
	once_there "Press Enter" && shows 3 records-read "$1" "$2" && ${5:+"$5"}
	while_there=$?
	exec 9>&-
	if ! wait $writer || [ $while_there -ne 0 ]; then
		cat "$work/other"
		return 1
	fi
	${4:+"$4"} || return
	shows 3 records-read "$1" "$3" && says " 0  a    20" " 4  e    24"
}

records_on_device() {
	mmapdemo fill --byte 0 >/dev/null && with_writer $device 10 10 && says " 9  j    29"
}

records_on_tmpfs() {
	rm -f "$work/records" && with_writer "$work/records" 10 10 &&
		[ "$(stat -c %s "$work/records")" -eq 160 ]
}

drop_caches() {
	sync && echo 3 >/proc/sys/vm/drop_caches
}

# The only file system whose files are not just memory
records_on_disk() {
	insmod /lib/brd.ko rd_nr=1 rd_size=4096 && insmod /lib/minix.ko &&
		mkfs.minix /dev/ram0 >/dev/null && mkdir -p "$work/disk" &&
		mount -t minix /dev/ram0 "$work/disk" || return
	with_writer "$work/disk/records" 10 5 && says " 5       0" &&
		rm "$work/disk/records" && with_writer "$work/disk/records" 10 5 drop_caches
	disk=$?
	umount "$work/disk" && rmmod minix brd && return $disk
}

records_expected() {
	rm -f "$work/records" && with_writer "$work/records" 10 10 || return
	run 1 records-read "$work/records" 5 && complains "1 of 3 claims do not hold"
}

records_garbage() {
	head -c 160 /dev/urandom >"$work/records" &&
		run 1 records-read "$work/records" && complains "neither the writer's nor zero" &&
		run 1 records-read "$work/none" && complains "No such file" &&
		head -c 9 /dev/zero >"$work/records" && run 1 records-read "$work/records" &&
		complains "run records-write first" &&
		for program in records-write semaphore-wait; do
			run 1 $program "$work/records" </dev/null &&
				complains "has 9 bytes, not" || return
		done
}

# A private buffer by its path, which list shows as mapped and seal as busy
hold() {
	rm -f "$work/path"
	mmapdemo create --hold --backing vmalloc >"$work/path" 2>&1 &
	holder=$!
	until [ -s "$work/path" ]; do
		usleep 1000
	done
	path=$(cat "$work/path")
}

mapped_by_writer() {
	mmapdemo list >"$out" &&
		grep -qE "^$(stat -L -c %i "$path") .* 1  - .* mmapdemo\\($holder\\) records-write" "$out" &&
		! mmapdemo seal -d "$path" --add write 2>"$err" &&
		complains "cannot be sealed against writing now: it is mapped through a descriptor" &&
		complains "try: mmapdemo list, which shows who maps it; or --add future-write" &&
		mmapdemo seal -d "$path" --add future-write
}

# What a mapping that existed stored is there, and stays so.
seal_when_unmapped() {
	mmapdemo seal -d "$path" --add write
}

records_on_private() {
	hold && with_writer "$path" 10 10 seal_when_unmapped mapped_by_writer
	shown=$?
	kill "$holder" && wait "$holder" && [ $shown -eq 0 ]
}

# semaphore

# meets PATH: two processes by one semaphore
meets() {
	: >"$work/other"
	timeout 60 "$examples/semaphore-wait" "$1" >"$work/other" 2>&1 &
	waiter=$!
	once_there "waiting for" && kill -0 $waiter && shows 1 semaphore-post "$1" &&
		wait $waiter && grep -q '^ok  *posted by another process' "$work/other" && return
	cat "$work/other"
	kill $waiter
	return 1
}

semaphore_by_futex() {
	meets "$1" && ! grep -F EFAULT "$work/other" "$out"
}

semaphore_by_ioctl() {
	meets "$1" && says "EFAULT, its pages are not in the page cache" "WAIT and WAKE" &&
		grep -qF EFAULT "$work/other"
}

semaphore_missing() {
	: >"$work/file" && run 1 semaphore-post "$work/file" &&
		complains "run semaphore-wait first" && mmapdemo fill --byte 0 >/dev/null &&
		run 1 semaphore-post && complains "nobody waits; run semaphore-wait first"
}

# the others

file_size_of_file() {
	shows 8 file-size "$work/new" && gone "$work/new" &&
		says "5000-8191   no signal  zeros" "8192-8192   SEGV       not mapped" \
			"8192-16383  BUS        mapped" "16384-16384  SEGV       not mapped" \
			"a store to 5000 is not written back"
}

file_size_of_device() {
	shows 4 file-size && says "0-4999   no signal  data" \
		"5000-8191   no signal  rest of the page" "8192-8192   SEGV" \
		"mapped as 8193: refused, ENXIO" && ! grep -w BUS "$out"
}

talks() {
	shows 3 talk "$@" && says "reads 'hello'" "reads 'from another process'" \
		"reads 'the descriptor is closed, the mapping is not'"
}

is_family() {
	shows 6 family "$@" && says "anonymous, shared: then the parent saw 200" \
		"anonymous, private: then the parent saw 100" ": then the parent saw 200"
}

grows() {
	shows 6 grow "$work/new" && gone "$work/new" && says "is SIGBUS" "has 1000 pages"
}

does_not_grow() {
	error=EINVAL
	[ $# -eq 0 ] || error=EPERM
	shows 4 grow "$@" && says ENXIO "$error from ftruncate" EFAULT ENOSPC
}

increments() {
	shows 4 increment "$@" && says "1.00 times mmap" "a call per integer"
}

increments_too_small() {
	run 1 increment && complains "has 8192 bytes, 40000 are needed" &&
		complains "modprobe mmapdemo size=40000"
}

# errors_shown N ARGUMENT...: the table, with N lines for the place
errors_shown() {
	lines=$1
	shift
	shows $((22 + lines)) errors "$@" || return
	for name in EBADF EACCES EINVAL ENODEV ENOMEM EOVERFLOW EEXIST EOPNOTSUPP EAGAIN EPERM; do
		grep -qE "^ok .* $name  *$name\$" "$out" || { echo "no $name"; return 1; }
	done
	[ "$(grep -c ^skip "$out")" -eq 1 ] && says "needs a machine to spoil"
}

tracing=/sys/kernel/tracing

tracing_settings() {
	(cd $tracing && grep . tracing_on current_tracer set_ftrace_filter set_ftrace_notrace \
		set_graph_function set_ftrace_pid max_graph_depth options/funcgraph-*)
}

# entered_by BACKING: what fills the page table, called by mmap, or after mmap_prepare
entered_by() {
	case " $refcounted " in
	*" $1 "*) echo "mmapdemo_pages_insert|map_kernel_pages_complete" ;;
	*) echo "remap_pfn_range|remap_pfn_range_complete" ;;
	esac
}

# traces FUNCTIONS ARGUMENT...: the way ends in one of them
traces() {
	last=$1
	shift
	tracing_settings >"$work/before"
	shows 2 path "$@" && tracing_settings >"$work/after" &&
		cmp "$work/before" "$work/after" || return
	grep -qE '^ksys_mmap_pgoff  *b f a  1 the system call' "$out" &&
		grep -qE '^ +mmapdemo_mmap(_prepare)?  *b \. \.  5 ' "$out" &&
		grep -qE '^ +shmem_mmap(_prepare)?  *\. f \.  5 ' "$out" &&
		grep -qE "^ +($last)  *b .* 6 " "$out" && [ "$(wc -l <"$out")" -lt 30 ] && return
	cat "$out"
	return 1
}

traces_alone() {
	echo do_mmap >$tracing/set_graph_function && run 1 path &&
		complains "set_graph_function: in use: do_mmap"
	in_use=$?
	[ "$(cat $tracing/set_graph_function)" = do_mmap ] &&
		echo >$tracing/set_graph_function && [ $in_use -eq 0 ]
}

traces_as_root() {
	chmod 666 $device
	su -s /bin/sh nobody -c "$examples/path" >"$out" 2>"$err"
	[ $? -eq 1 ] && complains "tracing takes root"
}

shares_python() {
	PYTHONHOME=$python "$python/bin/python3" "$examples/share.py" >"$out" && says "ok    the kernel sees: hello from Python" \
		"ok    Python sees: hi there" "ok    select tells of a new generation, until INFO" \
		"ok    a private buffer of 5000 bytes: mmapdemo:[" && [ "$(mmapdemo read --raw -l 17)" = "hi thereom Python" ]
}

# What a shell cannot do to a descriptor
wait_does_not_block() {
	mmapdemo fill >/dev/null
	PYTHONHOME=$python "$python/bin/python3" -c '
import os, sys
fd = os.open("/dev/mmapdemo", os.O_RDONLY | os.O_NONBLOCK)
os.set_inheritable(fd, True)
os.execv(sys.argv[1], ["mmapdemo", "wait", "4", "0", "-d", f"fd:{fd}"])' \
		"$(command -v mmapdemo)" >"$out" 2>"$err"
	[ $? -eq 1 ] && complains "the word at offset 4 is 0, and the descriptor has O_NONBLOCK"
}

shares_go() {
	"$examples/share-go" >"$out" && says "ok    the kernel sees: hello from Go" \
		"ok    Go sees: hi there" "ok    select tells of a new generation, until INFO" && [ "$(mmapdemo read --raw -l 13)" = "hi thereom Go" ]
}

# the tour

# tour STATUS SUMMARY ARGUMENT...
tour() {
	wanted=$1 summary=$2
	shift 2
	timeout 200 mmapdemo tour --examples "$examples" "$@" >"$out" 2>"$err" </dev/null
	tour_judge
}

tour_judge() {
	status=$?
	[ "$status" -eq "$wanted" ] && grep -q "^[okFAIL]*  *tour: $summary" "$out" &&
		tour_left_nothing && return
	echo "exit status $status, expected $wanted and '$summary'"
	grep -vE '^(ok| |[0-9a-f]{8} )' "$out"
	cat "$err"
	return 1
}

tour_left_nothing() {
	! ls -d /tmp/mmapdemo-tour-* 2>/dev/null && ! pidof talk semaphore-wait records-write
}

tours() {
	head -c "$2" /dev/urandom >"$work/data" && cp "$work/data" $device &&
		tracing_settings >"$work/before" || return
	tour 0 "[0-9]* shown, 0 failed, 0 skipped$" && [ "$(grep -c '^== ' "$out")" -eq 13 ] &&
		tracing_settings >"$work/after" && cmp "$work/before" "$work/after" || return
	complains "not possible: pages of this backing can only be wb" &&
		says "$1" "remap_pfn_range" "verified, $2 bytes" && head -c "$2" $device | cmp - "$work/data"
}

tours_without_device() {
	modprobe -r mmapdemo && tour 0 "11 shown, 0 failed, 24 skipped$" &&
		says "warn  $device cannot be used: loaded: no; try: sudo modprobe mmapdemo" \
			"skip  needs $device" "SEGV       not mapped"
}

tours_as_nobody() {
	chmod 666 $device && chmod 755 "$work"
	su -s /bin/sh nobody -c "mmapdemo tour -e $examples" >"$out" 2>"$err" </dev/null
	wanted=0 summary="[0-9]* shown, 0 failed, 1 skipped$"
	tour_judge && says "skip  /sys/kernel/tracing: Permission denied; try: sudo mmapdemo tour"
}

# spoil PROGRAM: a folder as the examples', without that one
spoil() {
	mkdir -p "$work/spoilt" && ln -sf "$examples"/* "$work/spoilt/" && rm "$work/spoilt/$1"
}

tours_broken_example() {
	spoil talk && printf '#!/bin/sh\nexit 3\n' >"$work/spoilt/talk" &&
		chmod +x "$work/spoilt/talk" &&
		tour 1 "[0-9]* shown, 2 failed, 0 skipped$" -e "$work/spoilt" &&
		says "FAIL  exit status 3, expected 0"
}

tours_missing_example() {
	spoil talk && tour 0 "[0-9]* shown, 0 failed, 2 skipped$" -e "$work/spoilt" &&
		says "skip  $work/spoilt/talk: No such file or directory; try: make install"
}

# on_terminal STATUS TYPED: somebody types that after the first chapter
on_terminal() {
	: >"$work/other"
	{ once_there "Enter goes on" >/dev/null; printf '%b' "$2"; } |
		script -qec "mmapdemo tour -e $examples" /dev/null >"$work/other" 2>"$err"
	status=$?
	mv "$work/other" "$out"
	[ $status -eq "$1" ] && tour_left_nothing && return
	echo "exit status $status"
	cat "$out"
	return 1
}

tours_until_q() {
	on_terminal 0 '\nq\n' && says "== 2. " "Enter goes on, q ends:" "0 failed, 0 skipped, ended early" &&
		! grep "== 3. " "$out"
}

tours_until_control_c() {
	on_terminal 130 '\003' && says "== 1. " "ended early" && ! grep "== 2. " "$out"
}

# all of it

load kmalloc/wb/now || exit 1
try "peek: file" peeks_file
try "peek: second page of a file" peeks_second_page
try "peek: outside" peeks_outside
try "wrong operands" rejects
try "help" helps
try "help to a full disk" full talk --help
try "peek to a full disk" full peek 0
try "family to a full disk" full family
try "records: tmpfs" records_on_tmpfs
try "records: not as many as expected" records_expected
try "records: another file" records_garbage
if [ -e /lib/brd.ko ] && [ -e /lib/minix.ko ] && command -v mkfs.minix >/dev/null; then
	try "records: disk" records_on_disk
else
	skip "records: disk" "no /lib/brd.ko, /lib/minix.ko or mkfs.minix"
fi
try "records: private buffer by its path" records_on_private
try "semaphore: file" semaphore_by_futex "$work/semaphore"
try "semaphore: nobody waits" semaphore_missing
try "file-size: file" file_size_of_file
try "grow: file" grows
try "talk: file" talks "$work/new"
try "family: file" is_family "$work/new"
try "increment: file" increments "$work/new"
try "increment: too small" increments_too_small
try "errors: file" errors_shown 2 "$work/new"
try "path: somebody else traces" traces_alone
try "path: not root" traces_as_root
for backing in $backings; do
	try "peek: private $backing" shows 1 peek 0 --backing "$backing"
	try "file-size: private $backing" shows 4 file-size --backing "$backing"
	try "grow: private $backing" does_not_grow --backing "$backing"
	try "talk: private $backing" talks --backing "$backing"
	try "family: private $backing" is_family --backing "$backing"
	try "increment: private $backing" increments --backing "$backing"
	try "errors: private $backing" errors_shown 6 --backing "$backing"
done
for backing in $backings; do
	try "path: private $backing" traces "$(entered_by "$backing")" --backing "$backing"
done

for buffer in $kinds; do
	case $buffer in
	*/lazy) continue ;;
	esac
	load "$buffer" || exit 1
	try "peek: $buffer" peeks_device
	try "records: $buffer" records_on_device
	case $buffer in
	shmem/*) try "semaphore: $buffer" semaphore_by_futex $device ;;
	*) try "semaphore: $buffer" semaphore_by_ioctl $device ;;
	esac
	try "talk: $buffer" talks
	try "family: $buffer" is_family $device
	try "grow: $buffer" does_not_grow
	try "errors: $buffer" errors_shown 6 $device
	try "path: $buffer" traces "$(entered_by "${buffer%%/*}")"
	if [ -d "$python" ]; then
		try "share.py: $buffer" shares_python
		try "wait: O_NONBLOCK: $buffer" wait_does_not_block
	else
		skip "share.py: $buffer" "not built: make -C userspace/examples python"
	fi
	if [ -x "$examples/share-go" ]; then
		try "share.go: $buffer" shares_go
	else
		skip "share.go: $buffer" "not built: make -C userspace/examples go"
	fi
	load "$buffer" 5000 || exit 1
	try "file-size: $buffer" file_size_of_device
	load "$buffer" 40000 || exit 1
	try "increment: $buffer" increments
done
load kmalloc/wb/now || exit 1
try "tour: all of it" tours "EFAULT, its pages are not in the page cache" 8192
try "tour: not root" tours_as_nobody
try "tour: an example fails" tours_broken_example
try "tour: an example is missing" tours_missing_example
if command -v script >/dev/null; then
	try "tour: q ends it" tours_until_q
	try "tour: ^C ends it" tours_until_control_c
else
	skip "tour: on a terminal" "no script"
fi
load shmem/wb/now 5000 || exit 1
try "tour: shmem" tours "posted by another process" 5000
try "tour: no module" tours_without_device
try "no module" needs_module
if [ -d "$python" ]; then
	try "no module: share.py" python_without_module
fi
if [ -x "$examples/share-go" ]; then
	try "no module: share.go" fails_without_module "$examples/share-go"
fi
finish
