"""The bench that a rig plays, seen from the host: faults, hands, power, and the truth of the rig's plant.

A rig cannot call: `poll` fetches what has happened, and is due each few seconds, because a rig that hears nothing for
its dead man's time takes the pump's power. Times of the rig's clock become the target's by the newest answer.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable
from datetime import datetime
from operator import itemgetter
from typing import Any

from hil.errors import BenchBroken
from hil.pump.exchange import Clock, Stream
from hil.scenario.model import Condition
from hil.targets.base import LEAD_IN_NS
from hil.targets.rig_faults import on_the_wire
from hil.targets.rig_link import RigLink
from hil.targets.truth import Edges, TruthSeries
from protocols import rig as table

POLL_NS = 5_000_000_000
_POLL_CLOSELY_NS = 200_000_000
_BUTTONS = ("patient", "silence")
_PORTS = ("reservoir", "catheter_access", "pocket")
_PL_PER_NL = 1_000.0
_MILLISTEPS_PER_REV = 3_200_000.0
_FIRST_DAY = datetime(2000, 1, 1)
_FOR_EVER_MS = -1


class RigInjection:
    """One fault on the rig."""

    def __init__(self, bench: RigBench, number: int) -> None:
        self._bench = bench
        self._number = number
        self._took_effect = False
        self._cleared_at_ns: int | None = None

    @property
    def took_effect(self) -> bool:
        if self._cleared_at_ns is None:
            self._look()
        return self._took_effect

    @property
    def cleared_at_ns(self) -> int | None:
        if self._cleared_at_ns is None:
            self._look()
        return self._cleared_at_ns

    def clear(self) -> None:
        if self._cleared_at_ns is None:
            self._bench.link.ask(table.RIG_CLEAR, number=self._number)
            self._look()

    def ended(self, t_ns: int) -> None:
        """The rig has said that it ended by itself."""
        if self._cleared_at_ns is None:
            self._cleared_at_ns = t_ns
            self._look()

    def _look(self) -> None:
        found = self._bench.link.ask(table.RIG_FAULT, number=self._number)
        self._took_effect = bool(found["took_effect"])
        if not found["is_active"] and self._cleared_at_ns is None:
            self._bench.fetch_events()  # one that ended by itself says when
            if self._cleared_at_ns is None:
                self._cleared_at_ns = self._bench.now_ns


class RigBench:
    """A bench and its power switch (hil/targets/base.py: TargetBench, TargetPower) behind `stream`.

    `clock` is that of the target. Raises `BenchBroken` when there is no rig, or it cannot do what is asked.
    """

    def __init__(self, stream: Stream, clock: Clock, now_ns: Callable[[], int]) -> None:
        self.link = RigLink(stream, clock)
        self.hello = self.link.hello()
        self._now_ns = now_ns
        self._offset_ns = 0
        self._rows: list[tuple[float, ...]] = []
        self._events: list[tuple[int, int, int]] = []
        self._next_row = 0
        self._next_event = 0
        self._injections: dict[int, RigInjection] = {}
        self._watches: list[tuple[Condition, float, Callable[[], None]]] = []
        self._boot_listeners: list[Callable[[], None]] = []
        self._loss_listeners: list[Callable[[], None]] = []
        self._before = self.truth_now()

    def begin(self) -> None:
        """A run begins: what the rig's plant has done before it is left aside, but for the level of each signal."""
        self.fetch_events()
        self._fetch_rows()
        self._rows.clear()
        self._events = [(-LEAD_IN_NS, signal, value) for signal, value in {s: v for _, s, v in self._events}.items()]
        self._before = self.truth_now()

    @property
    def now_ns(self) -> int:
        return self._now_ns()

    @property
    def poll_every_ns(self) -> int:
        """How soon `poll` is due again."""
        return _POLL_CLOSELY_NS if self._watches else POLL_NS

    def setup(self, start: datetime | None = None, **settings: int) -> None:
        """Settings of protocols/rig.py by name; `start`: what the clock chip shows from now on."""
        numbers = {name: number for number, name, _ in table.SETTINGS}
        for name, value in settings.items():
            self.link.ask(table.RIG_SET, number=numbers[name], value=value)
        if start is not None:
            since = start - _FIRST_DAY
            self.link.ask(table.RIG_SET, number=table.SET_CLOCK_DAYS, value=since.days)
            self.link.ask(table.RIG_SET, number=table.SET_CLOCK_SECONDS, value=since.seconds)

    # ---- faults and hands

    def inject(self, fault: str, parameters: dict[str, Any]) -> RigInjection:
        wire = on_the_wire(fault, parameters)
        before = self._injections.get(wire.number)
        if before is not None and before.cleared_at_ns is None:
            raise ValueError(f"{fault} acts already; a rig has one of a kind at a time")
        self.link.ask(table.RIG_INJECT, number=wire.number, duration_ms=wire.duration_ms, **wire.values)
        injection = self._injections[wire.number] = RigInjection(self, wire.number)
        return injection

    def restore(self) -> None:
        """End every fault and let go of every button."""
        for injection in self._injections.values():
            injection.clear()
        for button in _BUTTONS:
            self.release(button)

    def press(self, button: str, hold_ns: int | None) -> None:
        hold_ms = _FOR_EVER_MS if hold_ns is None else max(1, round(hold_ns / 1e6))
        self.link.ask(table.RIG_PRESS, button=_BUTTONS.index(button), hold_ms=hold_ms)

    def release(self, button: str) -> None:
        self.link.ask(table.RIG_PRESS, button=_BUTTONS.index(button), hold_ms=0)

    def withdraw(self, volume_nl: int) -> None:
        self.link.ask(table.RIG_WITHDRAW, volume_nl=volume_nl)

    def fill(self, volume_nl: int, port: str, concentration_ug_per_ml: int | None = None) -> None:
        strength = -1 if concentration_ug_per_ml is None else concentration_ug_per_ml
        self.link.ask(table.RIG_FILL, volume_nl=volume_nl, port=_PORTS.index(port), concentration_ug_per_ml=strength)

    # ---- power

    def on(self) -> None:
        self.link.ask(table.RIG_POWER, is_on=1)
        self.poll()

    def off(self) -> None:
        self.link.ask(table.RIG_POWER, is_on=0)
        self.poll()

    def on_boot(self, listener: Callable[[], None]) -> None:
        """When the pump gets its supply, and when its ready line falls while it has it: it restarts by itself."""
        self._boot_listeners.append(listener)

    def on_loss(self, listener: Callable[[], None]) -> None:
        self._loss_listeners.append(listener)

    # ---- what has happened

    def watch(self, condition: Condition, met: Callable[[], None]) -> None:
        """A condition comes true at the next `poll`; `flash` is nothing that a rig can see."""
        if condition.kind not in ("delivered", "stroke"):
            raise BenchBroken(f"a rig cannot see {condition.kind} of the pump")
        base = self._reached(condition, self.truth_now())
        self._watches.append((condition, base + condition.number, met))

    def poll(self) -> None:
        """Fetch what has happened since; listeners are called here."""
        self._fetch_rows()
        self.fetch_events()
        if self._watches:
            truth = self.truth_now()
            due = [watch for watch in self._watches if self._reached(watch[0], truth) >= watch[1]]
            self._watches = [watch for watch in self._watches if watch not in due]
            for _, _, met in due:
                met()

    @staticmethod
    def _reached(condition: Condition, truth: dict[str, Any]) -> float:
        return truth["displaced_pl"] / _PL_PER_NL if condition.kind == "delivered" else truth["strokes"]

    def _fetch_rows(self) -> None:
        while True:
            page = self.link.ask(table.RIG_ROWS, from_seq=self._next_row)
            if page["count"] == 0:
                return
            for item in page["items"]:
                self._rows.append(
                    (
                        self._of_rig(item["t_us"]),
                        (item["displaced_pl"] - self._before["displaced_pl"]) / _PL_PER_NL,
                        (item["in_csf_pl"] - self._before["in_csf_pl"]) / _PL_PER_NL,
                        item["reservoir_pl"] / _PL_PER_NL,
                        item["peak_pa"] / 1e3,
                        item["position_millisteps"] / _MILLISTEPS_PER_REV,
                        -1.0,
                    )
                )
            self._next_row = page["first_seq"] + page["count"]

    def fetch_events(self) -> None:
        """What the rig has heard, seen and done since; listeners are called here."""
        while True:
            page = self.link.ask(table.RIG_EVENTS, from_seq=self._next_event)
            if page["count"] == 0:
                return
            self._next_event = page["first_seq"] + page["count"]
            for item in page["items"]:
                self._happened(self._of_rig(item["t_us"]), item["signal"], item["value"])

    def _happened(self, t_ns: int, signal: int, value: int) -> None:
        was_ready = self._level(table.SIGNAL_READY)
        self._events.append((t_ns, signal, value))
        if signal == table.SIGNAL_POWER:
            for listener in self._boot_listeners if value else self._loss_listeners:
                listener()
        elif signal == table.SIGNAL_READY and was_ready and not value and self._level(table.SIGNAL_POWER):
            for listener in self._boot_listeners:
                listener()
        elif signal == table.SIGNAL_FAULT_CLEARED and value in self._injections:
            self._injections[value].ended(t_ns)
        elif signal == table.SIGNAL_DEAD_MAN:
            raise BenchBroken(f"the rig heard no host for {value} s and has taken the pump's power")

    def _level(self, signal: int) -> int:
        return next((value for _, found, value in reversed(self._events) if found == signal), 0)

    def events(self) -> list[tuple[int, str, int]]:
        """(t_ns, signal, value) of all that the rig has heard, seen and done so far."""
        return [(t_ns, table.SIGNAL_NAMES[signal], value) for t_ns, signal, value in self._events]

    def buzzer(self) -> Edges:
        self.fetch_events()
        return [(t_ns, 1 if value else 0) for t_ns, signal, value in self._events if signal == table.SIGNAL_BUZZER]

    # ---- truth

    def truth_now(self) -> dict[str, Any]:
        """The plant's state at this moment, in the units of protocols/rig.py."""
        found = self.link.ask(table.RIG_TRUTH)
        self._offset_ns = self._now_ns() - found["t_us"] * 1_000
        return found

    def sample(self) -> None:
        found = self.truth_now()
        self._fetch_rows()
        self._rows.append(
            (
                self._of_rig(found["t_us"]),
                (found["displaced_pl"] - self._before["displaced_pl"]) / _PL_PER_NL,
                (found["in_csf_pl"] - self._before["in_csf_pl"]) / _PL_PER_NL,
                found["reservoir_pl"] / _PL_PER_NL,
                found["peak_pa"] / 1e3,
                found["position_millisteps"] / _MILLISTEPS_PER_REV,
                found["trapped_pl"] / _PL_PER_NL,
            )
        )

    def truth(self) -> TruthSeries:
        """Rows of strokes and samples in order of time. What is trapped is known at samples only."""
        rows = sorted(self._rows, key=itemgetter(0))
        if not rows:
            return TruthSeries()
        t_ns, delivered, in_csf, reservoir, pressure, rotor, trapped = zip(*rows, strict=True)
        known = list(trapped)
        for place, value in enumerate(known):
            if value < 0.0:
                known[place] = known[place - 1] if place else 0.0
        return TruthSeries(
            t_ns=array("q", t_ns),
            delivered_nl=array("d", delivered),
            in_csf_nl=array("d", in_csf),
            reservoir_nl=array("d", reservoir),
            line_pressure_kpa=array("d", pressure),
            rotor_rev=array("d", rotor),
            trapped_nl=array("d", known),
        )

    def patient(self) -> None:
        """A rig has no patient."""
        return None

    def _of_rig(self, t_us: int) -> int:
        return t_us * 1_000 + self._offset_ns
