"""Records in flash files: whatever happens to one copy, the other one tells the state before (INT-04, INT-08)."""

from __future__ import annotations

from pathlib import Path

import pytest

OLD, NEW = b"the state before", b"the state that is newest"


@pytest.fixture
def make_record(firmware_module, tmp_path):
    """`make_record()`: the record of a pump that has just booted, on files below `tmp_path`."""
    module = firmware_module("firmware.drivers.nvm")
    module.__builtins__["open"] = lambda path, mode: (tmp_path / path.lstrip("/")).open(mode)
    return lambda: module.Record("/state", 64)


def save(record, payload: bytes) -> None:
    record.payload[: len(payload)] = payload
    record.save(len(payload))


def loaded(record) -> bytes | None:
    length = record.load()
    return None if length < 0 else bytes(record.payload[:length])


@pytest.fixture
def newest(make_record, tmp_path) -> Path:
    """The file of the newest of two copies."""
    record = make_record()
    for payload in (OLD, NEW):
        save(record, payload)
    (file,) = [path for path in tmp_path.iterdir() if NEW in path.read_bytes()]
    return file


@pytest.mark.requirement("INT-04")
def test_the_newest_copy_counts(make_record, newest):
    record = make_record()
    assert loaded(record) == NEW
    assert record.damaged_copies == 0
    save(record, b"and one more")
    assert loaded(make_record()) == b"and one more"


@pytest.mark.requirement("INT-08")
def test_any_flipped_bit_of_the_newest_copy_leaves_the_state_before(make_record, newest):
    whole = newest.read_bytes()
    for bit in range(8 * len(whole)):
        flipped = bytearray(whole)
        flipped[bit // 8] ^= 1 << bit % 8
        newest.write_bytes(flipped)
        record = make_record()
        assert loaded(record) == OLD, f"bit {bit}"
        assert record.damaged_copies == 1


@pytest.mark.requirement("INT-04")
def test_a_write_that_was_cut_anywhere_leaves_the_state_before(make_record, newest):
    whole = newest.read_bytes()
    for length in range(len(whole)):
        newest.write_bytes(whole[:length])
        assert loaded(make_record()) == OLD, f"{length} bytes"


def test_without_a_whole_copy_there_is_nothing(make_record, newest, tmp_path):
    for path in tmp_path.iterdir():
        path.write_bytes(b"\xff" * 20)
    record = make_record()
    assert loaded(record) is None
    assert record.damaged_copies == 2
