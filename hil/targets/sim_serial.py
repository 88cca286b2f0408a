"""Time and serial line of the emulated pump: reading waits in virtual time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from simpy.events import Event

from emulator.errors import Deadlock, EmulatorError
from emulator.world import World
from hil.errors import BenchBroken
from hil.targets.base import LEAD_IN_NS, FirmwareBroken


@contextmanager
def translated() -> Iterator[None]:
    """Errors of the emulator as errors of a target: firmware that hangs fails, an emulator that cannot is
    broken.
    """
    try:
        yield
    except Deadlock as error:
        raise FirmwareBroken(f"the firmware lets no time pass: {error}") from error
    except EmulatorError as error:
        raise BenchBroken(f"the emulator cannot go on: {error}") from error


class SimClock:
    """Virtual time, counted from the scenario's zero."""

    def __init__(self, world: World) -> None:
        self._env = world.env
        self._zero_ns = world.env.now + LEAD_IN_NS
        self._stop: Event | None = None

    @property
    def now_ns(self) -> int:
        return self._env.now - self._zero_ns

    def now_s(self) -> float:
        return self.now_ns / 1e9

    def of_world(self, world_ns: int) -> int:
        """World time as time of the scenario."""
        return world_ns - self._zero_ns

    def run_until(self, t_ns: int) -> None:
        until_ns = t_ns + self._zero_ns
        if until_ns <= self._env.now:
            return
        stop = self._stop = self._env.event()
        end = self._env.call_at(until_ns, self.wake)
        try:
            with translated():
                self._env.run(until=stop)
        finally:
            end.cancel()
            self._stop = None

    def wake(self) -> None:
        if self._stop is not None and not self._stop.triggered:
            self._stop.succeed()


class SimSerial:
    """The host's end of the pump's USB cable, as pyserial shows a port."""

    def __init__(self, world: World, clock: SimClock) -> None:
        self.timeout: float | None = None
        self.is_connected = True
        self._world = world
        self._clock = clock
        self._received = bytearray()
        self._is_waiting = False
        self._listeners: list[Callable[[], None]] = []
        world.cable.on_data(self._arrived)

    @property
    def in_waiting(self) -> int:
        return len(self._received)

    def read(self, size: int = 1, /) -> bytes:
        """What has arrived, at most `size` bytes; waits for the first of them up to `timeout` of virtual
        time.
        """
        if not self._received:
            self._is_waiting = True
            try:
                self._clock.run_until(self._clock.now_ns + round((self.timeout or 0.0) * 1e9))
            finally:
                self._is_waiting = False
        data = bytes(self._received[:size])
        del self._received[:size]
        return data

    def write(self, data: bytes, /) -> int:
        if self.is_connected:
            self._world.trace.add(self._world.env.now, "host", data.hex())
            self._world.cable.write(bytes(data))
        return len(data)

    def on_receive(self, listener: Callable[[], None]) -> None:
        self._listeners.append(listener)

    def set_connected(self, is_connected: bool) -> None:
        """Pull the plug, or put it in again; what was on its way is lost."""
        self.is_connected = is_connected
        self._world.mcu.usb.is_connected = is_connected
        self._world.trace.add(self._world.env.now, "host", "connected" if is_connected else "disconnected")
        self._received.clear()

    def _arrived(self, data: bytes, t_ns: int) -> None:
        if not self.is_connected:
            return
        self._world.trace.add(t_ns, "pump", data.hex())
        self._received += data
        if self._is_waiting:
            self._clock.wake()
        for listener in self._listeners:
            listener()
