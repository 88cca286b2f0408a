"""Virtual time: a SimPy environment that counts integer nanoseconds and can move without an event.

A device that sleeps needs no event of its own when nothing else happens meanwhile: it moves the clock
there and then. What is scheduled decides the order, (time, priority, id) as in SimPy, so the result is the
same as with an event.
"""

from collections.abc import Callable
from heapq import heappop, heappush
from operator import attrgetter
from typing import Any

import simpy
from simpy.events import NORMAL, Event, EventPriority

FOREVER_NS = 1 << 62  # 146 years: a wait without end


def _act(call: Any) -> None:
    action, call.action = call.action, None
    if action is not None:
        action()


class Call(Event):
    """A function call at a set time. `cancel` may be called at any time, also by the call itself."""

    # What SimPy wants to find in an event is the same for all calls.
    callbacks: Any = (_act,)
    _ok = True
    _value = None

    def __init__(self, action: Callable[[], None], is_of_device: bool) -> None:
        self.action: Callable[[], None] | None = action  # None: cancelled, or over
        self.is_of_device = is_of_device

    def cancel(self) -> None:
        self.action = None


class WorldEnvironment(simpy.Environment):
    """`now` is an int, nanoseconds since the start of the scenario; floats are refused.

    `now_ns` is the same as a plain attribute, for those who ask often. A device that executes may set it to
    anything not before itself and before `free_until_ns`: nothing is due until then. Whatever is scheduled
    takes `free_until_ns` back; the device finds the next one by itself (`Cpu`).
    """

    _queue: list[tuple[int, int, int, Any]]
    now: int = property(attrgetter("now_ns"))  # type: ignore[assignment]  # quicker than a function

    def _move(self, t_ns: int) -> None:
        self.now_ns = t_ns

    _now = property(attrgetter("now_ns"), _move)  # where SimPy's `step` puts the time

    def __init__(self) -> None:
        super().__init__(0)
        self.queue = self._queue  # what is due: (time, priority, id, event), the earliest first
        self.free_until_ns = 0
        self.turns: set[Event] = set()  # due events that only let a processor with a time of its own go on
        self.is_running = False
        self._run_listeners: tuple[Callable[[], None], ...] = ()

    def schedule(self, event: Event, priority: EventPriority = NORMAL, delay: int = 0) -> None:  # type: ignore[override]
        """As SimPy's; raises TypeError for a delay that is not an int."""
        if type(delay) is not int:
            raise TypeError(f"virtual time is integer nanoseconds, got a delay of {delay!r}")
        t_ns = self.now_ns + delay
        heappush(self.queue, (t_ns, priority, next(self._eid), event))
        if t_ns < self.free_until_ns:
            self.free_until_ns = t_ns

    @property
    def next_deed_ns(self) -> int:
        """Time of the next event that is no turn of a processor; FOREVER_NS when there is none."""
        queue, turns = self.queue, self.turns
        if not queue or queue[0][3] not in turns:
            return queue[0][0] if queue else FOREVER_NS
        return min((due[0] for due in queue if due[3] not in turns), default=FOREVER_NS)

    @property
    def next_due_ns(self) -> int:
        """Time of the next event, a cancelled one included; FOREVER_NS when there is none."""
        return self.queue[0][0] if self.queue else FOREVER_NS

    def call_at(self, t_ns: int, action: Callable[[], None], is_of_device: bool = False) -> Call:
        """Call `action()` at `t_ns`, after what is already due then. Raises ValueError for the past.

        is_of_device: belongs to a device's own peripherals, for `try_device_call`.
        """
        if t_ns < self.now_ns:
            raise ValueError(f"cannot call at {t_ns} ns, it is already {self.now_ns} ns")
        call = Call(action, is_of_device)
        heappush(self.queue, (t_ns, NORMAL, next(self._eid), call))
        if t_ns < self.free_until_ns:
            self.free_until_ns = t_ns
        return call

    def try_advance(self, t_ns: int) -> bool:
        """Move `now` to `t_ns`, unless it is past, if nothing is due until then, itself included."""
        queue = self.queue
        while queue and queue[0][0] <= t_ns:
            event = queue[0][3]
            if type(event) is not Call or event.action is not None:
                return False
            heappop(queue)  # cancelled: nothing would happen then
        if t_ns > self.now_ns:
            self.now_ns = t_ns
        return True

    def try_device_call(self) -> bool:
        """Run the next call due, in the caller's thread, if it belongs to a device's peripherals."""
        t_ns, _, _, event = self.queue[0]
        if type(event) is not Call or not event.is_of_device:
            return False
        heappop(self.queue)
        self.now_ns = t_ns
        _act(event)
        return True

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
