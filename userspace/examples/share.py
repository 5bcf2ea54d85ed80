#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""Memory shared with the kernel, from Python: share.py [DEVICE]

What the kernel stores is in the mapping at once, and the other way round.
"""
import fcntl
import mmap
import os
import struct
import sys
import zlib

# <linux/mmapdemo.h>: _IO(MMAPDEMO_IOC_MAGIC, ...); each struct starts with its size
FILL, CHECKSUM = 0xF702, 0xF703
TEXT = b"hello from Python"


def fill(fd, offset, length, pattern):
    fcntl.ioctl(fd, FILL, struct.pack("=IIQQQ", 32, 0, offset, length, pattern))


def checksum(fd, offset, length):
    """The CRC-32 that the kernel computes."""
    arg = bytearray(struct.pack("=IIQQII", 32, 0, offset, length, 0, 0))
    fcntl.ioctl(fd, CHECKSUM, arg)
    return struct.unpack("=IIQQII", arg)[4]


def share(path):
    fd = os.open(path, os.O_RDWR)
    with mmap.mmap(fd, mmap.PAGESIZE, mmap.MAP_SHARED) as memory:
        memory[: len(TEXT)] = TEXT
        if checksum(fd, 0, len(TEXT)) != zlib.crc32(TEXT):
            sys.exit("the kernel does not see what Python stored")
        print("ok    the kernel sees:", TEXT.decode())

        fill(fd, 0, 8, int.from_bytes(b"hi there", "little"))
        if memory[:8] != b"hi there":
            sys.exit(f"Python does not see what the kernel stored, but {memory[:8]}")
        print("ok    Python sees:", memory[:8].decode(), flush=True)
    os.close(fd)


try:
    share(sys.argv[1] if len(sys.argv) > 1 else "/dev/mmapdemo")
except OSError as error:
    sys.exit(f"share.py: {error}")
