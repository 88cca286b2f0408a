"""Where the control channel lies: always in a folder that is there, and never under a name that is too long."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest

from hil.board import image_search
from hil.ports.control import control_path

UNIX_SOCKET_NAME = 108  # unix(7)
URLS = ("socket://127.0.0.1:7000", "/dev/pts/5", "/tmp/" + "long/" * 40 + "pump")


@pytest.mark.parametrize("url", URLS, ids=["tcp", "pty", "a long name"])
@pytest.mark.parametrize("place", ["is not there", "is too long"])
def test_a_runtime_folder_that_cannot_be_used_is_passed_over(monkeypatch, tmp_path, url, place):
    if place == "is not there":
        monkeypatch.setenv("XDG_RUNTIME_DIR", "/proc/nowhere")
    else:
        folder = tmp_path / ("x" * 100)
        folder.mkdir()
        monkeypatch.setenv("XDG_RUNTIME_DIR", str(folder))
        monkeypatch.setattr(tempfile, "tempdir", str(folder))
    path = control_path(url)
    assert len(str(path)) < UNIX_SOCKET_NAME
    assert path.parent.is_dir() or path.parent.parent.is_dir()
    assert not str(path).startswith("/proc")


def test_a_user_without_a_home_has_no_cache_and_no_traceback(monkeypatch):
    def no_home(path: Path) -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.delenv(image_search.VARIABLE, raising=False)
    monkeypatch.setattr(Path, "expanduser", no_home)
    assert image_search.find_image() is None
