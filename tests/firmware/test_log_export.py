"""An export of the log: from whatever number on, what is there, also when the ring has come round."""

from __future__ import annotations

import sys
import types

import pytest

from hil.pump.client import Client
from protocols import ids
from tests.firmware.pump_on_a_wire import PumpOnAWire


def _import_ring():
    stub = types.ModuleType("micropython")
    setattr(stub, "const", lambda value: value)  # noqa: B010
    sys.modules["micropython"] = stub
    try:
        from firmware.drivers import log_ring
    finally:
        del sys.modules["micropython"]
    return log_ring


log_ring = _import_ring()
LogRing = log_ring.LogRing
SEGMENT = 256


@pytest.fixture
def ring(tmp_path):
    (tmp_path / "log").mkdir()
    return LogRing(str(tmp_path / "log"), 3)


def fill(ring, count):
    for number in range(ring.next_sequence, ring.next_sequence + count):
        entry = bytearray(log_ring.ENTRY_BYTES)
        ring.pack(entry, 0, number, 1000 + number, number, ids.LOG_COMMAND, number, -number)
        ring.append(entry, 0, 1)


def exported(ring, from_seq=0, count=None):
    """The numbers that a host reads, over the line."""
    device = PumpOnAWire()
    device.pump.oldest = ring.oldest  # type: ignore[method-assign]
    device.pump.read = ring.read  # type: ignore[method-assign]
    device.pump.first_free = ring.next_sequence
    device.pump.snapshot.log_seq = ring.next_sequence
    found = list(Client(device, device).log(from_seq, count))
    assert [(entry.a, entry.b) for entry in found] == [(entry.log_seq, -entry.log_seq) for entry in found]
    return [entry.log_seq for entry in found]


@pytest.mark.requirement("INT-06")
@pytest.mark.parametrize("count", [0, 1, 10, 11, 255, 256, 257, 767, 768, 769, 1024, 1500])
def test_an_export_from_0_gives_all_that_is_kept(ring, count):
    fill(ring, count)
    oldest = ring.oldest()
    assert exported(ring) == list(range(oldest, count))
    assert count - oldest >= min(count, 2 * SEGMENT)
    buffer = bytearray(24)
    assert not ring.read(oldest - 1, buffer, 0) and (count == oldest or ring.read(oldest, buffer, 0))


def test_a_range_begins_where_it_is_asked_for(ring):
    fill(ring, 900)
    assert exported(ring, 600, 25) == list(range(600, 625))
    assert exported(ring, 895) == list(range(895, 900))
    assert exported(ring, 900) == exported(ring, 1 << 29) == []


@pytest.mark.requirement("INT-08")
def test_a_spoiled_file_is_a_gap_and_not_the_end(ring, tmp_path):
    fill(ring, 700)
    path = tmp_path / "log" / "01"
    data = bytearray(path.read_bytes())
    data[3 * 24 + 5] ^= 1  # one entry
    data[100 * 24 : 200 * 24] = bytes(100 * 24)  # a hundred
    path.write_bytes(data)
    gone = {256 + 3, *range(256 + 100, 256 + 200)}
    assert exported(ring) == [number for number in range(700) if number not in gone]


def test_the_export_goes_on_after_a_restart(ring, tmp_path):
    fill(ring, 800)
    again = LogRing(str(tmp_path / "log"), 3)
    fill(again, 5)
    assert exported(again) == list(range(again.oldest(), 805))
