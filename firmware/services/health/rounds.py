"""What is looked at again and again while nothing happens, in one wake: line, rotor, supply, clock, memory."""

from micropython import const

from firmware.core.units import after_ms, until_ms

_ROUND_MS = const(30_000)  # DET-05: delivery stops within 30 s of the threshold
_CLOCK_EVERY = const(2)  # clock_watch.CHECK_S
_TEST_EVERY = const(20)  # ten minutes
_RING = const(0x3FFFFFFF)
_HALF_RING = const(0x20000000)


class Rounds:
    """An activity. `parts` is the supervisor: infusion, journal, supply_monitor, clock_monitor, watchkeeper and
    periodic_test."""

    def __init__(self, parts):
        self._parts = parts
        self._next_ms = parts.clock.now_ms()
        self._round_ms = self._next_ms
        self._rounds = 0

    def due_in_ms(self, now_ms):
        # until_ms, spelt out: this is asked in every turn of the executive.
        return ((self._next_ms - now_ms & _RING) ^ _HALF_RING) - _HALF_RING

    def act(self, now_ms):
        parts = self._parts
        round_ms = until_ms(self._round_ms, now_ms)
        if round_ms <= 0:
            round_ms = _ROUND_MS
            self._round_ms = after_ms(now_ms, _ROUND_MS)
            self._rounds = (self._rounds + 1) % _TEST_EVERY
            parts.infusion.look_at_rest()
            parts.journal.look(now_ms)
            if self._rounds % _CLOCK_EVERY:
                parts.clock_monitor.look()
                parts.watchkeeper.look()
            if self._rounds == 0:
                parts.periodic_test.look()
        # A weak supply is read more often than the rest.
        supply_ms = parts.supply_monitor.look()
        self._next_ms = after_ms(now_ms, supply_ms if supply_ms < round_ms else round_ms)
