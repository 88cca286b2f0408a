"""What is put onto a board, without a board; with one it is shown in tests/chip."""

from __future__ import annotations

import json
from binascii import crc32

import pytest

from emulator.mcu.image import manifest_of
from hil.board.files import compiled_files, hashes, source_files, with_config_listed, with_manifest
from hil.board.flasher import check_board, check_config, plan_of
from hil.board.repl import BoardIdentity
from hil.errors import BenchBroken


def test_a_board_gets_each_module_compiled_and_main_as_source():
    files, sources = compiled_files(), source_files()
    # Not needed there: what holds nothing but numbers (hil/board/linking.py), and what only hosts use.
    assert not {f"/protocols/{name}.mpy" for name in ("codec", "fields", "ids", "messages")} & set(files)
    # Many are parts of another one (hil/board/bundling.py).
    assert len(files) < len(sources) // 4
    assert files["/main.py"] == sources["/main.py"]
    modules = [path for path in files if path != "/main.py"]
    assert all(path.endswith(".mpy") and files[path][:2] == b"M\x06" for path in modules)
    assert "/firmware/main.py" not in sources


def test_the_list_of_the_files_is_the_same_for_a_board_and_for_the_emulators():
    files = {"/main.py": b"a", "/firmware/app.mpy": b"bb", "/config.json": b"{}", "/state.a": b"c"}
    listed = with_manifest(files)["/manifest.json"]
    assert listed == manifest_of(files)
    assert json.loads(listed) == [[path, crc32(files[path])] for path in sorted(files) if path != "/state.a"]
    assert len({len(line) for line in listed.splitlines()}) == 1


@pytest.mark.parametrize("before", [b"", b'{"refill_due_h": 48}'], ids=["no configuration yet", "another one"])
def test_the_list_with_a_new_configuration_is_that_of_a_fresh_copy(before):
    files = {"/main.py": b"a", "/firmware/app.mpy": b"bb", **({"/config.json": before} if before else {})}
    listed = with_manifest(files)["/manifest.json"]
    wanted = with_manifest({**files, "/config.json": b"new"})["/manifest.json"]
    assert with_config_listed(listed, b"new") == wanted


def test_what_is_there_and_right_is_not_copied_again():
    wanted = hashes({"/main.py": b"a", "/firmware/app.mpy": b"b", "/config.json": b"{}"})
    plan = plan_of(wanted, hashes({"/main.py": b"a", "/firmware/app.mpy": b"old"}))
    assert (plan.copy, plan.remove, plan.keep) == (("/config.json", "/firmware/app.mpy"), (), ("/main.py",))
    assert plan_of(wanted, wanted).copy == ()


def test_only_the_projects_own_folders_are_cleared():
    found = hashes({"/firmware/app.py": b"", "/protocols/old.mpy": b"", "/state.a": b"", "/log/00": b""})
    assert plan_of(hashes({"/main.py": b""}), found).remove == ("/firmware/app.py", "/protocols/old.mpy")


@pytest.mark.parametrize(
    ("board", "complaint"),
    [
        pytest.param(BoardIdentity("micropython", (1, 28, 0), "RPI_PICO_W", "Pico W"), "RPI_PICO", id="other board"),
        pytest.param(BoardIdentity("micropython", (1, 27, 3), "RPI_PICO", "Pico"), "1.28 or newer", id="too old"),
        pytest.param(BoardIdentity("circuitpython", (9, 0, 0), "RPI_PICO", "Pico"), "1.28", id="other interpreter"),
    ],
)
def test_another_board_is_refused_before_anything_is_written(board, complaint):
    with pytest.raises(BenchBroken, match=complaint):
        check_board(board)


def test_the_reference_board_and_newer_versions_are_accepted():
    check_board(BoardIdentity("micropython", (1, 28, 0), "RPI_PICO", "Raspberry Pi Pico with RP2040"))
    check_board(BoardIdentity("micropython", (1, 30, 1), "RPI_PICO", "Raspberry Pi Pico with RP2040"))


@pytest.mark.parametrize("text", [b"{", b"[1]", b'{"low_level_nl": 1.5}', b'{"link_uart": true}', b'{"a": "1"}'])
def test_a_configuration_that_the_pump_would_not_take_is_refused(text):
    with pytest.raises(BenchBroken, match="configuration"):
        check_config(text)


def test_a_configuration_is_written_in_one_form_so_that_its_hash_says_whether_it_changed():
    spaced = check_config(b'{"refill_due_h": 1,\n "link_uart": 0}')
    assert spaced == check_config(b'{"link_uart":0,"refill_due_h":1}')
