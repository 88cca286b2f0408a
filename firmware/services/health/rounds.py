"""Periodic checks, all in one wake of the processor: line, rotor, supply, clock, memory."""

from micropython import const

from firmware.core.units import after_ms, until_ms

_ROUND_MS = const(30_000)  # DET-05: delivery stops within 30 s of the threshold
_CLOCK_EVERY = const(2)  # clock_watch.CHECK_S
_TEST_EVERY = const(20)  # ten minutes
_RING = const(0x3FFFFFFF)
_HALF_RING = const(0x20000000)


class Rounds:
    """An activity of the executive."""

    def __init__(self, infusion, journal, clock_monitor, watchkeeper, periodic_test, supply_monitor, clock):
        self._infusion = infusion
        self._journal = journal
        self._clock_monitor = clock_monitor
        self._watchkeeper = watchkeeper
        self._periodic_test = periodic_test
        self._supply_monitor = supply_monitor
        self._next_ms = clock.now_ms()
        self._round_ms = self._next_ms
        self._rounds = 0

    def due_in_ms(self, now_ms):
        # until_ms, spelt out: this is asked in every turn of the executive.
        return ((self._next_ms - now_ms & _RING) ^ _HALF_RING) - _HALF_RING

    def act(self, now_ms):
        round_ms = until_ms(self._round_ms, now_ms)
        if round_ms <= 0:
            round_ms = _ROUND_MS
            self._round_ms = after_ms(now_ms, _ROUND_MS)
            self._rounds = (self._rounds + 1) % _TEST_EVERY
            self._infusion.look_at_rest()
            self._journal.look(now_ms)
            if self._rounds % _CLOCK_EVERY:
                self._clock_monitor.look()
                self._watchkeeper.look()
            if self._rounds == 0:
                self._periodic_test.look()
        # A weak supply is read more often than the rest.
        supply_ms = self._supply_monitor.look()
        self._next_ms = after_ms(now_ms, supply_ms if supply_ms < round_ms else round_ms)
