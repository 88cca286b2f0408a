"""`pumpbench doctor --port --rig`: what is wrong with a board or a wire is said, with what to do."""

from __future__ import annotations

import sys
from types import SimpleNamespace
from typing import Any, cast

import pytest

from hil.board.raw_repl import DeviceError
from hil.errors import BenchBroken
from hil.ports import pump_checks, wiring_checks
from hil.rig import pins
from protocols import rig as table
from tests.hil.commands.test_emulate import emulated
from tests.hil.served_pump import pumpbench

HELLO = SimpleNamespace(major=2, minor=0)


class Wires:
    """Prompt and rig at once: a line that is not `cut` has on both sides what either gives."""

    def __init__(self, cut=()):
        self.cut = cut
        self.levels = {}
        self.link = self

    def run(self, code):
        if code.startswith("print(Pin("):
            gpio = int(code.split("Pin(")[1].split(",")[0])
            return "1" if gpio in self.cut else str(self.levels[gpio])
        if code.startswith("print(ADC("):
            gpio = int(code.split("ADC(")[1].split(")")[0])
            return "17" if gpio in self.cut else str(self.levels[gpio])
        gpio, level = code.removeprefix("Pin(").removesuffix(")").split(", Pin.OUT, value=")
        if int(gpio) not in self.cut:
            self.levels[int(gpio)] = int(level)
        return ""

    def ask(self, request, gpio=0, level=0):
        if request == table.RIG_LINES:
            return {"levels": sum(on << line for line, on in self.levels.items())}
        pump_gpio = wiring_checks._WAYS[gpio][1]
        self.levels[pump_gpio] = level
        return {}


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch):
    monkeypatch.setattr(wiring_checks, "_SETTLE_S", 0)


def look(wires, gpio):
    if gpio in wiring_checks._FROM_PUMP:
        return wiring_checks._to_rig(wires, wires, gpio)
    if gpio in wiring_checks._VOLTAGE_PINS:
        return wiring_checks._voltage(wires, wires, gpio)
    return wiring_checks._to_pump(wires, wires, gpio)


@pytest.mark.parametrize("gpio", [2, 3, 4, 5, 14, 15, 16, 17, 18, 20, 21])
def test_a_cut_wire_is_named_with_both_its_ends(gpio):
    pump_gpio = wiring_checks._WAYS[gpio][1]
    assert look(Wires(), gpio).is_ok
    finding = look(Wires(cut=(pump_gpio,)), gpio)
    assert finding.is_ok is False
    assert f"rig GP{gpio} to pump GP{pump_gpio}" in finding.to_do


def test_a_line_that_the_board_cannot_toggle_is_not_called_good():
    wires = Wires()

    def refuse(code):
        raise DeviceError("the board says: no such pin")

    wires.run = refuse
    assert wiring_checks._to_rig(cast(Any, wires), cast(Any, wires), pins.STEP).is_ok is None


class Line:
    device = "/dev/x"


def test_an_old_firmware_is_told_in_one_line(monkeypatch):
    monkeypatch.setattr(pump_checks, "Client", lambda line: SimpleNamespace(hello=lambda: HELLO))
    monkeypatch.setattr(pump_checks.ids, "PROTOCOL_MAJOR", 3)
    with pytest.raises(BenchBroken, match="firmware speaks protocol 2, this host 3.*pumpbench flash /dev/x"):
        pump_checks.greet(cast(Any, Line()))


def pump_whose_clock(*seconds) -> Any:
    """STATUS answers with these, one after the other; the last for ever."""
    left = list(seconds)
    return SimpleNamespace(status=lambda: SimpleNamespace(epoch_s=left.pop(0) if len(left) > 1 else left[0]))


def test_a_clock_that_stands_or_has_no_time_is_wrong(monkeypatch):
    monkeypatch.setattr(pump_checks, "_TICK_LIMIT_S", 0.01)
    stands = pump_checks.check_clock(pump_whose_clock(77), 0)
    assert not stands.is_ok and "no change" in stands.found
    assert "--set now" in pump_checks.check_clock(pump_whose_clock(0), 0).to_do


@pytest.mark.parametrize(("drift", "is_ok"), [(0.0, True), (5e-5, True), (2e-3, False), (-2e-3, False)])
def test_the_drift_of_a_clock_is_found_though_some_answers_come_late(monkeypatch, drift, is_ok):
    now_s = 1_000.0
    asked = 0

    def status():
        nonlocal now_s, asked
        asked += 1
        shown = int(now_s * (1 + drift))
        now_s += 0.2 if asked % 97 == 0 else 0.002
        return SimpleNamespace(epoch_s=shown)

    def sleep(seconds):
        nonlocal now_s
        now_s += seconds

    monkeypatch.setattr(pump_checks, "_WALL", lambda: now_s)
    monkeypatch.setattr(pump_checks.time, "sleep", sleep)
    assert pump_checks.check_clock(SimpleNamespace(status=status), 60).is_ok is is_ok  # type: ignore[arg-type]


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo terminal")
def test_an_emulated_bench_is_well_and_swapped_ports_are_told(tmp_path, monkeypatch, capsys):
    pump, rig = str(tmp_path / "pump"), str(tmp_path / "rig")
    with emulated("--rig", "--link", pump, "--rig-link", rig):
        words = ("doctor", "--port", pump, "--rig", rig, "--clock-for", "5")
        code, said, complaint = pumpbench(monkeypatch, capsys, *words)
        assert code == 0, said + complaint
        assert " 0 wrong" in said and "I2C0" in said
        code, _, complaint = pumpbench(monkeypatch, capsys, "doctor", "--port", rig, "--rig", pump)
        assert code == 3
        assert "swapped" in complaint
