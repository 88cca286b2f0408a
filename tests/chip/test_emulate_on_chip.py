"""A user without a board: `pumpbench emulate --target chip`, and flash, ctl and mpremote at its port."""

from __future__ import annotations

import subprocess
import sys

from hil.board.files import compiled_files
from hil.board.flasher import Flasher
from hil.ports.open_line import open_line
from hil.pump.client import Client
from tests.hil.commands.test_emulate import emulated


def test_ctl_and_flash_work_at_the_port_of_the_emulated_chip(image, tmp_path):
    link, said = tmp_path / "pump", []
    files = {**compiled_files(), "/config.json": b'{"low_level_nl": 3000000}'}
    with emulated("--target", "chip", "--link", str(link)):
        with Client(open_line(str(link))) as client:
            assert client.status().mode == "STANDBY"
        flashed = Flasher(str(link), open_line, said.append).flash(files)
    assert flashed.board.build == "RPI_PICO"
    assert set(flashed.plan.copy) == {"/config.json", "/manifest.json"}
    assert (flashed.status.mode, flashed.status.reset_cause) == ("STANDBY", "SERVICE")


def test_mpremote_lists_the_files_of_the_emulated_chip(image, tmp_path):
    link = tmp_path / "pump"
    with emulated("--target", "chip", "--maintenance", "--link", str(link)):
        command = [sys.executable, "-m", "mpremote", "connect", str(link), "resume", "fs", "ls"]
        done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "main.py" in done.stdout and "firmware/" in done.stdout
