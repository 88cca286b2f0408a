"""A pump on the emulated chip with a host at its USB port. Truth is from plant and nets, as on `sim`."""

from __future__ import annotations

import json
from bisect import bisect_right

from emulator.faults import FaultInjector
from emulator.nets import Recorder
from hil.board.files import compiled_files, source_files
from hil.board.image_search import FoundImage
from hil.pump.client import Client
from hil.targets.chip import ChipTarget, chip_world

SECOND_NS = 1_000_000_000
EVERY_DAY = 0b111_1111
FILL_NL = 18_000_000
BOLUS_NL, BOLUS_S, LOCKOUT_S, BOLUSES_A_DAY = 6_000, 60, 3_600, 6
_CONCENTRATION = 500


class ChipPump:
    """Off until `boot`. `ready_s`: chip seconds from power to the ready lamp."""

    def __init__(self, image: FoundImage, *, is_compiled: bool = True, files: dict[str, bytes] | None = None) -> None:
        board = compiled_files() if is_compiled else source_files()
        self.world = chip_world(image, board if files is None else files)
        self.target = ChipTarget(self.world, image)
        self.mcu = self.target.mcu
        self.clock = self.target.clock
        self.client = Client(self.target.serial, self.clock)
        self.ready_s = 0.0
        self._step = Recorder(self.world.nets, ["STEP", "EN"])

    def boot(self, limit_s: float = 30.0) -> None:
        """Power on, and run until the pump shows that it is ready."""
        begin_ns = self.world.env.now
        self.target.power.on()
        self.await_ready(limit_s)
        self.ready_s = (self.world.env.now - begin_ns) / SECOND_NS

    def await_ready(self, limit_s: float = 30.0) -> None:
        """Run until the ready lamp is lit. AssertionError with what the board said when it is not."""
        lamp = self.world.nets.digital("READY_LAMP")
        wake = lambda net, level, t_ns: self.clock.wake()  # noqa: E731
        lamp.on_edge(wake)
        end_ns = self.clock.now_ns + round(limit_s * SECOND_NS)
        while not lamp.level and self.clock.now_ns < end_ns:
            self.clock.run_until(end_ns)
        lamp.off_edge(wake)
        assert lamp.level, f"not ready after {limit_s} s: {self.mcu.console[-2000:]}"

    def commission(self, basal_nl_per_h: int) -> None:
        """Programme, patient bolus and refill, as in a clinic."""
        client = self.client
        client.hello()
        client.programme_begin()
        client.stage_drug("baclofen", _CONCENTRATION)
        client.stage_day(EVERY_DAY, [(0, basal_nl_per_h)])
        client.stage_patient_bolus(BOLUS_NL, BOLUS_S, LOCKOUT_S, BOLUSES_A_DAY)
        client.programme_commit()
        client.refill_begin()
        client.refill_withdrawn(0)
        client.refill_filled(FILL_NL)
        client.refill_confirm()

    def run_for(self, seconds: float) -> None:
        """Let time pass. A firmware that ended is an AssertionError with its words."""
        self.clock.run_until(self.clock.now_ns + round(seconds * SECOND_NS))
        self.client.poll()
        assert self.target.trouble() is None, self.target.trouble()

    def run_until_alarm(self, name: str, limit_s: float) -> float:
        """Seconds until the pump tells of the alarm, to half a second."""
        begin_ns = self.clock.now_ns
        while self.clock.now_ns - begin_ns < limit_s * SECOND_NS:
            self.run_for(0.5)
            if name in self.raised():
                return (self.clock.now_ns - begin_ns) / SECOND_NS
        raise AssertionError(f"{name} not raised in {limit_s} s; raised: {self.raised()}")

    def raised(self) -> list[str]:
        """Alarms that the pump has told of, in order."""
        return [event.alarm for event in self.client.events if event.code == "ALARM" and event.alarm_event == "RAISED"]

    def step_edges(self) -> list[tuple[int, int]]:
        """(t_ns, level) of every edge on STEP so far."""
        return self._step.edges("STEP", self.world.env.now)

    def rises_ns(self) -> list[int]:
        """Times of the rising edges on STEP that came to a driver with current; others move its indexer only."""
        enable = [(0, 1), *self._step.edges("EN", self.world.env.now)]
        times_ns = [t_ns for t_ns, _ in enable]
        return [t_ns for t_ns, level in self.step_edges() if level and not enable[bisect_right(times_ns, t_ns) - 1][1]]

    def delivered_nl(self) -> float:
        return self.world.truth().delivered_nl

    def inject(self, fault: str, **parameters: float) -> object:
        return FaultInjector(self.world).inject(fault, **parameters)

    def type_at_repl(self, code: str, limit_s: float = 10.0) -> str:
        """Execute code in the raw REPL of a board whose REPL is free; what it printed, errors included."""
        heard = bytearray()
        self.world.cable.on_data(lambda data, t_ns: heard.extend(data))
        self.target.serial.write(b"\r\x03\x03\x01")
        self.run_for(0.05)
        heard.clear()
        self.target.serial.write(code.encode() + b"\x04")
        end_ns = self.clock.now_ns + round(limit_s * SECOND_NS)
        while heard.count(b"\x04") < 2:
            assert self.clock.now_ns < end_ns, f"no end of {code!r}: {bytes(heard)!r}"
            self.clock.run_until(self.clock.now_ns + 10_000_000)
        out, error = bytes(heard).removeprefix(b"OK").split(b"\x04")[:2]
        return (out + error).decode()

    def described(self) -> str:
        """For messages."""
        return json.dumps({"console": self.mcu.console[-500:], "raised": self.raised()})
