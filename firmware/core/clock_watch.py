"""CLOCK_FAULT (DET-10): the RTC is silent, lost its time, stopped, jumped more than 60 s, or drifts over 2 %.

The RTC is compared with pump life, which counts by the processor's crystal. A fault stays until the clock is
set, because the time is wrong even when the RTC runs again; only silence ends by itself.

Delay, at any delivery rate, with a check every CHECK_S: lost, stopped, jumped one check (60 s); silent three
checks; drift 20 to 30 min, because it must show in two windows of 10 min in a row, which a small jump of the
clock does not.
"""

from micropython import const

CLOCK_GOOD = const(0)
CLOCK_SILENT = const(1)
CLOCK_LOST = const(2)
CLOCK_STOPPED = const(3)
CLOCK_JUMPED = const(4)
CLOCK_DRIFTING = const(5)
CLOCK_DOUBTED = const(6)  # already before the last restart, or by what the clock shows after it

CHECK_S = const(60)

_JUMP_S = const(60)
_STOPPED_AFTER_S = const(5)
_WINDOW_S = const(600)
_DRIFT_DIVISOR = const(50)  # 2 %
_READING_S = const(2)  # both clocks are read in whole seconds
_DRIFT_WINDOWS = const(2)
_SILENT_CHECKS = const(3)


class ClockWatch:
    """`rtc_s`: RTC in epoch seconds. `run_s`: pump life in seconds. Check at least every 10 min."""

    def __init__(self):
        self.verdict = CLOCK_GOOD
        self._silent_checks = 0
        self._has_reference = False
        self._rtc_s = 0
        self._run_s = 0
        self._window_rtc_s = 0
        self._window_run_s = 0
        self._drift_windows = 0

    def clear(self):
        """The clock was set by a person: begin anew with the next reading."""
        self.verdict = CLOCK_GOOD
        self._silent_checks = 0
        self._has_reference = False
        self._drift_windows = 0

    def doubt(self):
        """At boot: what the RTC shows is not credible. Stays until `clear`."""
        self.verdict = CLOCK_DOUBTED

    def silent(self):
        """The RTC did not answer. Returns the CLOCK_ verdict."""
        if self._silent_checks < _SILENT_CHECKS:
            self._silent_checks += 1
        if self._silent_checks == _SILENT_CHECKS and self.verdict == CLOCK_GOOD:
            self.verdict = CLOCK_SILENT
        return self.verdict

    def lost(self):
        """The RTC says that its oscillator had stopped (DS3231 status register, OSF)."""
        self._silent_checks = 0
        if self.verdict <= CLOCK_SILENT:
            self.verdict = CLOCK_LOST
        return self.verdict

    def read(self, rtc_s, run_s):
        """The RTC answered. Returns the CLOCK_ verdict; the first fault stays until `clear`."""
        self._silent_checks = 0
        if self.verdict == CLOCK_SILENT:
            self.verdict = CLOCK_GOOD
        if not self._has_reference:
            self._has_reference = True
            self._take(rtc_s, run_s)
            self._open_window(rtc_s, run_s)
        elif self.verdict == CLOCK_GOOD:
            self.verdict = self._judge(rtc_s, run_s)
        return self.verdict

    def _judge(self, rtc_s, run_s):
        run_spent_s = run_s - self._run_s
        if run_spent_s < _STOPPED_AFTER_S:
            return CLOCK_GOOD
        rtc_spent_s = rtc_s - self._rtc_s
        self._take(rtc_s, run_s)
        if rtc_spent_s == 0:
            return CLOCK_STOPPED
        if abs(rtc_spent_s - run_spent_s) > _JUMP_S:
            return CLOCK_JUMPED
        window_s = run_s - self._window_run_s
        if window_s < _WINDOW_S:
            return CLOCK_GOOD
        drift_s = abs(rtc_s - self._window_rtc_s - window_s)
        self._open_window(rtc_s, run_s)
        if drift_s <= window_s // _DRIFT_DIVISOR + _READING_S:
            self._drift_windows = 0
            return CLOCK_GOOD
        self._drift_windows += 1
        return CLOCK_DRIFTING if self._drift_windows == _DRIFT_WINDOWS else CLOCK_GOOD

    def _take(self, rtc_s, run_s):
        self._rtc_s = rtc_s
        self._run_s = run_s

    def _open_window(self, rtc_s, run_s):
        self._window_rtc_s = rtc_s
        self._window_run_s = run_s
