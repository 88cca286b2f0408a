"""Target `board`: what is blocked before a run, a port that goes and comes, and runs through real ports."""

from __future__ import annotations

import json
import os
import pty
import signal
import subprocess
import sys
import time
import tty

import pytest

from hil.errors import BenchBroken, LinkTimeout
from hil.ports.open_line import open_line
from hil.ports.pty_port import PtyPort
from hil.pump.client import Client
from hil.quality.rehearsal import STORIES
from hil.run import blocked
from hil.scenario.reader import read_file
from hil.targets import board, board_line
from hil.targets.board import BoardTarget
from hil.targets.board_line import BoardLine, device_of
from hil.targets.factory import balance_of, kind_of, ports_of, with_balance, with_rig
from hil.targets.rigged import rigged_pump
from hil.traceability.evidence import read_evidence
from tests.hil.commands.test_emulate import emulated
from tests.hil.served_pump import ServedPump, pumpbench

SHORT = """
name = "Half a minute at 600 uL/h"
requirements = ["THR-04"]
duration = "30 s"
start_clock = "2026-03-02 08:00:00"
[therapy]
fill = "15 mL"
basal = "600 uL/h"
[[expect]]
mode = "RUNNING"
at = "20 s"
"""
MEASURED = """
[[expect]]
truth = "delivered"
equals_programme_within = "20 %"
"""


def scenario(tmp_path, text):
    file = tmp_path / "story.toml"
    file.write_text(text)
    return file


def blocked_reasons(tmp_path, more, has_rig=False):
    (read,) = read_file(str(scenario(tmp_path, SHORT + more)))
    return blocked.reasons(read, has_rig, may_be_long=False)


@pytest.mark.parametrize(
    ("more", "why"),
    [
        (MEASURED, "nothing here measures it; --rig URL"),
        ('[[expect]]\nbuzzer = "HIGH"\nover = ["5 s", "10 s"]\n', "nothing here measures it"),
        ('[[step]]\nat = "5 s"\ninject = "motor.stall"\n', "motor.stall: nothing here can inject it; --rig URL"),
        ('[[step]]\nat = "5 s"\ndo = "power_off"\n', "power_off: it takes a hand at the bench"),
        ('[[step]]\nwhen = "delivered 2 uL"\ndo = "stop"\n', "a step waits for delivered"),
    ],
)
def test_what_only_a_rig_can_do_is_blocked_without_one_and_not_with_one(tmp_path, more, why):
    (found,) = blocked_reasons(tmp_path, more)
    assert why in found
    assert blocked_reasons(tmp_path, more, has_rig=True) == []


@pytest.mark.parametrize(
    ("more", "why"),
    [
        (
            '[bench]\nlow_level = "2 mL"\n',
            "the pump would have to be configured (low_level_nl): pumpbench flash --config",
        ),
        ('[bench]\npulsation = "20 %"\n', "[bench] pulsation: a rig cannot be made so"),
        ('[[step]]\nat = "5 s"\ninject = "sensor.pressure_noisy"\n', "sensor.pressure_noisy: a filtered voltage"),
        ('[[expect]]\nwave = "STEP"\nabove = 3\nover = ["0 s", "20 s"]\n', "records no waves"),
    ],
)
def test_what_no_rig_can_do_is_blocked_with_one(tmp_path, more, why):
    assert any(why in found for found in blocked_reasons(tmp_path, more, has_rig=True))


def test_a_balance_measures_what_is_delivered_and_nothing_else(tmp_path):
    pressure = '[[expect]]\ntruth = "line_pressure"\nbelow = "20 kPa"\nover = ["5 s", "20 s"]\n'
    (read,) = read_file(str(scenario(tmp_path, SHORT + MEASURED + pressure)))
    (why,) = blocked.reasons(read, False, may_be_long=False, has_balance=True)
    assert "line_pressure" in why and "nothing here measures it" in why


def test_a_long_story_has_to_be_asked_for(tmp_path):
    (read,) = read_file(str(scenario(tmp_path, SHORT.replace('"30 s"', '"2 h"'))))
    assert "--long" in blocked.reasons(read, True, may_be_long=False)[0]
    assert blocked.reasons(read, True, may_be_long=True) == []


def test_the_word_of_a_board_names_both_ports():
    word = with_rig("serial:/dev/ttyACM0", "/dev/ttyACM1")
    assert kind_of(word) == "board"
    assert ports_of(word) == ("/dev/ttyACM0", "/dev/ttyACM1")
    weighed = with_balance("serial:/dev/ttyACM0", "/dev/ttyUSB0")
    assert (kind_of(weighed), ports_of(weighed)) == ("board", ("/dev/ttyACM0", None))
    assert balance_of(weighed) == "/dev/ttyUSB0"
    assert ports_of("serial:rfc2217://bench:7000") == ("rfc2217://bench:7000", None)


def test_a_board_is_found_by_its_usb_number(monkeypatch):
    ports = [("E6616408", "/dev/ttyACM0"), ("E6619999", "/dev/ttyACM1")]
    monkeypatch.setattr(board_line, "_usb_ports", lambda: ports)
    assert device_of("usb=e66164") == "/dev/ttyACM0"
    with pytest.raises(BenchBroken, match="2 boards have a number that begins so: E6616408 at /dev/ttyACM0, E6619999"):
        device_of("usb=E66")
    with pytest.raises(BenchBroken, match="no board with this USB serial number; boards that are there: E6616408"):
        device_of("usb=F")


def test_a_port_that_went_is_opened_again_under_its_new_name(tmp_path, monkeypatch):
    first, second = pty.openpty(), pty.openpty()
    for _, slave in (first, second):
        tty.setraw(slave)
    names = [os.ttyname(slave) for _, slave in (first, second)]
    ports = [("E66", names[0])]
    monkeypatch.setattr(board_line, "_usb_ports", lambda: ports)
    line = BoardLine("usb=E66")
    line.timeout = 0.05
    os.write(first[0], b"one")
    assert line.read(3) == b"one"
    for end in first:
        os.close(end)
    assert line.read(1) == b""
    assert line.gone_since_s is not None
    line.write(b"lost")
    ports[:] = [("E66", names[1])]
    deadline_s = time.monotonic() + 5
    while line.gone_since_s is not None and time.monotonic() < deadline_s:
        line.read(1)
    os.write(second[0], b"two")
    assert line.read(3) == b"two"
    assert line.device == names[1]
    line.close()


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        (("--rig", "/dev/ttyACM1"), "--rig, --long: found without --target serial:PORT"),
        (("--balance", "/dev/ttyUSB0"), "--balance: found without --target serial:PORT"),
        (("--target", "serial:/dev/x", "--rig", "/dev/y", "--balance", "/dev/z"), "--balance: found with a rig"),
        (("--target", "serial:/dev/x", "--speed", "60"), "a board lives by the wall clock"),
    ],
)
def test_what_has_no_sense_for_a_board_is_refused(tmp_path, monkeypatch, capsys, options, complaint):
    code, _, said = pumpbench(monkeypatch, capsys, "run", str(scenario(tmp_path, SHORT)), *options)
    assert code == 2
    assert complaint in said


def test_a_port_that_is_not_there_ends_in_infra(tmp_path, monkeypatch, capsys):
    code, said, _ = pumpbench(
        monkeypatch, capsys, "run", str(scenario(tmp_path, SHORT)), "--target", "serial:/dev/nobody"
    )
    assert code == 3
    assert "/dev/nobody: cannot be opened" in said


def test_one_port_for_pump_and_rig_is_refused(tmp_path, monkeypatch, capsys):
    words = ("run", str(scenario(tmp_path, SHORT)), "--target", "serial:/dev/x", "--rig", "/dev/x")
    code, said, _ = pumpbench(monkeypatch, capsys, *words)
    assert code == 3
    assert "--target and --rig name the same port" in " ".join(said.split())


def test_a_port_that_stays_away_ends_the_run_and_says_that_nobody_could_stop_the_pump(tmp_path, monkeypatch):
    monkeypatch.setattr(board, "_GONE_S", 0.2)
    (story,) = read_file(str(scenario(tmp_path, SHORT)))
    master, slave = pty.openpty()
    tty.setraw(slave)
    with pytest.raises(BenchBroken) as ended, BoardTarget(story, os.ttyname(slave), None) as target:
        os.close(master)
        os.close(slave)
        target.clock.run_until(0)
    said = str(ended.value)
    assert "the pump's port went away and did not come back within 0.2 s; is its cable plugged in" in said
    assert "and the motor may still turn, the pump could not be stopped at the end" in said


def test_a_second_pump_in_place_of_the_rig_is_named(tmp_path):
    (story,) = read_file(str(scenario(tmp_path, SHORT)))
    with ServedPump(PtyPort, speed=20.0) as one, ServedPump(PtyPort, speed=20.0) as two:
        complaint = "is a pump, as is .*: --rig wants the port of the rig"
        with pytest.raises(BenchBroken, match=complaint), BoardTarget(story, one.url, two.url):
            pass
        line = BoardLine(one.url)  # the ports are free again
        line.close()


def test_a_port_without_a_pump_is_told_as_such():
    master, slave = pty.openpty()
    tty.setraw(slave)
    line = BoardLine(os.ttyname(slave))
    with pytest.raises(LinkTimeout, match="check port, cable and power of the pump"):
        Client(line, answer_timeout_s=0.05).hello()
    line.close()
    os.close(master)
    os.close(slave)


def test_a_rig_where_a_pump_was_expected_is_named():
    rig = rigged_pump("sim", 0)
    try:
        with pytest.raises(BenchBroken, match="it is the port of a rig, not of a pump"):
            Client(rig.rig_serial, rig.clock).hello()
    finally:
        rig.__exit__(None, None, None)


@pytest.mark.slow
def test_a_run_with_a_rig_measures_and_the_next_one_begins_anew(tmp_path, monkeypatch, capsys):
    pump, rig = str(tmp_path / "pump"), str(tmp_path / "rig")
    story = str(scenario(tmp_path, SHORT + MEASURED))
    with emulated("--rig", "--link", pump, "--rig-link", rig):
        for _ in range(2):
            code, said, _ = pumpbench(monkeypatch, capsys, "run", story, "--target", f"serial:{pump}", "--rig", rig)
            assert code == 0, said
            assert "truly delivered" in said
        code, said, _ = pumpbench(monkeypatch, capsys, "run", story, "--target", f"serial:{rig}", "--rig", pump)
        assert code == 3
        assert "swapped" in said


WEIGHED = """
name = "A large bolus under a balance"
requirements = ["THR-09"]
duration = "60 s"
[therapy]
fill = "15 mL"
basal = "600 uL/h"
[[step]]
at = "5 s"
do = "clinician_bolus"
volume = "300 uL"
duration = "20 s"
[[expect]]
truth = "delivered"
equals_programme_within = "2 %"
"""


@pytest.mark.slow
def test_a_balance_is_what_a_run_without_a_rig_rests_on(tmp_path, monkeypatch, capsys):
    pump, balance, found = str(tmp_path / "pump"), str(tmp_path / "balance"), tmp_path / "result.json"
    words = ["run", str(scenario(tmp_path, WEIGHED)), "--target", f"serial:{pump}", "--balance", balance]
    files = ["--json", str(found), "--evidence", str(tmp_path / "evidence"), "--report", str(tmp_path / "report")]
    with emulated("--link", pump, "--balance-link", balance):
        code, said, _ = pumpbench(monkeypatch, capsys, *words, *files)
    assert code == 0, said
    assert "delivered by balance" in said
    (result,) = json.loads(found.read_text())
    assert result["measured_by"] == "balance"
    assert result["delivered_nl"] == pytest.approx(310_000, rel=0.02)
    (row,) = read_evidence(tmp_path / "evidence")
    assert (row.target, row.measured_by) == ("board", "balance")
    assert "Delivered (by balance)" in (tmp_path / "report" / "report.html").read_text()


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_a_stall_of_one_run_does_not_refuse_the_bolus_of_the_next(tmp_path, monkeypatch, capsys):
    pump, rig = str(tmp_path / "pump"), str(tmp_path / "rig")
    stories = [scenario(tmp_path, STORIES["stall"]).rename(tmp_path / "stall.toml")]
    stories.append(scenario(tmp_path, STORIES["bolus"]))
    with emulated("--rig", "--link", pump, "--rig-link", rig):
        for story in stories:
            code, said, _ = pumpbench(
                monkeypatch, capsys, "run", str(story), "--target", f"serial:{pump}", "--rig", rig
            )
            assert code == 0, said


@pytest.mark.slow
def test_a_run_without_a_rig_says_so_and_leaves_the_motor_off(tmp_path, monkeypatch, capsys):
    pump, story = str(tmp_path / "pump"), str(scenario(tmp_path, SHORT))
    with emulated("--link", pump):
        code, said, _ = pumpbench(monkeypatch, capsys, "run", story, "--target", f"serial:{pump}")
        assert code == 0, said
        assert "delivered: not measured" in said
        assert mode_at(pump) == "STOPPED"


@pytest.mark.slow
def test_a_run_that_is_ended_by_sigterm_leaves_the_motor_off(tmp_path):
    pump, story = str(tmp_path / "pump"), str(scenario(tmp_path, SHORT))
    with emulated("--link", pump):
        words = [sys.executable, "-m", "hil.cli", "run", story, "--target", f"serial:{pump}"]
        with subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as run:
            time.sleep(30)  # 20 s of lead-in, then it runs
            run.send_signal(signal.SIGTERM)
            assert run.wait(10) == 143
        assert mode_at(pump) == "STOPPED"


def mode_at(port):
    with Client(open_line(port)) as client:
        client.hello()
        return client.status().mode
