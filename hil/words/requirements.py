"""The numbered requirements of the pump: what a test, a scenario or a report may refer to.

The list is `hil/requirements.toml`, one table per group, each line an id with its text and its source.
"""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Iterable
from functools import cache
from pathlib import Path

import msgspec

REQUIREMENTS_FILE = Path(__file__).resolve().parents[1] / "requirements.toml"

_ID = re.compile(r"[A-Z]{3}-\d{2}")


class Requirement(msgspec.Struct, frozen=True):
    """One requirement. `source` names the publication or standard it comes from, or OURS."""

    id: str
    group: str
    text: str
    source: str


def parse_requirements(text: str) -> dict[str, Requirement]:
    """Read the TOML text into requirements by id, in the order of the file.

    Raises ValueError for an id that is malformed or used twice and for a line without text or source.
    """
    found: dict[str, Requirement] = {}
    for group, entries in tomllib.loads(text).items():
        for requirement_id, entry in entries.items():
            if not _ID.fullmatch(requirement_id):
                raise ValueError(f"{requirement_id}: an id is three capitals, a dash and two digits")
            if requirement_id in found:
                raise ValueError(f"{requirement_id}: used in {found[requirement_id].group} and in {group}")
            if set(entry) != {"text", "source"} or not all(entry.values()):
                raise ValueError(f"{requirement_id}: needs a text and a source, has {sorted(entry)}")
            found[requirement_id] = Requirement(requirement_id, group, entry["text"], entry["source"])
    return found


@cache
def requirements() -> dict[str, Requirement]:
    """The project's own list by id, in the order of the file."""
    return parse_requirements(REQUIREMENTS_FILE.read_text(encoding="utf-8"))


def unknown_ids(ids: Iterable[str]) -> dict[str, str]:
    """The ids that are not in the list, each with the most similar one that is ("" when none is)."""
    known = requirements()
    missing = [requirement_id for requirement_id in ids if requirement_id not in known]
    return {name: "".join(difflib.get_close_matches(name, known, n=1, cutoff=0.5)) for name in missing}
