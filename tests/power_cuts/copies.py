"""Forked copies of the process: a pump with a history is lived once, and dies in as many ways as wanted.

`in_a_copy(work)` is one copy. `Forks` stands before the flash chip of a running pump and makes one at each
operation and place that is wanted, so that what leads to the thousandth operation is run once and not a thousand
times. A copy never returns to whoever called: it sends what it found to its parent and ends.
"""

from __future__ import annotations

import gc
import os
import pickle
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from emulator.mcu import Flash
from emulator.mcu.flash import PlannedCut

Place = tuple[str, float]

PLACES: tuple[Place, ...] = (
    ("before", 0.0),
    ("inside", 0.1),
    ("inside", 0.5),
    ("inside", 0.95),
    ("garbled", 0.5),
    ("after", 0.0),
)


@dataclass(frozen=True)
class Outcome:
    """`has_cut`: the power really went at the planned point. `operations` of the act, or of the recovery."""

    complaints: tuple[str, ...]
    has_cut: bool
    operations: int


@dataclass(frozen=True)
class Cut:
    """`operation` counts from the beginning of the story's act; `again` from the power-on that follows."""

    operation: int
    place: Place
    again: Cut | None = None

    def __str__(self) -> str:
        where, part = self.place
        text = f"operation {self.operation} {where}" + (f" {part:.0%}" if where == "inside" else "")
        return f"{text}, then in the recovery {self.again}" if self.again else text


@dataclass(frozen=True)
class Found:
    """What became of a pump with this cut. `kind`: before, after, or what was torn or garbled."""

    cut: Cut
    kind: str
    complaints: tuple[str, ...]


def in_a_copy(work: Callable[[], Any]) -> Any:
    """`work()` in a forked copy of this process; an exception there becomes an Outcome with a complaint."""
    writing, data = _fork()
    if writing is None:
        return pickle.loads(data) if data else Outcome(("the copy of the process died",), True, 0)
    try:
        result = work()
    except BaseException:
        result = Outcome((traceback.format_exc(limit=8),), True, 0)
    _send(writing, result)


def _fork() -> tuple[int | None, bytes]:
    """In the copy the pipe to write to; in the parent None and what the copy sent."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        gc.disable()  # it would touch, and so duplicate, every page of a process that ends in a moment
        os.close(reading)
        return writing, b""
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        data = pipe.read()
    os.waitpid(child, 0)
    return None, data


def _send(writing: int, result: Any) -> None:
    with os.fdopen(writing, "wb") as pipe:
        pickle.dump(result, pipe)
    os._exit(0)


class Forks:
    """`wanted(cut)` is asked for each operation that the device begins while `run` runs, and for each place."""

    def __init__(self, flash: Flash, wanted: Callable[[Cut], bool], first: Cut | None = None) -> None:
        self._flash = flash
        self._wanted = wanted
        self._first = first  # the recovery from this one is what runs
        self._begun = flash.operations
        self._erases = 0
        self._cut: Cut | None = None
        self._writing = -1
        self.found: list[Found] = []

    def run(self, act: Callable[[], None], then: Callable[[Cut, str], list[Found]]) -> list[Found]:
        """`act()`, and in each copy `then(cut, kind)` after the power has gone. Only the original returns."""
        self._flash.begin = self._begin
        try:
            act()
            if self._cut is None:
                del self._flash.begin
                return self.found
            found = then(self._cut, self._kind())
        except BaseException:
            if self._cut is None:
                raise
            found = [Found(self._cut, self._kind(), (traceback.format_exc(limit=8),))]
        _send(self._writing, found)
        return []

    def _begin(self) -> PlannedCut | None:
        flash = self._flash
        for place in PLACES:
            cut = Cut(flash.operations - self._begun, place)
            if self._first is not None:
                cut = Cut(self._first.operation, self._first.place, cut)
            if not self._wanted(cut):
                continue
            writing, data = _fork()
            if writing is not None:
                self._cut = cut
                self._writing = writing
                self._erases = sum(flash.erases)
                del flash.begin
                flash.begin()
                return PlannedCut(flash.operations - 1, *place)
            self.found += pickle.loads(data) if data else [Found(cut, place[0], ("the copy of the process died",))]
        return type(flash).begin(flash)

    def _kind(self) -> str:
        assert self._cut is not None
        where = (self._cut.again or self._cut).place[0]
        if where in ("before", "after"):
            return where
        what = "erase" if sum(self._flash.erases) > self._erases else "write"
        return f"{what} {'torn' if where == 'inside' else where}"
