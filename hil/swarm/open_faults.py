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


OPEN: tuple[OpenFault, ...] = (
    OpenFault(
        "a slip stays in the last hour",
        ("way_back: UNDER_DELIVERY", "way_back: STEP_LOSS"),
        "ALM-05, story 800103: two cycles lost at 12 uL/h are in the balance of the last strokes for up to an hour, and"
        " so long UNDER_DELIVERY and STEP_LOSS cannot be acknowledged; the programme's rate is back at once",
        lambda table: any(step.get("inject") == "motor.slip" for step in table["step"]),
    ),
)


def open_fault(kind: str, table: Table) -> OpenFault | None:
    """The known fault that a violation of this kind is in this story; None for a new one."""
    return next((each for each in OPEN if kind in each.kinds and each.is_of(table)), None)
