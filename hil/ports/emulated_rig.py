"""A pump and its rig, both emulated, that somebody outside talks to at two ports: the two boards of a real bench."""

from __future__ import annotations

from collections.abc import Callable

from hil.ports.emulated import EmulatedPump
from hil.run.schedule import Schedule
from hil.targets.base import Injection
from hil.targets.rigged import RiggedPump, rigged_pump


class EmulatedPumpAndRig(EmulatedPump):
    """Both boards have booted as far as they can: the rig runs, and the pump waits for the rig to give it power.

    `target`: sim or chip, for both. Faults, hands and power are asked of the rig, at its port.
    """

    target: RiggedPump

    def __init__(self, *, seed: int = 0, target: str = "sim") -> None:
        self.target = rigged_pump(target, seed)
        self.clock = self.target.clock
        self.faults = []
        self.left_out = []
        self._schedule = Schedule()
        self._listeners = []
        self._rig_listeners: list[Callable[[bytes], None]] = []
        self.target.on_receive(self._arrived)
        self.target.rig_serial.on_receive(self._rig_arrived)

    def write_rig(self, data: bytes) -> None:
        """Bytes from the host to the rig, at the present time."""
        self.target.rig_serial.write(data)

    def on_rig_data(self, listener: Callable[[bytes], None]) -> None:
        """Call `listener(data)` with what the rig sends."""
        self._rig_listeners.append(listener)

    def inject(self, fault: str, parameters: dict) -> Injection:
        """Raises ValueError: the bench is the rig's."""
        raise ValueError("the rig plays this bench: ask it, at its own port")

    def _rig_arrived(self) -> None:
        data = self.target.rig_serial.read(self.target.rig_serial.in_waiting)
        for listener in self._rig_listeners:
            listener(data)
