"""Over any rhythm of restarts the pump delivers the integral over the powered time (THR-04).

Powered is the time in RUNNING or MIN_RATE with a processor that works: from the end of a boot, which the ready lamp
shows, to the loss of power or the begin of a hang. What was turned is the rotor's, so rollers do not matter.
"""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from tests.pump.pump_rig import READING_NL, STROKE_NL, PumpRig

_OFF_S = 1.0
_BOLUS_NL, _BOLUS_S = 100_000, 1_800


@dataclass
class Course:
    """What a pump ought to have turned, and how often it restarted."""

    rig: PumpRig
    rate_nl_per_h: int
    powered_s: float = 0.0
    restarts: int = 0

    def ready_s(self) -> float | None:
        """Since when the pump is ready; None while it boots or is off."""
        waves = self.rig.target.waves()["READY_LAMP"]
        return waves[-1][0] / 1e9 if waves and waves[-1][1] == 1 else None

    def end_of_power(self, since_s: float) -> None:
        ready_s = self.ready_s()
        if ready_s is not None:
            self.powered_s += max(self.rig.now_s - max(ready_s, since_s), 0.0)
        self.restarts += 1

    def cut(self, since_s: float) -> None:
        self.end_of_power(since_s)
        self.rig.target.power.off()
        self.rig.run_for(_OFF_S)
        self.rig.target.power.on()

    def hang(self, since_s: float) -> None:
        self.end_of_power(since_s)
        hang = self.rig.inject("cpu.hang")
        self.rig.run_for(9.0)
        hang.clear()


def shortfall_and_excess(rate_nl_per_h: int, rhythm_s: float, restarts: int, how: str, bolus: bool = False):
    """(nL turned less than the powered integral, course)."""
    rig = PumpRig(rate_nl_per_h, nets=("READY_LAMP",))
    rig.run_for(60.0)
    course = Course(rig, rate_nl_per_h)
    begun_nl, begun_s = rig.turned_nl(), rig.now_s
    extra_nl = 0.0
    if bolus:
        rig.client.clinician_bolus(_BOLUS_NL, _BOLUS_S)
        extra_nl = _BOLUS_NL * rhythm_s / _BOLUS_S
    since_s = begun_s
    for _ in range(restarts):
        rig.run_for(rhythm_s)
        course.cut(since_s) if how == "power" else course.hang(since_s)
        since_s = rig.now_s
    rig.run_for(60.0)
    course.end_of_power(since_s)
    integral_nl = rate_nl_per_h * course.powered_s / 3_600.0 + extra_nl
    turned_nl = rig.turned_nl() - begun_nl
    rig.world.mcu.power_off()
    return integral_nl - turned_nl, course


def allowed_short_nl(rate_nl_per_h: float, rhythm_s: float, restarts: int) -> float:
    second_nl = rate_nl_per_h / 3_600.0
    later_nl = min(second_nl * rhythm_s / 900.0, STROKE_NL / 8)
    return STROKE_NL + READING_NL + restarts * max(second_nl, later_nl)


@pytest.mark.requirement("THR-04", "INT-05")
@pytest.mark.parametrize(("rate", "rhythm_s", "restarts"), [(2_000, 20, 12), (20_000, 30, 12), (1_000_000, 12, 8)])
def test_restarts_by_power_neither_add_nor_lose_doses(rate, rhythm_s, restarts):
    short_nl, course = shortfall_and_excess(rate, rhythm_s, restarts, "power")
    assert course.restarts == restarts + 1
    assert -(STROKE_NL + READING_NL) < short_nl < allowed_short_nl(rate, rhythm_s, restarts)


@pytest.mark.requirement("THR-04", "INT-03")
def test_a_watchdog_restart_neither_adds_nor_loses_a_dose():
    short_nl, course = shortfall_and_excess(20_000, 700, 3, "watchdog")
    assert course.restarts == 4
    assert -(STROKE_NL + READING_NL) < short_nl < allowed_short_nl(20_000, 700, 3)


@pytest.mark.requirement("THR-04", "THR-14")
def test_a_bolus_that_a_restart_ended_leaves_the_programme():
    short_nl, _course = shortfall_and_excess(20_000, 60, 6, "power", bolus=True)
    bolus_nl_per_h = _BOLUS_NL * 3_600 / _BOLUS_S
    assert -(STROKE_NL + READING_NL) < short_nl < allowed_short_nl(20_000, 60, 6) + bolus_nl_per_h / 3_600


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.requirement("THR-04", "INT-05")
@pytest.mark.parametrize("rhythm_s", [1, 8, 20, 60, 300, 1_000, 3_600])
@pytest.mark.parametrize("rate", [2_000, 20_000, 1_000_000])
def test_the_table_of_restarts_by_power(rate, rhythm_s):
    restarts = 60 if rhythm_s <= 20 else 20 if rhythm_s <= 300 else 6
    if rate == 1_000_000:
        restarts = min(restarts, 12_000_000 // (rate * rhythm_s // 3_600))
    short_nl, _course = shortfall_and_excess(rate, rhythm_s, restarts, "power")
    assert -(STROKE_NL + READING_NL) < short_nl < allowed_short_nl(rate, rhythm_s, restarts)


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.requirement("THR-04", "INT-03")
@pytest.mark.parametrize("rhythm_s", [400, 1_000, 3_600])  # the third in ten minutes is FAULT
@pytest.mark.parametrize("rate", [2_000, 20_000, 1_000_000])
def test_the_table_of_restarts_by_the_watchdog(rate, rhythm_s):
    restarts = 8 if rate < 1_000_000 or rhythm_s < 1_000 else 4
    short_nl, _course = shortfall_and_excess(rate, rhythm_s, restarts, "watchdog")
    assert -(STROKE_NL + READING_NL) < short_nl < allowed_short_nl(rate, rhythm_s, restarts)
