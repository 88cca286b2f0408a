"""Whatever comes to the ports of an emulated pump costs the one who sent it his connection at most; the pump lives."""

from __future__ import annotations

import json
import os
import random
import resource
import socket
import time
from contextlib import suppress

import pytest

from hil.ports.control import ask_bench
from hil.ports.open_line import open_line
from hil.ports.tcp_port import TcpPort
from hil.pump.client import Client
from protocols import frame, ids
from tests.hil.served_pump import ServedPump

IAC, SB, SE, COM_PORT = b"\xff", b"\xfa", b"\xf0", b"\x2c"
# Command and value of a subnegotiation that RFC 2217 does not have, or not like this.
MALFORMED = {
    "baud rate of one byte": COM_PORT + b"\x01\x00",
    "no data size": COM_PORT + b"\x02",
    "no parity": COM_PORT + b"\x03",
    "parity 9": COM_PORT + b"\x03\x09",
    "no stop size": COM_PORT + b"\x04",
    "stop size 9": COM_PORT + b"\x04\x09",
    "no control": COM_PORT + b"\x05",
    "no mask of the line": COM_PORT + b"\x0a",
    "no mask of the modem": COM_PORT + b"\x0b",
    "no purge": COM_PORT + b"\x0c",
    "8 MB without an end": b"A" * 8_000_000,
}

HELLO = frame.encode(ids.MSG_HELLO, 1, bytes([ids.PROTOCOL_MAJOR, 0]))


@pytest.fixture(scope="module")
def served():
    with ServedPump(lambda loop, take: TcpPort(loop, take, 0)) as pump:
        yield pump


def connected(served):
    return socket.create_connection(("127.0.0.1", served.server.port.port), timeout=10)


def control(served):
    peer = socket.socket(socket.AF_UNIX)
    peer.settimeout(10)
    peer.connect(str(served.server.control.path))
    return peer


def has_ended(peer):
    """What stands in the way is read; then the other side has closed, or it has not within the time-out."""
    try:
        while peer.recv(65_536):
            pass
    except ConnectionError:
        pass
    except TimeoutError:
        return False
    return True


def assert_lives(served):
    with Client(open_line(served.url), answer_timeout_s=10.0) as client:  # behind all that came before
        assert client.status().mode == "STANDBY"
    assert "truth" in ask_bench(served.url, {"do": "truth"})


@pytest.mark.parametrize("place", ["first", "second"])
@pytest.mark.parametrize("name", MALFORMED)
def test_a_malformed_negotiation_ends_its_own_connection(served, name, place):
    first = connected(served) if place == "second" else None
    with connected(served) as peer:
        with suppress(ConnectionError):  # closed before all was said
            peer.sendall(IAC + SB + MALFORMED[name] + IAC + SE)
        peer.settimeout(0.2)
        has_ended(peer)
    if first is not None:
        first.close()
    assert_lives(served)


def test_any_bytes_behind_the_escape_of_telnet_leave_the_pump_alive(served):
    chance = random.Random(2217)
    words = [IAC, SB, SE, COM_PORT, b"\xfb", b"\xfd", b"\x00", b"\x01", b"\x0a"]
    for _ in range(300):
        with connected(served) as peer:
            junk = b"".join(chance.choice(words) if chance.random() < 0.8 else chance.randbytes(3) for _ in range(40))
            peer.sendall(IAC + SB + COM_PORT + junk)
    assert_lives(served)


def test_a_negotiation_that_never_ends_is_cut_off(served):
    with connected(served) as peer:
        with suppress(ConnectionError):  # closed before all was said
            peer.sendall(IAC + SB + b"A" * 100_000)
        assert has_ended(peer)


def test_a_host_of_rfc_2217_whose_first_byte_takes_two_seconds_is_understood(served):
    with connected(served) as peer:
        time.sleep(2.0)
        peer.sendall(IAC + b"\xfb" + COM_PORT)  # WILL COM-PORT-OPTION
        peer.settimeout(5)
        assert peer.recv(100)[:1] == IAC
    assert_lives(served)


def test_connections_beyond_what_anybody_needs_are_closed_at_once(served):
    peers = [connected(served) for _ in range(40)]
    try:
        peers[-1].settimeout(5)
        assert has_ended(peers[-1])
        assert "truth" in ask_bench(served.url, {"do": "truth"})
    finally:
        for peer in peers:
            peer.close()
    assert_lives(served)


@pytest.mark.skipif(not os.path.isdir("/proc/self/fd"), reason="no /proc here to count descriptors by")
def test_a_process_without_free_descriptors_takes_the_connection_later(served):
    peer, beside = socket.socket(), socket.socket(socket.AF_UNIX)
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = max(int(number) for number in os.listdir("/proc/self/fd"))
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
    try:
        peer.connect(("127.0.0.1", served.server.port.port))
        beside.connect(str(served.server.control.path))
        time.sleep(0.3)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    with peer, beside:
        peer.settimeout(10)
        peer.sendall(HELLO)
        assert peer.recv(100)
        beside.settimeout(10)
        beside.sendall(b'{"do": "faults"}\n')
        assert json.loads(beside.recv(65_536))["ok"]


def test_peers_that_do_not_read_do_not_stop_the_pump(served):
    """Neither at the control channel nor at the line, where the second host's answers are the port's own."""
    with control(served) as peer, connected(served) as first, connected(served) as second:
        first.sendall(b"\0")
        for flooded, data in ((peer, b'{"do": "truth"}\n' * 2000), (second, HELLO * 500)):
            flooded.settimeout(1)
            with suppress(OSError):  # full, or closed by the other side
                for _ in range(10):
                    flooded.sendall(data)
        assert "truth" in ask_bench(served.url, {"do": "truth"})
        assert has_ended(peer)
    assert_lives(served)


@pytest.mark.parametrize(
    "line",
    [
        b"[" * 60_000,
        b'{"do":' * 10_000,
        b'"inject"',
        b"[]",
        b"null",
        b"\xff\xfe",
        b'{"do": ["inject"]}',
        b'{"do": {"do": "inject"}}',
        b'{"do": "inject", "fault": "motor.stall", "parameters": "x"}',
        b'{"do": "inject", "fault": "motor.stall", "parameters": ["x"]}',
        b'{"do": "inject", "fault": "motor.stall", "parameters": {"duration": {"h": 1}}}',
        b'{"do": "inject", "fault": "motor.stall", "parameters": {"duration": 5}}',
        b'{"do": "inject", "fault": "motor.slip", "parameters": {"fraction": "1e999"}}',
        b'{"do": "inject", "fault": {"a": "b"}}',
        b'{"do": "inject", "fault": 5}',
        b'{"do": "inject", "self": "x"}',
        b'{"do": "clear", "fault": {"number": 1}}',
        b'{"do": "press", "button": ["patient"]}',
        b'{"do": "press", "button": "patient", "hold": 1e400}',
        b'{"do": "press", "button": "patient", "hold": NaN}',
        b'{"do": "run", "duration": "1e99 h"}',
        b'{"do": "run", "duration": "1e999999999 h"}',
        b'{"do": "run", "duration": 1' + b"0" * 5000 + b"}",
        b'{"do": "power", "state": null}',
    ],
    ids=lambda line: line[:60].decode("latin-1"),
)
def test_a_nested_or_wrongly_typed_request_is_refused_and_the_bench_goes_on(served, line):
    with control(served) as peer:
        peer.sendall(line + b"\n")
        answer = json.loads(peer.makefile().readline())
        assert (answer["ok"], answer["exit_code"]) == (False, 2) and answer["error"]
    assert "truth" in ask_bench(served.url, {"do": "truth"})


def test_a_request_without_an_end_costs_the_connection(served):
    with control(served) as peer:
        with suppress(ConnectionError):  # closed before all was said
            peer.sendall(b"[" * 1_000_000)
        assert has_ended(peer)
    assert "truth" in ask_bench(served.url, {"do": "truth"})
