"""A pump on the `sim` target that has been given a therapy and started, and what a test may know of it.

Truth comes from the plant and the nets. What the pump says is kept apart: `alarms`, `status`, `client`.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from emulator.bench.config import BenchConfig
from emulator.mcu import Flash, FlashImage
from emulator.nets import DigitalNet, PulseTrain
from emulator.world import REPOSITORY, Truth, World
from hil.pump.client import Client
from hil.pump.readings import Event, Status
from hil.targets.base import BOOT_S
from hil.targets.sim import SimTarget
from hil.targets.sim_bench import SimInjection
from protocols import ids
from tests.uart_end import plug_into_uart

EVERY_DAY = 0b111_1111
STROKE_NL = 300.0
COUNT_NL = 60_000 / 4_096  # of the rotor sensor
READING_NL = 90.0  # angles at both ends of a comparison: three counts each way, as stroke_check allows
_CONCENTRATION = 500


@dataclass(frozen=True)
class AlarmSeen:
    """What the pump told of an alarm, and when it arrived. `event`: RAISED, CLEARED, ACKNOWLEDGED, ..."""

    name: str
    event: str
    at_s: float


@dataclass(frozen=True)
class Burst:
    """One burst of steps on the STEP net to a driver with current."""

    at_s: float
    microsteps: int


def bench_of(friction_mnm: float, rotor_phase: float = 0.0) -> BenchConfig:
    """The reference bench with another friction in its head, and a motor mounted at another phase."""
    bench = BenchConfig()
    plant = replace(bench.plant, friction_torque_mnm=friction_mnm, rotor_phase_microsteps=rotor_phase)
    return replace(bench, plant=plant)


@cache
def _flash_image(settings: str) -> bytes:
    return FlashImage.from_tree(REPOSITORY, {"/config.json": settings.encode()} if settings else {})


class PumpRig:
    """`basal`: nL/h, or the (start minute, nL/h) segments of every day. `settings`: the pump's /config.json.

    Times are seconds of the target's clock, zero about when delivery starts. The pump is switched on,
    has its programme and refill, and runs, unless `is_started` is False. `is_commissioned=False`: it has
    only booted. Leave it as a context manager, or let the `pump` fixture do so.
    """

    def __init__(
        self,
        basal: int | Sequence[tuple[int, int]] = 20_000,
        *,
        fill_nl: int = 18_000_000,
        bench: BenchConfig | None = None,
        settings: dict[str, int] | None = None,
        nets: tuple[str, ...] = (),
        seed: int = 0,
        is_commissioned: bool = True,
        is_started: bool = True,
    ) -> None:
        flash = Flash(image=_flash_image(json.dumps(settings) if settings else ""))
        self.world = World(bench, seed=seed, flash=flash)
        if settings and settings.get("link_uart"):
            plug_into_uart(self.world)
        self.target = SimTarget(self.world, nets)
        self.clock = self.target.clock
        self.bench = self.target.bench
        self.client = Client(self.target.serial, self.clock, on_event=self._heard)
        self.alarms: list[AlarmSeen] = []
        self.bursts: list[Burst] = []
        self.fill_nl = fill_nl
        self._awaited: str | None = None
        self._is_running = False
        self.target.on_receive(self._received)
        self.world.nets.digital("STEP").on_train(self._stepped)
        self.target.power.on()
        self.run_for(BOOT_S)
        self.client.hello()
        if is_commissioned:
            self.commission(basal, fill_nl)
            self.run_until(0.0)
        if is_commissioned and is_started:
            self.client.start()

    def __enter__(self) -> PumpRig:
        return self

    def __exit__(self, *_error: object) -> None:
        self.world.mcu.power_off()

    # -- therapy ------------------------------------------------------------------------------------

    def commission(self, basal: int | Sequence[tuple[int, int]], fill_nl: int) -> None:
        """Programme and refill, as in a clinic."""
        self.client.programme_begin()
        self.client.stage_drug("baclofen", _CONCENTRATION)
        self.client.stage_day(EVERY_DAY, [(0, basal)] if isinstance(basal, int) else basal)
        self.client.programme_commit()
        self.client.refill_begin()
        self.client.refill_withdrawn(0)
        self.client.refill_filled(fill_nl)
        self.client.refill_confirm()

    # -- time ---------------------------------------------------------------------------------------

    @property
    def now_s(self) -> float:
        return self.clock.now_s()

    def run_for(self, seconds: float) -> None:
        """Let time pass, and hear what the pump says meanwhile."""
        self.run_until(self.now_s + seconds)

    def run_until(self, t_s: float) -> None:
        """As `run_for`, up to a time; at once when it has passed."""
        self._is_running = True
        self.clock.run_until(round(t_s * 1e9))
        self._is_running = False
        self.client.poll()
        assert self.target.trouble() is None, self.target.trouble()

    def wait_for_alarm(self, name: str, within_s: float) -> float:
        """Run until the alarm is raised; seconds from now until it was. AssertionError when it is not."""
        since_s = self.now_s
        self._awaited = name
        self.run_for(within_s)
        self._awaited = None
        raised = [seen.at_s for seen in self.alarms if (seen.name, seen.event) == (name, "RAISED")]
        assert raised and raised[-1] >= since_s, f"{name} not raised in {within_s} s; heard {self.alarms}"
        return raised[-1] - since_s

    # -- faults, power ------------------------------------------------------------------------------

    def inject(self, fault: str, **parameters: Any) -> SimInjection:
        """Begin a fault of emulator/faults now; durations in s, pressures in kPa, voltages in mV."""
        return self.bench.inject(fault, parameters)

    def cycle_power(self, off_s: float = 1.0) -> None:
        """Off, on, booted, and the conversation taken up again."""
        self.target.power.off()
        self.run_for(off_s)
        self.target.power.on()
        self.reconnect()

    def reconnect(self) -> None:
        """Say HELLO again after a restart."""
        self.run_for(BOOT_S)
        self.client.hello()

    # -- truth --------------------------------------------------------------------------------------

    @property
    def truth(self) -> Truth:
        """Plant truth of this moment."""
        return self.world.truth()

    def delivered_nl(self, from_s: float, to_s: float | None = None) -> float:
        """True nL through the head between two times, to now by default."""
        to_s = self.now_s if to_s is None else to_s
        return self.world.delivered_between(self._world_ns(from_s), self._world_ns(to_s))

    def turned_nl(self) -> float:
        """What the rotor has turned so far, at the nominal volume per revolution: without roller pulsation."""
        return self.truth.rotor_rev * self.world.config.plant.volume_per_rev_nl

    def level(self, net: str) -> int:
        """Level of a named net now, e.g. EN (1 = driver off)."""
        return self.world.nets.digital(net).level_at(self.world.env.now)

    def bursts_after(self, t_s: float) -> list[Burst]:
        """Bursts on STEP that began after a time."""
        return [burst for burst in self.bursts if burst.at_s > t_s]

    def is_lamp_used(self, in_last_s: float = 30.0) -> bool:
        """The alarm lamp was lit, or blinked, in the last seconds: a high, medium or low alarm is active."""
        end_ns = self.world.env.now
        lamp = self.world.bench.alarm_lamp
        return lamp.is_lit or bool(lamp.seen.between(end_ns - round(in_last_s * 1e9), end_ns + 1))

    # -- what the pump says -------------------------------------------------------------------------

    @property
    def status(self) -> Status:
        return self.client.status()

    def active(self) -> set[str]:
        """Names of the alarms that the pump calls active now."""
        return {alarm.name for alarm in self.client.alarms()}

    def raised(self, since_s: float = -100.0) -> list[str]:
        """Names of alarms raised since a time, in order, notices included."""
        return [seen.name for seen in self.alarms if seen.event == "RAISED" and seen.at_s >= since_s]

    def events(self, code: str) -> list[Event]:
        """Events heard with this code of ids.LOG_NAMES, e.g. STALL."""
        assert code in ids.LOG_NAMES
        return [event for event in self.client.events if event.code == code]

    # -- inside -------------------------------------------------------------------------------------

    def _world_ns(self, t_s: float) -> int:
        return round(t_s * 1e9) - self.clock.now_ns + self.world.env.now

    def _heard(self, event: Event) -> None:
        if event.code == "ALARM":
            self.alarms.append(AlarmSeen(event.alarm, event.alarm_event, self.now_s))
            if event.alarm == self._awaited and event.alarm_event == "RAISED":
                self.clock.wake()

    def _received(self) -> None:
        # A request that waits for its answer reads the line itself.
        if self._is_running:
            self.client.poll()

    def _stepped(self, _net: DigitalNet, train: PulseTrain) -> None:
        if self.world.nets.digital("EN").level_at(train.start_ns):
            return  # without current: the driver's indexer is aligned
        self.bursts.append(Burst(self.clock.of_world(train.start_ns) / 1e9, train.count))
