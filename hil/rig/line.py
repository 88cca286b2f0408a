"""The fluid line: one compliance behind one resistance, as in emulator/plant/line.py, in integers.

1 nL/kPa is 1 pL/Pa, so what the line holds above rest, in pL, over the compliance is its excess pressure in Pa.
"""

from micropython import const

_ONE = const(16_384)
_BITS = const(14)
_SEALED_US = const(500_000_000)  # a line that settles slower than this is closed
_GAS_PER_KPA = const(101)  # uL of gas gives way by 1000 / 101 nL/kPa (Boyle at 101.3 kPa)


class Line:
    """trapped_pl: held above rest. patient_pa: pressure at the catheter's tip. Nothing flows while is_sealed."""

    def __init__(self):
        self.trapped_pl = 0
        self.patient_pa = 1_300
        self.wall_pl_per_pa = 190
        self.air_nl = 0
        self.free_us = 37_600  # 190 nL/kPa times the resistance of 770 mm of 0.575 mm bore
        self.is_sealed = False
        self._shares = {}
        self._decay_us = self.free_us
        self._waiting_us = 0
        self.refresh()

    @property
    def compliance_pl_per_pa(self):
        return self.wall_pl_per_pa + self.air_nl // _GAS_PER_KPA

    @property
    def pressure_pa(self):
        return self.patient_pa + self.trapped_pl // self.compliance_pl_per_pa

    def let_through(self, owner, numerator, denominator):
        """From now on `owner` changes the conductance by this factor; 1, 1 takes it back."""
        if numerator == denominator:
            self._shares.pop(owner, None)
        else:
            self._shares[owner] = (numerator, denominator)
        self.refresh()

    def refresh(self):
        """After a change of what lets through, or of what gives way."""
        numerator = self.wall_pl_per_pa
        denominator = self.compliance_pl_per_pa
        for above, below in self._shares.values():
            numerator *= above
            denominator *= below
        slow_us = self.free_us * denominator
        self.is_sealed = numerator == 0 or slow_us >= _SEALED_US * numerator
        self._decay_us = _SEALED_US if self.is_sealed else slow_us // numerator or 1

    def give_way(self, air_nl):
        """So much gas is in the line: what the line holds stays what it is."""
        self.air_nl = air_nl
        self.refresh()

    def set_patient(self, pressure_pa):
        """The pressure at the tip changed: the line still holds its own."""
        self.trapped_pl += (self.patient_pa - pressure_pa) * self.compliance_pl_per_pa
        self.patient_pa = pressure_pa

    def flow(self, span_us):
        """No inflow for so long; the pL that left meanwhile (negative: came back).

        The step of the integration is implicit, so it never overshoots; a span that is short for the line waits until
        there is enough of it to count.
        """
        if self.is_sealed or not self.trapped_pl:
            self._waiting_us = 0
            return 0
        span_us += self._waiting_us
        if span_us < self._decay_us >> 6:
            self._waiting_us = span_us
            return 0
        self._waiting_us = 0
        before_pl = self.trapped_pl
        slice_us = (self._decay_us >> 4) + 1
        while span_us > 0 and self.trapped_pl:
            part_us = slice_us if slice_us < span_us else span_us
            span_us -= part_us
            kept = _ONE * _ONE // (_ONE + part_us * _ONE // self._decay_us)
            held_pl = self.trapped_pl
            if -64 < held_pl < 64:
                self.trapped_pl = 0
            else:
                self.trapped_pl = (held_pl >> _BITS) * kept + ((held_pl & _ONE - 1) * kept >> _BITS)
        return before_pl - self.trapped_pl

    @property
    def settles_us(self):
        """How long a change of its pressure by a sixteenth takes; 0 when nothing changes."""
        return 0 if self.is_sealed or not self.trapped_pl else self._decay_us >> 4
