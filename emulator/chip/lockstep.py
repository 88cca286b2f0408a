"""Chip and world in one time: the world's clock follows the chip's before every contact.

The chip runs to the next event of the world and no further. What it touches on the way (an edge, a byte on
a bus, a conversion) moves the world to that moment first; what the touched part schedules ends the run
when it comes sooner than the event that was next.
"""

from collections.abc import Callable, Generator
from typing import Any

from simpy.events import Event

from emulator.chip.processor import Processor
from emulator.env import WorldEnvironment

_LONGEST_RUN_NS = 1_000_000_000
# When somebody else is due for ever at this very moment (another chip), one of them has to go first.
_SLACK_NS = 100_000


class Lockstep:
    """One chip in one world. `start` and `stop` are the power switch."""

    def __init__(self, env: WorldEnvironment, processor: Processor) -> None:
        self._env = env
        self._processor = processor
        self._offset_ns = 0
        self._limit_ns = 0
        self._run = 0
        self._slack_ns = _SLACK_NS
        self._error: BaseException | None = None

    def start(self) -> None:
        self._run += 1
        self._offset_ns = self._env.now - self._processor.now_ns
        self._env.process(self._follow(self._run))

    def stop(self) -> None:
        self._run += 1
        self._processor.stop()

    def now(self) -> int:
        """The chip's present moment as world time, ns; the world is moved there."""
        env = self._env
        t_ns = self.chip_ns
        if t_ns > env.now:
            env.try_advance(t_ns)
        return env.now

    @property
    def chip_ns(self) -> int:
        """The chip's own present as world time, ns; while another chip is due, a step ahead of the world at most."""
        return self._offset_ns + self._processor.now_ns

    def call_at(self, t_ns: int, action: Callable[[], None]) -> int:
        """Act on the chip's own time line at world time `t_ns`, or now when it is past that; the time at which it acts.
        For what another chip does to this one.
        """
        delay_ns = max(0, t_ns - self.chip_ns)
        self._processor.call_in(delay_ns, self.guarded(action))
        return self.chip_ns + delay_ns

    def step(self, slack_ns: int | None = None) -> None:
        """How far this chip and another one may be apart from now on, ns; None: as usual. The run under way ends."""
        self._slack_ns = _SLACK_NS if slack_ns is None else slack_ns
        if slack_ns is not None:
            self._processor.stop()

    def guarded(self, hook: Callable[..., None]) -> Callable[..., None]:
        """A hook of the chip that touches the world: errors leave `env.run`, new events end the run."""

        def touch(*arguments: Any) -> None:
            try:
                hook(*arguments)
            except BaseException as error:
                self._error = self._error or error
                self._processor.stop()
                return
            if self._env.next_deed_ns < self._limit_ns:
                self._processor.stop()

        return touch

    def _follow(self, run: int) -> Generator[Event, Any, None]:
        env, processor = self._env, self._processor
        was_due_at_ns = -1
        while run == self._run:
            deed_ns = env.next_deed_ns
            if deed_ns <= env.now and was_due_at_ns != env.now:
                was_due_at_ns = env.now
                yield from self._turn(0)
                continue
            # Another chip that is a little ahead does not end the run: they would go on by nanoseconds.
            slack_ns = env.now + self._slack_ns
            limit_ns = slack_ns if deed_ns <= env.now else min(deed_ns, max(env.peek(), slack_ns))
            self._limit_ns = int(min(limit_ns, env.now + _LONGEST_RUN_NS))
            processor.run_until(self._limit_ns - self._offset_ns)
            if self._error is not None:
                error, self._error = self._error, None
                raise error
            yield from self._turn(max(0, self.chip_ns - env.now))

    def _turn(self, delay_ns: int) -> Generator[Event, Any, None]:
        turn = self._env.timeout(delay_ns)
        self._env.turns.add(turn)
        try:
            yield turn
        finally:
            self._env.turns.discard(turn)
