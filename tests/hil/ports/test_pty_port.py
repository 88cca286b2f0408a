"""A name for a pseudo terminal: whose it is, and who takes it away."""

from __future__ import annotations

import os
from contextlib import suppress

import pytest

from hil.errors import BenchBroken
from hil.ports.loop import Loop
from hil.ports.pty_port import PtyPort


@pytest.fixture
def port():
    """Makes ports with a name, and closes those that are still open."""
    opened: list[PtyPort] = []
    loop = Loop()

    def make(link) -> PtyPort:
        opened.append(PtyPort(loop, lambda data: None, link))
        return opened[-1]

    yield make
    for each in opened:
        with suppress(OSError, KeyError, ValueError):  # closed by the test
            each.close()


def test_the_name_of_a_pump_that_is_there_is_not_taken(port, tmp_path):
    link = tmp_path / "pump"
    first = port(link)
    with pytest.raises(BenchBroken, match="another pump"):
        port(link)
    assert os.readlink(link) == first.device


def test_the_name_of_a_pump_that_was_killed_is_taken_over(port, tmp_path):
    link = tmp_path / "pump"
    link.symlink_to("/dev/pts/99999")
    device = port(link).device
    assert os.readlink(link) == device


@pytest.mark.parametrize("kind", ["file", "link to a file", "link to nothing", "folder"])
def test_what_is_somebody_s_own_is_neither_taken_nor_removed(port, tmp_path, kind):
    link, own = tmp_path / "pump", tmp_path / "own"
    own.write_text("mine")
    if kind == "file":
        link.write_text("mine")
    elif kind == "link to a file":
        link.symlink_to(own)
    elif kind == "link to nothing":
        link.symlink_to(tmp_path / "later")
    else:
        link.mkdir()
    before = os.lstat(link)
    with pytest.raises(BenchBroken, match="something of yours"):
        port(link)
    assert os.lstat(link).st_ino == before.st_ino and own.read_text() == "mine"


def test_a_port_that_ends_removes_only_its_own_name(port, tmp_path):
    link = tmp_path / "pump"
    first = port(link)
    link.unlink()
    link.symlink_to("/dev/pts/99999")  # by now the name of another
    first.close()
    assert os.readlink(link) == "/dev/pts/99999"
