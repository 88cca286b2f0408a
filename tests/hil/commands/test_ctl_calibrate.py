"""`pumpbench ctl calibrate volume` against a pump and a balance behind real ports."""

from __future__ import annotations

import json

import pytest

from hil.commands.ctl import calibration
from hil.measure.calibration import Slope, volume_of
from tests.hil.commands.test_emulate import emulated
from tests.hil.served_pump import pumpbench

BENCH = """
name = "A tube that gives less than its label"
requirements = ["THR-04"]
duration = "1 h"
seed = 11
[bench]
calibration_error = "-1.3 %"
[therapy]
fill = "15 mL"
[[expect]]
mode = "STANDBY"
at = "1 s"
"""
QUICK = ("-r", "4", "--rest", "10", "--settle", "0.5")


def test_less_than_a_balance_can_weigh_is_refused_in_one_line(monkeypatch, capsys):
    words = ("ctl", "--port", "pump://", "calibrate", "volume", "--balance", "loop://", "-r", "3", "--yes")
    code, _, said = pumpbench(monkeypatch, capsys, *words)
    assert code == 2
    assert "found 3, 180 uL; allowed: 4 or more: below 200 uL a balance of 0.1 mg" in " ".join(said.split())


def test_a_balance_that_is_not_there_is_told_before_anything_turns(monkeypatch, capsys):
    words = ("ctl", "--port", "pump://", "calibrate", "volume", "--balance", "/dev/nobody", "-r", "4", "--yes")
    code, _, said = pumpbench(monkeypatch, capsys, *words)
    assert code == 3
    assert "balance: /dev/nobody cannot be opened" in said


def test_a_rig_has_nothing_that_could_be_weighed(monkeypatch, capsys, tmp_path):
    words = ("emulate", "--rig", "--balance-link", str(tmp_path / "balance"))
    code, _, said = pumpbench(monkeypatch, capsys, *words)
    assert code == 2 and "a rig moves no fluid" in said


@pytest.fixture
def measured(monkeypatch):
    """`measured(nl)`: what the calibration finds; `written` is what was written."""
    written = []
    monkeypatch.setattr(calibration, "write", lambda line, figures, as_json: written.append(figures))

    def finds(nl_per_rev):
        slope = Slope(nl_per_rev * 0.9982e-6, 5e-5, -1e-6, 1e-7, 1e-4, 200)
        monkeypatch.setattr(calibration.Calibration, "run", lambda self, turns, density: volume_of(slope, 8, density))
        return written

    return finds


WORDS = ("ctl", "--port", "pump://", "calibrate", "volume", "--balance", "loop://")


def test_a_figure_within_the_uncertainty_is_not_written(measured, monkeypatch, capsys):
    written = measured(60_050)
    code, said, _ = pumpbench(monkeypatch, capsys, *WORDS, "--yes")
    assert code == 0 and written == []
    assert "60050 nL per revolution, expanded uncertainty 122 nL (k = 2), +0.08 %" in " ".join(said.split())
    assert "within the uncertainty: nothing to write" in said


def test_a_new_figure_is_written_when_it_was_confirmed(measured, monkeypatch, capsys):
    written = measured(59_220)
    assert pumpbench(monkeypatch, capsys, *WORDS, "--yes")[0] == 0
    assert written == [{"nl_per_rev": 59_220}]


def test_turning_and_writing_are_confirmed_one_by_one(measured, monkeypatch, capsys):
    written, typed = measured(59_220), iter(["TURN", "yes"])
    monkeypatch.setattr("sys.stdin", Terminal())
    monkeypatch.setattr("builtins.input", lambda prompt: next(typed))
    code, _, said = pumpbench(monkeypatch, capsys, *WORDS)
    assert code == 1 and written == [] and next(typed, None) is None
    assert "Write nl_per_rev 59220 in place of 60000" in " ".join(said.split())
    assert "not confirmed" in said


class Terminal:
    def isatty(self):
        return True


PRESSURE = ("ctl", "--port", "pump://", "calibrate", "pressure")


def test_the_zero_of_the_pressure_sensor_is_written_when_it_was_confirmed(measured, monkeypatch, capsys):
    written = measured(60_000)
    assert pumpbench(monkeypatch, capsys, *PRESSURE, "--yes")[0] == 0
    ((name, zero_mv),) = written[0].items()
    assert name == "pressure_zero_mv" and 215 <= zero_mv <= 225  # 1.5 kPa of the patient, who is not open to air


def test_a_gain_that_the_pump_would_not_take_is_refused(measured, monkeypatch, capsys):
    written = measured(60_000)
    code, _, said = pumpbench(monkeypatch, capsys, *PRESSURE, "--gain", "50 kPa", "--yes")
    assert code == 2 and written == []
    assert "pressure_span_mv" in said and "allowed: 2000 to 3200" in " ".join(said.split())


@pytest.mark.slow
def test_a_tube_is_calibrated_and_the_pump_uses_it_from_then_on(monkeypatch, capsys, tmp_path):
    bench, pump, balance = tmp_path / "bench.toml", str(tmp_path / "pump"), str(tmp_path / "balance")
    bench.write_text(BENCH)

    def ctl(*words):
        code, out, error = pumpbench(monkeypatch, capsys, "ctl", "--port", pump, "--wait", "20 s", *words, "--json")
        assert code == 0, out + error
        return json.loads(out.splitlines()[-1])

    serving = ("--link", pump, "--balance-link", balance, "--speed", "20", "--scenario", str(bench))
    with emulated(*serving):
        found = ctl("calibrate", "volume", "--balance", balance, *QUICK, "--yes")
        assert found["is_written"]
        assert found["nl_per_rev"] == pytest.approx(59_220, abs=found["expanded_nl"])
        assert found["expanded_nl"] < 300
        assert ctl("config")["nl_per_rev"] == round(found["nl_per_rev"])
        status = ctl("status")
        assert (status["mode"], status["alarms"]) == ("STANDBY", [])
