"""Runs small programs, many in one start, on target sim, under the real interpreter and on the
emulated chip, and cuts what they print apart.

All run the same lines: each program in a namespace of its own, its exception told by its name. The interpreter gets
a littlefs of the port's settings in its RAM, so that files behave as on the board.
"""

from __future__ import annotations

import subprocess
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from emulator.env import WorldEnvironment
from emulator.errors import EmulatorError
from emulator.mcu import Flash, FlashImage, Mcu
from emulator.mpy.interpreter import find_interpreter
from emulator.nets import Nets

PROGRAMS = Path(__file__).parent / "programs"
NOT_MODELLED = "NotModelled"
_MARK = "\x01"
_LIMIT_NS = 600_000_000_000
_HOST_OPENS_MS = 300
_CHIP_SLICE_NS = 100_000_000
_END = b"\x01end"

# Runs on all. `_programs` is a list of (name, text).
_RUN = """
for _name, _text in _programs:
    print("\\x01" + _name)
    try:
        exec(_text, {"__name__": "__main__"})
    except OSError as _error:
        print("OSError", _error.errno)
    except BaseException as _error:
        print(type(_error).__name__)
print("\\x01end")
"""
_RAM_DISK = """
import os, vfs
class _Disk:
    def __init__(self):
        self.cells = bytearray(b"\\xff" * 4096 * 64)
    def readblocks(self, block, buffer, offset=0):
        start = block * 4096 + offset
        buffer[:] = self.cells[start : start + len(buffer)]
    def writeblocks(self, block, buffer, offset=0):
        start = block * 4096 + offset
        self.cells[start : start + len(buffer)] = buffer
    def ioctl(self, operation, argument):
        if operation == 4:
            return 64
        if operation == 5:
            return 4096
        if operation == 6:
            self.cells[argument * 4096 : argument * 4096 + 4096] = b"\\xff" * 4096
        return 0
_disk = _Disk()
vfs.VfsLfs2.mkfs(_disk, progsize=256)
vfs.umount("/")
vfs.mount(vfs.VfsLfs2(_disk, progsize=256, mtime=False), "/")
"""


@dataclass(frozen=True)
class Case:
    """A program of a few lines. `row`: the row of language_table.py by which sim may differ from interpreter and chip;
    `chip_row`: that by which the chip alone differs.
    """

    name: str
    text: str
    row: str = ""
    chip_row: str = ""


@dataclass
class _Pins:
    PINS: dict[int, str] = field(default_factory=dict)
    ADC: dict[int, str] = field(default_factory=dict)


def cases_of(path: Path) -> list[Case]:
    """`## name`, `## name | row` or `## name | chip: row`, and the lines of the program, again and again."""
    found = []
    for part in path.read_text(encoding="utf-8").split("\n## ")[1:]:
        head, _, text = part.partition("\n")
        name, _, row = head.partition(" | ")
        before, is_of_chip, chip_row = row.partition("chip: ")
        found.append(Case(f"{path.stem}: {name}", text.rstrip("\n") + "\n", "" if is_of_chip else before, chip_row))
    return found


def all_cases() -> list[Case]:
    return [case for path in sorted(PROGRAMS.glob("*.txt")) for case in cases_of(path)]


def on_interpreter(programs: list[tuple[str, str]], has_files: bool = True) -> dict[str, str]:
    """What each program prints under the real interpreter, by its name."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "run.py"
        disk = _RAM_DISK if has_files else ""
        path.write_text(f"{disk}_programs = {programs!r}\n{_RUN}", encoding="utf-8")
        done = subprocess.run(
            [find_interpreter(), "-X", "heapsize=4M", str(path)], capture_output=True, timeout=120, check=False
        )
    return _cut(done.stdout.decode(errors="replace"))


def on_sim(programs: list[tuple[str, str]]) -> dict[str, str]:
    """What each program prints on target sim. One that ends the simulation has printed NotModelled; the next ones run
    on a device of their own.
    """
    printed: dict[str, str] = {}
    rest = list(programs)
    while rest:
        console, failure = _one_device(rest)
        found = _cut(console)
        if failure:
            last = list(found)[-1]
            found[last] += f"{failure}\n"
        printed.update(found)
        done = len(found) if failure or "end" not in found else len(rest)
        rest = rest[done:]
    return printed


def _one_device(programs: list[tuple[str, str]]) -> tuple[str, str]:
    source = f"_programs = {programs!r}\n{_RUN}"
    env = WorldEnvironment()
    flash = Flash(image=FlashImage.build({"/main.py": source.encode()}))
    device = Mcu(env, Nets(), _Pins(), flash, deadlock_s=10)
    device.power_on()
    failure = ""
    try:
        env.run(until=_LIMIT_NS)
    except EmulatorError as error:
        failure = type(error).__name__
    console = device.console.split("MicroPython v")[0]
    device.power_off()
    return console, failure


def _cut(console: str) -> dict[str, str]:
    printed: dict[str, str] = {}
    for part in console.replace("\r\n", "\n").split(_MARK)[1:]:
        name, _, text = part.partition("\n")
        if name != "end":
            printed[name] = text
    return printed


def on_chip(programs: list[tuple[str, str]], image: Path) -> dict[str, str]:
    """What each program prints on the emulated RP2040, by its name. One that takes the runtime down is the last."""
    from emulator.chip import ChipFlash, ChipMcu, Processor

    source = f"import time\ntime.sleep_ms({_HOST_OPENS_MS})\n_programs = {programs!r}\n{_RUN}"
    env = WorldEnvironment()
    processor = Processor(image)
    flash = ChipFlash(processor, FlashImage.build({"/main.py": source.encode()}))
    device = ChipMcu(env, Nets(), _Pins(), flash, processor)
    said = bytearray()
    device.on_stdout(lambda data, t_ns: said.extend(data))
    device.power_on()
    while _END not in said and env.now < _LIMIT_NS:
        env.run(env.now + _CHIP_SLICE_NS)
    device.power_off()
    return _cut(said.decode(errors="replace"))
