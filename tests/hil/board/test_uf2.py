"""Which MicroPython for which board is in a UF2 file, and what is said of a file that is none."""

from __future__ import annotations

import pytest

from hil.board.uf2 import NotAnImage, read_facts
from tests.hil.board.uf2_files import PICO, RP2350, micropython, uf2


@pytest.mark.parametrize(
    ("version", "read", "suffix"),
    [("1.28.0", (1, 28, 0), ""), ("1.29.0-preview.7.gab12", (1, 29, 0), "-preview.7.gab12"), ("1.20", (1, 20, 0), "")],
)
def test_version_and_board_are_read_out_of_the_image(version, read, suffix):
    facts = read_facts(micropython(version))
    assert (facts.version, facts.suffix, facts.machine) == (read, suffix, PICO)


def test_the_banner_may_lie_across_two_blocks():
    facts = read_facts(uf2(b"\xff" * 250 + b"\0MicroPython v1.28.0 on 2026\0" + f"\0{PICO}\0".encode()))
    assert facts.version == (1, 28, 0)


GOOD = micropython()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        pytest.param(b"", "is no UF2 file", id="empty"),
        pytest.param(b"UF2\n", "is no UF2 file", id="its first four bytes only"),
        pytest.param(b"UF2\n" + bytes(508), "is no UF2 file", id="its first four bytes and zeros"),
        pytest.param(b"<html>" * 200, "is no UF2 file", id="a page of the web"),
        pytest.param(GOOD[:-100], "cut short", id="cut inside a block"),
        pytest.param(GOOD[:512], "1 of 2 blocks", id="cut between two blocks"),
        pytest.param(GOOD[:512] + bytes(512), "damaged at byte 512", id="overwritten"),
        pytest.param(micropython(family=RP2350), "another chip, RP2350", id="for a Pico 2"),
        pytest.param(uf2(b"CircuitPython 9"), "without MicroPython", id="another program"),
        pytest.param(uf2(b"x", address=0x2000_0000), "damaged", id="a program for RAM"),
        pytest.param(uf2(b"x", address=0x1001_0000), "does not begin where", id="no boot stage"),
    ],
)
def test_a_file_that_is_no_image_is_told_by_what_it_is(content, words):
    with pytest.raises(NotAnImage, match=words):
        read_facts(content)
