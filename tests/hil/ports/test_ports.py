"""Any pyserial program talks to an emulated pump: over a pty, a socket, RFC 2217, and in the process."""

from __future__ import annotations

import os
import socket
import time

import pytest
import serial

import hil.ports  # noqa: F401  pyserial learns pump:// from it
from hil.errors import BenchBroken, Refused
from hil.ports.control import ControlRefused, ask_bench
from hil.ports.open_line import clock_of, open_line
from hil.ports.pty_port import PtyPort
from hil.ports.tcp_port import TcpPort
from hil.pump.client import Client
from protocols import frame, ids
from tests.hil.served_pump import ServedPump
from tests.protocols.test_frame import outcomes

HELLO = frame.encode(ids.MSG_HELLO, 7, b"\x01\x00")


def is_hello_answer(data):
    (found,) = (each for each in outcomes(data) if each is not None)
    return found[:2] == (ids.MSG_ANSWER, 7) and found[2][:2] == bytes([ids.MSG_HELLO, ids.OK])


@pytest.fixture(scope="module")
def tcp():
    with ServedPump(lambda loop, take: TcpPort(loop, take, 0)) as served:
        yield served


@pytest.fixture(scope="module")
def pty(tmp_path_factory):
    link = tmp_path_factory.mktemp("pty") / "pump"
    with ServedPump(lambda loop, take: PtyPort(loop, take, link)) as served:
        yield served


def test_a_program_that_knows_only_serial_ports_talks_over_the_pty(pty):
    with serial.Serial(pty.url, timeout=2) as port:
        port.write(HELLO)
        assert is_hello_answer(port.read_until(b"\0") + port.read_until(b"\0"))


def test_the_device_is_used_like_by_screen_without_any_setting(pty):
    device = os.open(pty.url, os.O_RDWR | os.O_NOCTTY)
    try:
        os.write(device, HELLO)
        data = b""
        while data.count(b"\0") < 2:
            data += os.read(device, 4096)
        assert is_hello_answer(data)
    finally:
        os.close(device)


def test_a_second_program_finds_the_device_locked(pty):
    line = open_line(pty.url)
    try:
        with pytest.raises(BenchBroken, match="no other program holds it"):
            open_line(pty.url)
    finally:
        line.close()


def test_what_nobody_reads_does_not_stop_the_pump(pty):
    device = os.open(pty.url, os.O_RDWR | os.O_NOCTTY)
    for _ in range(400):  # answers of 34 bytes: three times what a terminal keeps
        os.write(device, HELLO)
        time.sleep(0.001)
    os.close(device)
    with Client(open_line(pty.url)) as client:
        assert client.status().frames_bad == 0


def test_a_link_in_the_place_of_a_file_is_refused(tmp_path):
    (tmp_path / "pump").write_text("mine")
    with (
        pytest.raises(BenchBroken, match="cannot become a name"),
        ServedPump(lambda loop, take: PtyPort(loop, take, tmp_path / "pump")),
    ):
        pass
    assert (tmp_path / "pump").read_text() == "mine"


def test_a_bare_socket_is_the_line(tcp):
    with socket.create_connection(("127.0.0.1", tcp.server.port.port), timeout=5) as line:
        line.sendall(HELLO)
        data = b""
        while data.count(b"\0") < 2:
            data += line.recv(100)
        assert is_hello_answer(data)


@pytest.mark.parametrize("url", [0, 1], ids=["socket://", "rfc2217://"])
def test_a_client_works_over_each_url(tcp, url):
    with Client(open_line(tcp.server.port.urls[url])) as client:
        assert client.status().mode == "STANDBY"
        client.set_clock(200_000_000)
        assert client.status().epoch_s >= 200_000_000


def test_the_escape_of_telnet_passes_through_rfc_2217_both_ways(tcp):
    with serial.serial_for_url(tcp.server.port.urls[1], timeout=5) as port:
        port.write(frame.encode(ids.MSG_HELLO, 0xFFFF, b"\x01\x00"))
        answer = port.read_until(b"\0") + port.read_until(b"\0")
        assert outcomes(answer)[0][:2] == (ids.MSG_ANSWER, 0xFFFF)  # type: ignore[index]


def test_a_line_setting_is_accepted(tcp):
    with serial.serial_for_url(tcp.server.port.urls[1], baudrate=9600, timeout=5) as port:
        port.baudrate = 57_600
        port.parity = serial.PARITY_EVEN
        port.dtr = False
        port.write(HELLO)
        assert is_hello_answer(port.read_until(b"\0") + port.read_until(b"\0"))


@pytest.mark.parametrize("url", [0, 1], ids=["socket://", "rfc2217://"])
def test_a_second_host_is_told_busy_until_the_first_leaves(tcp, url):
    first = Client(open_line(tcp.url))
    first.hello()
    second = Client(open_line(tcp.server.port.urls[url]))
    for ask in (second.hello, second.start):
        with pytest.raises(Refused, match="BUSY"):
            ask()
    repeated = first.status().frames_repeated
    with first:
        pass
    with second:
        status = second.status()
        assert (status.mode, status.frames_repeated, status.last_type) == ("STANDBY", repeated, "SET_CLOCK")


def test_a_tcp_port_that_is_taken_is_a_broken_bench(tcp):
    with (
        pytest.raises(BenchBroken, match="cannot be had"),
        ServedPump(lambda loop, take: TcpPort(loop, take, tcp.server.port.port)),
    ):
        pass


@pytest.mark.parametrize(
    "url", ["/dev/no-such-port", "socket://127.0.0.1:1", "pump://no_such_scenario", "gopher://x", "pump://?x=1"]
)
def test_a_port_that_cannot_be_opened_is_a_broken_bench(url):
    with pytest.raises(BenchBroken, match="cannot be opened"):
        open_line(url)


# pump:// and its time


@pytest.fixture
def line():
    with serial.serial_for_url("pump://", timeout=1) as port:
        yield port


def test_time_of_an_in_process_pump_moves_only_while_somebody_reads(line):
    before_s = line.clock.now_s()
    line.write(HELLO)
    assert (line.in_waiting, line.clock.now_s()) == (0, before_s)
    assert is_hello_answer(line.read_until(b"\0") + line.read_until(b"\0"))
    answered_s = line.clock.now_s()
    assert before_s < answered_s < before_s + 0.2
    assert line.read(1) == b""
    assert line.clock.now_s() == pytest.approx(answered_s + 1.0, abs=1e-6)


def test_every_opening_is_a_pump_of_its_own(line):
    with Client(line, line.clock) as client, serial.serial_for_url("pump://?seed=3") as other:
        client.set_clock(300_000_000)
        apart = Client(other, other.clock)  # type: ignore[attr-defined]
        assert apart.status().epoch_s < 300_000_000
        assert apart.hello().device_id != client.hello().device_id


def test_a_scenario_gives_a_pump_that_runs():
    port = open_line("pump://fault_free_simple")
    with Client(port, clock_of(port)) as client:
        assert client.status().mode == "RUNNING"
        for _ in client.listen(3600.0):
            pass
        assert client.status().delivered_nl > 5_000


def test_a_pump_in_maintenance_shows_its_prompt():
    with serial.serial_for_url("pump://?maintenance", timeout=1) as port:
        port.write(b"\r\x01print(6 * 7)\x04")
        assert b"OK42\r\n" in port.read(200)


def test_a_closed_port_says_so(line):
    line.close()
    with pytest.raises(serial.SerialException):
        line.read(1)
    with pytest.raises(serial.SerialException):
        line.write(b"x")


# Pace


def pump_s(served):
    return ask_bench(served.url, {"do": "truth"})["now_s"]


@pytest.mark.parametrize(
    ("speed", "least_s", "most_s"),
    [(60.0, 5.0, 200.0), ("max", 200.0, 1e12), ("asked", 0.0, 0.0)],
    ids=["sixty times the wall", "as fast as it goes", "only when asked"],
)
def test_time_passes_as_the_speed_says(speed, least_s, most_s):
    with ServedPump(lambda loop, take: TcpPort(loop, take, 0), speed) as served:
        before_s = pump_s(served)
        time.sleep(0.5)
        assert least_s <= pump_s(served) - before_s <= most_s
        with Client(open_line(served.url)) as client:
            assert client.status().mode == "STANDBY"


# The control channel


def test_a_second_ctrl_c_while_the_first_is_carried_out_changes_nothing():
    with ServedPump(PtyPort) as served:
        pass
    served.server.stop()


def test_faults_hands_and_truth_go_beside_the_line(tcp):
    with Client(open_line(tcp.url)) as client:
        found = ask_bench(tcp.url, {"do": "inject", "fault": "supply.sag", "parameters": {"voltage": "3.2 V"}})
        assert found["fault"] == "supply.sag"
        ask_bench(tcp.url, {"do": "run", "duration": "1 min"})
        assert "SUPPLY_LOW" in {alarm.name for alarm in client.alarms()}
        assert ask_bench(tcp.url, {"do": "faults"})["faults"][-1]["took_effect"]
        assert ask_bench(tcp.url, {"do": "clear", "fault": "supply.sag"})["cleared"] == [found["number"]]
        assert ask_bench(tcp.url, {"do": "truth"})["truth"]["supply_mv"] > 3_600
        ask_bench(tcp.url, {"do": "press", "button": "silence"})
        boots = client.status().boots
        ask_bench(tcp.url, {"do": "power", "state": "off"})
        ask_bench(tcp.url, {"do": "power", "state": "on"})
        ask_bench(tcp.url, {"do": "run", "duration": "10 s"})
        assert client.status().boots == boots + 1


@pytest.mark.parametrize(
    ("request_", "complaint"),
    [
        ({"do": "inject", "fault": "motor.stal"}, 'did you mean "motor.stall"'),
        ({"do": "inject", "fault": "motor.coupling", "parameters": {"fraction": "2"}}, "fraction"),
        ({"do": "inject", "fault": "motor.stall", "parameters": {"duraton": "1 s"}}, 'did you mean "duration"'),
        ({"do": "inject", "fault": "motor.stall", "parameters": {"duration": "1 parsec"}}, "units"),
        ({"do": "press", "button": "panic"}, "patient, silence"),
        ({"do": "power"}, "state"),
        ({"do": "clear", "fault": "motor.stall"}, "no fault motor.stall is active"),
        ({"do": "fly"}, "inject"),
    ],
)
def test_a_request_that_cannot_be_done_names_what_can(tcp, request_, complaint):
    with pytest.raises(ControlRefused, match=complaint) as refusal:
        ask_bench(tcp.url, request_)
    assert refusal.value.exit_code == 2


def test_a_bench_that_is_not_there_is_a_broken_bench(tmp_path):
    with pytest.raises(BenchBroken, match="pumpbench emulate"):
        ask_bench(str(tmp_path / "pump"), {"do": "truth"})
