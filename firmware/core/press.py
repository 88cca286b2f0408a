"""One button (DET-11): a press of 50 ms to 10 s counts once; one of 60 s is stuck, and one request too.

A change of level counts when it has lasted 50 ms, so neither bounces nor a short slip of the finger make a
second press. The request is made at the release, when the length is known. Held for more than 10 s but less
than 60 s is not a request: it is not intended.

Delay: 50 ms after the release; stuck 60 s after the press. Independent of the delivery rate.
"""

from micropython import const

from firmware.core.units import NEVER_MS, after_ms, until_ms

PRESS_NOTHING = const(0)
PRESS_REQUESTED = const(1)
PRESS_STUCK = const(2)  # the button is stuck; counts as one request as well
PRESS_FREED = const(3)  # a stuck button was released; no request

SETTLE_MS = const(50)
LONGEST_MS = const(10_000)
STUCK_MS = const(60_000)


class Press:
    """Feed the level at every edge and whenever `due_in_ms` is over. Times on the millisecond ring."""

    def __init__(self):
        self._is_down = False  # the level last seen, since `_changed_ms`
        self._changed_ms = 0
        self.is_pressed = False  # the level that has lasted
        self._is_from_before = False  # it was down when the pump started: no request
        self._pressed_ms = 0
        self._is_stuck = False

    def begin(self, is_down, now_ms):
        """The level at the pin when the pump starts."""
        self._is_down = is_down
        self.is_pressed = is_down
        self._is_from_before = is_down
        self._pressed_ms = now_ms

    def sample(self, is_down, now_ms):
        """The level at the pin now. Returns a PRESS_ verdict."""
        verdict = PRESS_NOTHING
        if self.due_in_ms(now_ms) <= 0:
            if self._is_down != self.is_pressed:
                verdict = self._settle()
            else:
                self._is_stuck = True
                verdict = PRESS_STUCK
        if is_down != self._is_down:
            self._is_down = is_down
            self._changed_ms = now_ms
        return verdict

    def due_in_ms(self, now_ms):
        """Milliseconds until `sample` is needed without an edge, NEVER_MS when it is not."""
        if self._is_down != self.is_pressed:
            return until_ms(after_ms(self._changed_ms, SETTLE_MS), now_ms)
        if self.is_pressed and not self._is_stuck:
            return until_ms(after_ms(self._pressed_ms, STUCK_MS), now_ms)
        return NEVER_MS

    def _settle(self):
        self.is_pressed = self._is_down
        if self.is_pressed:
            self._pressed_ms = self._changed_ms
            return PRESS_NOTHING
        if self._is_stuck:
            self._is_stuck = False
            self._is_from_before = False
            return PRESS_FREED
        held_ms = until_ms(self._changed_ms, self._pressed_ms)
        is_request = held_ms <= LONGEST_MS and not self._is_from_before
        self._is_from_before = False
        return PRESS_REQUESTED if is_request else PRESS_NOTHING
