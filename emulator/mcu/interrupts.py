"""Interrupt sources: a peripheral raises them, the processor serves them."""

from collections import deque
from collections.abc import Callable
from typing import Any

SCHEDULER_DEPTH = 8  # MICROPY_SCHEDULER_DEPTH of the rp2 port


class IrqSource:
    """One handler of firmware and what it is called with.

    A hard one runs as soon as the processor can take it; several events before that are one call. A soft
    one is queued like `micropython.schedule`, and dropped when the queue is full, as on the board.
    """

    __slots__ = ("handler", "argument", "is_hard", "is_pending", "flags")

    def __init__(self, argument: Any = None) -> None:
        self.handler: Callable[[Any], object] | None = None
        self.argument = argument
        self.is_hard = False
        self.is_pending = False
        self.flags = 0


class InterruptQueue:
    """What waits for the processor: hard sources in order of arrival, soft calls up to the depth."""

    __slots__ = ("hard", "soft", "dropped")

    def __init__(self) -> None:
        self.hard: deque[IrqSource] = deque()
        self.soft: deque[tuple[Callable[[Any], object], Any]] = deque()
        self.dropped = 0

    def add(self, source: IrqSource) -> bool:
        """Take an event of `source`; False when nobody listens or the queue is full."""
        handler = source.handler
        if handler is None:
            return False
        if source.is_hard:
            if not source.is_pending:
                source.is_pending = True
                self.hard.append(source)
            return True
        return self.schedule(handler, source.argument)

    def schedule(self, handler: Callable[[Any], object], argument: Any) -> bool:
        """Queue a soft call; False when eight are waiting already."""
        if len(self.soft) >= SCHEDULER_DEPTH:
            self.dropped += 1
            return False
        self.soft.append((handler, argument))
        return True
