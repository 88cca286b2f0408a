"""The failure of a run, in a form that tells whether a smaller scenario fails the same way."""

from __future__ import annotations

import re
from typing import Any

import msgspec

from hil.run.result import RunResult

_TIMES = ("at", "after", "until", "over", "within", "any_window", "cleared_within")


_SOMETHING_NL = 100  # a third of the shortest stroke of the reference head
# What hil.run.expect.reports says, and what it means.
_WAYS = (
    (re.compile(r"never raised|0 of them"), "never"),
    (re.compile(r"raised outside"), "outside"),
    (re.compile(r"raised \d+ times|[1-9]\d* of them"), "count"),
    (re.compile(r".*, never cleared"), "not cleared"),
    (re.compile(r".*, cleared "), "cleared late"),
)


class Failure(msgspec.Struct, frozen=True):
    """`kind`: expectation, step or firmware. `what`: the expectation without its times, or the failing sentence
    without its figures. `way`: how an expectation failed, where there are several ways; an alarm that came too early
    is not one that never came."""

    kind: str
    what: str
    way: str = ""


class Ground(msgspec.Struct, frozen=True):
    """What a run has to show for its failure to mean anything: a smaller one keeps it."""

    has_fault: bool
    has_delivered: bool

    def is_kept_by(self, other: Ground) -> bool:
        return other.has_fault >= self.has_fault and other.has_delivered >= self.has_delivered


def ground(result: RunResult) -> Ground:
    """Whether a fault took effect, and whether the pump delivered anything."""
    return Ground(any(fault.took_effect for fault in result.faults), result.delivered_nl >= _SOMETHING_NL)


def failures(result: RunResult, table: dict[str, Any]) -> set[Failure]:
    """Everything that failed in a run of this table; empty when its verdict is not `fail`.

    The last results are those of the expectations, in the order of the file.
    """
    if result.verdict != "fail":
        return set()
    found = set()
    expected = table.get("expect", [])
    first = len(result.expectations) - len(expected)
    for index, seen in enumerate(result.expectations):
        if seen.verdict == "fail" and index >= first:
            found.add(Failure("expectation", _without_times(expected[index - first]), _way(seen.seen)))
        elif seen.verdict == "fail":
            kind = "firmware" if "firmware" in seen.text else "step"
            found.add(Failure(kind, _without_figures(seen.seen if kind == "firmware" else seen.text)))
    if not result.expectations:
        found.add(Failure("firmware", _without_figures(result.message)))
    return found


def _way(seen: str) -> str:
    return next((way for pattern, way in _WAYS if pattern.match(seen)), "")


def _without_times(expectation: dict[str, Any]) -> str:
    kept = {key: value for key, value in sorted(expectation.items()) if key not in _TIMES}
    return repr({key: _without_figures(value) if isinstance(value, str) else value for key, value in kept.items()})


def _without_figures(text: str) -> str:
    return "".join("#" if char.isdigit() else char for char in text.strip().splitlines()[-1] if char not in ".-")
