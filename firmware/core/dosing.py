"""The exact integral of a rate (THR-04): nothing is rounded away, however time is cut into pieces.

A rate r in nL/h gives r / 3600 pL in a millisecond. With r = 3600 q + p that is q pL and p of the 3600
parts of a picolitre; the parts are carried. The same numbers hold for nanolitres and seconds, which is
how the forecast uses this class.
"""

from struct import calcsize

from micropython import const

from firmware.core.record import Record
from firmware.core.units import NEVER_MS

# Demand beyond 0.5 mL can only mean that delivery has stopped: it is not kept, because it would be made up later.
DUE_CEILING_PL = const(500000000)
_LAYOUT = "<iH"
PACKED_BYTES = calcsize(_LAYOUT)

_PARTS = const(3600)
# Below 900 pL/ms (3.24 mL/h) a piece of 290 s, else one of 16 s, keeps every product under 2**30.
_SLOW_PL_PER_MS = const(900)
_SLOW_PIECE_MS = const(290000)
_FAST_PIECE_MS = const(16000)
# 3600 = 15 * 15 * 16: a rate of 60 000 000 times 16 is still a small integer, one of 290 000 times 3600 as well.
_STEPS = (15, 15, 16)
_ONE_STEP = (3600,)
_ONE_STEP_NL_PER_H = const(290000)
_FORESEEABLE = const(149000)  # NEVER_MS // 3600


class Dosing(Record):
    """due_pl: demanded and not yet commanded, in pL; negative after a stroke that came half a stroke early.

    parts: what is carried beyond it, 0 .. 3599 of 1/3600 pL.
    """

    LAYOUT = _LAYOUT
    FIELDS = ("due_pl", "parts")

    def __init__(self):
        self.due_pl = 0
        self.parts = 0

    def accrue(self, rate_nl_per_h, dt_ms):
        """Add what rate_nl_per_h (0 .. 60 000 000) demands in dt_ms (0 .. 2**29)."""
        per_ms = rate_nl_per_h // _PARTS
        parts_per_ms = rate_nl_per_h % _PARTS
        piece = _SLOW_PIECE_MS if per_ms < _SLOW_PL_PER_MS else _FAST_PIECE_MS
        while dt_ms > 0:
            if piece > dt_ms:
                piece = dt_ms
            parts = self.parts + parts_per_ms * piece
            due = self.due_pl + per_ms * piece + parts // _PARTS
            self.due_pl = due if due < DUE_CEILING_PL else DUE_CEILING_PL
            self.parts = parts % _PARTS
            dt_ms -= piece

    def accrue_parts(self, parts):
        """Add parts (0 .. 2**30 - 3600) of 1/3600 pL: the fraction of a rate that is no whole nL/h."""
        parts += self.parts
        self.due_pl += parts // _PARTS
        self.parts = parts % _PARTS

    def take(self, volume_pl):
        """A stroke of this volume is commanded."""
        self.due_pl -= volume_pl

    def forfeit_above(self, volume_pl):
        """Demand above volume_pl is dropped for good: a missed volume is never made up."""
        if self.due_pl > volume_pl:
            self.due_pl = volume_pl

    def ms_until(self, threshold_pl, rate_nl_per_h):
        """The least number of ms at this rate until due_pl >= threshold_pl; NEVER_MS if out of sight."""
        need = threshold_pl - self.due_pl
        if need <= 0:
            return 0
        if rate_nl_per_h <= 0 or need // rate_nl_per_h >= _FORESEEABLE:
            return NEVER_MS
        quotient = need // rate_nl_per_h
        rest = need % rate_nl_per_h
        for factor in _ONE_STEP if rate_nl_per_h <= _ONE_STEP_NL_PER_H else _STEPS:
            rest *= factor
            quotient = quotient * factor + rest // rate_nl_per_h
            rest %= rate_nl_per_h
        # Now 3600 * need = rate * quotient + rest, and the carried parts count towards it.
        return quotient - (self.parts - rest) // rate_nl_per_h

    def signature(self):
        """Asked at each wake, so without the loop over the names."""
        return self.due_pl ^ self.parts
