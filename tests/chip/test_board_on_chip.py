"""The board as its tools see it: REPL, file transfer, flashing; and the language under the firmware."""

from __future__ import annotations

import random
import subprocess
import sys
import time

import pytest

from hil.board.files import compiled_files, source_files
from hil.board.flasher import Flasher
from hil.ports.open_line import open_line
from tests.chip.chip_port import ChipPort
from tests.chip.chip_pump import ChipPump
from tests.chip.copies import in_copy

_PATIENCE_S = 600.0
_PATIENCE = 2.0  # a busy machine emulates slower than real time


@pytest.fixture(scope="module")
def at_repl(image) -> ChipPump:
    """A board with all files whose program was asked to stay out: at the prompt at once. Use it `in_copy` only.
    Modules that are tried there come as sources: linked ones have no name of their own.
    """
    names = ("firmware/core/checksum", "firmware/core/dosing", "firmware/core/record", "firmware/core/units")
    tried = {path: source_files()[path] for path in (f"/{name}.py" for name in (*names, "protocols/ids"))}
    pump = ChipPump(image, files={**compiled_files(), **tried, "/to_repl": b""})
    pump.target.power.on()
    pump.run_for(1.0)
    return pump


@pytest.mark.requirement("LNK-05")
def test_a_pump_that_stands_leaves_to_the_repl_and_stays_there(standing):
    def story():
        standing.client.leave_to_repl()
        standing.clock.run_until(standing.clock.now_ns + 30 * 10**9)
        assert len(standing.mcu.resets) == 1, "one restart to leave, and no bite of the watchdog in 30 s"
        return standing.type_at_repl("import os\nprint(sorted(os.listdir()))")

    assert "'main.py'" in in_copy(story)


def test_mpremote_lists_copies_and_resets(at_repl, tmp_path):
    (tmp_path / "note.txt").write_bytes(b"from the host")

    def mpremote(url: str, *words: str) -> str:
        command = [sys.executable, "-m", "mpremote", "connect", url, "resume", *words]
        done = subprocess.run(command, capture_output=True, text=True, timeout=600)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def story():
        with ChipPort(at_repl) as port:
            listed = mpremote(port.url, "fs", "ls")
            mpremote(port.url, "fs", "cp", str(tmp_path / "note.txt"), ":copied.txt")
            read = mpremote(port.url, "fs", "cat", "copied.txt")
            mpremote(port.url, "reset")
            end_s = time.monotonic() + _PATIENCE_S
            while not at_repl.mcu.resets and time.monotonic() < end_s:
                time.sleep(0.1)
        return listed, read, [cause for _, cause in at_repl.mcu.resets]

    listed, read, causes = in_copy(story)
    assert "main.py" in listed and "firmware/" in listed
    assert read == "from the host"
    assert causes == [2], "one restart, by request"


@pytest.mark.requirement("INT-01")
def test_flash_copies_what_differs_verifies_and_greets_the_pump(image):
    files = compiled_files()
    changed, missing, *_ = (path for path in sorted(files) if path.endswith(".mpy"))
    beside = changed.removesuffix(".mpy") + ".py"
    before = {path: content for path, content in files.items() if path != missing}
    before[changed] = b"spoiled"
    before[beside] = b"raise ImportError('a source beside its module is found first')"
    before["/to_repl"] = b""

    def story():
        pump = ChipPump(image, files=before)
        pump.target.power.on()
        pump.run_for(1.0)
        said: list[str] = []
        with ChipPort(pump) as port:
            flashed = Flasher(port.url, open_line, said.append, patience=_PATIENCE).flash(
                {**files, "/config.json": b'{"low_level_nl": 3000000}'}
            )
        return flashed, said

    flashed, said = in_copy(story)
    assert flashed.board.build == "RPI_PICO" and flashed.board.version >= (1, 28)
    assert set(flashed.plan.copy) == {changed, missing, "/config.json", "/manifest.json"}
    assert flashed.plan.remove == (beside,)
    assert any("verified" in line for line in said)
    assert (flashed.status.mode, flashed.status.reset_cause) == ("STANDBY", "SERVICE")


def test_the_boards_own_littlefs_reads_and_writes_what_the_host_reads(at_repl):
    def story():
        at_repl.type_at_repl("with open('/made.txt', 'w') as f:\n f.write('by the chip')")
        return at_repl.world.flash.read_file("/made.txt"), at_repl.world.flash.read_file("/main.py")

    made, main = in_copy(story)
    assert made == b"by the chip"
    assert main == compiled_files()["/main.py"]


@pytest.mark.requirement("INT-10")
def test_integers_past_the_small_range_are_exact(at_repl):
    draw = random.Random(7)
    pairs = [(draw.randrange(-(1 << 40), 1 << 40), draw.randrange(1, 1 << 34)) for _ in range(40)]
    pairs += [(2**30 - 1, 1), (2**30, 1), (-(2**30), 1), (2**31 - 1, 2**31 - 1), (2**30 - 1, 2**30 - 1)]
    code = f"for a, b in {pairs}:\n print(a + b, a - b, a * b, a // b, a % b, a >> 7, a & 0xffffffff)"
    expected = [(a + b, a - b, a * b, a // b, a % b, a >> 7, a & 0xFFFFFFFF) for a, b in pairs]
    printed = in_copy(lambda: at_repl.type_at_repl(code))
    assert [tuple(map(int, line.split())) for line in printed.splitlines()] == expected


@pytest.mark.requirement("INT-10", "THR-04")
def test_the_firmwares_own_products_are_exact_and_take_no_heap(at_repl):
    draw = random.Random(8)
    cases = [
        (draw.randrange(1 << 29), draw.randrange(1, 60_000_001), draw.randrange(1 << 28, 357_913_942))
        for _ in range(30)
    ]
    cases = [(a, b, c) for a, b, c in cases if a * b // c < 1 << 30]
    assert len(cases) > 10 and all(a * b >= 1 << 30 for a, b, _ in cases)
    code = f"""
from firmware.core.units import mul_div
from micropython import heap_lock, heap_unlock
cases = {cases}
results = [0] * len(cases)
def run():
    i = 0
    heap_lock()
    while i < len(cases):
        case = cases[i]
        results[i] = mul_div(case[0], case[1], case[2])
        i += 1
    heap_unlock()
run()
print(results)
"""
    printed = in_copy(lambda: at_repl.type_at_repl(code))
    assert printed.strip() == str([a * b // c for a, b, c in cases])


@pytest.mark.requirement("THR-04")
def test_the_rate_integral_is_exact_on_the_chip(at_repl):
    draw = random.Random(9)
    pieces = [draw.randrange(1, 29_000) for _ in range(40)]  # below the ceiling of 0.5 mL
    rate = 59_999_999
    code = f"""
from firmware.core.dosing import Dosing
dosing = Dosing()
taken = 0
for piece in {pieces}:
    dosing.accrue({rate}, piece)
    taken += dosing.due_pl // 1000 * 1000
    dosing.take(dosing.due_pl // 1000 * 1000)
print((taken + dosing.due_pl) * 3600 + dosing.parts)
"""
    assert int(in_copy(lambda: at_repl.type_at_repl(code))) == rate * sum(pieces)


def test_floats_are_single_so_volumes_are_integers(at_repl):
    printed = in_copy(lambda: at_repl.type_at_repl("print(16777216.0 + 1.0 == 16777216.0)"))
    assert printed.strip() == "True"


def test_a_board_with_plain_sources_has_no_memory_left_for_its_records(image):
    """What `flash --source` warns of: compiled at each boot they fill a Pico's heap, and the prompt says so."""
    with pytest.raises(AssertionError, match="MemoryError: memory allocation failed"):
        ChipPump(image, is_compiled=False).boot(60.0)
