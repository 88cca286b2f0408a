"""One story lived on a target, with everything that the invariants look at: the truth of the plant, nets, bytes on the
link, power, faults, and what the pump said.
"""

from __future__ import annotations

import time
import traceback
from typing import Any

import msgspec

from hil.errors import BenchBroken, PumpbenchError
from hil.run.execution import rare_collections
from hil.run.oracle import Act
from hil.run.record import Record
from hil.run.result import RunResult
from hil.run.runner import Options, Runner
from hil.scenario.model import Inject, Scenario
from hil.targets.base import FirmwareBroken, Target
from hil.targets.factory import make_target
from hil.words.quantity import NS_PER_S

NETS = ("DIR", "EN", "ALARM_LAMP", "PATIENT_BUTTON", "SILENCE_BUTTON")
FOREVER_NS = 1 << 62


class FaultSpan(msgspec.Struct, frozen=True):
    """One injection, [begin, end) in ns; `end_ns` is FOREVER_NS for one that was never cleared."""

    id: str
    begin_ns: int
    end_ns: int
    took_effect: bool
    parameters: dict[str, Any]

    def overlaps(self, begin_ns: int, end_ns: int) -> bool:
        return self.begin_ns < end_ns and self.end_ns > begin_ns


class Wire(msgspec.Struct, frozen=True):
    """Bytes at the host's end of the link."""

    t_ns: int
    is_request: bool
    data: bytes


class Life(msgspec.Struct):
    """`broken`: the bench could not go on, which says nothing about the pump; `crash`: the firmware ended or hung.

    `boots_ns` are the starts of the processor, the first one left out; `losses_ns` when it lost its supply.
    """

    scenario: Scenario
    target: str
    record: Record
    result: RunResult | None = None
    faults: list[FaultSpan] = []
    acts: list[Act] = []
    boots_ns: list[int] = []
    losses_ns: list[int] = []
    wires: list[Wire] = []
    crash: str = ""
    broken: str = ""
    wall_s: float = 0.0

    @property
    def end_ns(self) -> int:
        return self.record.end_ns

    def faults_in(self, begin_ns: int, end_ns: int, *prefixes: str) -> list[FaultSpan]:
        """Those that act at some time of the span; with prefixes of ids only those."""
        return [
            fault
            for fault in self.faults
            if fault.overlaps(begin_ns, end_ns) and (not prefixes or fault.id.startswith(prefixes))
        ]

    def had(self, *prefixes: str) -> bool:
        """A fault with such an id began at all."""
        return any(fault.id.startswith(prefixes) for fault in self.faults)


class _TappedSerial:
    """The host's end of the link, with a note of all that goes through it."""

    def __init__(self, target: Target, wires: list[Wire]) -> None:
        self._serial = target.serial
        self._clock = target.clock
        self._wires = wires

    @property
    def timeout(self) -> float | None:
        return self._serial.timeout

    @timeout.setter
    def timeout(self, value: float | None) -> None:
        self._serial.timeout = value

    @property
    def in_waiting(self) -> int:
        return self._serial.in_waiting

    def read(self, size: int = 1, /) -> bytes:
        data = self._serial.read(size)
        if data:
            self._wires.append(Wire(self._clock.now_ns, False, data))
        return data

    def write(self, data: bytes, /) -> Any:
        self._wires.append(Wire(self._clock.now_ns, True, bytes(data)))
        return self._serial.write(data)


class WatchedTarget:
    """A target that looks the same. Its link is tapped, and what becomes of its power is noted."""

    def __init__(self, target: Target) -> None:
        self._target = target
        self.wires: list[Wire] = []
        self.boots_ns: list[int] = []
        self.losses_ns: list[int] = []
        self.serial = _TappedSerial(target, self.wires)
        power, clock = target.power, target.clock
        if power is not None:
            power.on_boot(lambda: self.boots_ns.append(clock.now_ns))
            power.on_loss(lambda: self.losses_ns.append(clock.now_ns))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._target, name)


def live(scenario: Scenario, target_word: str = "sim") -> Life:
    """Run a story to its end. What goes wrong is in the result; only bad input and a stop by a person are raised."""
    started_s = time.monotonic()
    life = Life(scenario, target_word, Record(end_ns=scenario.duration_ns))
    try:
        with rare_collections(), make_target(target_word, scenario, NETS) as target:
            watched = WatchedTarget(target)
            runner = Runner(scenario, watched, Options())  # type: ignore[arg-type]
            life.record, life.wires = runner.record, watched.wires
            life.boots_ns, life.losses_ns = watched.boots_ns, watched.losses_ns
            life.result = runner.run()
            _take(life, runner)
    except FirmwareBroken as error:
        life.crash = str(error)
    except BenchBroken as error:
        life.broken = str(error)
    except PumpbenchError:
        raise
    except Exception:  # a mistake of the harness says nothing about the pump, and ends no campaign
        life.broken = traceback.format_exc()
    life.wall_s = time.monotonic() - started_s
    return life


def lived(runner: Runner, result: RunResult) -> Life:
    """What a run was that somebody else has lived to its end, on a `WatchedTarget`."""
    watched = runner.target
    assert isinstance(watched, WatchedTarget)
    life = Life(runner.scenario, "sim", runner.record, result, wires=watched.wires, wall_s=result.wall_s)
    life.boots_ns, life.losses_ns = watched.boots_ns, watched.losses_ns
    _take(life, runner)
    return life


def _take(life: Life, runner: Runner) -> None:
    injections = [step.action for step in life.scenario.steps if isinstance(step.action, Inject)]
    for seen in runner.faults:
        end_ns = seen.injection.cleared_at_ns
        parameters = next((each.parameters for each in injections if each.fault == seen.id), {})
        life.faults.append(
            FaultSpan(
                seen.id,
                seen.at_ns,
                FOREVER_NS if end_ns is None else end_ns,
                seen.injection.took_effect,
                parameters,
            )
        )
    life.acts = runner.oracle.acts
    trouble = runner.target.trouble()
    if trouble is not None:
        life.crash = trouble


def seconds_of(t_ns: int) -> str:
    return f"{t_ns / NS_PER_S:.1f} s"
