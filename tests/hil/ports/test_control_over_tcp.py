"""A bench is driven from another process over TCP on the loopback, with a token, by the URL that emulate prints."""

from __future__ import annotations

import json
import re
import socket
import subprocess
import sys
from contextlib import suppress

import pytest

from hil.errors import BenchBroken
from hil.ports.bench_url import split_url, with_control
from hil.ports.control import ControlRefused, ask_bench
from tests.hil.served_pump import pumpbench


@pytest.fixture(scope="module")
def bench(tmp_path_factory):
    """The URL of a bench in a process of its own, whose socket file is hidden: as from another container."""
    environment = {"XDG_RUNTIME_DIR": str(tmp_path_factory.mktemp("hidden")), "PATH": "/usr/bin:/bin"}
    command = [sys.executable, "-c", "from hil.cli import main; main()", "emulate", "--tcp", "0", "--control", "0"]
    process = subprocess.Popen(
        [*command, "--speed", "asked"], stdout=subprocess.PIPE, text=True, env={**environment, "PYTHONPATH": "."}
    )
    assert process.stdout is not None
    shown = ""
    while not (found := re.search(r"^bench: (\S+)$", shown, re.MULTILINE)):
        line = process.stdout.readline()
        assert line, f"it ended: {shown}"
        shown += line
    yield found[1]
    process.terminate()
    assert process.wait(30) == 0
    process.stdout.close()


def test_faults_truth_and_power_come_through_the_url_that_ctl_takes_as_well(bench, monkeypatch, capsys):
    def run(*arguments):
        code, out, err = pumpbench(monkeypatch, capsys, *arguments)
        assert code == 0, err
        return json.loads(out)

    run("inject", "--json", "--port", bench, "supply.sag", "voltage=3.2 V")
    run("inject", "--json", "--port", bench, "run", "duration=1 min")
    assert run("inject", "--json", "--port", bench, "truth")["truth"]["supply_mv"] < 3_400
    assert run("inject", "--json", "--port", bench, "faults")["faults"][0]["took_effect"]
    assert run("ctl", "--port", bench, "status", "--json")["top_alarm"] == "SUPPLY_LOW"
    for state in ("off", "on"):
        run("inject", "--json", "--port", bench, "power", f"state={state}")


def test_without_the_url_of_the_control_channel_there_is_no_bench_here(bench):
    with pytest.raises(BenchBroken, match="--control prints"):
        ask_bench(split_url(bench).line, {"do": "truth"})


@pytest.mark.parametrize("token", ["guess", "", "é"])
def test_a_wrong_token_gets_nothing(bench, token):
    line, control = split_url(bench)
    assert control is not None
    with pytest.raises(BenchBroken, match="token"):
        ask_bench(with_control(line, control[1], token), {"do": "truth"})


@pytest.mark.parametrize(
    "opening", [b'{"do": "truth"}\n', b"POST / HTTP/1.1\r\n\r\n", b"[" * 50_000 + b"\n", b'{"token": ["x"]}\n']
)
def test_whoever_does_not_begin_with_the_token_is_cut_off(bench, opening):
    control = split_url(bench).control
    assert control is not None
    with socket.create_connection(control[:2], timeout=10) as peer:
        peer.sendall(opening)
        with suppress(ConnectionError):
            assert peer.recv(100) == b""
    assert "truth" in ask_bench(bench, {"do": "truth"})


def test_a_refusal_comes_through_as_it_is(bench):
    with pytest.raises(ControlRefused, match="patient, silence"):
        ask_bench(bench, {"do": "press", "button": "panic"})


@pytest.mark.parametrize("query", ["control=7001", "control=x&token=y", "control=0&token=y", "control=1&token=y&z=1"])
def test_a_url_that_lacks_something_says_what(query):
    with pytest.raises(BenchBroken, match="control="):
        split_url(f"socket://127.0.0.1:7000?{query}")


def test_the_control_channel_is_on_the_host_of_the_line():
    assert split_url("rfc2217://[::1]:7000?control=7001&token=a").control == ("::1", 7001, "a")
    assert split_url("/tmp/pump?control=7001&token=a") == ("/tmp/pump", ("127.0.0.1", 7001, "a"))
    assert split_url("pump://demo_week?seed=3") == ("pump://demo_week?seed=3", None)
