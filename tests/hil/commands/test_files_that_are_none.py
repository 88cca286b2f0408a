"""A file or place that a person names may be anything: each command ends in 2 and one line."""

from __future__ import annotations

import pytest

from tests.hil.served_pump import pumpbench

CONTENTS = {
    "not UTF-8": b'name = "\xff\xfe"\n',
    "nothing": b"",
    "zeros": bytes(1000),
    "nested": b"[" * 100_000,
    "a list": b"[]",
}
COMMANDS = {
    "run": ("run", "FILE"),
    "compare": ("compare", "FILE", "--targets", "sim,mpy"),
    "shrink": ("shrink", "FILE"),
    "campaign": ("campaign", "FILE", "--trials", "2"),
    "when": ("when", "FILE"),
    "swarm": ("swarm", "FILE"),
    "replay": ("replay", "FILE"),
    "weighings": ("accuracy", "--source", "balance", "--weighings", "FILE", "--rate", "30 uL/h"),
    "key": ("flash", "/dev/none", "--key", "FILE"),
    "configuration": ("flash", "/dev/none", "--config", "FILE"),
    "emulate": ("emulate", "--scenario", "FILE"),
    "therapy": ("ctl", "--port", "pump://", "programme", "diff", "FILE"),
    "figures": ("ctl", "--port", "pump://", "config", "--compare", "FILE"),
}


@pytest.fixture(autouse=True)
def _nothing_to_compile(monkeypatch):
    monkeypatch.setattr("hil.board.files.compiled_files", dict)


@pytest.mark.parametrize(
    "content",
    [name if name in ("not UTF-8", "a list") else pytest.param(name, marks=pytest.mark.slow) for name in CONTENTS],
)
@pytest.mark.parametrize("command", COMMANDS)
def test_it_ends_in_2_and_one_line(command, content, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    file = tmp_path / "given"
    file.write_bytes(CONTENTS[content])
    words = [str(file) if word == "FILE" else word for word in COMMANDS[command]]
    code, _, said = pumpbench(monkeypatch, capsys, *words)
    lines = [line for line in said.splitlines() if line.startswith("error: ")]
    assert code == 2 and len(lines) == 1 and len(said) < 1_000, said


@pytest.mark.parametrize("command", ["run", "swarm", "replay", "key", "configuration"])
def test_a_file_without_an_end_is_not_read_to_it(command, monkeypatch, capsys, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("hil.report.recipe._LONGEST_REPORT", 1_000)
    words = ["/dev/zero" if word == "FILE" else word for word in COMMANDS[command]]
    code, _, said = pumpbench(monkeypatch, capsys, *words)
    assert code == 2 and said.count("error: ") == 1


@pytest.mark.parametrize(
    "words",
    [
        ("requirements", "--json", "/proc/none"),
        ("requirements", "--markdown", "/proc/none/m.txt"),
        ("ctl", "keys", "make", "/proc/none"),
        ("ctl", "keys", "make", "/dev/null"),
        ("campaign", "stall", "--trials", "1", "--out", "/proc/none"),
        ("swarm", "--stories", "1", "--out", "/proc/none"),
        ("run", "stall", "--speed", "1e-300"),
        ("emulate", "--speed", "1e-300"),
    ],
)
def test_a_place_that_cannot_be_had_is_found_before_the_work(words, monkeypatch, capsys, tmp_path):
    monkeypatch.chdir(tmp_path)
    code, _, said = pumpbench(monkeypatch, capsys, *words)
    assert code == 2 and said.count("error: ") == 1, said
