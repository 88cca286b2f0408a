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
    assert record.is_lost


@pytest.mark.requirement("INT-08")
@pytest.mark.parametrize("what", ["empty", "an older one"])
def test_a_copy_that_is_not_the_one_before_the_newest_is_damage(make_record, newest, tmp_path, what):
    (other,) = [path for path in tmp_path.iterdir() if path != newest]
    before = other.read_bytes()
    record = make_record()
    record.load()
    save(record, b"and one more")
    save(record, b"and another")
    newest.write_bytes(b"" if what == "empty" else before)
    record = make_record()
    assert loaded(record) is not None
    assert record.damaged_copies == 1


@pytest.mark.requirement("INT-04", "INT-08")
def test_a_write_that_is_refused_leaves_the_newest_copy_alone(make_record, newest):
    record = make_record()
    record.load()
    whole = newest.read_bytes()
    refused = record._paths

    class Full:
        """Two paths that cannot be opened."""

        def __getitem__(self, slot):
            return refused[slot] + "/full"

    record._paths = Full()
    for _ in range(2):
        with pytest.raises(OSError):
            save(record, b"lost")
    record._paths = refused
    save(record, b"and one more")
    assert newest.read_bytes() == whole
    assert loaded(make_record()) == b"and one more"


@pytest.mark.requirement("INT-08")
def test_a_copy_that_is_known_to_be_missing_is_lost_until_the_next_one(make_record, newest):
    record = make_record()
    record.load()
    record.missed(5)
    assert record.is_lost
    save(record, b"and one more")
    assert not record.is_lost
    assert make_record().load() == len(b"and one more")
