"""What the coverage-guided run has grown is tried again in every run, and what it has found stays fixed."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from hil.errors import BenchBroken
from hil.pump.client import Client
from protocols import frame, ids
from tests.firmware.pump_on_a_wire import PumpOnAWire
from tests.fuzz import line_fuzz

CORPUS = Path(__file__).parent / "corpus.txt"


def corpus():
    return [bytes.fromhex(line) for line in CORPUS.read_text().splitlines()]


@pytest.mark.requirement("LNK-01")
def test_the_corpus_changes_nothing_that_it_may_not():
    inputs = corpus()
    assert len(inputs) > 100
    for data in inputs:
        line_fuzz.run_one(data)


@pytest.mark.requirement("LNK-01")
def test_the_corpus_reaches_every_side_and_carries_out_commands(monkeypatch):
    asked, babbling = [], set()

    class Watched(PumpOnAWire):
        def feed(self, data):
            written = super().feed(data)
            asked.extend(self.pump.asked)
            return written

        def run(self):
            super().run()
            babbling.update([self] if not self.wire.is_listened_to else [])

    monkeypatch.setattr(line_fuzz, "PumpOnAWire", Watched)
    for data in corpus():
        line_fuzz.run_one(data)
    assert {data[0] % 3 for data in corpus()} == {0, 1, 2}
    assert babbling
    assert len({request[0] for request in asked}) > 10


@pytest.mark.parametrize("length", [0, 5, 18, 20])
def test_found_a_body_of_another_length_is_a_broken_bench(length):
    """The host raised ValueError out of codec.unpack."""
    device = PumpOnAWire()
    client = Client(device, device)
    client.hello()
    answer = frame.encode(ids.MSG_ANSWER, 0, bytes([ids.MSG_HELLO, ids.OK]) + bytes(length))
    device.wire.to_host = lambda data: answer
    client._exchange.next_sequence = 0
    with pytest.raises(BenchBroken, match="expected 19"):
        client.hello()


# The harness itself: a pump with a fault must be found, by the corpus or by a second of chance.


def first_find(monkeypatch):
    chance = random.Random(3)
    inputs = corpus() + [bytes([side]) + chance.randbytes(120) for side in range(3) for _ in range(100)]
    for data in inputs:
        try:
            line_fuzz.run_one(data)
        except Exception as find:
            return find
    return None


def takes_repeated(monkeypatch):
    from tests.firmware.pump_on_a_wire import request_memory

    monkeypatch.setattr(request_memory.RequestMemory, "judge", lambda self, found: 0)


def takes_any_seal(monkeypatch):
    from tests.firmware.pump_on_a_wire import session

    monkeypatch.setattr(session, "is_equal", lambda one, other: True)
    monkeypatch.setattr(session.Session, "may", lambda self, role, is_sealed: ids.OK)


def takes_any_crc(monkeypatch):
    class Same:
        def __eq__(self, other):
            return True

        def __ne__(self, other):
            return False

    monkeypatch.setattr(frame, "CRC_RESIDUE", Same())


def takes_any_range(monkeypatch):
    from firmware.services.link import dispatch

    monkeypatch.setattr(dispatch, "check", lambda row, buffer, at, length: ids.OK)


@pytest.mark.parametrize("fault", [takes_repeated, takes_any_seal, takes_any_crc, takes_any_range])
def test_the_harness_finds_a_pump_that(fault, monkeypatch):
    assert first_find(monkeypatch) is None
    fault(monkeypatch)
    assert first_find(monkeypatch) is not None
