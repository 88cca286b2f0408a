"""Target `board`: a real pump on a serial line, by the wall clock, with a rig at a second line or without.

With a rig, bench and power are the rig's: it measures. With a balance, it measures what is delivered. Without both
there is no truth: what the pump says of itself is all there is, and the result says so. Whatever ends a run, the motor
is off afterwards.
"""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Callable
from contextlib import suppress
from types import TracebackType
from typing import Self

from hil.errors import BenchBroken, LinkTimeout, Refused, Uncertain
from hil.pump.client import Client
from hil.scenario.model import Scenario
from hil.targets.balance import open_port as open_balance
from hil.targets.balance_bench import BalanceBench
from hil.targets.base import BALANCE, LEAD_IN_NS, OWN_WORD
from hil.targets.board_line import BoardLine, device_of
from hil.targets.rig_bench import RigBench
from hil.targets.rig_link import RigLink
from hil.targets.rigged import settings_of
from hil.targets.sim import bench_of
from hil.targets.truth import Edges
from hil.words.quantity import format_duration

_SLICE_S = 0.05
_OFF_S = 1.0  # until the capacitors behind the load switch are empty
_GONE_S = 30.0  # longer than any restart


class BoardClock:
    """Wall time from the scenario's zero. Waiting serves the pump's line and, now and then, the rig."""

    def __init__(self, line: BoardLine) -> None:
        self.poll: Callable[[], None] = lambda: None
        self.every_ns: Callable[[], int] = lambda: 1 << 62
        self._line = line
        self._is_woken = False
        self.begin()

    def begin(self) -> None:
        """The pump gets power now."""
        self._zero_ns = time.monotonic_ns() + LEAD_IN_NS
        self._polled_ns = self.now_ns

    @property
    def now_ns(self) -> int:
        return time.monotonic_ns() - self._zero_ns

    def now_s(self) -> float:
        return self.now_ns / 1e9

    def run_until(self, t_ns: int) -> None:
        self._is_woken = False
        while (left_ns := t_ns - self.now_ns) > 0 and not self._is_woken:
            if self.now_ns - self._polled_ns >= self.every_ns():
                self._polled_ns = self.now_ns
                self.poll()
                continue
            self._line.wait(min(left_ns / 1e9, _SLICE_S))
            self._check(self._line.gone_since_s)

    def wake(self) -> None:
        self._is_woken = True

    def _check(self, gone_since_s: float | None) -> None:
        if gone_since_s is not None and time.monotonic() - gone_since_s > _GONE_S:
            raise BenchBroken(
                f"{self._line.device}: the pump's port went away and did not come back within {_GONE_S:g} s;"
                " is its cable plugged in, and has it power?"
            )


class BoardTarget:
    """One run on a board. `port` and `rig_port` as board_line.py takes them. Raises BenchBroken when there is no
    board at `port`, no rig at `rig_port`, or no balance at `balance_port`.
    """

    name = "board"
    is_fresh = False

    def __init__(
        self, scenario: Scenario, port: str, rig_port: str | None = None, balance_port: str | None = None
    ) -> None:
        self._scenario = scenario
        if rig_port is not None and os.path.realpath(device_of(port)) == os.path.realpath(device_of(rig_port)):
            raise BenchBroken(f"{port}: --target and --rig name the same port; the rig has one of its own")
        self.serial = BoardLine(port)
        self.clock = BoardClock(self.serial)
        self.rig: RigBench | None = None
        self._balance: BalanceBench | None = None
        self._rig_line = BoardLine(rig_port) if rig_port is not None else None
        self._balance_port = balance_port

    @property
    def bench(self) -> RigBench | BalanceBench | None:
        return self.rig or self._balance

    @property
    def power(self) -> RigBench | None:
        return self.rig

    @property
    def measured_by(self) -> str:
        if self.rig is not None:
            return "rig"
        return OWN_WORD if self._balance is None else BALANCE

    def __enter__(self) -> Self:
        try:
            self._begin()
        except BaseException:
            self._close()
            raise
        return self

    def _begin(self) -> None:
        if self._balance_port is not None:
            self._balance = BalanceBench(open_balance(self._balance_port), lambda: self.clock.now_ns)
        if self._rig_line is None:
            self.clock.begin()
            return
        rig = self.rig = self._greet_rig(self._rig_line)
        rig.off()
        time.sleep(_OFF_S)
        config = bench_of(self._scenario)
        rig.setup(config.start_clock, **settings_of(config))
        self.clock.begin()
        rig.begin()
        self.clock.poll, self.clock.every_ns = rig.poll, lambda: rig.poll_every_ns
        rig.on()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """A pump without power does not turn; one that keeps it is told to stop."""
        try:
            if self.rig is not None:
                self.rig.off()
                self.rig.restore()
            else:
                self._stop()
        except (LinkTimeout, Refused, Uncertain, BenchBroken) as trouble:
            first = "" if error is None else f"{error}; and "
            if error is None or isinstance(error, BenchBroken):
                raise BenchBroken(
                    f"{first}the motor may still turn, the pump could not be stopped at the end: {trouble}"
                ) from None
        finally:
            self._close()

    def begin_again(self) -> None:
        self.clock.begin()
        if self.bench is not None:
            self.bench.begin()

    def _greet_rig(self, line: BoardLine) -> RigBench:
        try:
            return RigBench(line, self.clock, lambda: self.clock.now_ns)
        except BenchBroken as silence:
            raise BenchBroken(self._who_is_there(line) or str(silence)) from None

    def _who_is_there(self, line: BoardLine) -> str:
        """What is at a port where no rig answered; "" where that cannot be found out."""
        with suppress(BenchBroken):
            RigLink(self.serial, self.clock).hello()
            return f"{self.serial.device} is the rig: the ports of --target and --rig are swapped"
        with suppress(BenchBroken, LinkTimeout, Refused):
            Client(line, self.clock).hello()
            return f"{line.device} is a pump, as is {self.serial.device}: --rig wants the port of the rig"
        return ""

    def _close(self) -> None:
        self.serial.close()
        if self._balance is not None:
            self._balance.close()
        if self._rig_line is not None:
            self._rig_line.close()

    def _stop(self) -> None:
        client = Client(self.serial, self.clock)
        client.hello()
        try:
            client.stop()
        except Refused as refusal:
            if refusal.reason != "WRONG_MODE":
                raise

    def on_receive(self, listener: Callable[[], None]) -> None:
        self.serial.on_receive(listener)

    def set_connected(self, is_connected: bool) -> None:
        self.serial.set_connected(is_connected)

    def trouble(self) -> str | None:
        """A board says by its alarm lamp and by its log what became of it, not by a traceback."""
        return None

    def waves(self) -> dict[str, Edges]:
        return {}

    def log(self) -> list[str]:
        if self.rig is None:
            return []
        return [f"{format_duration(t_ns):>16}  rig {signal} {value}" for t_ns, signal, value in self.rig.events()]

    def event_log_sha256(self) -> str:
        """Two runs by the wall clock are never alike to the byte: this names the run."""
        return hashlib.sha256(f"{self._scenario.file} {time.time_ns()}".encode()).hexdigest()

    def versions(self) -> dict[str, str]:
        found = {"board": self.serial.device, "rig": self._rig_line.device if self._rig_line is not None else "none"}
        return found if self._balance is None else {**found, "balance": self._balance.serial_number}
