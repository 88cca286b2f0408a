"""A TOML table that is read strictly: every key is known, every value has its kind, every error has its
line.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from copy import copy
from datetime import datetime
from fractions import Fraction
from typing import Any, NoReturn

from hil.errors import ScenarioError
from hil.scenario.lines import LineIndex, Path, field_name
from hil.words import quantity


class Source:
    """The file that errors point into."""

    def __init__(self, file: str, text: str) -> None:
        self.file = file
        self._lines = LineIndex(text)
        self._moved: Mapping[Path, Path] = {}

    def with_moved(self, moved: Mapping[Path, Path]) -> Source:
        """The same file for one run of a sweep or a series: a field at a key of `moved` has its value from there."""
        other = copy(self)
        other._moved = moved
        return other

    def line(self, path: Path) -> int:
        """The line where the field at `path`, or the nearest table around it, is written."""
        for length in range(len(path), 0, -1):
            if path[:length] in self._moved:
                return self._lines.line(self._moved[path[:length]])
        return self._lines.line(path)

    def error(self, path: Path, found: str, allowed: str = "", nearest: str = "") -> ScenarioError:
        return ScenarioError(self.file, self.line(path), field_name(path), found, allowed, nearest)


def shown(value: object) -> str:
    """A value as it stands in the file, shortened to what fits into a message."""
    text = f'"{value}"' if isinstance(value, str) else str(value)
    if isinstance(value, bool):
        text = text.lower()
    return f"found {text if len(text) <= 60 else text[:57] + '...'}"


class Table:
    """One table at `path`. Unknown keys are refused at once, in the order in which they stand in the file."""

    def __init__(self, source: Source, path: Path, raw: object, allowed: Iterable[str]) -> None:
        self.source = source
        self.path = path
        self.allowed = tuple(allowed)
        if not isinstance(raw, Mapping):
            raise source.error(path, shown(raw), "a table")
        self.raw: Mapping[str, Any] = raw
        for key in raw:
            if key not in self.allowed:
                raise source.error(
                    (*path, key),
                    "unknown key",
                    ", ".join(self.allowed) or "no key here",
                    quantity.nearest_word(key, self.allowed),
                )

    def __contains__(self, key: str) -> bool:
        return key in self.raw

    @property
    def line(self) -> int:
        return self.source.line(self.path)

    def fail(self, key: str, allowed: str, nearest: str = "") -> NoReturn:
        """The value of `key` is not what is allowed."""
        found = shown(self.raw[key]) if key in self.raw else "missing"
        raise self.source.error((*self.path, key), found, allowed, nearest)

    def require(self, key: str, allowed: str) -> Any:
        if key not in self.raw:
            raise self.source.error((*self.path, key), "missing", allowed)
        return self.raw[key]

    def exactly_one(self, keys: Iterable[str], what: str) -> str:
        """The one of `keys` that is there."""
        keys = tuple(keys)
        there = [key for key in keys if key in self.raw]
        if len(there) == 1:
            return there[0]
        if not there:
            raise self.source.error(self.path, f"missing {what}", "exactly one of " + ", ".join(keys))
        raise self.source.error(
            (*self.path, there[1]), f"{there[0]} and {there[1]} together", "exactly one of " + ", ".join(keys)
        )

    def text(self, key: str, default: str | None = None) -> str:
        value = self.raw.get(key, default)
        if not isinstance(value, str) or not value.strip():
            self.fail(key, "text in quotes that is not empty")
        return value

    def word(self, key: str, words: Iterable[str], default: str | None = None) -> str:
        words = tuple(words)
        value = self.raw.get(key, default)
        if value not in words or not isinstance(value, str):
            self.fail(key, ", ".join(words), quantity.nearest_word(str(value), words))
        return value

    def words(self, key: str, words: Iterable[str] | None, default: tuple[str, ...] = ()) -> tuple[str, ...]:
        """One word or a list of words; any words when `words` is None."""
        if key not in self.raw:
            return default
        value = self.raw[key]
        items = [value] if isinstance(value, str) else value
        if not isinstance(items, list) or not items or not all(isinstance(item, str) for item in items):
            self.fail(key, "a word or a list of words in quotes")
        for index, item in enumerate(items):
            if words is not None and item not in tuple(words):
                path = (*self.path, key) if isinstance(value, str) else (*self.path, key, index)
                nearest = quantity.nearest_word(item, words)
                raise self.source.error(path, shown(item), ", ".join(words), nearest)
        return tuple(items)

    def whole(self, key: str, default: int | None = None, low: int = 0, high: int | None = None) -> int:
        value = self.raw.get(key, default)
        is_whole = isinstance(value, int) and not isinstance(value, bool)
        if not is_whole or value < low or (high is not None and value > high):
            self.fail(key, f"a whole number from {low} up" if high is None else f"a whole number, {low} to {high}")
        return value

    def flag(self, key: str, default: bool = False) -> bool:
        value = self.raw.get(key, default)
        if not isinstance(value, bool):
            self.fail(key, "true or false")
        return value

    def quantity(
        self, key: str, kind: str, low: Fraction | int | None = None, high: Fraction | int | None = None
    ) -> Fraction:
        """The exact amount in the unit of the kind, limits included."""
        self.require(key, f'a {kind}, like "{quantity.KINDS[kind].example}"')
        return self.checked((*self.path, key), self.raw[key], kind, low, high)

    def checked(
        self,
        path: Path,
        value: object,
        kind: str,
        low: Fraction | int | None = None,
        high: Fraction | int | None = None,
    ) -> Fraction:
        """Like `quantity`, for a value that stands inside a list."""
        try:
            amount = quantity.parse(value, kind)
        except quantity.QuantityError as error:
            raise self.source.error(path, shown(value), error.allowed, error.nearest) from None
        if (low is not None and amount < low) or (high is not None and amount > high):
            raise self.source.error(path, shown(value), _range(kind, low, high))
        return amount

    def rounded(self, key: str, kind: str, low: int | None = None, high: int | None = None) -> int:
        """The nearest whole number of units, because that is what the pump can be told."""
        return round(self.quantity(key, kind, low, high))

    def time_ns(self, key: str, default: int | None = None, low: int = 0, high: int | None = None) -> int:
        if key not in self.raw and default is not None:
            return default
        return int(self.quantity(key, "time", low, high))

    def date_time(self, key: str, default: datetime | None = None) -> datetime:
        if key not in self.raw and default is not None:
            return default
        try:
            return quantity.parse_date_time(self.require(key, 'a date and time like "2026-03-02 08:00:00"'))
        except quantity.QuantityError as error:
            self.fail(key, error.allowed)


def _range(kind: str, low: Fraction | int | None, high: Fraction | int | None) -> str:
    def side(limit: Fraction | int) -> str:
        if kind == "time" and 0 < limit < quantity.NS_PER_S // 1000:
            return "more than 0 s"
        if kind == "time":
            return quantity.format_duration(int(limit))
        return f"{float(limit):.10g} {quantity.KINDS[kind].unit}".strip()

    if low is None:
        return f"at most {side(high or 0)}"
    if side(low).startswith("more"):
        return side(low) if high is None else f"{side(low)}, at most {side(high)}"
    return f"at least {side(low)}" if high is None else f"{side(low)} to {side(high)}"
