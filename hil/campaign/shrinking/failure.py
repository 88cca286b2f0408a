"""The failure of a run, in a form that tells whether a smaller scenario fails the same way."""

from __future__ import annotations

from typing import Any

import msgspec

from hil.run.result import RunResult

_TIMES = ("at", "after", "until", "over", "within", "any_window", "cleared_within")


class Failure(msgspec.Struct, frozen=True):
    """`kind`: expectation, step or firmware. `what`: the expectation without its times, or the failing sentence
    without its figures."""

    kind: str
    what: str


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
            found.add(Failure("expectation", _without_times(expected[index - first])))
        elif seen.verdict == "fail":
            kind = "firmware" if "firmware" in seen.text else "step"
            found.add(Failure(kind, _without_figures(seen.seen if kind == "firmware" else seen.text)))
    if not result.expectations:
        found.add(Failure("firmware", _without_figures(result.message)))
    return found


def _without_times(expectation: dict[str, Any]) -> str:
    kept = {key: value for key, value in sorted(expectation.items()) if key not in _TIMES}
    return repr({key: _without_figures(value) if isinstance(value, str) else value for key, value in kept.items()})


def _without_figures(text: str) -> str:
    return "".join("#" if char.isdigit() else char for char in text.strip().splitlines()[-1] if char not in ".-")
