"""Writes the block of firmware/DESIGN.md that leads from a requirement to the code and to what shows it.

`python -m hil.docs.requirement_table` rewrites it; a test fails when it is stale. A file of the firmware belongs to
a requirement when it names it, in a docstring or a comment; tests and scenarios claim theirs by marker and key.
"""

from __future__ import annotations

import re
from pathlib import Path

from hil.docs.blocks import filled
from hil.docs.icd import table
from hil.traceability.matrix import claims_of_library, claims_of_tests
from hil.words.requirements import requirements

REPOSITORY = Path(__file__).resolve().parents[2]
DESIGN = REPOSITORY / "firmware" / "DESIGN.md"

# Requirements that no single file meets: the reason stands in the table instead of a file.
OF_THE_WHOLE = {
    "THR-05": "measured on the whole pump",
    "DET-13": 'this document, "What the pump cannot see"',
    "ALM-06": "every detector: none may alarm on a whole bench",
    "INT-10": "a rule for all files, kept by tests/architecture; the heap is measured on the whole pump",
}

_GROUPS = "|".join(sorted({name[:3] for name in requirements()}))
_NAMED = re.compile(rf"\b({_GROUPS})-(\d\d)(?: to (?:[A-Z]{{3}}-)?(\d\d))?\b")


def named_in(text: str) -> set[str]:
    """The ids that a text names; "DET-05 to DET-08" and "DET-05 to 08" are four."""
    found = set()
    for group, first, last in _NAMED.findall(text):
        found |= {f"{group}-{number:02}" for number in range(int(first), int(last or first) + 1)}
    return found


def firmware_files() -> dict[str, list[str]]:
    """Requirement -> files of firmware/ and protocols/ that name it, as paths in the repository."""
    found: dict[str, list[str]] = {}
    for room in ("firmware", "protocols"):
        for file in sorted((REPOSITORY / room).rglob("*.py")):
            for requirement in named_in(file.read_text(encoding="utf-8")):
                found.setdefault(requirement, []).append(file.relative_to(REPOSITORY).as_posix())
    return found


def requirements_block() -> str:
    """A row per requirement, in the order of the list."""
    files, tests, scenarios = firmware_files(), claims_of_tests(REPOSITORY / "tests"), claims_of_library()
    rows = []
    for name in requirements():
        code = ", ".join(f"`{path.removeprefix('firmware/')}`" for path in files.get(name, []))
        shown = _files_of(tests.get(name, []))
        rows.append((name, code or OF_THE_WHOLE.get(name, ""), shown, ", ".join(scenarios.get(name, []))))
    return table(("requirement", "firmware", "tests", "scenarios"), rows)


def _files_of(claims: list[str]) -> str:
    """The test files by folder, like "pump: detection_line, detection_stall; firmware/core: dosing"."""
    folders: dict[str, set[str]] = {}
    for claim in claims:
        folder, _, name = claim.split("::")[0].removeprefix("tests/").rpartition("/")
        folders.setdefault(folder, set()).add(name.removeprefix("test_").removesuffix(".py"))
    return "; ".join(f"{folder}: {', '.join(sorted(names))}" for folder, names in sorted(folders.items()))


def rendered(text: str) -> str:
    """The document with the block made anew."""
    return filled(text, {"requirements": requirements_block})


if __name__ == "__main__":
    DESIGN.write_text(rendered(DESIGN.read_text(encoding="utf-8")), encoding="utf-8")
