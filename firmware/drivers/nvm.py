"""Small records in flash files: two copies in turn, each with sequence number, length and CRC.

The newest whole copy counts. A cut in the middle of a write spoils at most the copy being written, a
flipped bit at most the copy it hits; the other one still holds the state before (INT-04, INT-08). From the
second write on there are two copies, numbered one after the other: anything else is damage, too.
"""

import struct
from binascii import crc32

from micropython import const

_MAGIC = const(0x5042)
_HEADER = "<HHI"  # magic, payload length, sequence number
_HEADER_BYTES = const(8)
_CRC_BYTES = const(4)

NOTHING = const(-1)


class Record:
    """One record of at most `capacity` bytes under `path`. `payload` is filled by the caller before
    `save`, and holds the stored bytes after `load`."""

    def __init__(self, path, capacity):
        self._paths = (path + ".a", path + ".b")
        self._buffer = bytearray(_HEADER_BYTES + capacity + _CRC_BYTES)
        self.payload = memoryview(self._buffer)[_HEADER_BYTES : _HEADER_BYTES + capacity]
        self._capacity = capacity
        self.sequence = 0  # of the newest whole copy
        self.damaged_copies = 0
        self.is_lost = False  # something had been stored and no copy of it is whole; until the next save

    def load(self):
        """Read the newest whole copy into `payload`; its length, or NOTHING when there is none.

        `damaged_copies` counts copies that do not check, are gone, or are not the one before the newest.
        """
        self.damaged_copies = 0
        first = self._read(0)
        second = self._read(1)
        newest = 0 if first > second else 1
        sequence = first if first > second else second
        if sequence == 0:
            self.is_lost = self.damaged_copies > 0
            return NOTHING
        if sequence > 1 and self.damaged_copies == 0 and first + second != 2 * sequence - 1:
            self.damaged_copies = 1
        self._read(newest)
        self.sequence = sequence
        return struct.unpack_from(_HEADER, self._buffer, 0)[1]

    def save(self, length):
        """Write `length` bytes of `payload` over the older copy. Raises OSError from the file system."""
        sequence = self.sequence + 1
        struct.pack_into(_HEADER, self._buffer, 0, _MAGIC, length, sequence)
        end = _HEADER_BYTES + length
        view = memoryview(self._buffer)
        struct.pack_into("<I", self._buffer, end, crc32(view[:end]))
        with open(self._paths[sequence & 1], "wb") as file:
            file.write(view[: end + _CRC_BYTES])
        self.sequence = sequence  # not before: after a write that failed the other copy is still the whole one
        self.is_lost = False

    def missed(self, sequence):
        """Copy `sequence` had been stored and is gone. Until the next `save` the record is lost."""
        self.sequence = sequence
        self.is_lost = True

    def _read(self, slot):
        """The sequence number of a copy that checks, else 0."""
        try:
            with open(self._paths[slot], "rb") as file:
                size = file.readinto(self._buffer)
        except OSError:
            return 0
        if size == 0:
            return 0  # made, and the power went before anything was in it: never was a copy
        if size >= _HEADER_BYTES + _CRC_BYTES:
            magic, length, sequence = struct.unpack_from(_HEADER, self._buffer, 0)
            end = _HEADER_BYTES + length
            if magic == _MAGIC and end + _CRC_BYTES <= size:
                if struct.unpack_from("<I", self._buffer, end)[0] == crc32(memoryview(self._buffer)[:end]):
                    return sequence
        self.damaged_copies += 1
        return 0
