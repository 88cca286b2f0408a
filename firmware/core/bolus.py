"""One bolus as an exact plan: volume_nl spread evenly over duration_s (THR-09).

volume * 3600 / duration is seldom a whole number of nL/h. rate_nl_per_h is its whole part; the fraction
is carried in parts of 1/3600 pL, the unit of Dosing. At the last millisecond exactly volume_nl has been
demanded: a bolus ends by time and is exact in volume.
"""

from struct import calcsize

from micropython import const

from firmware.core.record import Record
from firmware.core.units import mul_div
from protocols.ids import NO_BOLUS

_TOP = const(0x3FFFFFFF)
_SHORTFALL_HIGH_PL = const(500000000)
_LAYOUT = "<BIIIii"
PACKED_BYTES = calcsize(_LAYOUT)


class Bolus(Record):
    """remaining_ms: of the plan, not of the clock: a suspended bolus stands still.

    shortfall_pl: commanded less measured while this bolus was the one running, signed.
    """

    LAYOUT = _LAYOUT
    FIELDS = ("kind", "volume_nl", "duration_s", "remaining_ms", "shortfall_pl", "_carry")

    def __init__(self):
        self.kind = NO_BOLUS
        self.volume_nl = 0
        self.duration_s = 1
        self.remaining_ms = 0
        self.rate_nl_per_h = 0
        self.shortfall_pl = 0
        self._fraction = 0
        self._carry = 0
        self._piece_ms = 0

    def begin(self, kind, volume_nl, duration_s):
        """volume 1 .. 40 000 000 nL over 1 .. 1 000 000 s, so that the rate stays below 60 000 000 nL/h."""
        self.kind = kind
        self.volume_nl = volume_nl
        self.duration_s = duration_s
        self.remaining_ms = duration_s * 1000
        self.shortfall_pl = 0
        self._carry = 0
        self._spread()

    def _spread(self):
        # Twice times 60: a duration of 1 000 000 s times 3600 would not be a small integer.
        rate = self.volume_nl // self.duration_s
        rest = self.volume_nl % self.duration_s
        for _ in range(2):
            rest *= 60
            rate = rate * 60 + rest // self.duration_s
            rest %= self.duration_s
        self.rate_nl_per_h = rate
        self._fraction = rest
        self._piece_ms = (_TOP - self.duration_s) // rest if rest else 0

    def pass_ms(self, dt_ms):
        """The plan moves on by dt_ms (at most remaining_ms); returns the parts beyond rate_nl_per_h."""
        self.remaining_ms -= dt_ms
        fraction = self._fraction
        if fraction == 0:
            return 0
        parts = 0
        piece = self._piece_ms
        carry = self._carry
        while dt_ms > 0:
            if piece > dt_ms:
                piece = dt_ms
            carry += fraction * piece
            parts += carry // self.duration_s
            carry %= self.duration_s
            dt_ms -= piece
        self._carry = carry
        return parts

    def count_pl(self, volume_pl):
        """A stroke was commanded (positive) or measured (negative) while this bolus runs."""
        shortfall = self.shortfall_pl + volume_pl
        if -_SHORTFALL_HIGH_PL < shortfall < _SHORTFALL_HIGH_PL:
            self.shortfall_pl = shortfall

    def demanded_nl(self):
        """What the plan has demanded so far, rounded down by less than 3 nL."""
        if self.kind == NO_BOLUS:
            return 0
        passed_ms = self.duration_s * 1000 - self.remaining_ms
        whole = mul_div(self.volume_nl, passed_ms // 1000, self.duration_s)
        return whole + self.rate_nl_per_h // 3600 * (passed_ms % 1000) // 1000

    def remaining_nl(self):
        """What the plan will still demand, rounded up by less than 3 nL; 0 without a bolus."""
        return self.volume_nl - self.demanded_nl() if self.kind != NO_BOLUS else 0

    def delivered_nl(self, waiting_pl):
        """Measured part: demanded, less what waits to be commanded, less what the rotor fell short."""
        waiting_nl = waiting_pl // 1000 if waiting_pl > 0 else 0
        delivered = self.demanded_nl() - waiting_nl - self.shortfall_pl // 1000
        return delivered if delivered > 0 else 0

    def end(self):
        self.kind = NO_BOLUS
        self.rate_nl_per_h = 0
        self.remaining_ms = 0
        self._fraction = 0

    def signature(self):
        """Also of what follows from the fields."""
        return Record.signature(self) ^ self.rate_nl_per_h ^ self._fraction ^ self._piece_ms

    def unpack_from(self, buf, offset):
        offset = Record.unpack_from(self, buf, offset)
        if self.kind == NO_BOLUS:
            self.end()
        else:
            self._spread()
        return offset
