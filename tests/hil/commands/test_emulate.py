"""`pumpbench emulate` as a program of its own, and other people's programs at its port."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest

from hil.board.flasher import check_board
from hil.board.repl import BoardRepl
from hil.ports.control import ask_bench
from hil.ports.open_line import open_line
from hil.pump.client import Client
from tests.hil.served_pump import pumpbench

REPOSITORY = Path(__file__).resolve().parents[3]


@contextmanager
def emulated(*options):
    """The running program and the URLs that it shows."""
    command = [sys.executable, "-m", "hil.cli", "emulate", *options]
    process = subprocess.Popen(command, cwd=REPOSITORY, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        urls = []
        for line in process.stdout:
            word, _, value = line.strip().partition(": ")
            if word == "control":
                break
            urls.append(value)
        yield process, urls
    finally:
        process.kill()
        process.wait()


def test_a_pty_is_served_until_ctrl_c_and_leaves_nothing_behind(tmp_path):
    link = tmp_path / "pump"
    with emulated("--link", str(link), "--speed", "60") as (process, urls):
        assert urls == [str(link)]
        with Client(open_line(str(link))) as client:
            assert client.status().mode == "STANDBY"
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 0
    assert not os.path.lexists(link)


def test_the_real_interpreter_is_served_as_well(tmp_path):
    link = tmp_path / "pump"
    with emulated("--target", "mpy", "--link", str(link), "--speed", "60"), Client(open_line(str(link))) as client:
        assert client.status().mode == "STANDBY"


def test_a_word_that_is_no_emulated_target_is_refused(monkeypatch, capsys):
    code, _, said = pumpbench(monkeypatch, capsys, "emulate", "--target", "serial:/dev/ttyACM0")
    assert code == 2 and "allowed: sim, mpy, chip" in said


@pytest.mark.parametrize("target", ["sim", "mpy"])
def test_an_emulated_board_names_itself_as_the_board_that_flash_expects(tmp_path, target):
    pytest.importorskip("mpremote", reason="no mpremote: pip install 'pumpbench[chip]'")
    link = tmp_path / "pump"
    with emulated("--target", target, "--maintenance", "--link", str(link)):
        repl = BoardRepl(str(link))
        try:
            check_board(repl.identity())
        finally:
            repl.close()


def test_a_scenario_runs_with_its_faults_and_says_what_is_left_to_you(tmp_path):
    scenario = tmp_path / "scenario.toml"
    scenario.write_text(
        """
name = "A stall at one hour"
why = "The emulated bench must do what the file says."
requirements = []
duration = "1 d"
[therapy]
drug = { name = "baclofen", concentration = "500 ug/mL" }
fill = "18 mL"
basal = "20 uL/h"
[[step]]
at = "1 h"
inject = "motor.stall"
duration = "30 min"
[[step]]
at = "2 h"
do = "stop"
[[step]]
at = "3 h"
do = "press"
button = "patient"
hold = "1 s"
[[expect]]
alarm = "MOTOR_STALL"
"""
    )
    with emulated("--tcp", "0", "--speed", "asked", "--scenario", str(scenario)) as (process, urls):
        assert [url.partition(":")[0] for url in urls] == ["socket", "rfc2217"]
        with Client(open_line(urls[0])) as client:
            assert client.status().mode == "RUNNING"
            assert client.alarms() == []
            ask_bench(urls[0], {"do": "run", "duration": "1 h 10 min"})
            assert "MOTOR_STALL" in {alarm.name for alarm in client.alarms()}
            (fault,) = ask_bench(urls[0], {"do": "faults"})["faults"]
            assert fault["took_effect"] and fault["is_active"]
            ask_bench(urls[0], {"do": "run", "duration": "2 h"})
            assert not ask_bench(urls[0], {"do": "faults"})["faults"][0]["is_active"]
            assert "BOLUS_DENIED" in {entry.code for entry in client.log()}
            assert client.status().mode != "STOPPED"
        process.terminate()
        _, complaints = process.communicate(timeout=20)
    assert process.returncode == 0 and ": stop" in complaints


def test_a_socket_answers_the_command_line_of_another_process():
    # At full speed the pump would compete with the start of the other process for the processor.
    with emulated("--tcp", "0", "--speed", "60") as (_process, urls):
        command = [sys.executable, "-m", "hil.cli", "ctl", "--port", urls[1], "status", "--json"]
        done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr
        assert json.loads(done.stdout)["mode"] == "STANDBY"


@pytest.mark.parametrize(
    ("options", "code", "complaint"),
    [
        (("--speed", "0"), 2, "--speed: found 0"),
        (("--tcp", "0", "--pty"), 2, "one of them"),
        (("--scenario", "no_such"), 2, "no such scenario"),
    ],
)
def test_what_cannot_be_served_is_told(monkeypatch, capsys, options, code, complaint):
    """In this process; the test below sees that a complaint is the exit code of a process too."""
    ended, _, told = pumpbench(monkeypatch, capsys, "emulate", *options)
    assert ended == code and complaint in " ".join(told.split())


def test_a_port_that_somebody_has_is_a_broken_bench():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        command = [sys.executable, "-m", "hil.cli", "emulate", "--tcp", port]
        done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, timeout=60)
    assert done.returncode == 3 and "cannot be had" in done.stderr


@pytest.mark.skipif(
    shutil.which("mpremote") is None and not (Path(sys.executable).parent / "mpremote").exists(),
    reason="mpremote is not installed",
)
def test_mpremote_lists_and_copies_files_in_maintenance_mode(tmp_path):
    mpremote = shutil.which("mpremote") or str(Path(sys.executable).parent / "mpremote")
    (tmp_path / "note.txt").write_text("kept")
    with emulated("--tcp", "0", "--speed", "max", "--maintenance") as (_process, urls):

        def run(*words):
            command = [mpremote, "connect", urls[0], "resume", *words]
            return subprocess.run(command, capture_output=True, text=True, timeout=60)

        listed = run("fs", "ls")
        assert listed.returncode == 0 and "main.py" in listed.stdout, listed
        assert run("fs", "cp", str(tmp_path / "note.txt"), ":note.txt").returncode == 0
        assert run("fs", "cat", ":note.txt").stdout == "kept"
        assert run("exec", "print(6 * 7)").stdout.strip() == "42"
