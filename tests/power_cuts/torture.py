"""Random therapy under random power cuts: what a person may ask, in any order, while the supply comes and goes.

The plant is asked, not the pump: the fullest sliding window against the dose limit (THR-13), the rotor against the
odometer after every restart (INT-04). Everything follows from the seed.
"""

from __future__ import annotations

import random
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field

from hil.errors import PumpbenchError, Refused
from tests.pump.pump_rig import EVERY_DAY, READING_NL, STROKE_NL, PumpRig
from tests.pump.window_meter import WindowMeter

LIMIT_NL = 400_000
WINDOW_S = 6 * 3_600
_BASAL_NL_PER_H = 40_000
_FILL_NL = 18_000_000
_LEAST_NL = 4_000_000  # then somebody fills
_OPERATIONS = 40  # a cut comes within this many flash operations
_DAY_S = 86_400.0


@dataclass
class Ordeal:
    """`days` of it. `done` counts what was asked and taken, `complaints` is what must stay empty. How near it came to
    that: `fullest_nl` of any window, `apart_nl` between rotor and odometer after each cut.
    """

    seed: int
    done: Counter[str] = field(default_factory=Counter)
    complaints: list[str] = field(default_factory=list)
    fullest_nl: float = 0.0
    apart_nl: list[float] = field(default_factory=list)

    def run(self, days: float) -> None:
        rng = random.Random(f"torture {self.seed}")
        with PumpRig(_BASAL_NL_PER_H, seed=self.seed) as rig:
            rig.client.programme_begin()
            rig.client.stage_patient_bolus(15_000, 60, 900, 24)
            rig.client.stage_dose_limit(LIMIT_NL, WINDOW_S)
            rig.client.programme_commit()
            meter = WindowMeter(rig.world.plant)
            end_s = rig.now_s + days * _DAY_S
            while rig.now_s < end_s and not self.complaints:
                self._turn(rig, rng)
            self.fullest_nl = meter.fullest_nl(WINDOW_S)
        if self.fullest_nl > LIMIT_NL:
            self.complaints.append(f"{self.fullest_nl:.0f} nL in a window of {WINDOW_S} s")

    def _turn(self, rig: PumpRig, rng: random.Random) -> None:
        """One wish of a person, some time, perhaps a cut in it."""
        cuts = rng.random() < 0.5
        if cuts:
            flash = rig.world.flash
            place = rng.choice((("before", 0.0), ("inside", rng.random()), ("after", 0.0)))
            flash.cut_at(flash.operations + rng.randrange(_OPERATIONS), *place)
        wish = rng.choice(WISHES)
        try:
            wish(rig, rng)
            self.done[wish.__name__.strip("_")] += 1
        except Refused:
            self.done["refused"] += 1
        except PumpbenchError:
            if rig.world.mcu.is_powered:
                raise
        with suppress(PumpbenchError):
            rig.run_for(rng.choice((1.0, 30.0, 600.0, 7_200.0)) * rng.random())
        if cuts and rng.random() < 0.3:
            rig.target.power.off()  # between two flash operations
        if not rig.world.mcu.is_powered:
            self._come_back(rig, rng)

    def _come_back(self, rig: PumpRig, rng: random.Random) -> None:
        rig.world.flash.planned_cut = None
        rig.target.power.off()
        rig.run_for(rng.choice((0.1, 5.0, 1_200.0)))
        rig.target.power.on()
        rig.reconnect()
        rig.client.uncertain = None  # what became of it does not matter here
        self.done["cuts"] += 1
        status = rig.status
        short_nl = rig.turned_nl() - status.delivered_nl
        self.apart_nl.append(abs(short_nl))
        if abs(short_nl) > STROKE_NL + READING_NL:
            self.complaints.append(f"rotor and odometer differ by {short_nl:.0f} nL at {rig.now_s:.0f} s")
        if status.mode not in ("RUNNING", "STOPPED", "MIN_RATE", "STANDBY"):
            self.complaints.append(f"{status.mode} at {rig.now_s:.0f} s: {rig.active()}")


def _start(rig: PumpRig, _rng: random.Random) -> None:
    rig.client.start()


def _stop(rig: PumpRig, rng: random.Random) -> None:
    rig.client.stop()
    rig.run_for(rng.choice((1.0, 300.0)))
    rig.client.start()


def _patient_bolus(rig: PumpRig, _rng: random.Random) -> None:
    rig.client.patient_bolus()


def _clinician_bolus(rig: PumpRig, rng: random.Random) -> None:
    rig.client.clinician_bolus(rng.randrange(10_000, 200_000), rng.randrange(300, 3_600))


def _programme(rig: PumpRig, rng: random.Random) -> None:
    rig.client.programme_begin()
    rig.client.stage_day(EVERY_DAY, [(0, rng.randrange(5_000, 120_000)), (720, rng.randrange(5_000, 120_000))])
    rig.client.programme_commit()


def _refill(rig: PumpRig, _rng: random.Random) -> None:
    level_nl = rig.status.reservoir_nl
    if level_nl < _LEAST_NL:
        rig.client.refill_begin()
        rig.client.refill_withdrawn(max(0, level_nl))
        rig.client.refill_filled(_FILL_NL)
        rig.client.refill_confirm()
        rig.client.start()


WISHES = (_start, _stop, _patient_bolus, _patient_bolus, _clinician_bolus, _clinician_bolus, _programme, _refill)
