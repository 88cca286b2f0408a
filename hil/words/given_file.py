"""A file that a person names: read whole, but never without an end (/dev/zero), and whatever is wrong is one line."""

from __future__ import annotations

from pathlib import Path

from hil.errors import ScenarioError

MOST_BYTES = 16_000_000  # more than anybody writes by hand


def read_given(path: Path, most_bytes: int = MOST_BYTES) -> bytes:
    """All of it. Raises ScenarioError when it cannot be read or is longer than that."""
    try:
        with path.open("rb") as file:
            data = file.read(most_bytes + 1)
    except OSError as error:
        raise ScenarioError(str(path), 0, "", f"cannot be read: {error.strerror}") from None
    if len(data) > most_bytes:
        raise ScenarioError(str(path), 0, "", "is too long for what it is to be", f"at most {most_bytes:,} bytes")
    return data
