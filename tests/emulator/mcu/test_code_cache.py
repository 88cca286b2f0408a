"""Byte code is kept from one process to the next, and never used for another content."""

from __future__ import annotations

import sys

import pytest

from emulator.mcu import loader
from emulator.mcu.loader import compile_source

FILE = "firmware/core/number.py"


@pytest.fixture
def compiled(monkeypatch, tmp_path):
    """What was compiled since; `compiled.folder` is where it is kept."""
    found = []
    compile_tree = loader.compile_tree

    def noted(tree, filename, mode):
        found.append(filename)
        return compile_tree(tree, filename, mode)

    monkeypatch.setattr(loader, "compile_tree", noted)
    monkeypatch.setattr(sys, "pycache_prefix", str(tmp_path))
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    return found


def next_process_compiles(monkeypatch, source: bytes, filename: str = FILE, guard: bool = False) -> int:
    """What `number` is there."""
    monkeypatch.setattr(loader, "_compiled", {})
    space: dict = {"const": int, **loader.ImageLoader(lambda path: None, lambda path: False).builtins}
    exec(compile_source(filename, source, guard).code, space)
    return space["number"]


def test_the_next_process_compiles_only_what_is_new(monkeypatch, compiled):
    assert next_process_compiles(monkeypatch, b"number = 1") == 1
    assert next_process_compiles(monkeypatch, b"number = 1") == 1
    assert compiled == [FILE]
    assert next_process_compiles(monkeypatch, b"number = 2") == 2
    assert next_process_compiles(monkeypatch, b"number = 2", guard=True) == 2
    assert next_process_compiles(monkeypatch, b"number = 1") == 1
    assert compiled == [FILE] * 4


def test_hidden_constants_stay_hidden(monkeypatch, compiled):
    for _ in range(2):
        monkeypatch.setattr(loader, "_compiled", {})
        assert compile_source(FILE, b"_A = const(3)\nnumber = _A").hidden == {"_A"}
    assert compiled == [FILE]


def test_a_file_of_the_cache_that_is_not_whole_is_made_anew(monkeypatch, compiled, tmp_path):
    next_process_compiles(monkeypatch, b"number = 1")
    [path] = [path for path in tmp_path.rglob("*") if path.is_file()]
    path.write_bytes(path.read_bytes()[:-7])
    assert next_process_compiles(monkeypatch, b"number = 1") == 1
    assert compiled == [FILE] * 2


def test_nothing_is_written_where_python_writes_nothing_or_for_a_program_of_a_test(monkeypatch, compiled, tmp_path):
    next_process_compiles(monkeypatch, b"number = 1", "main.py")
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    next_process_compiles(monkeypatch, b"number = 1")
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
