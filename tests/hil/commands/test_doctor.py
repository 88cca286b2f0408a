"""`pumpbench doctor` says what is there and what to do about what is not."""

from __future__ import annotations

import pytest

from hil.board import image_search
from hil.commands import doctor


@pytest.fixture(autouse=True)
def no_image(tmp_path, monkeypatch):
    monkeypatch.setattr(image_search, "CACHE", tmp_path)
    monkeypatch.delenv(image_search.VARIABLE, raising=False)


def found() -> dict[str, tuple[str, str]]:
    return {what: (state, to_do) for what, state, to_do in doctor.rows()}


def test_what_is_installed_is_named_with_its_version():
    assert found()["simpy"][0][0].isdigit()


def test_a_missing_package_comes_with_the_command_that_installs_it(monkeypatch):
    monkeypatch.setattr(doctor, "_PACKAGES", (("no-such-package", "chip", "pip install no-such-package"),))
    assert found()["no-such-package"] == ("missing", "target chip: pip install no-such-package")


def test_a_missing_image_comes_with_how_to_get_it():
    state, to_do = found()["MicroPython image"]
    assert state == "missing" and image_search.VARIABLE in to_do


def test_an_image_is_named_with_who_named_it(tmp_path, monkeypatch):
    path = tmp_path / "x.uf2"
    path.write_bytes(b"UF2\n")
    monkeypatch.setenv(image_search.VARIABLE, str(path))
    assert found()["MicroPython image"][0] == f"{path} (by {image_search.VARIABLE})"
    path.write_bytes(b"else")
    assert found()["MicroPython image"][0] == "unusable"
