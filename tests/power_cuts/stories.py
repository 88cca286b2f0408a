"""What the pump may be doing when the power goes: each story prepares a pump and then does one thing.

The flash operations of that one thing are the cut points of the sweep. `state` is what must afterwards be
as before or as after the thing, and never a mixture (INT-04).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from hil.errors import PumpbenchError
from tests.pump.pump_rig import EVERY_DAY, PumpRig

BASAL_NL_PER_H = 60_000
PATIENT_BOLUS_NL = 9_000
LOCKOUT_S = 7_200
_SETTLE_S = 2.0


@dataclass(frozen=True)
class Story:
    """`rig`: arguments of PumpRig. `is_new`: the pump had never been given anything, so nothing can be lost."""

    name: str
    act: Callable[[PumpRig], None]
    prepare: Callable[[PumpRig], None] = lambda rig: None
    rig: dict[str, Any] = field(default_factory=dict)
    is_new: bool = False

    def begin(self) -> PumpRig:
        """The pump, ready for the one thing."""
        rig = PumpRig(BASAL_NL_PER_H, **self.rig)
        self.prepare(rig)
        if not self.is_new:
            rig.run_for(_SETTLE_S)
        return rig

    def do(self, rig: PumpRig) -> None:
        """The one thing; a host whose pump loses its power gets no answer, and may have to leave it there."""
        try:
            self.act(rig)
        except PumpbenchError:
            if rig.world.mcu.is_powered:
                raise


def prescribe_bolus(rig: PumpRig) -> None:
    rig.client.programme_begin()
    rig.client.stage_patient_bolus(PATIENT_BOLUS_NL, 30, LOCKOUT_S, 4)
    rig.client.stage_dose_limit(2_000_000, 86_400)
    rig.client.programme_commit()


def _patient_bolus(rig: PumpRig) -> None:
    rig.client.patient_bolus()
    rig.run_for(60.0)


def _commit(rig: PumpRig) -> None:
    rig.client.programme_begin()
    for day in range(7):
        rig.client.stage_day(1 << day, [(60 * hour, 20_000 + 1_000 * hour + 100 * day) for hour in range(24)])
    rig.client.stage_patient_bolus(5_000, 60, 3_600, 3)
    rig.client.programme_commit()
    rig.run_for(_SETTLE_S)


def _change_drug(rig: PumpRig) -> None:
    rig.client.programme_begin()
    rig.client.stage_drug("morphine", 10_000)
    rig.client.stage_day(EVERY_DAY, [(0, 30_000)])
    rig.client.programme_commit()
    rig.run_for(_SETTLE_S)


def _refill(rig: PumpRig) -> None:
    rig.client.refill_begin()
    rig.client.refill_withdrawn(max(0, rig.status.reservoir_nl))
    rig.client.refill_filled(11_000_000)
    rig.client.refill_confirm()
    rig.run_for(_SETTLE_S)


def _alarm(rig: PumpRig) -> None:
    stuck = rig.inject("button.stuck", button="silence")
    rig.run_for(62.0)
    stuck.clear()
    rig.run_for(5.0)


def _mode_changes(rig: PumpRig) -> None:
    rig.client.stop()
    rig.client.minimum_rate()
    rig.client.start()
    rig.run_for(_SETTLE_S)


def _hour(rig: PumpRig) -> None:
    rig.run_for(3_600.0)


def _many_entries(rig: PumpRig) -> None:
    """Enough log entries that a file of the ring is begun and, at the next round, an old one dropped."""
    for _ in range(270):
        rig.client.exchange("BOLUS_CANCEL")
        rig.run_for(0.3)


def _many_saves(rig: PumpRig) -> None:
    """Enough journal entries that littlefs moves a metadata pair (it does so after 100 erases of one)."""
    for number in range(450):
        rig.client.exchange("STOP" if number % 2 == 0 else "START")
        rig.run_for(0.3)


def _first_start(rig: PumpRig) -> None:
    rig.target.power.off()
    rig.run_for(1.0)
    rig.target.power.on()
    rig.run_for(9.0)


STORIES = (
    Story("patient bolus", _patient_bolus, prescribe_bolus),
    Story("programme commit", _commit, prescribe_bolus),
    Story("change of drug", _change_drug),
    Story("refill", _refill),
    Story("alarm raised and cleared", _alarm),
    Story("stop, minimum rate, start", _mode_changes),
    Story("an hour of basal", _hour),
    Story("log ring", _many_entries),
    Story("journal until littlefs relocates", _many_saves),
    Story("first start", _first_start, rig={"is_commissioned": False}, is_new=True),
)
