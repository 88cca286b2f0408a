"""A ring of fixed-size entries in flash, oldest overwritten first, in a few files of 256 entries.

The file system copies the last block of a file on each append, so a file is kept small; a whole file is
dropped when the ring comes round. Entries carry their own check, a torn one is not returned.
"""

import struct
from binascii import crc32

from micropython import const

ENTRY_BYTES = const(24)
_SEGMENT_ENTRIES = const(256)
_END = const(2)  # whence of seek
# sequence u32, epoch_s u32, run_s u32, code u8, 24 bits of CRC, a i32, b i32
_LAYOUT = "<IIIBBHii"


def _seal(entry):
    check = _blank_check(entry)
    entry[13] = check >> 16
    entry[14] = check & 0xFF
    entry[15] = check >> 8 & 0xFF


def _blank_check(entry):
    """The check of an entry, whose own is zero afterwards."""
    entry[13] = entry[14] = entry[15] = 0
    return crc32(entry) & 0xFFFFFF


class LogRing:
    """Keeps at least (segments - 1) * 256 entries under `folder`, which is there. `next_sequence` starts at 0."""

    def __init__(self, folder, segments):
        self._paths = tuple("%s/%02d" % (folder, slot) for slot in range(segments))
        self._segments = segments
        self._entry = bytearray(ENTRY_BYTES)
        self.next_sequence = 0
        self.newest_run_s = 0  # of the entry with the highest number that was found at the start
        self._find_end()

    def pack(self, buffer, at, sequence, epoch_s, run_s, code, a, b):
        """Put an entry, not yet sealed, at `at` of the buffer. Does not allocate."""
        struct.pack_into(_LAYOUT, buffer, at, sequence, epoch_s, run_s, code, 0, 0, a, b)

    def append(self, entries, at, count):
        """Write `count` entries of `pack` that stand from `at` on in the buffer `entries`, with numbers one after
        the other, or as many of them as go into the file of the first: one write, whatever their count. Returns how
        many. Raises OSError from the file system. Allocates (file access).
        """
        sequence = struct.unpack_from("<I", entries, at)[0]
        position = sequence % _SEGMENT_ENTRIES
        count = min(count, _SEGMENT_ENTRIES - position)
        path = self._paths[sequence // _SEGMENT_ENTRIES % self._segments]
        data = memoryview(entries)[at : at + count * ENTRY_BYTES]
        for begin in range(0, count * ENTRY_BYTES, ENTRY_BYTES):
            _seal(data[begin : begin + ENTRY_BYTES])
        if position:
            with open(path, "ab") as file:
                # A gap is filled, so that an entry's place follows from its number. A file opened to append
                # stands at 0 until the first write: only seek finds its end.
                missing = position * ENTRY_BYTES - file.seek(0, _END)
                if missing > 0:
                    file.write(bytes(missing))
                if missing >= 0:
                    file.write(data)
            if missing < 0:
                # The newest entry was torn or damaged, so that its number was given again: it is replaced.
                with open(path, "r+b") as file:
                    file.seek(position * ENTRY_BYTES)
                    file.write(data)
        else:
            with open(path, "wb") as file:
                file.write(data)
        self.next_sequence = sequence + count
        return count

    def oldest(self):
        """The lowest number that an entry in the ring can have."""
        kept = self._segments * _SEGMENT_ENTRIES
        position = self.next_sequence % _SEGMENT_ENTRIES
        if position:
            kept += position - _SEGMENT_ENTRIES  # the file that is being filled held the oldest ones
        return self.next_sequence - kept if self.next_sequence > kept else 0

    def read(self, sequence, buffer, offset):
        """Copy the entry with this number to `buffer` at `offset`, zeros for its check; False when it is gone or
        damaged."""
        try:
            with open(self._paths[sequence // _SEGMENT_ENTRIES % self._segments], "rb") as file:
                file.seek(sequence % _SEGMENT_ENTRIES * ENTRY_BYTES)
                if file.readinto(self._entry) != ENTRY_BYTES:
                    return False
        except OSError:
            return False
        if self._stored_sequence() != sequence:
            return False
        buffer[offset : offset + ENTRY_BYTES] = self._entry
        return True

    def _stored_sequence(self):
        """The sequence number of the entry in the work buffer, or -1 when its check fails. The check itself is
        zero afterwards."""
        entry = self._entry
        check = entry[13] << 16 | entry[15] << 8 | entry[14]
        if _blank_check(entry) != check:
            return -1
        return struct.unpack_from("<I", entry, 0)[0]

    def _find_end(self):
        for path in self._paths:
            try:
                with open(path, "rb") as file:
                    while file.readinto(self._entry) == ENTRY_BYTES:
                        sequence = self._stored_sequence()
                        if sequence >= self.next_sequence:
                            self.next_sequence = sequence + 1
                            self.newest_run_s = struct.unpack_from("<I", self._entry, 8)[0]
            except OSError:
                continue
