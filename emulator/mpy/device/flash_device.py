"""`rp2.Flash`: the emulated flash as a block device; littlefs on it is the interpreter's own."""

import wire
from bridge import bridge

_IOCTL = wire.number_of("flash_ioctl")
_READ = wire.number_of("flash_read")
_WRITE = wire.number_of("flash_write")


class Flash:
    def ioctl(self, op, arg=0):
        return bridge.call(_IOCTL, op, arg)

    def readblocks(self, block_num, buf, offset=0):
        bridge.call_into(buf, _READ, block_num, offset, len(buf))

    def writeblocks(self, block_num, buf, offset=None):
        """Without an offset the block is erased first."""
        bridge.call(_WRITE, block_num, -1 if offset is None else offset, payload=buf)
