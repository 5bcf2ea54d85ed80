// SPDX-License-Identifier: GPL-2.0-only

// share: memory shared with the kernel, from Go: share [DEVICE]
//
// What the kernel stores is in the mapping at once, and the other way round.
package main

import (
	"fmt"
	"hash/crc32"
	"log"
	"os"
	"syscall"
	"unsafe"
)

// <linux/mmapdemo.h>: _IO(MMAPDEMO_IOC_MAGIC, ...)
const (
	iocInfo     = 0xF700
	iocFill     = 0xF702
	iocChecksum = 0xF703
	text        = "hello from Go"
)

type info struct {
	size, flags uint32
	sizes       [3]uint64
	words       [8]uint32
}

type fill struct {
	size, flags             uint32
	offset, length, pattern uint64
}

type checksum struct {
	size, flags    uint32
	offset, length uint64
	crc, reserved  uint32
}

func ioctl(fd int, command uintptr, argument unsafe.Pointer) {
	_, _, errno := syscall.Syscall(syscall.SYS_IOCTL, uintptr(fd), command,
		uintptr(argument))
	if errno != 0 {
		log.Fatalf("ioctl %#x: %v", command, errno)
	}
}

// news tells whether the generation moved: EPOLLPRI, select's exception set.
// Reading never blocks, so the other two sets say nothing.
func news(fd int) bool {
	var set syscall.FdSet
	set.Bits[fd/64] |= 1 << (fd % 64)
	n, err := syscall.Select(fd+1, nil, nil, &set, &syscall.Timeval{})
	if err != nil {
		log.Fatalf("select: %v", err)
	}
	return n > 0
}

func say(what, text string) {
	if _, err := fmt.Println("ok   ", what, text); err != nil {
		log.Fatal(err)
	}
}

func main() {
	log.SetFlags(0)
	path := "/dev/mmapdemo"
	if len(os.Args) > 1 {
		path = os.Args[1]
	}
	fd, err := syscall.Open(path, syscall.O_RDWR, 0)
	if err != nil {
		log.Fatalf("%s: %v", path, err)
	}
	// The slice is the mapping itself: the garbage collector stays away from it.
	memory, err := syscall.Mmap(fd, 0, os.Getpagesize(),
		syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_SHARED)
	if err != nil {
		log.Fatalf("%s: mmap: %v", path, err)
	}

	copy(memory, text)
	sum := checksum{size: 32, length: uint64(len(text))}
	ioctl(fd, iocChecksum, unsafe.Pointer(&sum))
	if sum.crc != crc32.ChecksumIEEE([]byte(text)) {
		log.Fatal("the kernel does not see what Go stored")
	}
	say("the kernel sees:", text)

	before := news(fd)
	// "hi there", in little-endian order
	ioctl(fd, iocFill, unsafe.Pointer(&fill{size: 32, length: 8,
		pattern: 0x6572656874206968}))
	if string(memory[:8]) != "hi there" {
		log.Fatalf("Go does not see what the kernel stored, but %q", memory[:8])
	}
	say("Go sees:", string(memory[:8]))

	after := news(fd)
	ioctl(fd, iocInfo, unsafe.Pointer(&info{size: 64}))
	if before || !after || news(fd) {
		log.Fatal("the event did not come, or did not go")
	}
	say("select tells of a new generation,", "until INFO")

	if err := syscall.Munmap(memory); err != nil {
		log.Fatalf("munmap: %v", err)
	}
}
