"""Violations that are known and not yet mended: they are counted apart, and no story fails by one of them alone.

An entry names the kind of a violation, the stories in which it is that fault, and where it is written down. Whoever
mends the fault deletes its entry.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

Table = dict[str, Any]


class OpenFault(msgspec.Struct, frozen=True):
    """`is_of(table)`: whether a violation of this kind in a story of this table is the known one."""

    name: str
    kinds: tuple[str, ...]
    why: str
    is_of: Callable[[Table], bool] = lambda table: True


OPEN: tuple[OpenFault, ...] = ()


def open_fault(kind: str, table: Table) -> OpenFault | None:
    """The known fault that a violation of this kind is in this story; None for a new one."""
    return next((each for each in OPEN if kind in each.kinds and each.is_of(table)), None)
