"""Watches the supply and the clock chip between strokes, and raises their alarms."""

from micropython import const

from firmware.core.clock_watch import CLOCK_GOOD, CLOCK_SILENT, ClockWatch
from firmware.core.supply_watch import SUPPLY_CRITICAL, SUPPLY_IMPLAUSIBLE, SUPPLY_LOW, SupplyWatch
from protocols import ids

_WEAK = (SUPPLY_LOW, SUPPLY_CRITICAL)
_NOTHING = const(-1)  # no verdict yet: the first one updates alarms restored from the journal
_ALIGN_S = const(2)  # a smaller difference is the reading's own


class SupplyMonitor:
    """DET-09."""

    def __init__(self, supply, alarms, clock, settings):
        self._supply = supply
        self._alarms = alarms
        self._clock = clock
        self._watch = SupplyWatch(settings.supply_low_mv, settings.supply_critical_mv)
        self._reported = _NOTHING
        self.last_mv = 0

    def signature(self):
        """The levels, as one number that any single flipped bit changes (INT-08)."""
        return self._watch.signature()

    def look(self):
        """Read and judge; returns in how many milliseconds to read again."""
        self.last_mv = self._supply.read_mv()
        verdict = self._watch.read(self.last_mv)
        if verdict != self._reported:
            self._reported = verdict
            run_s = self._clock.run_s
            self._alarms.report(ids.ALARM_SUPPLY_LOW, verdict in _WEAK, run_s)
            self._alarms.report(ids.ALARM_SUPPLY_CRITICAL, verdict == SUPPLY_CRITICAL, run_s)
            self._alarms.report(ids.ALARM_SENSOR_FAULT_SUPPLY, verdict == SUPPLY_IMPLAUSIBLE, run_s)
        return self._watch.interval_ms()


class ClockMonitor:
    """DET-10. While the RTC is credible the wall clock follows it, by seconds.

    `Clock.is_doubted` says that it is not, also to the journal, until a person sets the clock.
    """

    def __init__(self, rtc, alarms, clock, foresight):
        self._rtc = rtc
        self._alarms = alarms
        self._clock = clock
        self._foresight = foresight
        self._watch = ClockWatch()

    def begin(self, rtc_s):
        """At boot: the RTC showed this, and Clock.is_doubted says whether it was believed."""
        if self._clock.is_doubted:
            self._watch.doubt()
            self._alarms.present(ids.ALARM_CLOCK_FAULT, self._clock.run_s)
        elif rtc_s > 0:
            self._watch.read(rtc_s, self._clock.run_s)

    def look(self):
        """To be called once a minute."""
        rtc_s = self._rtc.epoch_s()
        if rtc_s == self._rtc.NO_ANSWER:
            verdict = self._watch.silent()
        elif rtc_s < 0:
            verdict = self._watch.lost()
        else:
            verdict = self._watch.read(rtc_s, self._clock.run_s)
            if verdict == CLOCK_GOOD and abs(rtc_s - self._clock.epoch_s) >= _ALIGN_S:
                self._clock.set_epoch_s(rtc_s)
                self._foresight.clock_moved()
        self._clock.is_doubted = verdict > CLOCK_SILENT
        self._alarms.report(ids.ALARM_CLOCK_FAULT, verdict != CLOCK_GOOD, self._clock.run_s)

    def clock_set(self):
        """A person has set the clock: what was wrong with it is forgotten."""
        self._watch.clear()
        self._watch.read(self._clock.epoch_s, self._clock.run_s)
        self._clock.is_doubted = False
        self._clock.is_lost = False
        self._alarms.gone(ids.ALARM_CLOCK_FAULT, self._clock.run_s)
