"""Makes records and rings in the flash file system, so that services need not know of files."""

import os

from micropython import const

from firmware.drivers.image import Image
from firmware.drivers.log_ring import LogRing
from firmware.drivers.nvm import Record

# The mark in the clock chip for a write under way.
_WRITES = const(1)
_TRIES_AGAIN = const(2)  # the first one after a watchdog restart in a write

_FILLERS = const(9)  # two pages each, of the sixteen in a block


class Store:
    """littlefs tries every block of a flash that takes no writes, and the watchdog bites meanwhile. A processor that
    hung in a write looks the same afterwards. So a mark in the clock chip shows when a write begins and ends. After
    a watchdog restart in a write the next one is tried; when the watchdog bites in that one, too, no other is
    begun: `is_dead`, until the next power-on, or until a person has the pump test itself.

    `has_written`: since the executive put it down.
    """

    def __init__(self, rtc, is_watchdog_restart):
        self._rtc = rtc
        self.has_written = False
        left = rtc.last_writing()
        if not is_watchdog_restart:
            left = 0  # power went, and took whatever held up the write along
        self.is_dead = left == _TRIES_AGAIN
        self._mark = _TRIES_AGAIN if left == _WRITES else _WRITES

    def begin(self):
        """Before a write. OSError when the flash is dead."""
        if self.is_dead:
            raise OSError
        self._rtc.note_writing(self._mark)

    def end(self):
        """After a write that the file system took."""
        self._rtc.note_writing(0)
        self._mark = _WRITES
        self.has_written = True

    def try_again(self):
        """A person says that it is mended: the next write is tried, and no other when the watchdog bites in that."""
        if self.is_dead:
            self.is_dead = False
            self._mark = _TRIES_AGAIN

    def records(self, folder):
        """Before `record`: the folder of the records, with those of a firmware that kept them in the root folder.

        The blocks of the root folder are the two that littlefs cannot exchange, so what is written often lies
        elsewhere. A new board writes on there until the second block holds the whole folder too: nothing else would
        ever do it, and a bit that flips in the first must not take the firmware's files away (INT-08).
        """
        try:
            if self._has_made(folder):
                for _ in range(_FILLERS):
                    self.begin()
                    open(folder + ".new", "wb").close()
                    os.remove(folder + ".new")
                    self.end()
            for name in os.listdir("/"):
                if name[-2:] in (".a", ".b"):
                    self.begin()
                    os.rename("/" + name, folder + "/" + name)
                    self.end()
        except OSError:
            pass  # entries are refused and counted, or missed: then the log says that the pump is no new one

    def record(self, path, capacity):
        """A double record of at most `capacity` bytes, see nvm.py."""
        return Record(path, capacity)

    def ring(self, folder, segments):
        """A log ring of `segments` files of 256 entries, see log_ring.py."""
        self._has_made(folder)
        return LogRing(folder, segments)

    def image(self, path):
        """The firmware's files and the list of them at `path`, see image.py."""
        return Image(path)

    def _has_made(self, folder):
        try:
            os.stat(folder)
            return False
        except OSError:
            pass
        try:
            self.begin()
            os.mkdir(folder)
            self.end()
        except OSError:
            return False  # each write to it fails, and is counted
        return True
