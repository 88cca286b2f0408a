"""`pumpbench emulate --rig`: the two boards of a real bench, each at a port of its own."""

from __future__ import annotations

import time
from contextlib import contextmanager

import pytest

from hil.errors import BenchBroken
from hil.ports.open_line import open_line
from hil.pump.client import Client
from hil.pump.exchange import WallClock
from hil.targets.rig_bench import RigBench
from tests.hil.commands.test_emulate import emulated
from tests.hil.served_pump import pumpbench


@contextmanager
def two_ports(tmp_path, *options):
    pump, rig = tmp_path / "pump", tmp_path / "rig"
    with emulated("--rig", "--link", str(pump), "--rig-link", str(rig), *options) as (_process, urls):
        assert urls == [str(pump), str(rig)]
        yield str(pump), str(rig)


def rig_at(port: str) -> RigBench:
    return RigBench(open_line(port), WallClock(), time.monotonic_ns)


def test_the_pump_is_off_until_the_rigs_host_gives_it_power(tmp_path):
    with two_ports(tmp_path, "--speed", "20") as (pump, rig_port):
        rig = rig_at(rig_port)
        rig.setup(dead_man_s=0)
        assert rig.hello["is_powered"] == 0
        rig.on()
        deadline_s = time.monotonic() + 20
        while ("READY", 1) not in {(signal, value) for _, signal, value in rig.events()}:
            assert time.monotonic() < deadline_s
            time.sleep(0.1)
            rig.poll()
        with Client(open_line(pump)) as client:
            assert client.status().mode == "STANDBY"
        with pytest.raises(BenchBroken, match="swapped"):
            rig_at(pump)


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        (("--rig", "--target", "mpy"), "--rig: found with --target mpy; allowed: sim, chip"),
        (("--rig", "--scenario", "demo_week"), "--rig: found together with --scenario or --maintenance"),
        (("--rig", "--speed", "asked"), "--rig: found together with --speed asked"),
        (("--rig-link", "/tmp/rig"), "found without --rig"),
    ],
)
def test_what_cannot_be_with_a_rig_is_told(monkeypatch, capsys, options, complaint):
    code, _, said = pumpbench(monkeypatch, capsys, "emulate", *options)
    assert code == 2
    assert complaint in said


def test_a_scenario_runs_on_an_emulated_rig_and_one_that_a_rig_cannot_do_says_why(monkeypatch, capsys):
    code, said, _ = pumpbench(monkeypatch, capsys, "run", "button_bounces", "--rig", "emulated")
    assert code == 0, said
    code, said, complaint = pumpbench(monkeypatch, capsys, "run", "bus_hangs_and_recovers", "--rig", "emulated")
    assert code == 3
    assert "sensor.i2c_hang: a rig has no hand on it" in " ".join((said + complaint).split())
