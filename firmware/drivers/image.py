"""The firmware's own files against the list that was written with them (INT-01, INT-02).

/manifest.json is [[path, CRC-32], ...], made by whoever writes the files to the board: one entry on each
line, all lines of one length, so that the board finds an entry without keeping the list, which would take
12 KiB of its heap. A board without it runs unchecked, and its log says so.
"""

import json
from binascii import crc32

from micropython import const

# Every piece is a call into the file system: smaller ones make a self-test on request miss the 200 ms of LNK-02. Its
# buffer is garbage afterwards; that of the periodic test, which has ten minutes for a file, stays.
_PIECE_BYTES = const(2048)
_SMALL_PIECE_BYTES = const(256)
_TO_THE_END = const(2)
_OPENING = b"[["
_CLOSING = b"]\n"  # a list cut short between two lines has a comma there
# Around each entry: a bracket or a blank before it, a comma or a bracket and the end of the line after it.
_BEFORE = const(1)
_AFTER = const(2)
_BEGINS = b"[ "
_ENDS = (b",\n", b"]\n")


class Image:
    """`load` at boot, then `is_whole(place)` for each place below `count`. Reading does not write."""

    def __init__(self, path):
        self._path = path
        self._line_bytes = 0
        self._buffer = bytearray(_SMALL_PIECE_BYTES)
        self.is_listed = False
        self.count = 0

    def load(self):
        """Look at the list. False when it is there and is none."""
        try:
            with open(self._path, "rb") as file:
                line = file.readline()
                size = file.seek(0, _TO_THE_END)
                file.seek(max(0, size - len(_CLOSING)))
                closing = file.read()
        except OSError:
            return True
        if line[: len(_OPENING)] != _OPENING or size % len(line) or closing != _CLOSING:
            return False
        self._line_bytes = len(line)
        self.count = size // len(line)
        self.is_listed = True
        return True

    def lists(self, path):
        """True when the list has a file of this path."""
        for place in range(self.count):
            entry = self._entry(place)
            if entry is not None and entry[0] == path:
                return True
        return False

    def is_at(self, place, path):
        """True when the file at this place of the list has this path."""
        entry = self._entry(place)
        return entry is not None and entry[0] == path

    def first_spoilt(self):
        """The place of the first file that is not whole, `count` when all are."""
        place = 0
        buffer = bytearray(_PIECE_BYTES)
        try:
            with open(self._path, "rb") as file:
                while place < self.count and self._is_whole(self._read(file), buffer):
                    place += 1
        except OSError:
            pass
        return place

    def is_whole(self, place):
        """True when the file at this place of the list is there, with the content that it was written with."""
        return self._is_whole(self._entry(place), self._buffer)

    def _is_whole(self, entry, buffer):
        if entry is None:
            return False
        view = memoryview(buffer)
        crc = 0
        try:
            with open(entry[0], "rb") as file:
                size = file.readinto(buffer)
                while size:
                    crc = crc32(view[:size], crc)
                    size = file.readinto(buffer)
        except OSError:
            return False
        return crc == entry[1]

    def _entry(self, place):
        """(path, CRC-32), None when there is none."""
        try:
            with open(self._path, "rb") as file:
                file.seek(place * self._line_bytes)
                return self._read(file)
        except OSError:
            return None

    def _read(self, file):
        """The next entry of the list, None when the line is none. Raises OSError."""
        line = file.read(self._line_bytes)
        if line[:_BEFORE] not in _BEGINS or line[-_AFTER:] not in _ENDS:
            return None
        try:
            path, crc = json.loads(line[_BEFORE:-_AFTER])
        except (ValueError, TypeError):
            return None
        return path, crc
