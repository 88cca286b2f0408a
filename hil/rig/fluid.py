"""Reservoir, head, line and where the volume goes, in picolitres.

Simpler than emulator/plant: rollers give a steady flow, there is no temperature and no drug in the patient. Sums are
whole numbers of any size, so they belong to the main loop.
"""

from micropython import const

from hil.rig.line import Line
from hil.rig.motor import MILLISTEPS_PER_REV

_PPM = const(1_000_000)
_PL_PER_NL = const(1_000)
_CALIBRATED_PA = const(1_300)
# Rollers stop to turn above this: 3.3 mN.m of holding torque less friction at 1600 microsteps/s, over 9.55e-6 mN.m/Pa.
_STALL_PA = const(345_000)

RESERVOIR = const(0)
CATHETER = const(1)
POCKET = const(2)


class Fluid:
    """displaced_pl: net through the head. kept_ppm, coupling_ppm: shares that are left of a stroke, of a turn."""

    def __init__(self, motor):
        self.line = Line()
        self._motor = motor
        self.position = 0
        self.travel = 0
        self.commanded = 0
        self.missed = 0
        self.uncommanded = 0
        self.displaced_pl = 0
        self.in_csf_pl = 0
        self.leaked_pl = 0
        self.reservoir_pl = 18_000_000_000
        self.capacity_pl = 20_000_000_000
        self.concentration_ug_per_ml = 500
        self.volume_per_rev_nl = 60_000
        self.back_pressure_ppm_per_kpa = 3_000
        self.coupling_ppm = _PPM
        self.kept_ppm = _PPM
        self.wear_ppm_per_1000_rev = 0
        self.worn_since = 0
        self._losses = {}
        self._lost_ppm = 0
        self.peak_pa = self.line.pressure_pa
        self._push_ppm = _PPM
        self._rest = 0

    def advance(self, span_us, moved, missed, commanded, uncommanded):
        """So much time has passed, in which the motor did so much (see Motor)."""
        self.missed += missed
        self.commanded += commanded
        self.uncommanded += uncommanded
        # What the rotor displaced came over the whole span: it goes into the middle of it.
        half_us = span_us // 2
        self._share(self.line.flow(half_us))
        if not moved:
            # Rollers let slip back what the pressure presses against them, as it is when a stroke begins.
            over_pa = self.line.pressure_pa - _CALIBRATED_PA
            push_ppm = _PPM - self.back_pressure_ppm_per_kpa * over_pa // 1_000
            self._push_ppm = push_ppm if push_ppm > 0 else 0
        else:
            self.position += moved
            self.travel += moved if moved > 0 else -moved
            self._displace(moved)
        self._share(self.line.flow(span_us - half_us))
        pressure_pa = self.line.pressure_pa
        if pressure_pa > self.peak_pa:
            self.peak_pa = pressure_pa
        self._motor.is_overloaded = pressure_pa > _STALL_PA

    def _displace(self, millisteps):
        share = self.coupling_ppm * self.kept_ppm // _PPM * self._push_ppm // _PPM * self.fresh_ppm // _PPM
        whole = millisteps * self.volume_per_rev_nl * _PL_PER_NL * share + self._rest
        per_pl = MILLISTEPS_PER_REV * _PPM
        volume_pl = whole // per_pl
        self._rest = whole - volume_pl * per_pl
        if volume_pl > self.reservoir_pl:
            volume_pl = self.reservoir_pl  # air: the rotor turns and nothing more is displaced
        self.reservoir_pl -= volume_pl
        self.displaced_pl += volume_pl
        self.line.trapped_pl += volume_pl

    @property
    def fresh_ppm(self):
        """What wear has left of the stroke volume."""
        if not self.wear_ppm_per_1000_rev:
            return _PPM
        worn = (self.travel - self.worn_since) * self.wear_ppm_per_1000_rev // (1_000 * MILLISTEPS_PER_REV)
        return _PPM - worn if worn < _PPM else 0

    def _share(self, out_pl):
        lost_pl = out_pl * self._lost_ppm // _PPM
        self.leaked_pl += lost_pl
        self.in_csf_pl += out_pl - lost_pl

    def lose(self, owner, share_ppm):
        """From now on `owner` makes this share of the outflow miss the CSF; 0 takes it back."""
        self._losses[owner] = share_ppm
        kept_ppm = _PPM
        for lost_ppm in self._losses.values():
            kept_ppm = kept_ppm * (_PPM - lost_ppm) // _PPM
        self._lost_ppm = _PPM - kept_ppm

    # ---- people

    def withdraw(self, volume_nl):
        """Out of the reservoir with a syringe; the nL that came out."""
        out_pl = volume_nl * _PL_PER_NL
        if out_pl > self.reservoir_pl:
            out_pl = self.reservoir_pl
        self.reservoir_pl -= out_pl
        return out_pl // _PL_PER_NL

    def fill(self, volume_nl, port, concentration_ug_per_ml):
        """Into one of the ports; the nL that went in. A concentration below 0 is that of what is there."""
        in_pl = volume_nl * _PL_PER_NL
        if port == CATHETER:
            self.in_csf_pl += in_pl
        if port != RESERVOIR:
            return volume_nl
        if in_pl > self.capacity_pl - self.reservoir_pl:
            in_pl = self.capacity_pl - self.reservoir_pl
        if in_pl <= 0:
            return 0
        if concentration_ug_per_ml >= 0:
            drug = self.concentration_ug_per_ml * self.reservoir_pl + concentration_ug_per_ml * in_pl
            self.concentration_ug_per_ml = drug // (self.reservoir_pl + in_pl)
        self.reservoir_pl += in_pl
        return in_pl // _PL_PER_NL
