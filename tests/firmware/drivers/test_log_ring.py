"""The log in flash: how much it keeps, what is overwritten, what a torn or flipped entry costs (INT-06).

The driver runs on a folder of the host: files behave there as on littlefs, but for the power cut.
"""

from __future__ import annotations

import builtins
import struct
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from emulator.mcu.loader import load_modules
from emulator.mcu.source_edits import read_source
from protocols import ids
from tests.conftest import REPOSITORY

EVENT_SEGMENTS, FAULT_SEGMENTS, SEGMENT = 9, 5, 256


def driver() -> Any:
    """firmware/drivers/log_ring.py, with CPython's own os and open."""

    def import_module(name: str, *arguments: Any) -> Any:
        if name == "micropython":
            return SimpleNamespace(const=lambda value: value)
        return builtins.__import__(name, *arguments)

    source = read_source(REPOSITORY, "firmware/drivers/log_ring.py")
    namespace: dict[str, Any] = {"__builtins__": {**vars(builtins), "__import__": import_module}, "__name__": "ring"}
    exec(compile(source, "log_ring.py", "exec"), namespace)
    return SimpleNamespace(**namespace)


module = driver()
event_log = load_modules(REPOSITORY, "firmware.services.storage.event_log").event_log


def ring_of(folder: Path, segments: int = EVENT_SEGMENTS) -> Any:
    folder.mkdir(exist_ok=True)
    return module.LogRing(str(folder), segments)


def fields_of(ring: Any, sequence: int) -> tuple[int, ...] | None:
    """(sequence, epoch_s, run_s, code, a, b) of an entry; None when the ring has it no more."""
    entry = bytearray(module.ENTRY_BYTES)
    if not ring.read(sequence, entry, 0):
        return None
    return (*struct.unpack_from("<IIIB", entry), *struct.unpack_from("<ii", entry, 16))


def append(ring: Any, *entries: tuple[int, int, int, int, int, int]) -> int:
    buffer = bytearray(len(entries) * module.ENTRY_BYTES)
    for place, entry in enumerate(entries):
        ring.pack(buffer, place * module.ENTRY_BYTES, *entry)
    return ring.append(buffer, 0, len(entries))


def entry_of(number: int) -> tuple[int, int, int, int, int, int]:
    return number, 194_000_000 + number, number * 7, number % 24, number - 2_500, -number


def written(folder: Path, count: int) -> Any:
    ring = ring_of(folder)
    for number in range(count):
        append(ring, entry_of(number))
    return ring


@pytest.mark.requirement("INT-06")
def test_entries_are_written_together_up_to_the_end_of_a_file(tmp_path):
    ring = written(tmp_path / "log", 250)
    entries = [entry_of(number) for number in range(250, 262)]
    assert append(ring, *entries) == 6
    assert append(ring, *entries[6:]) == 6
    again = ring_of(tmp_path / "log")
    assert again.next_sequence == 262
    assert [fields_of(again, number) for number in range(262)] == [entry_of(number) for number in range(262)]


@pytest.mark.requirement("INT-06")
def test_the_newest_2000_entries_are_there_in_full_and_the_oldest_are_gone(tmp_path):
    count = 6_001
    ring = written(tmp_path / "log", count)
    for number in range(count - 2_000, count):
        assert fields_of(ring, number) == (
            number, 194_000_000 + number, number * 7, number % 24, number - 2_500, -number,
        )  # fmt: skip
    assert all(fields_of(ring, number) is None for number in range(count - EVENT_SEGMENTS * SEGMENT))
    assert fields_of(ring, count) is None


@pytest.mark.requirement("INT-06")
@pytest.mark.parametrize("count", [0, 1, 255, 256, 257, 2_303, 2_304, 2_305, 4_700])
def test_numbers_go_on_after_a_restart(tmp_path, count):
    written(tmp_path / "log", count)
    assert ring_of(tmp_path / "log").next_sequence == count


@pytest.mark.requirement("INT-06", "INT-04")
@pytest.mark.parametrize("kept", [1, 12, 23])
def test_a_torn_entry_is_lost_and_the_ones_around_it_are_not(tmp_path, kept):
    written(tmp_path / "log", 300)
    newest = tmp_path / "log" / "01"
    newest.write_bytes(newest.read_bytes()[: -module.ENTRY_BYTES + kept])
    ring = ring_of(tmp_path / "log")
    assert ring.next_sequence == 299
    for number in (299, 300):
        append(ring, (number, 1, 2, 3, 4, 5))
    again = ring_of(tmp_path / "log")
    assert again.next_sequence == 301
    assert [fields_of(again, number) for number in (299, 300)] == [(number, 1, 2, 3, 4, 5) for number in (299, 300)]
    assert fields_of(again, 298) == (298, 194_000_298, 298 * 7, 298 % 24, 298 - 2_500, -298)


@pytest.mark.requirement("INT-06", "INT-08")
def test_a_flipped_bit_in_the_newest_entry_does_not_shift_the_ones_that_follow(tmp_path):
    written(tmp_path / "log", 300)
    newest = tmp_path / "log" / "01"
    spoilt = bytearray(newest.read_bytes())
    spoilt[-3] ^= 4
    newest.write_bytes(spoilt)
    ring = ring_of(tmp_path / "log")
    for number in range(ring.next_sequence, 310):
        append(ring, (number, 1, 2, 3, 4, 5))
    assert [fields_of(ring, number) is not None for number in range(290, 310)] == [True] * 20


@pytest.mark.requirement("INT-06", "INT-08")
def test_any_flipped_bit_of_an_entry_is_noticed(tmp_path):
    ring = written(tmp_path / "log", 3)
    path = tmp_path / "log" / "00"
    whole = path.read_bytes()
    for bit in range(8 * module.ENTRY_BYTES):
        spoilt = bytearray(whole)
        spoilt[module.ENTRY_BYTES + bit // 8] ^= 1 << bit % 8
        path.write_bytes(spoilt)
        assert fields_of(ring, 1) is None
        assert fields_of(ring, 0) is not None and fields_of(ring, 2) is not None


class Store:
    """Of a flash that takes every write."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.writes = 0

    def begin(self) -> None:
        pass

    def end(self) -> None:
        self.writes += 1

    def ring(self, folder: str, segments: int) -> Any:
        return ring_of(self._folder / folder.strip("/"), segments)


class Always:
    """An annunciator that never asks a write to wait."""

    def pause_ms(self, now_ms: int) -> int:
        return 0


@pytest.mark.requirement("INT-06")
def test_a_thousand_faults_outlive_any_number_of_commands(tmp_path):
    log = event_log.EventLog(SimpleNamespace(epoch_s=5, run_s=6), Store(tmp_path))
    log.connect(None, Always())
    for number in range(1_000):
        log.add(ids.LOG_STALL, number, 0)
        for request in range(4):
            log.add(ids.LOG_COMMAND, request, number)
        while log.due_in_ms(0) == 0:
            log.act(0)
    for request in range(3_000):
        log.add(ids.LOG_COMMAND, request, 0)
        log.flush()
    faults = ring_of(tmp_path / "faults", FAULT_SEGMENTS)
    stalls = [fields_of(faults, number) for number in range(faults.next_sequence)]
    assert [fields[4] for fields in stalls if fields] == list(range(1_000))
    assert log.next_sequence == 8_000 and log.lost == 0


@pytest.mark.requirement("INT-06")
def test_entries_are_pushed_in_order_and_a_full_queue_counts_what_it_loses(tmp_path):
    log = event_log.EventLog(SimpleNamespace(epoch_s=5, run_s=6), Store(tmp_path))
    heard: list[tuple[int, int]] = []
    listener = SimpleNamespace(push_event=lambda sequence, epoch_s, run_s, code, a, b: heard.append((sequence, a)))
    log.connect(listener, Always())
    for number in range(60):
        log.add(ids.LOG_COMMAND, number, 0)
    while log.due_in_ms(0) == 0:
        log.act(0)
    assert heard == [(number, number) for number in range(40)]
    assert log.lost == 20


@pytest.mark.requirement("INT-06", "LNK-02")
def test_what_waits_to_be_written_can_be_read_and_is_the_same_afterwards(tmp_path):
    """A reader does not wait for flash."""
    log = event_log.EventLog(SimpleNamespace(epoch_s=5, run_s=6), Store(tmp_path))
    log.connect(None, Always())
    codes = [ids.LOG_MODE, ids.LOG_STALL, ids.LOG_ALARM, ids.LOG_MODE, ids.LOG_STALL]
    expected = [(number, 5, 6, code, 100 + number, -number) for number, code in enumerate(codes)]
    faults = [expected[1], expected[2], expected[4]]
    for number, code in enumerate(codes):
        log.add(code, 100 + number, -number)
    while True:
        reader = SimpleNamespace(read=log.read_fault)
        assert [fields_of(log, number) for number in range(log.next_sequence)] == expected
        assert fields_of(log, log.next_sequence) is None
        found = [fields_of(reader, number) for number in range(log.next_fault())]
        assert found == [(number, *fault[1:]) for number, fault in enumerate(faults)]
        assert fields_of(reader, log.next_fault()) is None
        if log.due_in_ms(0) != 0:
            break
        log.act(0)


@pytest.mark.requirement("INT-06")
def test_entries_of_one_moment_cost_one_write_in_each_ring(tmp_path):
    store = Store(tmp_path)
    log = event_log.EventLog(SimpleNamespace(epoch_s=5, run_s=6), store)
    log.connect(None, Always())
    for number in range(10):
        log.add(ids.LOG_STALL if number % 2 else ids.LOG_COMMAND, number, 0)
    log.flush()
    assert store.writes == 2
    assert ring_of(tmp_path / "log").next_sequence == 10
    assert ring_of(tmp_path / "faults", FAULT_SEGMENTS).next_sequence == 5
