"""What the tests of the detectors share: guarded modules and figures as the reference bench gives them.

Modules are loaded with the guard, so every test is also a test that no intermediate leaves small integers.
"""

from __future__ import annotations

from math import exp, inf
from pathlib import Path
from random import Random

from emulator.mcu.loader import load_modules

REPOSITORY = Path(__file__).resolve().parents[3]
STROKE_NL = 300
STROKE_MICROSTEPS = 16
MICROSTEPS_PER_REV = 3200
COUNTS_PER_MICROSTEP = 4096 / MICROSTEPS_PER_REV
NL_PER_COUNT = 60_000 / 4096
RING = 2**30
NEVER = inf  # strokes or seconds until a verdict that does not come
RATES_UL_PER_H = (2, 20, 1000)
KPA_S_PER_NL = 2.0e-4  # of a bore of 0.575 mm over 77 cm at 37 degC


def core(name):
    """One module of firmware/core."""
    return getattr(load_modules(REPOSITORY, f"firmware.core.{name}", guard=True), name)


def interval_s(rate_ul_per_h, stroke_nl=STROKE_NL):
    """Seconds between strokes at a constant rate."""
    return stroke_nl * 3.6 / rate_ul_per_h


class Rotor:
    """Turns by microsteps and is read with noise, as an AS5600 angle."""

    def __init__(self, seed, noise_counts=0.5):
        self._random = Random(seed)
        self._noise_counts = noise_counts
        self.counts = self._random.uniform(0, 4096)

    def turn(self, microsteps):
        self.counts += microsteps * COUNTS_PER_MICROSTEP

    def read(self):
        return round(self.counts + self._random.gauss(0, self._noise_counts)) % 4096


class Line:
    """The line of the reference bench: 190 nL/kPa behind 0.56e-4 kPa.h/uL, patient at 1.3 kPa."""

    def __init__(self, seed, noise_kpa=0.3, flow_ul_per_s=30.0, nl_per_kpa=190.0, rest_kpa=1.3):
        self._nl_per_kpa = nl_per_kpa
        self._tau_s = KPA_S_PER_NL * nl_per_kpa
        self.rest_kpa = rest_kpa
        self._random = Random(seed)
        self._noise_kpa = noise_kpa
        self._flow_ul_per_s = flow_ul_per_s
        self.resistance = 1.0  # times the open line's; 1e9 closed, 1e-3 disconnected
        self.excess_kpa = 0.0

    def rest(self, seconds):
        self.excess_kpa *= exp(-seconds / (self._tau_s * self.resistance))

    def pump(self, volume_nl):
        seconds = volume_nl / 1000 / self._flow_ul_per_s
        keep = exp(-seconds / (self._tau_s * self.resistance))
        ceiling_kpa = self._flow_ul_per_s * 1000 * KPA_S_PER_NL * self.resistance
        self.excess_kpa = self.excess_kpa * keep + ceiling_kpa * (1 - keep)

    def read_pa(self):
        kpa = self.rest_kpa + self.excess_kpa + self._random.gauss(0, self._noise_kpa)
        return 81 * round(max(-14.0, min(kpa, 229.0)) * 1000 / 81)  # one step of the converter is 81 Pa

    @property
    def trapped_nl(self):
        return self.excess_kpa * self._nl_per_kpa
