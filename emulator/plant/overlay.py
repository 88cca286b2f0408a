"""Several faults may bend the same quantity at once; ending one must not end another."""

from collections.abc import Callable, Iterable
from math import prod


class Overlay:
    """Values put by owners, combined into `value` only when one is put or dropped.

    combine: of all values present to one. changed: called after each change, so that the hot path may
    read plain attributes instead of combining.
    """

    def __init__(self, combine: Callable[[Iterable[float]], float], changed: Callable[[], None] | None = None) -> None:
        self._combine = combine
        self._changed = changed
        self._values: dict[object, float] = {}
        self.value = combine(())

    def put(self, owner: object, value: float) -> None:
        """Set or replace the value of one owner."""
        self._values[owner] = value
        self._refresh()

    def drop(self, owner: object) -> None:
        """Take the owner's value away; dropping twice is harmless."""
        if self._values.pop(owner, None) is not None:
            self._refresh()

    def _refresh(self) -> None:
        self.value = self._combine(self._values.values())
        if self._changed is not None:
            self._changed()


def kept_of(losses: Iterable[float]) -> float:
    """What independent losses leave: the product of (1 - loss)."""
    return prod(1.0 - loss for loss in losses)


def any_of(flags: Iterable[float]) -> float:
    """1 if any owner says so."""
    return 1.0 if any(flags) else 0.0
