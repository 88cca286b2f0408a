"""Observers read and hear of a pump whose line another host has; nothing they send moves the pump or costs that host
a number.
"""

from __future__ import annotations

import random
import socket
import threading
import time
from contextlib import contextmanager

import pytest

from hil.errors import Refused
from hil.ports.loop import Loop
from hil.ports.observers import Observers
from hil.ports.open_line import open_line
from hil.ports.pty_port import PtyPort
from hil.ports.shared_line import SharedLine
from hil.pump.client import Client
from protocols import ids, messages
from tests.firmware.pump_on_a_wire import PumpOnAWire, keys
from tests.hil.served_pump import ServedPump, pumpbench

SERVICE = bytes(range(32))
OF_A_SESSION = ("SESSION_BEGIN", "SESSION_PROVE", "SEALED")


class HostOfTheLine:
    """Stream and clock of a host whose bytes pass by the observers, as in SharedLine."""

    def __init__(self, device, observers):
        self._device, self._observers = device, observers
        self.timeout: float | None = None
        self.now_s = device.now_s

    @property
    def in_waiting(self):
        return self._device.in_waiting

    def read(self, size=1):
        data = self._device.read(size)
        self._observers.take_from_pump(data)
        return data

    def write(self, data):
        self._observers.take_from_host(data)
        return self._device.write(data)


class Observer:
    """Stream and clock of an observer; what he waits for is served meanwhile."""

    def __init__(self, loop, observers, device):
        self._loop, self._observers, self._device = loop, observers, device
        self._peer = socket.create_connection(("127.0.0.1", observers.port))
        self._peer.setblocking(False)
        self.timeout: float | None = None
        self.in_waiting = 0
        self.now_s = time.monotonic
        loop.turn(0.1)

    def read(self, size=1):
        for _ in range(3):
            self._observers.tick(self._device.now_s())
            self._loop.turn(0)
            self._observers.take_from_pump(self._device.read(65_536))
        try:
            return self._peer.recv(65_536)
        except BlockingIOError:
            time.sleep(0.001)
            return b""

    def write(self, data):
        self._peer.sendall(data)
        return len(data)

    def close(self):
        self._peer.close()


@pytest.fixture
def device():
    return PumpOnAWire()


@pytest.fixture
def line(device):
    """(loop, observers, who has the line)."""
    loop, held = Loop(), [False]
    observers = Observers(loop, device.write, lambda: held[0], 0)
    yield loop, observers, held
    observers.close()
    loop.close()


@pytest.fixture
def observer(line, device):
    loop, observers, _ = line
    with Client(Observer(loop, observers, device)) as client:
        yield client


def host_of(line, device):
    line[2][0] = True
    stream = HostOfTheLine(device, line[1])
    return Client(stream, stream)


def test_an_observer_reads_what_is_open_to_all_while_nobody_has_the_line(device, observer):
    device.pump.snapshot.mode = ids.RUNNING
    device.pump.log_entries = [(5, 5, ids.LOG_COMMAND, 0, 0)]
    assert observer.status().mode == "RUNNING"
    assert observer.alarms() == []
    assert [entry.log_seq for entry in observer.log()] == [0]


@pytest.mark.requirement("LNK-04")
def test_whatever_asks_for_more_than_an_answer_never_reaches_the_pump(device, observer):
    requests = [row for row in messages.CATALOGUE if row[messages.DIRECTION] == messages.REQUEST]
    more = [row for row in requests if row[messages.ROLE] != ids.OBSERVER or row[messages.NAME] in OF_A_SESSION]
    assert len(more) > 20
    before = len(device.wire.written)
    for row in more:
        answer = observer._exchange.ask(row[messages.NUMBER], b"")
        assert answer.reason == ids.NOT_ALLOWED, row[messages.NAME]
    assert (len(device.wire.written), device.pump.asked, device.pump.done) == (before, [], [])


def test_the_host_of_the_line_counts_on_whatever_observers_ask(line, device, observer):
    host = host_of(line, device)
    host.hello()
    for _ in range(20):
        with pytest.raises(Refused, match="BUSY"):
            observer.status()
    host.start()
    assert device.pump.asked == [("start",)]
    assert host.status().frames_repeated == 0


def test_what_the_host_was_told_a_moment_ago_is_told_to_observers(line, device, observer):
    host = host_of(line, device)
    device.pump.snapshot.mode = ids.STOPPED
    host.status()
    device.pump.snapshot.mode = ids.RUNNING  # after that host has looked
    assert observer.status().mode == "STOPPED"
    device.advance_s(4)
    with pytest.raises(Refused, match="BUSY"):
        observer.status()
    with pytest.raises(Refused, match="BUSY"):
        list(observer.log())


def test_a_status_under_a_session_is_told_to_observers_as_well(line, device, observer, tmp_path):
    device.key_path = str(tmp_path / "keys.bin")
    keys.provision(bytes(32), bytes(32), SERVICE, device.key_path, str(tmp_path / "keys.new"))
    device.restart()
    host = host_of(line, device)
    host.open_session("SERVICE", SERVICE)
    device.pump.snapshot.mode = ids.RUNNING
    assert host.status().mode == observer.status().mode == "RUNNING"


def test_when_the_host_has_left_observers_find_the_pumps_number_anew(line, device, observer):
    assert observer.status()
    host = host_of(line, device)
    host.hello()
    host.start()
    host.stop()
    line[2][0] = False
    assert observer.status().last_type == "STOP"
    device.restart()
    assert observer.status().frames_repeated == 0


def test_observers_hear_the_events(line, device, observer):
    host = host_of(line, device)
    host.hello()
    device.commands.push_event(7, 100, 100, ids.LOG_COMMAND, 0, 0)
    host.poll()
    line[0].turn(0)
    assert [event.log_seq for event in observer.listen(0.05)] == [7]


def test_noise_of_an_observer_costs_nobody_else_anything(line, device, observer):
    chance = random.Random(7)
    with socket.create_connection(("127.0.0.1", line[1].port)) as noise:
        noise.sendall(chance.randbytes(20_000))
        assert observer.status()
    assert device.pump.asked == []


@contextmanager
def shared(url, said):
    """A SharedLine in a thread of its own."""
    with SharedLine(url, 0, 0, said.append) as line:
        thread = threading.Thread(target=line.serve)
        thread.start()
        try:
            yield line
        finally:
            line.stop()
            thread.join()


def test_one_server_gives_a_line_to_a_host_and_observers_and_outlives_the_line(tmp_path):
    link, said = tmp_path / "pump", []

    def pump():
        return ServedPump(lambda loop, take: PtyPort(loop, take, link))

    with pump() as served, shared(served.url, said) as line:
        with Client(open_line(line.observers.urls[0])) as observer:
            with Client(open_line(line.host.urls[0])) as host:
                host.set_clock(200_000_000)
                assert host.status().epoch_s >= 200_000_000
                assert observer.status().epoch_s >= 200_000_000
            with pytest.raises(Refused, match="NOT_ALLOWED"):
                observer.set_clock(1)
        served.server.stop()
        until(lambda: said)
        with pump():
            until(lambda: len(said) == 2)
            with Client(open_line(line.host.urls[0]), answer_timeout_s=5.0) as host:
                assert host.status().mode == "STANDBY"
    assert ["gone" in said[0], "is back" in said[1]] == [True, True]


def until(condition):
    end_s = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < end_s
        time.sleep(0.01)


@pytest.mark.parametrize("words", [("/dev/none",), ("usb=no such board",), ("socket://127.0.0.1:1",)])
def test_a_line_that_cannot_be_had_is_exit_code_3(monkeypatch, capsys, words):
    code, _, error = pumpbench(monkeypatch, capsys, "share", *words)
    assert code == 3 and error.count("error: ") == 1
