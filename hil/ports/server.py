"""Serves one emulated pump at a port, with its control channel beside it, until it is stopped."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Protocol

from hil.ports.bench_actions import BenchActions
from hil.ports.control import ControlServer
from hil.ports.emulated import EmulatedPump
from hil.ports.emulated_rig import EmulatedPumpAndRig
from hil.ports.loop import Loop
from hil.ports.pace import AskedPace, FreePace, PumpPace, WallPace
from hil.targets.base import FirmwareBroken
from hil.targets.sim_balance import BalancePort

_LOOK_S = 1.0
_OPENING_TURN_S = 0.1

EVAPORATION_G_PER_H = 0.005  # of an open pan (assumed)
ASKED = "asked"
FASTEST = "max"


class Port(Protocol):
    """Where hosts come in. `urls` are ways to name it."""

    urls: tuple[str, ...]

    def send(self, data: bytes) -> None: ...

    def tick(self, now_s: float) -> None: ...

    def close(self) -> None: ...


def pace_of(pump: EmulatedPump, speed: float | str) -> PumpPace:
    if speed == ASKED:
        return AskedPace(pump)
    return FreePace(pump) if speed == FASTEST else WallPace(pump, float(speed))


class PumpServer:
    """`make_port(loop, take)` makes the port, `make_rig_port` that of the rig, if there is one, `make_balance_port`
    that of a balance under the reservoir. `control_port` and `control_token` serve the control channel over TCP, too
    (control.py). A context manager; `serve` and all calls but `stop` belong to the thread that made it.
    """

    def __init__(
        self,
        pump: EmulatedPump,
        make_port: Callable[[Loop, Callable[[bytes], None]], Port],
        speed: float | str,
        control_port: int | None = None,
        control_token: str = "",
        make_rig_port: Callable[[Loop, Callable[[bytes], None]], Port] | None = None,
        make_balance_port: Callable[[Loop, Callable[[bytes], None]], Port] | None = None,
    ) -> None:
        self._pump = pump
        self._loop = Loop()
        self._was_spoken_to = False
        self._is_stopping = False
        self._looked_s = time.monotonic()
        self.port = make_port(self._loop, self._take)
        self.rig_port: Port | None = None
        if make_rig_port is not None and isinstance(pump, EmulatedPumpAndRig):
            self.rig_port = make_rig_port(self._loop, self._take_rig)
            pump.on_rig_data(self.rig_port.send)
        self.balance_port: Port | None = None
        if make_balance_port is not None:
            self._balance = BalancePort(pump.target, seed=0, evaporation_g_per_h=EVAPORATION_G_PER_H)
            self.balance_port = make_balance_port(self._loop, self._take_balance)
        actions = BenchActions(pump, lambda: self._is_stopping)
        self.control = ControlServer(self._loop, self.port.urls[0], actions.do, control_port, control_token)
        self._pace = pace_of(pump, speed)
        pump.on_data(self.port.send)

    def __enter__(self) -> PumpServer:
        return self

    def __exit__(self, *_error: object) -> None:
        self.control.close()
        for port in self._ports:
            port.close()
        self._loop.close()
        self._pump.close()

    def serve(self) -> None:
        """Until `stop`. FirmwareBroken when the firmware has ended by an error."""
        timeout_s: float | None = 0.0
        while not self._is_stopping:
            self._loop.turn(_OPENING_TURN_S if timeout_s is None else timeout_s)
            was_spoken_to, self._was_spoken_to = self._was_spoken_to, False
            timeout_s = self._pace.advance(was_spoken_to)
            now_s = time.monotonic()
            for port in self._ports:
                port.tick(now_s)
            self.control.tick(now_s)
            if now_s - self._looked_s > _LOOK_S:
                self._looked_s = now_s
                self._look()

    def stop(self) -> None:
        """End `serve`; from any thread or a signal handler."""
        self._is_stopping = True
        self._loop.wake()

    @property
    def _ports(self) -> list[Port]:
        return [port for port in (self.port, self.rig_port, self.balance_port) if port is not None]

    def _take(self, data: bytes) -> None:
        self._was_spoken_to = True
        self._pump.write(data)

    def _take_rig(self, data: bytes) -> None:
        assert isinstance(self._pump, EmulatedPumpAndRig)
        self._was_spoken_to = True
        self._pump.write_rig(data)

    def _take_balance(self, data: bytes) -> None:
        self._was_spoken_to = True
        self._balance.write(data)
        assert self.balance_port is not None
        self.balance_port.send(self._balance.read(self._balance.in_waiting))

    def _look(self) -> None:
        trouble = self._pump.target.trouble()
        if trouble is not None:
            broken = FirmwareBroken("the firmware has ended by an error")
            broken.detail = trouble
            raise broken
