"""The computed volume of the reservoir (RES-01, RES-03, RES-04): falls by measured displacement only.

It is a computation, not a measurement: what else can empty a reservoir shows at the next refill (refill.py).
"""

from struct import calcsize

from micropython import const

from firmware.core.record import Record
from protocols.ids import OK, OUT_OF_RANGE

LOW_LEVEL_DEFAULT_NL = const(2000000)
EMPTY_LEVEL_DEFAULT_NL = const(500000)
CAPACITY_HIGH_NL = const(40000000)

_LOW_LEVEL_LEAST_NL = const(500000)
_LOW_LEVEL_MOST_NL = const(8000000)
_LAYOUT = "<iiHB"
PACKED_BYTES = calcsize(_LAYOUT)

# Bits of `filling`.
_CONFIRMED = const(1)
_KNOWN = const(2)


class Reservoir(Record):
    """volume_nl may fall below zero when more is displaced than was there by the records.

    drawn_nl: delivered since the last confirmed refill. drug_identity: Drug.identity() of the drug filled in.
    The levels belong to the configuration of the bench and are not stored with the volume.
    """

    LAYOUT = _LAYOUT
    FIELDS = ("volume_nl", "drawn_nl", "drug_identity", "filling")

    def __init__(self, capacity_nl, empty_level_nl=EMPTY_LEVEL_DEFAULT_NL):
        self.capacity_nl = capacity_nl
        self.low_level_nl = LOW_LEVEL_DEFAULT_NL
        self.empty_level_nl = empty_level_nl
        self.volume_nl = 0
        self._complement_nl = ~self.volume_nl
        self.is_spoilt = False  # the volume was no longer what had been written (INT-02)
        self.drawn_nl = 0
        self.drug_identity = 0
        self.filling = 0

    def draw(self, volume_nl):
        """The rotor displaced volume_nl; negative when it turned back."""
        if self.volume_nl != ~self._complement_nl:
            self.is_spoilt = True
        if self.volume_nl > -CAPACITY_HIGH_NL:
            self.volume_nl -= volume_nl
            self.drawn_nl += volume_nl
            self._complement_nl = ~self.volume_nl

    def signature(self):
        """What does not change while the pump runs, as one number that any single flipped bit changes."""
        return self.capacity_nl ^ self.low_level_nl ^ self.empty_level_nl

    def is_confirmed(self):
        """A refill was entered for this drug."""
        return self.filling & _CONFIRMED != 0

    def is_known(self):
        """A refill was confirmed at any time, so the volume means something."""
        return self.filling & _KNOWN != 0

    def room_nl(self):
        """What it holds above the empty level."""
        room_nl = self.volume_nl - self.empty_level_nl
        return room_nl if room_nl > 0 else 0

    def is_low(self):
        return self.is_confirmed() and self.volume_nl <= self.low_level_nl

    def is_empty(self):
        return self.is_confirmed() and self.volume_nl <= self.empty_level_nl

    def set_low_level(self, level_nl):
        """RES-03: 0.5 to 8 mL, else OUT_OF_RANGE."""
        if not _LOW_LEVEL_LEAST_NL <= level_nl <= _LOW_LEVEL_MOST_NL:
            return OUT_OF_RANGE
        self.low_level_nl = level_nl
        return OK

    def refilled(self, volume_nl):
        """A refill was confirmed; the reservoir was emptied before and holds volume_nl now."""
        self.volume_nl = volume_nl
        self._complement_nl = ~volume_nl
        self.drawn_nl = 0
        self.filling = _CONFIRMED | _KNOWN

    def drug_changed(self):
        """THR-21: what it holds is not the prescribed drug, so a refill must be entered."""
        self.filling &= ~_CONFIRMED

    def unpack_from(self, buf, offset):
        offset = Record.unpack_from(self, buf, offset)
        self._complement_nl = ~self.volume_nl
        return offset
