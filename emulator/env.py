"""Virtual time: a SimPy environment that counts integer nanoseconds and can move without an event.

A device that sleeps needs no event of its own when nothing else happens meanwhile: `try_advance` moves
the clock there and then. What is scheduled decides the order, (time, priority, id) as in SimPy, so the
result is the same as with an event.
"""

from collections.abc import Callable
from heapq import heappop, heappush
from operator import attrgetter
from typing import Any

import simpy
from simpy.events import NORMAL, Event, EventPriority

FOREVER_NS = 1 << 62  # 146 years: a wait without end


class Call(Event):
    """A function call at a set time. `cancel` may be called at any time, also by the call itself."""

    def __init__(self, env: "WorldEnvironment", action: Callable[[], None]) -> None:
        self.env = env
        self.callbacks = [self._run]
        self._ok = True
        self._value = None
        self._action: Callable[[], None] | None = action

    @property
    def is_pending(self) -> bool:
        return self._action is not None

    def cancel(self) -> None:
        self._action = None

    def _run(self, _event: Event) -> None:
        action, self._action = self._action, None
        if action is not None:
            action()


class WorldEnvironment(simpy.Environment):
    """`now` is an int, nanoseconds since the start of the scenario; floats are refused."""

    _queue: list[tuple[int, int, int, Any]]
    _now: int
    now = property(attrgetter("_now"))  # asked so often that a function of Python would show

    def __init__(self) -> None:
        super().__init__(0)
        self.is_running = False
        self._run_listeners: tuple[Callable[[], None], ...] = ()

    def schedule(self, event: Event, priority: EventPriority = NORMAL, delay: int = 0) -> None:  # type: ignore[override]
        """As SimPy's; raises TypeError for a delay that is not an int."""
        if type(delay) is not int:
            raise TypeError(f"virtual time is integer nanoseconds, got a delay of {delay!r}")
        heappush(self._queue, (self._now + delay, priority, next(self._eid), event))

    @property
    def next_due_ns(self) -> int:
        """Time of the next event, a cancelled one included; FOREVER_NS when there is none."""
        return self._queue[0][0] if self._queue else FOREVER_NS

    def call_at(self, t_ns: int, action: Callable[[], None]) -> Call:
        """Call `action()` at `t_ns`, after what is already due then. Raises ValueError for the past."""
        if t_ns < self._now:
            raise ValueError(f"cannot call at {t_ns} ns, it is already {self._now} ns")
        call = Call(self, action)
        heappush(self._queue, (t_ns, NORMAL, next(self._eid), call))
        return call

    def try_advance(self, t_ns: int) -> bool:
        """Move `now` to `t_ns`, unless it is past, if nothing is due until then, itself included."""
        queue = self._queue
        while queue and queue[0][0] <= t_ns:
            event = queue[0][3]
            if type(event) is not Call or event.is_pending:
                return False
            heappop(queue)  # cancelled: nothing would happen then
        if t_ns > self._now:
            self._now = t_ns
        return True

    def meter(self, limit: list[int], wait_until: Callable[[int], int]) -> Callable[[int], int]:
        """A function that moves `now` on by its argument and returns it: the cheapest way for a device.

        Where that would reach `limit[0]` or a due event it does not move, and returns `wait_until(t_ns)`.
        """
        queue = self._queue

        def advance(delta_ns: int) -> int:
            t_ns = self._now + delta_ns
            if t_ns >= limit[0] or (queue and queue[0][0] <= t_ns):
                return wait_until(t_ns)
            self._now = t_ns
            return t_ns

        return advance

    def napper(self, limit: list[int]) -> Callable[[int], bool]:
        """As `meter`, for a sleep: False, and `now` has not moved, where `meter` would ask."""
        queue = self._queue

        def nap(delta_ns: int) -> bool:
            t_ns = self._now + delta_ns
            if t_ns >= limit[0] or (queue and queue[0][0] <= t_ns):
                return False
            self._now = t_ns
            return True

        return nap

    def run(self, until: "int | Event | None" = None) -> Any:
        """As SimPy's `run`; a number must be an int (ns) later than `now`."""
        if isinstance(until, float):
            raise TypeError(f"virtual time is integer nanoseconds, got until={until!r}")
        for listener in self._run_listeners:
            listener()
        self.is_running = True
        try:
            return super().run(until)
        finally:
            self.is_running = False

    def on_run(self, listener: Callable[[], None]) -> None:
        """Call `listener()` at the beginning of every `run`, in the thread that simulates."""
        self._run_listeners += (listener,)
