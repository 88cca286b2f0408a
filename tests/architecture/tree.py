"""The source files of the project as (module name, text)."""

from __future__ import annotations

from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]


def modules(*packages: str) -> list[tuple[str, str]]:
    """(dotted name, text) of every Python file below the packages, sorted.

    Raises LookupError for a package without files: a check that looks at nothing must not pass.
    """
    found = []
    for package in packages:
        paths = sorted((REPOSITORY / package).rglob("*.py"))
        if not paths:
            raise LookupError(f"no Python file below {package}")
        for path in paths:
            name = ".".join(path.relative_to(REPOSITORY).with_suffix("").parts)
            found.append((name.removesuffix(".__init__"), path.read_text(encoding="utf-8")))
    return found
