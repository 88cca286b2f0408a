"""The firmware's own files against the list that was written with them (INT-01, INT-02).

/manifest.json is [[path, CRC-32], ...], made by whoever writes the files to the board. A board without it
runs unchecked, and its log says so.
"""

import json
from binascii import crc32

from micropython import const

_PIECE_BYTES = const(2048)


class Image:
    """`load` at boot, then `is_whole(place)` for each place below `count`. Reading does not write."""

    def __init__(self, path):
        self._path = path
        self._entries = ()
        self._buffer = bytearray(_PIECE_BYTES)
        self.is_listed = False
        self.count = 0

    def load(self):
        """Read the list. False when it is there and cannot be read."""
        try:
            with open(self._path) as file:
                self._entries = json.load(file)
            self.count = len(self._entries)
        except OSError:
            return True
        except (ValueError, TypeError):
            return False
        self.is_listed = True
        return True

    def path(self, place):
        return self._entries[place][0]

    def lists(self, path):
        """True when the list has a file of this path."""
        for entry in self._entries:
            if entry[0] == path:
                return True
        return False

    def is_whole(self, place):
        """True when the file at this place of the list is there, with the content that it was written with."""
        entry = self._entries[place]
        buffer = self._buffer
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
