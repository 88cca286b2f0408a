"""`make chip-figures`: memory and times of the pump on the emulated chip, in chip time, beside their goals.

The pump boots with compiled modules, stands for two windows of 20 s, and then delivers 1 mL/h for one.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator

import msgspec
from rich.table import Table

from hil.board.files import compiled_files, source_files
from hil.board.image_search import FoundImage, require_image
from hil.console import error, out
from hil.errors import BenchBroken, PumpbenchError
from hil.pump.client import Client
from hil.quality.chip_probe import SOURCE
from hil.targets.chip import ChipTarget, chip_world

_SECOND_NS = 10**9
_BASAL_NL_PER_H = 1_000_000
_FILL_NL = 18_000_000
_LONGEST_BOOT_S = 60
_WINDOW_S = 20
_EVERY_DAY = 0b111_1111

_HOW_BOOT = "from power to the edge of the ready lamp"
_HOW_FREE = "gc.mem_free() after a collection when the boot is over"
_HOW_TURN = f"from the end of a sleep to the next, over {_WINDOW_S} s"
_HOW_ACT = "ticks around each act() of the activity"
_HOW_COLLECT = f"ticks around gc.collect() after {_WINDOW_S} s"


class Figure(msgspec.Struct, frozen=True):
    """`how` it was measured; `most` and `least` are goals, in the unit of the value."""

    name: str
    value: float
    unit: str
    how: str
    most: float | None = None
    least: float | None = None

    @property
    def is_met(self) -> bool:
        return (self.most is None or self.value < self.most) and (self.least is None or self.value >= self.least)

    @property
    def goal(self) -> str:
        if self.most is not None:
            return f"below {self.most:g} {self.unit}"
        return "" if self.least is None else f"at least {self.least:g} {self.unit}"


class _Window(msgspec.Struct):
    """What the probe told of one window; times in us by activity."""

    turns: int = 0
    mean_us: float = 0.0
    most_us: int = 0
    free_bytes: int = 0
    collect_us: int = 0
    longest_act_us: dict[str, int] = {}


class _Bench:
    """A pump with the probe in it, and how fast it is emulated."""

    def __init__(self, image: FoundImage) -> None:
        self.target = ChipTarget(chip_world(image, {**compiled_files(), "/main.py": SOURCE}), image)
        self.client = Client(self.target.serial, self.target.clock)
        self._spent: dict[str, tuple[float, float]] = {}  # chip and wall seconds by what the pump did

    def run_for(self, seconds: float, name: str = "") -> None:
        begin_s, before_s = time.perf_counter(), self.target.clock.now_s()
        self.target.clock.run_until(self.target.clock.now_ns + round(seconds * _SECOND_NS))
        if name:
            chip_s, wall_s = self._spent.get(name, (0.0, 0.0))
            chip_s += self.target.clock.now_s() - before_s
            self._spent[name] = (chip_s, wall_s + time.perf_counter() - begin_s)

    def speeds(self) -> dict[str, float]:
        return {name: chip_s / wall_s for name, (chip_s, wall_s) in self._spent.items()}

    def windows(self) -> list[_Window]:
        return list(_windows(self.target.mcu.console))

    def await_windows(self, count: int, name: str) -> _Window:
        for _ in range(3 * _WINDOW_S):
            if len(self.windows()) >= count:
                return self.windows()[count - 1]
            self.run_for(1.0, name)
            self.client.poll()
        raise BenchBroken(f"the probe does not tell window {count}: {self.target.mcu.console[-500:]}")

    def commission(self) -> None:
        client = self.client
        client.programme_begin()
        client.stage_drug("baclofen", 500)
        client.stage_day(_EVERY_DAY, [(0, _BASAL_NL_PER_H)])
        client.programme_commit()
        client.refill_begin()
        client.refill_withdrawn(0)
        client.refill_filled(_FILL_NL)
        client.refill_confirm()


def boot_s(target: ChipTarget, limit_s: float = _LONGEST_BOOT_S) -> float:
    """Power on and run until the ready lamp is lit; chip seconds. `BenchBroken` when it stays dark."""
    lamp = target.world.nets.digital("READY_LAMP")
    begin_ns = target.world.env.now
    lit_ns: list[int] = []

    def changed(_net: object, level: int, t_ns: int) -> None:
        if level and not lit_ns:
            lit_ns.append(t_ns)
            target.clock.wake()

    lamp.on_edge(changed)
    target.power.on()
    target.clock.run_until(target.clock.now_ns + round(limit_s * _SECOND_NS))
    lamp.off_edge(changed)
    if not lit_ns:
        raise BenchBroken(f"not ready after {limit_s} s: {target.mcu.console[-1000:]}")
    return (lit_ns[0] - begin_ns) / _SECOND_NS


def measure(image: FoundImage, with_sources: bool = False) -> tuple[list[Figure], dict[str, float]]:
    """The figures, and emulated seconds per wall second by what the pump did."""
    plain = ChipTarget(chip_world(image, compiled_files()), image)
    figures = [Figure("boot to ready, .mpy", boot_s(plain), "s", _HOW_BOOT, most=3.0)]
    speeds = {"boot (busy)": plain.world.env.now / _SECOND_NS / plain.wall_s}
    if with_sources:
        slow = ChipTarget(chip_world(image, source_files()), image)
        figures.append(Figure("boot to ready, .py", boot_s(slow), "s", _HOW_BOOT))
    bench = _Bench(image)
    boot_s(bench.target)
    bench.run_for(1.0)
    free_kib = _free_after_boot(bench.target.mcu.console) / 1024
    stood = bench.await_windows(2, "standing")
    bench.client.hello()
    bench.commission()
    bench.client.start()
    told = len(bench.windows())
    entered = bench.await_windows(told + 1, "taking its therapy")
    ran = bench.await_windows(told + 2, "delivering 1 mL/h")
    collect_us = max(window.collect_us for window in (stood, entered, ran))
    figures += [
        Figure("heap free after boot", free_kib, "KiB", _HOW_FREE, least=80.0),
        Figure("idle turn, mean", stood.mean_us / 1000, "ms", _HOW_TURN, most=2.0),
        Figure("idle turn, longest", stood.most_us / 1000, "ms", _HOW_TURN),
        Figure("turn while delivering, mean", ran.mean_us / 1000, "ms", _HOW_TURN),
        Figure("stroke turn, longest", _longest_ms("Infusion", ran), "ms", _HOW_ACT, most=15.0),
        Figure("journal entry, longest", _longest_ms("Journal", entered, ran), "ms", _HOW_ACT),
        Figure("log entry, longest", _longest_ms("EventLog", entered, ran), "ms", _HOW_ACT),
        Figure("garbage collection, longest", collect_us / 1000, "ms", _HOW_COLLECT),
    ]
    return figures, {**speeds, **bench.speeds()}


def _longest_ms(activity: str, *windows: _Window) -> float:
    """`BenchBroken` when the activity never acted: nothing measured is not 0 ms."""
    seen = [window.longest_act_us[activity] for window in windows if activity in window.longest_act_us]
    if not seen:
        raise BenchBroken(f"{activity} did not act in any window: there is nothing to measure")
    return max(seen) / 1000


def _free_after_boot(console: str) -> int:
    for line in console.splitlines():
        word, _, rest = line.partition(" ")
        if word == "free":
            return int(rest)
    raise BenchBroken(f"the probe does not tell the free heap: {console[-500:]}")


def _windows(console: str) -> Iterator[_Window]:
    window = _Window()
    for line in console.splitlines():
        words = line.split()
        if words == ["end"]:
            yield window
            window = _Window()
        elif len(words) == 6:
            count, total, most, free, collect = map(int, words[1:])
            if words[0] == "turn":
                window.turns, window.mean_us, window.most_us = count, total / max(count, 1), most
                window.free_bytes, window.collect_us = free, collect
            elif count:
                window.longest_act_us[words[0]] = most


def main() -> int:
    """0 when every goal is met, 1 when not, 3 when nothing can be said."""
    try:
        image = require_image()
        figures, speeds = measure(image, with_sources="--source" in sys.argv[1:])
    except PumpbenchError as problem:
        error(str(problem))
        return problem.exit_code
    table = Table(box=None, pad_edge=False)
    for title in ("chip time, image " + image.sha256[:16], "value", "goal", "", "measured"):
        table.add_column(title)
    for figure in figures:
        verdict = ("met" if figure.is_met else "missed") if figure.goal else ""
        table.add_row(figure.name, f"{figure.value:.3g} {figure.unit}", figure.goal, verdict, figure.how)
    for name, speed in speeds.items():
        table.add_row(f"emulated s per wall s, {name}", f"{speed:.3g}", "", "", "chip time over time.perf_counter()")
    out.print(table, markup=False)
    return 0 if all(figure.is_met for figure in figures) else 1


if __name__ == "__main__":
    sys.exit(main())
