"""Where a value stands inside a scenario: the keys and indices that lead to it."""

from __future__ import annotations

Path = tuple[str | int, ...]


def field_name(path: Path) -> str:
    """A path in the notation of the sweep table: step.0.duration."""
    return ".".join(str(part) for part in path)
