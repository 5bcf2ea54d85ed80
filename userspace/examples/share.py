#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""Memory shared with the kernel, from Python: share.py [DEVICE]

What the kernel stores is in the mapping at once, and the other way round. A new
generation is an event. A private buffer is a file with a size.
"""
import fcntl
import mmap
import os
import select
import struct
import sys
import zlib

# <linux/mmapdemo.h>: _IO(MMAPDEMO_IOC_MAGIC, ...), and the struct of each
INFO, INFO_LAYOUT = 0xF700, "=II3Q8I"
FILL, FILL_LAYOUT = 0xF702, "=IIQQQ"
CHECKSUM, CHECKSUM_LAYOUT = 0xF703, "=IIQQII"
CREATE, CREATE_LAYOUT = 0xF704, "=IIQII"
TEXT = b"hello from Python"


def command(fd, number, layout, *fields):
    """The ioctl's result, and the struct as it comes back.

    Each struct starts with its size and flags. It has to be a bytearray: with
    bytes, fcntl.ioctl returns a copy of them instead of the result, so the new
    descriptor of CREATE would be lost.
    """
    size = struct.calcsize(layout)
    arg = bytearray(struct.pack(layout, size, 0, *fields))
    return fcntl.ioctl(fd, number, arg), struct.unpack(layout, arg)


def fill(fd, offset, text):
    pattern = int.from_bytes(text, "little")
    command(fd, FILL, FILL_LAYOUT, offset, len(text), pattern)


def checksum(fd, offset, length):
    """The CRC-32 that the kernel computes."""
    return command(fd, CHECKSUM, CHECKSUM_LAYOUT, offset, length, 0, 0)[1][4]


def news(fd):
    """Is there a new generation? Reading never blocks, so it is an exception."""
    return bool(select.select([], [], [fd], 0)[2])


def share(path):
    fd = os.open(path, os.O_RDWR)
    with mmap.mmap(fd, mmap.PAGESIZE, mmap.MAP_SHARED) as memory:
        memory[: len(TEXT)] = TEXT
        if checksum(fd, 0, len(TEXT)) != zlib.crc32(TEXT):
            sys.exit("the kernel does not see what Python stored")
        print("ok    the kernel sees:", TEXT.decode())

        before = news(fd)
        fill(fd, 0, b"hi there")
        if memory[:8] != b"hi there":
            sys.exit(f"Python does not see what the kernel stored, but {memory[:8]}")
        print("ok    Python sees:", memory[:8].decode())

    after = news(fd)
    command(fd, INFO, INFO_LAYOUT, *[0] * 11)
    if (before, after, news(fd)) != (False, True, False):
        sys.exit("the event did not arrive, or was not acknowledged")
    print("ok    select tells of a new generation, until INFO")
    os.close(fd)


def create(path, size):
    fd = os.open(path, os.O_RDONLY)
    private, _ = command(fd, CREATE, CREATE_LAYOUT, size, 0, 0)  # kmalloc, wb
    os.close(fd)
    with mmap.mmap(private, 0) as memory:  # 0: all of the file
        memory[-1] = 1
        if len(memory) != size or os.fstat(private).st_size != size:
            sys.exit(f"a private buffer has {len(memory)} bytes, not {size}")
    print("ok    a private buffer of", size, "bytes:", end=" ")
    print(os.readlink(f"/proc/self/fd/{private}"), flush=True)
    os.close(private)


try:
    DEVICE = sys.argv[1] if len(sys.argv) > 1 else "/dev/mmapdemo"
    share(DEVICE)
    create(DEVICE, 5000)
except OSError as error:
    sys.exit(f"share.py: {error}")
