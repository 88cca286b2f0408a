"""The refill as a transaction (RES-05 to RES-07): begin, withdrawn, filled, confirm.

It lives in RAM alone and touches the reservoir in confirm() only, so a cancel, a lost link or a power cut
at any point leaves the old state. By practice the reservoir is emptied through the needle first: what is
withdrawn is all there was, and what is filled is all there is. Delivery may go on meanwhile.

The mismatch is known as soon as the withdrawal is entered, before anything is filled: mismatch_nl is
withdrawn less expected, is_mismatch says whether that is consequential, hint() what the sign suggests.
"""

from micropython import const

from protocols.ids import BUSY, NO_REFILL, OK, OUT_OF_RANGE

# What the sign of a mismatch suggests (RES-06).
HINT_NONE = const(0)
HINT_MORE_LEFT = const(1)  # than expected: under-delivery, occlusion or stall
HINT_LESS_LEFT = const(2)  # over-delivery, a leak, or a pocket fill at the last refill

_IDLE = const(0)
_BEGUN = const(1)
_WITHDRAWN = const(2)
_FILLED = const(3)

_SMALL_CAPACITY_NL = const(20000000)
_SMALL_MISMATCH_NL = const(1000000)
_LARGE_MISMATCH_NL = const(2000000)
_RELATIVE_FROM_NL = const(4000000)


class Refill:
    def __init__(self, reservoir):
        self._reservoir = reservoir
        self._step = _IDLE
        self.withdrawn_nl = 0
        self.filled_nl = 0
        self.mismatch_nl = 0
        self.is_mismatch = False
        self._drawn_mark_nl = 0

    def is_open(self):
        return self._step != _IDLE

    def begin(self):
        """BUSY while another refill is open."""
        if self._step != _IDLE:
            return BUSY
        self._forget()
        self._step = _BEGUN
        return OK

    def withdrawn(self, volume_nl):
        """Enter (or correct, before the fill) what was withdrawn: 0 .. capacity."""
        if self._step != _BEGUN and self._step != _WITHDRAWN:
            return NO_REFILL if self._step == _IDLE else BUSY
        reservoir = self._reservoir
        if not 0 <= volume_nl <= reservoir.capacity_nl:
            return OUT_OF_RANGE
        self._step = _WITHDRAWN
        self.withdrawn_nl = volume_nl
        # Before the first refill ever there is nothing to compare with.
        self.mismatch_nl = volume_nl - reservoir.volume_nl if reservoir.is_known() else 0
        self.is_mismatch = self._is_consequential()
        return OK

    def filled(self, volume_nl):
        """Enter (or correct) what was filled, 1 .. capacity; NO_REFILL without an entered withdrawal."""
        if self._step != _WITHDRAWN and self._step != _FILLED:
            return NO_REFILL
        if not 1 <= volume_nl <= self._reservoir.capacity_nl:
            return OUT_OF_RANGE
        if self._step == _WITHDRAWN:
            self._drawn_mark_nl = self._reservoir.drawn_nl
        self._step = _FILLED
        self.filled_nl = volume_nl
        return OK

    def confirm(self):
        """Make it so. withdrawn_nl, filled_nl and the mismatch stay readable until the next begin()."""
        if self._step != _FILLED:
            return NO_REFILL
        drawn_since_nl = self._reservoir.drawn_nl - self._drawn_mark_nl
        self._reservoir.refilled(self.filled_nl)
        self._reservoir.draw(drawn_since_nl)
        self._step = _IDLE
        return OK

    def cancel(self):
        """Leave the old state; NO_REFILL when none is open."""
        if self._step == _IDLE:
            return NO_REFILL
        self._forget()
        return OK

    def hint(self):
        """HINT_ number of a consequential mismatch."""
        if not self.is_mismatch:
            return HINT_NONE
        return HINT_MORE_LEFT if self.mismatch_nl > 0 else HINT_LESS_LEFT

    def _is_consequential(self):
        size_nl = self.mismatch_nl if self.mismatch_nl >= 0 else -self.mismatch_nl
        is_small = self._reservoir.capacity_nl <= _SMALL_CAPACITY_NL
        if size_nl > (_SMALL_MISMATCH_NL if is_small else _LARGE_MISMATCH_NL):
            return True
        drawn_nl = self._reservoir.drawn_nl
        # 14.5 % is 29 / 200; cut down to whole nL, which "above" tolerates.
        return drawn_nl >= _RELATIVE_FROM_NL and size_nl > drawn_nl // 200 * 29 + drawn_nl % 200 * 29 // 200

    def _forget(self):
        self._step = _IDLE
        self.withdrawn_nl = 0
        self.filled_nl = 0
        self.mismatch_nl = 0
        self.is_mismatch = False
