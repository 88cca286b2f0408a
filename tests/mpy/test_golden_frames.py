"""The golden frames hold inside the emulated pump: MicroPython, a Pico's heap, files from the flash."""

from __future__ import annotations

from pathlib import Path

import pytest

from emulator.world import REPOSITORY

MAIN = """
import vector_check
print(len(vector_check.read_vectors("/vectors.txt")), vector_check.complaints("/vectors.txt"))
"""


def protocol_files() -> dict[str, bytes]:
    folder = REPOSITORY / "protocols"
    files = {f"/protocols/{path.name}": path.read_bytes() for path in folder.glob("*.py")}
    files["/vectors.txt"] = (folder / "vectors.txt").read_bytes()
    files["/vector_check.py"] = (Path(__file__).parents[1] / "protocols" / "vector_check.py").read_bytes()
    return files


@pytest.mark.requirement("LNK-01")
def test_every_golden_frame_holds_in_the_emulated_pump(run):
    device = run(MAIN, 30.0, protocol_files())
    count, complaints = device.console.splitlines()[0].split(" ", 1)
    assert int(count) > 40
    assert complaints == "[]"


def test_a_spoiled_golden_frame_is_found_there(run):
    files = protocol_files()
    files["/vectors.txt"] = b"SET_CLOCK request 1 epoch_s=7\n    00 01 02 00\n"
    device = run(MAIN, 30.0, files)
    assert "encodes to" in device.console
