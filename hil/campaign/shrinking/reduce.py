"""The search for a smaller scenario: a step is kept when what is left still fails the same way.

Delta debugging over the lists (steps, expectations), then single keys, then figures; again from the start as long
as anything was left out. `is_failing` is asked about each candidate at most once.
"""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from hil.words import quantity

Raw = dict[str, Any]

_QUANTITY = re.compile(r"^\s*([0-9.]+(?:e-?[0-9]+)?)\s*([a-zA-Zµ%/]+.*)$")
_NEEDED = {"name", "duration", "expect", "drug", "concentration", "basal", "do", "inject", "clear", "when", "at"}
_KEPT_TEXTS = {"name", "why", "start_clock", "do", "inject", "clear", "when", "alarm", "never", "truth", "status"}
_LEAST_AT_ONCE, _MOST_AT_ONCE = 3, 16
_SHORTER = (0.1, 0.25, 0.5, 0.75, 0.9)


class Shrinker:
    """`tries`: candidates that were run. Stops when `is_over()` says so; what it has by then fails too.

    `are_failing(candidates)`: asks about several at once, which is cheaper where they begin alike; None: one by one.
    """

    def __init__(
        self,
        is_failing: Callable[[Raw], bool],
        is_over: Callable[[], bool] = lambda: False,
        are_failing: Callable[[Sequence[Raw]], list[bool]] | None = None,
    ) -> None:
        self._is_failing = is_failing
        self._is_over = is_over
        self._are_failing = are_failing
        self._known: dict[str, bool] = {}
        self.tries = 0

    def shrink(self, table: Raw) -> Raw:
        """A smaller table that still fails. The table that is handed in must."""
        best = {key: value for key, value in copy.deepcopy(table).items() if key not in ("sweep", "monte_carlo")}
        while True:
            before = _text(best)
            for key in ("step", "expect"):
                best = self._fewer(best, key)
            for proposals in (_without_keys, _simpler_therapy, _fewer_repeats, _shorter, _rounder):
                best = self._greedy(best, proposals)
            if _text(best) == before or self._is_over():
                return best

    def _fails(self, table: Raw) -> bool:
        text = _text(table)
        if text not in self._known:
            if self._is_over():
                return False
            self.tries += 1
            self._known[text] = self._is_failing(table)
        return self._known[text]

    def _ask_ahead(self, tables: Sequence[Raw]) -> None:
        """About all of these at once, as far as they are not known."""
        unknown = [table for table in tables if _text(table) not in self._known][:_MOST_AT_ONCE]
        if self._are_failing is None or len(unknown) < _LEAST_AT_ONCE or self._is_over():
            return
        self.tries += len(unknown)
        for table, is_failing in zip(unknown, self._are_failing(unknown), strict=True):
            self._known[_text(table)] = is_failing

    def _fewer(self, table: Raw, key: str) -> Raw:
        """Leave out ever smaller parts of a list."""
        items = table.get(key, [])
        part = len(items)
        while part >= 1 and items:
            start = 0
            # Mostly none of them fails at the end of a search: they are asked about together until one does.
            self._ask_ahead([_without(table, key, at, part) for at in range(0, len(items), part)])
            while start < len(items):
                candidate = _without(table, key, start, part)
                if self._fails(candidate):
                    table = candidate
                    items = candidate.get(key, [])
                else:
                    start += part
            part = min(part // 2, len(items)) if part > 1 else 0
        return table

    def _greedy(self, table: Raw, proposals: Callable[[Raw], Iterator[Raw]]) -> Raw:
        """Take the first proposal that fails too, and begin again from it."""
        is_better = True
        while is_better:
            is_better = False
            for candidate in proposals(table):
                if self._fails(candidate):
                    table = candidate
                    is_better = True
                    break
        return table


def _without(table: Raw, key: str, start: int, part: int) -> Raw:
    """The table without so many items of a list; without an empty list."""
    left = table[key][:start] + table[key][start + part :]
    return {**table, key: left} if left else {name: value for name, value in table.items() if name != key}


def _text(table: Raw) -> str:
    return json.dumps(table, sort_keys=True, default=str)


def _places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], Any]]:
    """Every value of the table, with the way to it; containers before what they hold."""
    if path:
        yield path, value
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        yield from _places(item, (*path, key))


def _at(table: Raw, path: tuple[Any, ...]) -> tuple[Raw, Any, Any]:
    """A copy of the table, and in it the container and key of a place."""
    changed = copy.deepcopy(table)
    here: Any = changed
    for key in path[:-1]:
        here = here[key]
    return changed, here, path[-1]


def _without_keys(table: Raw) -> Iterator[Raw]:
    for path, _ in _places(table):
        if isinstance(path[-1], str) and path[-1] not in _NEEDED and path[-1] != "step":
            changed, here, key = _at(table, path)
            del here[key]
            yield changed


def _simpler_therapy(table: Raw) -> Iterator[Raw]:
    """One rate for the whole week in place of its segments."""
    basal = table.get("therapy", {}).get("basal")
    if isinstance(basal, list):
        for rate in dict.fromkeys(segment[1] for day in basal for segment in day.get("segments", [])):
            changed, here, key = _at(table, ("therapy", "basal"))
            here[key] = rate
            yield changed


def _fewer_repeats(table: Raw) -> Iterator[Raw]:
    for path, value in _places(table):
        if path[-1] == "count" and path[0] == "step" and isinstance(value, int) and value > 1:
            for fewer in sorted({1, value // 4, value // 2, value - 1} - {0}):
                changed, here, key = _at(table, path)
                here[key] = fewer
                yield changed


def _shorter(table: Raw) -> Iterator[Raw]:
    """The whole run, or one step's time, cut to a part of what it is."""
    for path, value in _places(table):
        if path[-1] not in ("duration", "at") or not isinstance(value, str):
            continue
        try:
            seconds = quantity.parse_duration_ns(value) // quantity.NS_PER_S
        except quantity.QuantityError:
            continue
        for part in _SHORTER:
            if seconds * part >= 1:
                changed, here, key = _at(table, path)
                here[key] = _time_text(round(seconds * part))
                yield changed


def _time_text(seconds: int) -> str:
    """Few digits, in the largest unit that has them."""
    for unit, length_s in (("d", 86_400), ("h", 3600), ("min", 60)):
        if seconds >= 2 * length_s:
            return f"{round(seconds / length_s)} {unit}"
    return f"{seconds} s"


def _rounder(table: Raw) -> Iterator[Raw]:
    """Figures of one digit, else two, else three. A seed becomes 0."""
    for path, value in _places(table):
        if path[-1] in _KEPT_TEXTS or isinstance(value, bool):
            continue
        for new in _rounded(value) if path[-1] != "seed" else [0]:
            if new != value:
                changed, here, key = _at(table, path)
                here[key] = new
                yield changed


def _rounded(value: Any) -> list[Any]:
    if isinstance(value, float):
        return [float(f"{value:.{digits}g}") for digits in (1, 2, 3) if len(f"{value:.{digits}g}") < len(repr(value))]
    found = _QUANTITY.match(value) if isinstance(value, str) else None
    if found is None:
        return []
    number, unit = found.groups()
    texts = [f"{float(f'{float(number):.{digits}g}'):g}" for digits in (1, 2, 3)]
    return [f"{text} {unit}" for text in dict.fromkeys(texts) if _digits(text) < _digits(number)]


def _digits(number: str) -> int:
    return len(number.partition("e")[0].replace(".", "").strip("0"))
