"""The keys of `flash --config` as the firmware has them, checked before a board gets them."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

import msgspec

from hil.board.files import REPOSITORY
from hil.errors import BenchBroken
from hil.words.quantity import nearest_word
from hil.words.settings_rules import contradiction

SETTINGS = REPOSITORY / "firmware/services/storage/settings.py"
FULL_STEPS_PER_REV = 200


class BadConfiguration(BenchBroken):
    """The file of a person: exit code 2, as for other bad input."""

    exit_code = 2


class Key(msgspec.Struct, frozen=True):
    """One figure: its default and its limits, both included."""

    name: str
    default: int
    least: int
    most: int


def of_firmware(source: Path = SETTINGS) -> tuple[Key, ...]:
    """As the firmware in this folder has them, read and not run."""
    for node in ast.parse(source.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "_LIMITS":
            return tuple(Key(*row) for row in ast.literal_eval(node.value))
    raise BenchBroken(f"{source}: has no _LIMITS")


def check(found: dict[str, Any]) -> None:
    """`BadConfiguration` names the first key that the pump would refuse at its self-test, and what is allowed."""
    known = {key.name: key for key in of_firmware()}
    for name, value in found.items():
        key = known.get(name)
        if key is None:
            near = nearest_word(name, tuple(known))
            hint = f'; did you mean "{near}"?' if near else ""
            raise BadConfiguration(f"the configuration: {name} is no key; allowed: {', '.join(known)}{hint}")
        if not key.least <= value <= key.most:
            raise BadConfiguration(f"the configuration: {name}: found {value}; allowed: {key.least} to {key.most}")
    if found.get("microsteps_per_rev", FULL_STEPS_PER_REV) % FULL_STEPS_PER_REV:
        raise BadConfiguration(
            f"the configuration: microsteps_per_rev: found {found['microsteps_per_rev']};"
            f" allowed: a multiple of {FULL_STEPS_PER_REV}"
        )
    figures = {name: found.get(name, key.default) for name, key in known.items()}
    wrong = contradiction(figures)
    if wrong is not None:
        name, allowed = wrong
        raise BadConfiguration(f"the configuration: {name}: found {figures[name]}; allowed: {allowed}")
