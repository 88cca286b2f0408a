"""How far time and demand have come since the newest entry of the journal, left in the clock chip (INT-05, THR-04).

Flash is written every ten minutes, and a power cut comes unannounced. The chip's alarm registers outlive the supply
and do not wear, so they hold what the journal cannot: seconds since the entry, and what was demanded since. What of it
was delivered, the rotor angle shows at the next boot. So a restart costs what was demanded since the last beat.

Demand here is what waits for a stroke, plus what the rotor turned since the entry, plus what strokes since power-on
turned less than commanded. The last part is noise of the angle: without it the noise of each restart would add up.
"""

from micropython import const

from firmware.core.units import after_ms, until_ms
from firmware.services.delivery.stroke_runner import IDLE

# What one restart may cost: a second's demand, and later on a 900th of what was demanded since the boot, because a
# loose contact restarts the pump again and again; then at most an eighth of a stroke.
_LEAST_MS = const(1_000)
_EIGHTH_OF_AN_HOUR_MS = const(450_000)
_MOST_MS = const(10_000)  # how exact pump life is over a restart
_LONGEST_S = const(65_535)
_NUMBERS = const(0x3FFF)
_SLIP_MOST_PL = const(64_000)  # more is no noise: a stroke that fell short is not made up
_SLIP_LEAST_PL = const(-2_000_000)


class Heartbeat:
    """`beat_if_due` is called after each turn, `beat` in a sleep when its time has come. Both return ms until the next
    beat, 1000 to 10 000 after a beat.

    After `find`: `is_known`, and then `since_s` (seconds of pump life since the entry) and `demand_pl`.
    """

    def __init__(self, rtc, therapy, ledger, runner, clock):
        self._rtc = rtc
        self._therapy = therapy
        self._ledger = ledger
        self._runner = runner
        self._clock = clock
        self._share = therapy.stroke.volume_nl(therapy.stroke.shortest) * _EIGHTH_OF_AN_HOUR_MS
        self._entry = 0
        self._entry_s = 0
        self._has_entry = False
        self._begun_s = 0
        self._rate_nl_per_h = 0
        self._longest_ms = _MOST_MS  # at that rate
        self._next_ms = clock.now_ms()
        self.is_known = False
        self.since_s = 0
        self.demand_pl = 0

    def find(self, entry):
        """Boot only. Read what the chip holds, and keep it when it belongs to that entry.

        Returns how many entries newer than `entry` the chip knows, modulo 2**14, or 0 when it does not answer.
        """
        moment = self._rtc.last_moment()
        if moment is None:
            return 0
        ahead = moment[0] - entry & _NUMBERS
        if ahead == 0:
            self.is_known = True
            self.since_s = moment[1]
            self.demand_pl = moment[2] * 125 // 2
        return ahead

    def entry_stored(self, entry):
        """The journal has this entry now: what is left in the chip counts from here."""
        run_s = self._clock.run_s
        if not self._has_entry:
            self._has_entry = True
            self._begun_s = run_s
        self._entry = entry
        self._entry_s = run_s
        self.beat(self._clock.now_ms())

    def beat(self, now_ms):
        """Not in the middle of a stroke: what it will turn is not known. Changes nothing in the therapy."""
        if not self._has_entry or self._runner.phase != IDLE:
            return _MOST_MS
        run_s = self._clock.run_s
        therapy = self._therapy
        rate = therapy.rate_nl_per_h
        if rate != self._rate_nl_per_h:
            self._rate_nl_per_h = rate
            self._longest_ms = max(min(self._share // (rate or 1), _MOST_MS), _LEAST_MS)
        period_ms = (run_s - self._begun_s) * 10 // 9
        if period_ms > self._longest_ms:
            period_ms = self._longest_ms
        elif period_ms < _LEAST_MS:
            period_ms = _LEAST_MS
        self._next_ms = after_ms(now_ms, period_ms)
        since_s = run_s - self._entry_s
        slip_pl = therapy.slip_pl
        if slip_pl > _SLIP_MOST_PL:
            slip_pl = _SLIP_MOST_PL
        elif slip_pl < _SLIP_LEAST_PL:
            slip_pl = _SLIP_LEAST_PL
        demand = therapy.waiting_at(now_ms) + self._ledger.turned_nl * 16 + slip_pl * 2 // 125
        self._rtc.note_moment(self._entry, since_s if since_s < _LONGEST_S else _LONGEST_S, demand)
        return period_ms

    def beat_if_due(self, now_ms):
        """A new rate has a new period."""
        due_ms = until_ms(self._next_ms, now_ms)
        if due_ms > 0 and self._therapy.rate_nl_per_h == self._rate_nl_per_h:
            return due_ms
        return self.beat(now_ms)
