"""hil/rig/README.md names every message and every fault that there is, and no fault that there is not."""

from __future__ import annotations

import re
from pathlib import Path

from hil.words.bench import fault_catalogue
from protocols import rig as table

README = (Path(__file__).resolve().parents[3] / "hil" / "rig" / "README.md").read_text(encoding="utf-8")


def test_every_message_is_explained():
    assert [name for name, *_ in table.MESSAGES.values() if name not in README] == []


def test_the_faults_are_those_of_the_table():
    listed = README.partition("## Faults")[2].partition("What it cannot do")[0]
    named = set(re.findall(r"\b[a-z]+\.[a-z_]+\b", listed))
    assert named == {name for _, name, _ in table.FAULTS} <= set(fault_catalogue())
