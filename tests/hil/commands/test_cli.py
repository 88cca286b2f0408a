"""The command line as a person meets it: exit codes, files, and messages without a traceback.

What needs a process of its own is run as one: files, the exit codes 0 to 4, Ctrl-C. Other words to the same
program are said in this process.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from xml.etree import ElementTree

import pytest

from hil import console
from hil.run.result import CONTRACT_FIELDS
from tests.hil import served_pump

REPOSITORY = Path(__file__).resolve().parents[3]
BANNER = "test equipment and a teaching bench, never a medical device"

GOOD = """\
name = "good"
duration = "20 min"
requirements = ["DET-01"]
[therapy]
drug = { name = "baclofen", concentration = "500 ug/mL" }
fill = "18 mL"
basal = "60 uL/h"
[[expect]]
truth = "delivered"
equals_programme_within = "10 %"
"""
FAILS = GOOD.replace('"good"', '"fails"') + '[[expect]]\nalarm = "MOTOR_STALL"\n'
INVALID = GOOD.replace('"good"', '"invalid"') + '[[step]]\nat = "20 min"\ninject = "head.wear"\n'


def pumpbench(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY), "COLUMNS": "200"}
    command = [sys.executable, "-m", "hil.cli", *arguments]
    done = subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, timeout=100)
    assert "Traceback" not in done.stderr
    return done


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in (("good", GOOD), ("fails", FAILS), ("invalid", INVALID)):
        (tmp_path / f"{name}.toml").write_text(text)
    return tmp_path


@pytest.fixture
def said(folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    """`said("run", "good.toml")` in the folder: exit code, stdout, stderr. A traceback would be an exception here."""
    monkeypatch.chdir(folder)
    monkeypatch.setenv("COLUMNS", "200")
    for wide in (console.out, console.err):  # made before, for the width of wherever the tests run
        monkeypatch.setattr(wide, "_width", 200)
    return lambda *words: served_pump.pumpbench(monkeypatch, capsys, *words)


def test_a_run_writes_the_contract_and_all_other_files(folder):
    done = pumpbench(
        "run",
        "good.toml",
        "--json",
        "r.json",
        "--junit",
        "j.xml",
        "--report",
        "out",
        "--vcd",
        "w.vcd",
        cwd=folder,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert BANNER in done.stderr and BANNER not in done.stdout
    (result,) = json.loads((folder / "r.json").read_text())
    assert tuple(result) == CONTRACT_FIELDS
    assert (result["scenario"], result["verdict"], result["requirements"]) == ("good", "pass", ["DET-01"])
    assert result["simulated_s"] == 1200
    case = ElementTree.parse(folder / "j.xml").find(".//testcase")
    assert case is not None and case.get("name") == "good"
    assert case.find("properties/property[@name='requirement']") is not None
    assert str(folder / "out" / "report.html") in done.stdout
    assert (folder / "out" / "report.html").stat().st_size > 10_000
    waves = (folder / "w.vcd").read_text()
    assert "$timescale 1 ns $end" in waves and " STEP $end" in waves


def test_the_exit_code_of_several_is_the_worst(folder):
    assert pumpbench("run", "fails.toml", cwd=folder).returncode == 1
    done = pumpbench("run", "good.toml", "invalid.toml", "fails.toml", "--junit", "j.xml", cwd=folder)
    assert done.returncode == 4
    suite = ElementTree.parse(folder / "j.xml").find("testsuite")
    assert suite is not None and (suite.get("failures"), suite.get("errors")) == ("1", "1")


def test_a_target_that_is_not_here_ends_in_3(folder):
    done = pumpbench(
        "run",
        "good.toml",
        "--target",
        "serial:/dev/ttyACM99",
        "--rig",
        "/dev/ttyACM98",
        "--long",
        "--json",
        "r.json",
        cwd=folder,
    )
    assert done.returncode == 3
    assert "INFRA" in done.stdout
    assert json.loads((folder / "r.json").read_text())[0]["verdict"] == "infra"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["run", "missing.toml"], ["missing.toml", "no such scenario file"]),
        (["run", "demo_weak"], ["demo_week"]),
        (["run", "bad.toml"], ["bad.toml:10: expect.0.equals_programme_withn", "unknown key"]),
        (["run", "good.toml", "--target", "simm"], ["simm", '"sim"']),
        (["run", "good.toml", "--speed", "fast"], ["--speed", "max"]),
        (["run", "good.toml", "--json", "nowhere/r.json"], ["nowhere"]),
        (["run", "good.toml", "--seed", "-1"], ["--seed"]),
        (["run"], ["FILE"]),
        (["rum"], ["rum"]),
    ],
)
def test_bad_input_ends_in_2_with_one_message(folder, said, arguments, words):
    (folder / "bad.toml").write_text(GOOD.replace("programme_within", "programme_withn"))
    code, _, error = said(*arguments)
    assert code == 2
    for word in words:
        assert word in error


def test_bad_input_ends_a_process_in_2_without_a_traceback(folder):
    (folder / "bad.toml").write_text(GOOD.replace("programme_within", "programme_withn"))
    done = pumpbench("run", "bad.toml", cwd=folder)
    assert done.returncode == 2
    assert "bad.toml:10: expect.0.equals_programme_withn" in done.stderr and "unknown key" in done.stderr


def test_a_scenario_for_another_target_is_not_run(folder, said):
    (folder / "board.toml").write_text('targets = ["board"]\n' + GOOD)
    code, _, error = said("run", "board.toml")
    assert code == 2
    assert "board.toml: skipped" in error


def test_library_faults_version_and_help_can_be_read(said):
    code, out, _ = said("scenarios")
    assert code == 0 and "demo_week" in out and "DET-01" in out
    code, out, _ = said("faults")
    assert code == 0 and "motor.magnetic_field" in out and "lag: 0 s to 1 d" in out
    assert "button" not in said("faults", "motor")[1]
    assert 'did you mean "motor.stall"' in said("faults", "motr.stall")[2]
    assert said("--version")[1].startswith("pumpbench ")
    shown = said("run", "--help")[1]
    assert "--report" in shown and "pumpbench run demo_week" in shown


def test_ctrl_c_ends_in_130_without_a_traceback(folder):
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY)}
    (folder / "long.toml").write_text(GOOD.replace("20 min", "3000 d"))
    running = subprocess.Popen(
        [sys.executable, "-m", "hil.cli", "run", "long.toml", "--speed", "1000"],
        cwd=folder,
        env=environment,
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert running.stderr is not None and BANNER in running.stderr.readline()
    time.sleep(2)
    running.send_signal(signal.SIGINT)
    _, stderr = running.communicate(timeout=60)
    assert running.returncode == 130
    assert "Traceback" not in stderr


@pytest.mark.parametrize(
    "words",
    [
        ("run", "0\n"),
        ("ctl", "--port", "a\nb", "status"),
        ("inject", "--port", "/a\nb", "truth"),
        ("inject", "--port", "/a", "clear", "a\nb"),
        ("emulate", "--scenario", "a\nb"),
        ("emulate", "--target", "a\nb"),
        ("faults", "a\nb"),
        ("share", "a\nb"),
        ("run", "stall", "--only", "a\nb"),
    ],
)
def test_a_line_break_in_what_is_typed_makes_no_second_line_of_a_message(monkeypatch, capsys, words):
    code, _, error = served_pump.pumpbench(monkeypatch, capsys, *words)
    assert code in (2, 3)
    messages = [line for line in error.splitlines() if not line.startswith("pumpbench:")]
    assert len(messages) == 1 and messages[0].startswith("error: ") and "\\n" in messages[0]


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_that_comes_while_the_firmware_runs_ends_the_command_and_not_the_firmware(number, code):
    program = (
        "import os\n"
        "from hil import cli\n"
        "import greenlet\n"
        "def firmware():\n"
        f"    try: os.kill(os.getpid(), {int(number)})\n"
        "    except SystemExit: print('the firmware saw it', flush=True)\n"
        "def command(*_a, **_k): greenlet.greenlet(firmware).switch()\n"
        "cli.app = command\n"
        "cli.main()\n"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=REPOSITORY, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout, "Traceback" in done.stderr) == (code, "", False)
