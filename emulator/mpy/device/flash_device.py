"""`rp2.Flash`: the emulated flash as a block device; littlefs on it is the interpreter's own.

littlefs reads a few hundred bytes at a time, some 18 000 times while the firmware boots, and each would be a
request to the host. So the blocks read last are kept, whole, until anything else is asked: only then can time
pass or the host change what the flash holds.
"""
# pyright: reportMissingImports=false

import wire
from bridge import bridge

_IOCTL = wire.number_of("flash_ioctl")
_READ = wire.number_of("flash_read")
_WRITE = wire.number_of("flash_write")
_BLOCK_BYTES = 4096
_BLOCKS_KEPT = 12
_NONE = -1


class Flash:
    """The board's firmware makes none of its own: `start.py` makes the one that is mounted."""

    def __init__(self):
        self._kept = [_NONE] * _BLOCKS_KEPT
        self._cells = memoryview(bytearray(_BLOCKS_KEPT * _BLOCK_BYTES))
        self._next = 0
        self._changes = 0

    def ioctl(self, op, arg=0):
        return bridge.call(_IOCTL, op, arg)

    def readblocks(self, block_num, buf, offset=0):
        kept = self._kept
        if self._changes != bridge.changes:
            self._changes = bridge.changes
            for place in range(_BLOCKS_KEPT):
                kept[place] = _NONE
        if block_num in kept:
            place = kept.index(block_num)
        else:
            place = self._next
            self._next = (place + 1) % _BLOCKS_KEPT
            start = place * _BLOCK_BYTES
            kept[place] = _NONE
            bridge.call_into(self._cells[start : start + _BLOCK_BYTES], _READ, block_num, 0, _BLOCK_BYTES)
            kept[place] = block_num
        start = place * _BLOCK_BYTES + offset
        buf[:] = self._cells[start : start + len(buf)]

    def writeblocks(self, block_num, buf, offset=None):
        """Without an offset the block is erased first."""
        bridge.call(_WRITE, block_num, -1 if offset is None else offset, payload=buf)
