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


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        ({"do": "press"}, r"press: button: missing, write button=VALUE; allowed: button, \[hold\]"),
        ({"do": "truth", "self": "x"}, "truth: self: unknown; allowed: nothing"),
        ({"do": "inject", "volume": "1 mL"}, r"inject: volume: unknown; allowed: fault, \[parameters\]"),
    ],
)
def test_a_hand_with_a_word_too_few_or_too_many_is_told_which(bench, words, complaint):
    with pytest.raises(PumpbenchError, match=complaint):
        ask_bench(bench.url, words)


@pytest.mark.parametrize("url", ["socket://h:x", "rfc2217://h:99999", "socket://[::1"])
def test_a_port_that_is_no_number_is_named_in_one_line(url):
    with pytest.raises(PumpbenchError, match="no URL of a port"):
        ask_bench(url, {"do": "truth"})
