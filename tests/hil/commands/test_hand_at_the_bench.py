"""`pumpbench ctl` beside a hand at the bench: power that comes back, and a reservoir that is truly filled."""

from __future__ import annotations

import json

import pytest

from hil.errors import PumpbenchError
from hil.ports.control import ask_bench
from hil.ports.pty_port import PtyPort
from tests.hil.served_pump import ServedPump, pumpbench


@pytest.fixture(scope="module")
def bench():
    with ServedPump(PtyPort) as served:
        yield served


@pytest.fixture
def ctl(bench, monkeypatch, capsys):
    """`ctl("status")`: exit code, stdout, stderr."""
    return lambda *words: pumpbench(monkeypatch, capsys, "ctl", "--port", bench.url, *words)


def test_ctl_waits_for_a_pump_that_boots(ctl, bench):
    ask_bench(bench.url, {"do": "power", "state": "off"})
    ask_bench(bench.url, {"do": "power", "state": "on"})
    code, out, error = ctl("--wait", "30 s", "status", "--json")
    assert code == 0, error
    assert json.loads(out)["mode"]


def test_a_wait_that_is_no_time_is_bad_usage(ctl):
    code, _, error = ctl("--wait", "soon", "status")
    assert code == 2 and "--wait" in error


def test_the_hand_at_the_bench_fills_the_reservoir_truly(bench):
    before_nl = ask_bench(bench.url, {"do": "truth"})["truth"]["reservoir_nl"]
    ask_bench(bench.url, {"do": "withdraw", "volume": "40 mL"})
    assert ask_bench(bench.url, {"do": "fill", "volume": "7 mL"})["reservoir_nl"] == pytest.approx(7_000_000)
    ask_bench(bench.url, {"do": "fill", "volume": f"{max(0, before_nl - 7_000_000):.0f} nL"})
    with pytest.raises(PumpbenchError, match="0 mL to 100 mL"):
        ask_bench(bench.url, {"do": "fill", "volume": "5 L"})
