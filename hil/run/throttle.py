"""Slows an emulated pump down to a chosen multiple of wall time. What happens is the same at any speed."""

from __future__ import annotations

import time
from collections.abc import Callable

from hil.targets.base import TargetClock

_SLICE_WALL_S = 0.05


class Throttle:
    """`speed` is simulated seconds per wall second; None is as fast as it goes.

    `between_slices` is called some times per wall second and may raise to end the run.
    """

    def __init__(self, clock: TargetClock, speed: float | None, between_slices: Callable[[], None]) -> None:
        self._clock = clock
        self._speed = speed
        self._between_slices = between_slices
        self._wall_zero_s = time.monotonic()
        self._zero_ns = clock.now_ns

    def run_until(self, t_ns: int, is_woken: Callable[[], bool]) -> None:
        """Let the target run until `t_ns` or until `is_woken()`."""
        if self._speed is None:
            self._clock.run_until(t_ns)
            self._between_slices()
            return
        slice_ns = max(1, round(_SLICE_WALL_S * self._speed * 1e9))
        while self._clock.now_ns < t_ns and not is_woken():
            self._clock.run_until(min(t_ns, self._clock.now_ns + slice_ns))
            self._between_slices()
            due_s = self._wall_zero_s + (self._clock.now_ns - self._zero_ns) / 1e9 / self._speed
            time.sleep(max(0.0, due_s - time.monotonic()))
