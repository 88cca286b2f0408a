"""Received bytes, in bounded portions: how much of the processor the line may have (LNK-03).

A turn of the executive takes at most one chunk of 256 bytes. A line that has brought 1024 bytes, four of
the longest frames, without one good frame is babbling: from then on it does not wake the processor, and
the link's own limits say how often it is looked at and for how many bytes (drivers/link.py); the pause
between two looks grows by 1 ms every 16 looks. The first good frame, or a look that finds nothing, ends that.
"""

from micropython import const

from firmware.core.units import NEVER_MS, after_ms, until_ms

_TURN_BYTES = const(256)
_MOST_JUNK = const(1024)
_LOOKS_PER_MS = const(16)


class LinkIntake:
    """`chunk[at:end]` has been received and not yet been looked at. Nothing here allocates.

    `link` has is_ready(), receive(buffer, most), listen(is_listening), LOOK_BYTES, FIRST_LOOK_MS, LAST_LOOK_MS.
    """

    def __init__(self, link):
        self.chunk = bytearray(_TURN_BYTES)
        self.at = 0
        self.end = 0
        self._link = link
        self._junk = 0
        self._is_babbling = False
        self._look_ms = 0
        self._look_left = 0
        self._pause_ms = 0
        self._looks = 0

    def due_in_ms(self, now_ms):
        """0 or less: there is something to take, or it is time to look."""
        if self.at < self.end:
            return 0
        if self._is_babbling:
            return until_ms(self._look_ms, now_ms)
        return 0 if self._link.is_ready() else NEVER_MS

    def take_in(self, now_ms):
        """Fill the chunk again once it has been used up."""
        if self.at < self.end:
            return
        self.at = 0
        if self._is_babbling:
            self.end = self._look(now_ms)
        else:
            self.end = self._link.receive(self.chunk, _TURN_BYTES)
        self._junk += self.end
        if self._junk >= _MOST_JUNK and not self._is_babbling:
            self._is_babbling = True
            self._link.listen(False)
            self._pause_ms = self._link.FIRST_LOOK_MS
            self._looks = 0
            self._rest(now_ms)

    def found_frame(self):
        """What has been taken from the chunk ended in a good frame."""
        self._junk = 0
        self._attend()

    def _look(self, now_ms):
        if until_ms(self._look_ms, now_ms) > 0:
            return 0
        self._junk = _MOST_JUNK  # more is not counted: the sum stays a small integer for ever
        most = self._look_left if self._look_left < _TURN_BYTES else _TURN_BYTES
        count = self._link.receive(self.chunk, most)
        is_first = self._look_left == self._link.LOOK_BYTES
        self._look_left -= count
        if count == 0 and is_first:
            self._attend()
        elif count < most or self._look_left == 0:
            self._rest(now_ms)
        return count

    def _rest(self, now_ms):
        self._look_ms = after_ms(now_ms, self._pause_ms)
        self._looks += 1
        if self._looks == _LOOKS_PER_MS:
            self._looks = 0
            if self._pause_ms < self._link.LAST_LOOK_MS:
                self._pause_ms += 1
        self._look_left = self._link.LOOK_BYTES

    def _attend(self):
        if self._is_babbling:
            self._is_babbling = False
            self._junk = 0
            self._link.listen(True)
