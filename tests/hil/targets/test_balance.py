"""The MT-SICS reader against the emulated balance, in process and over a pty, and against broken answers."""

from __future__ import annotations

import os
import pty
import threading
import tty
from collections.abc import Callable
from typing import Any, cast

import pytest
import serial

from emulator.bench.balance import Balance as EmulatedBalance
from emulator.bench.balance import reservoir_on_pan
from emulator.plant import Plant, PlantConfig
from hil.errors import BenchBroken
from hil.targets.balance import Balance, Weight
from hil.targets.balance_bench import BalanceBench

S = 1_000_000_000


class Wire:
    """A stream in process; `answer` gets what was written. `now_s` runs on with every read that finds nothing."""

    def __init__(self, answer: Callable[[bytes], bytes]) -> None:
        self.timeout: float | None = None
        self._answer = answer
        self._waiting = b""
        self._now_s = 0.0

    @property
    def in_waiting(self) -> int:
        return len(self._waiting)

    def write(self, data: bytes, /) -> None:
        self._waiting += self._answer(data)

    def read(self, size: int = 1, /) -> bytes:
        if not self._waiting:
            self._now_s += self.timeout or 0.0
        data, self._waiting = self._waiting[:size], self._waiting[size:]
        return data

    def now_s(self) -> float:
        return self._now_s


class Pan:
    """What stands on the emulated balance, and when."""

    def __init__(self, grams: float) -> None:
        self.grams = grams
        self.t_ns = 0
        self.emulated = EmulatedBalance(lambda t_ns: self.grams, noise_g=0.0)
        wire = Wire(lambda data: self.emulated.receive(data, self.t_ns))
        self.balance = Balance(wire, wire)


def test_a_weight_comes_through_to_the_digit():
    pan = Pan(180.12345)
    assert pan.balance.reset() == "0000000001"
    assert pan.balance.weigh() == Weight(180.1234, True)
    assert pan.balance.weigh_stable() == Weight(180.1234, True)


def test_the_bytes_are_those_of_the_protocol():
    emulated = EmulatedBalance(lambda t_ns: -1.5 if t_ns > 9 * S else 100.0, noise_g=0.0, readability_g=0.01)
    assert emulated.receive(b"S\r\n", 0) == b"S S     100.00 g\r\n"
    assert emulated.receive(b"SI\r", 0) == b""
    assert emulated.receive(b"\nI4\r\n", 0) == b'S S     100.00 g\r\nI4 A "0000000001"\r\n'
    assert emulated.receive(b"XYZ\r\n", 0) == b"ES\r\n"
    assert emulated.receive(b"S\r\n", 10 * S) == b"S I\r\n"
    assert emulated.receive(b"SI\r\n", 20 * S) == b"S -\r\n"


def test_a_load_that_changes_is_dynamic_and_settles():
    pan = Pan(100.0)
    pan.balance.weigh()
    pan.t_ns, pan.grams = S // 2, 101.0
    assert not pan.balance.weigh().is_stable
    pan.t_ns += 2 * S
    assert pan.balance.weigh() == Weight(101.0, True)


def test_tare_and_zero_count_from_the_load_on():
    pan = Pan(150.0)
    assert pan.balance.tare().grams == 150.0
    pan.grams = 149.5
    pan.t_ns = 100_000 * S
    assert pan.balance.weigh().grams == -0.5
    pan.balance.zero()
    assert pan.balance.weigh().grams == 0.0


def test_an_overload_is_told_in_words():
    with pytest.raises(BenchBroken, match="overloaded"):
        Pan(300.0).balance.weigh()


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        pytest.param(b"", "did not answer SI within 5 s", id="silence"),
        pytest.param(b"ES\r\n", "does not know this command", id="another protocol"),
        pytest.param(b"S I\r\n", "busy", id="a balance that does not settle"),
        pytest.param(b"S S 1.0.0 g\r\n", "no weight in the answer", id="a garbled number"),
        pytest.param(b"S S 1.00 lb\r\n", "no weight in the answer", id="a unit of nobody"),
        pytest.param(b"\xff\xfe\r\n", "was answered by", id="noise"),
    ],
)
def test_what_is_no_weight_is_a_broken_bench(answer, message):
    wire = Wire(lambda data: answer)
    with pytest.raises(BenchBroken, match=message):
        Balance(wire, wire).weigh()


def test_a_noisy_balance_spreads_by_its_noise():
    wire = Wire(lambda data: emulated.receive(data, 0))
    emulated = EmulatedBalance(lambda t_ns: 100.0, seed=5, noise_g=0.001)
    weights = [Balance(wire, wire).weigh().grams - 100.0 for _ in range(400)]
    assert abs(sum(weights) / 400) < 0.0002
    assert 0.0008 < (sum(weight**2 for weight in weights) / 400) ** 0.5 < 0.0012


def test_the_reservoir_on_the_pan_loses_what_the_plant_loses():
    plant = Plant(PlantConfig(fill_nl=10_000_000.0))
    grams = reservoir_on_pan(plant, 0.9982)
    full_g = grams(0)
    plant.reservoir.withdraw(1_000_000.0)
    assert full_g - grams(0) == pytest.approx(0.9982)


@pytest.mark.parametrize("sign", [-1, 1], ids=["reservoir on the pan", "beaker on the pan"])
def test_what_a_run_delivers_is_the_change_of_the_pan_and_what_was_before_does_not_count(sign):
    pan = Pan(180.0)
    bench = BalanceBench(pan.balance, lambda: pan.t_ns)
    bench.sample()
    pan.grams = 150.0
    bench.begin()
    for second in range(5):
        pan.t_ns, pan.grams = (60 + second) * S, 150.0 + sign * second * 0.1
        bench.sample()
    truth = bench.truth()
    assert truth.grown(truth.delivered_nl, 60 * S, 64 * S) == pytest.approx(400_721, abs=110)  # 0.4 g of water
    assert list(truth.t_ns) == [second * S for second in range(60, 65)]
    assert not truth.reservoir_nl


def test_it_reads_a_real_serial_port():
    here, there = pty.openpty()
    tty.setraw(there)
    emulated = EmulatedBalance(lambda t_ns: 42.0, noise_g=0.0)

    def serve() -> None:
        while data := os.read(here, 64):
            if data.endswith(b"!"):
                return
            os.write(here, emulated.receive(data, 0))

    server = threading.Thread(target=serve)
    server.start()
    with serial.Serial(os.ttyname(there), 9600) as port:
        balance = Balance(cast(Any, port))
        assert balance.reset() == "0000000001"
        assert balance.weigh_stable() == Weight(42.0, True)
        port.write(b"!")
    server.join(timeout=5)
    os.close(here)
    os.close(there)
    assert not server.is_alive()
