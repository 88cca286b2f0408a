"""Passes the time of an emulated pump while hosts outside talk to it.

Three ways: in step with the wall clock (`--speed 1`, `--speed 60`), as fast as it goes (`max`), or only as
long as the pump needs to answer what it was sent (`asked`).
"""

from __future__ import annotations

import time
from typing import Protocol

from hil.ports.emulated import EmulatedPump
from protocols import frame, ids

_MS = 1_000_000
# A frame is answered within 200 ms (LNK-02), code at the prompt has to be compiled first.
_SILENCE_NS = 1_000 * _MS
_AFTER_ANSWER_NS = 5 * _MS
_BUSY_WAIT_S = 0.002
_IDLE_WAIT_S = 0.02
_TALK_S = 0.3
_TURN_S = 0.01
_LONGEST_PIECE_NS = 60_000 * _MS
# A pump that does nothing lets years pass in seconds; the emulator's time has an end at 146.
_LAST_NS = 100 * 365 * 86_400_000 * _MS


class PumpPace(Protocol):
    def advance(self, was_spoken_to: bool) -> float | None:
        """Let time pass; how many wall seconds may pass until the next call, None for any number."""
        ...


class _Heard:
    """Has the pump answered since it was spoken to? Events are not answers."""

    def __init__(self, pump: EmulatedPump) -> None:
        self._pump = pump
        self._decoder = frame.FrameDecoder()
        self._has_answered = False
        pump.on_data(self._note)

    def _note(self, data: bytes) -> None:
        for byte in data:
            if self._decoder.feed_byte(byte) == frame.FRAME and self._decoder.type == ids.MSG_ANSWER:
                self._has_answered = True
                self._pump.clock.wake()

    def answer(self) -> None:
        """Run until the pump has answered, or is not going to."""
        self._has_answered = False
        self._pump.run_until(self._pump.clock.now_ns + _SILENCE_NS, lambda: self._has_answered)
        self._pump.run_for(_AFTER_ANSWER_NS)


class WallPace:
    """`speed` seconds of the pump in one of the wall. What the machine cannot keep up with is lost."""

    def __init__(self, pump: EmulatedPump, speed: float) -> None:
        self._pump = pump
        self._speed = speed
        self._spoken_at_s = -_TALK_S
        self._wall_s = time.monotonic()

    def advance(self, was_spoken_to: bool) -> float | None:
        now_s = time.monotonic()
        passed_s, self._wall_s = min(now_s - self._wall_s, 2 * _IDLE_WAIT_S), now_s
        if was_spoken_to:
            self._spoken_at_s = now_s
        self._pump.run_for(round(passed_s * self._speed * 1e9))
        return _BUSY_WAIT_S if now_s - self._spoken_at_s < _TALK_S else _IDLE_WAIT_S


class FreePace:
    """As fast as it goes, in pieces short enough that nobody outside waits for long."""

    def __init__(self, pump: EmulatedPump) -> None:
        self._pump = pump
        self._heard = _Heard(pump)
        self._piece_ns = 1_000 * _MS

    def advance(self, was_spoken_to: bool) -> float | None:
        if was_spoken_to:
            self._heard.answer()
            return 0.0
        if self._pump.clock.now_ns > _LAST_NS:
            return None
        began_s = started_s = time.monotonic()
        # To look at the ports after each piece would cost more than the pieces of a pump that does nothing, and
        # keep another thread of this process from ever having its turn.
        while started_s - began_s < _TURN_S:
            self._pump.run_for(self._piece_ns)
            took_s = time.monotonic() - started_s
            started_s += took_s
            if took_s < _TURN_S / 2:
                self._piece_ns = min(_LONGEST_PIECE_NS, self._piece_ns * 2)
            elif took_s > _TURN_S * 2:
                self._piece_ns = max(_MS, self._piece_ns // 2)
        return 0.0


class AskedPace:
    """Time stands still unless a host has sent something."""

    def __init__(self, pump: EmulatedPump) -> None:
        self._heard = _Heard(pump)

    def advance(self, was_spoken_to: bool) -> float | None:
        if was_spoken_to:
            self._heard.answer()
        return None
