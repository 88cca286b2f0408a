"""A pump on any target with an emulated bench, given a therapy as in a clinic, and what truly happened.

Times are seconds of the target's clock. Nothing here knows which target it is, apart from patience.
"""

from __future__ import annotations

from typing import Any

import pytest

from hil.campaign.compare import ENABLE_NET, STEP_NET, bursts, steps_ns
from hil.errors import BenchBroken, LinkTimeout
from hil.pump.client import Client
from hil.pump.readings import Event
from hil.scenario.model import Scenario
from hil.scenario.reader import read_text
from hil.targets.rigged import RiggedTarget
from hil.targets.sim import SimTarget
from hil.targets.truth import TruthSeries
from tests.therapy import give_therapy

_MICROSTEPS_PER_REV = 3_200
_SAME_STROKE_NS = 100_000_000
_FIRST_HELLO_S = 1.0
_HELLO_EVERY_S = 0.5
_LONGEST_BOOT_S = 20.0
_SCENARIO = """
name = "conformance"
why = "the same test bodies on every target"
requirements = ["LNK-01"]
duration = "1 d"
seed = 7
start_clock = "2026-03-02 08:00:00"
[[expect]]
never = ["SYSTEM_FAULT"]
"""


def scenario() -> Scenario:
    return read_text(_SCENARIO, "conformance.toml")[0]


class Rig:
    """A pump that has booted. `alarms` and `client.events` are what it has told."""

    _CANNOT: tuple[type[Exception], ...] = ()

    def __init__(self, target: SimTarget) -> None:
        self.target = target
        self.client = Client(target.serial, target.clock, on_event=self._heard)
        self.alarms: list[tuple[str, str]] = []
        self._awaited = ""
        self._is_listening = False
        target.on_receive(self._received)
        self.greet()

    # ---- time and talk

    @property
    def now_s(self) -> float:
        return self.target.clock.now_s()

    def run_for(self, seconds: float) -> None:
        self._is_listening = True
        self.target.clock.run_until(self.target.clock.now_ns + round(seconds * 1e9))
        self._is_listening = False
        self.client.poll()
        assert self.target.trouble() is None, self.target.trouble()

    def greet(self) -> float:
        """HELLO until the pump has booted; seconds that this took."""
        since_s = self.now_s
        self.run_for(_FIRST_HELLO_S)
        while True:
            try:
                self.client.hello()
                return self.now_s - since_s
            except LinkTimeout:
                is_late = self.now_s - since_s > _LONGEST_BOOT_S
                assert not is_late, f"the pump does not boot: {self.target.log()[-20:]}"
                self.run_for(_HELLO_EVERY_S)

    def deliver(self, rate_nl_per_h: int, patient: tuple[int, int, int, int] | None = None) -> None:
        """Programme, refill, start. `patient`: volume in nL, duration in s, lock-out in s, number a day."""
        give_therapy(self.client, rate_nl_per_h, patient)

    def wait_for_alarm(self, name: str, within_s: float) -> float:
        """Seconds from now until the alarm is raised."""
        since_s = self.now_s
        self._awaited = name
        self.run_for(within_s)
        self._awaited = ""
        assert (name, "RAISED") in self.alarms, f"{name} not raised within {within_s} s; heard {self.alarms}"
        return self.now_s - since_s

    def inject(self, fault: str, **parameters: Any) -> Any:
        """Skips the test on a bench that cannot do this to its pump."""
        try:
            return self.target.bench.inject(fault, parameters)
        except (BenchBroken, *self._CANNOT) as reason:
            pytest.skip(str(reason))

    # ---- truth

    @property
    def delivered_nl(self) -> float:
        return self.target.world.truth().delivered_nl

    @property
    def rotor_rev(self) -> float:
        return self.target.world.truth().rotor_rev

    def strokes(self) -> list[tuple[int, int]]:
        """(time in ns, microsteps) of every burst that came to a driver with current."""
        waves = self.target.waves()
        return bursts(waves[STEP_NET], waves[ENABLE_NET])

    def step_rises_ns(self) -> list[int]:
        waves = self.target.waves()
        return steps_ns(waves[STEP_NET], waves[ENABLE_NET])

    # ---- inside

    def _heard(self, event: Event) -> None:
        if event.code == "ALARM":
            self.alarms.append((event.alarm, event.alarm_event))
            if event.alarm == self._awaited and event.alarm_event == "RAISED":
                self.target.clock.wake()

    def _received(self) -> None:
        # A request that waits for its answer reads the line itself.
        if self._is_listening:
            self.client.poll()


class BoardRig(Rig):
    """Two boards in one world, the second of which plays the bench: the host has their two serial lines and nothing
    else, as on a real bench, and truth is what the rig has counted.
    """

    _CANNOT = (ValueError,)  # a fault that a rig has no hand on
    target: RiggedTarget

    @property
    def delivered_nl(self) -> float:
        return self._rows().delivered_nl[-1]

    @property
    def rotor_rev(self) -> float:
        return self._rows().rotor_rev[-1]

    def strokes(self) -> list[tuple[int, int]]:
        """From the rotor's rows: a rig reports each stroke, and not its edges."""
        rows = self._rows()
        found: list[tuple[int, int]] = []
        before = 0
        for t_ns, rev in zip(rows.t_ns, rows.rotor_rev, strict=True):
            turned, before = round(rev * _MICROSTEPS_PER_REV) - before, round(rev * _MICROSTEPS_PER_REV)
            if turned and found and t_ns - found[-1][0] < _SAME_STROKE_NS:
                found[-1] = (t_ns, found[-1][1] + turned)  # a look at the rig has come in the middle of it
            elif turned:
                found.append((t_ns, turned))
        return found

    def step_rises_ns(self) -> list[int]:
        pytest.skip("a rig counts the edges of a stroke, and does not time them")

    def _rows(self) -> TruthSeries:
        self.target.bench.sample()
        return self.target.bench.truth()
