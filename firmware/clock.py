"""The only file that reads ticks: monotonic milliseconds, pump life in seconds, wall clock in seconds.

Milliseconds live on the ring of `ticks_ms` (30 bits, wraps every 12.4 days) and are compared with
`units.until_ms`; nothing in the firmware counts milliseconds past a small integer. Seconds never wrap
in the life of the pump.
"""

from time import ticks_ms

from micropython import const

_SECOND_MS = const(1000)
_RING = const(0x3FFFFFFF)


class Clock:
    """`run_s`: seconds of pump life, restored from the journal.

    `now_ms` must be called at least every 12 days, which the watchdog sees to.
    """

    def __init__(self):
        self.run_s = 0
        self._is_set = False
        self.is_doubted = False  # the clock chip was found wrong, and nobody has set it since (DET-10)
        self.is_lost = False  # so it was at power-on: for how long the pump was off is not known
        self._ahead_s = 0  # the wall clock, while it is set, is pump life and this
        self._second_ms = ticks_ms()  # when the current second of `run_s` began
        self._spent_ms = 0  # of it, at the last reading

    def now_ms(self):
        """Milliseconds on the 30 bit ring. Moves `run_s` along. Does not allocate."""
        now = ticks_ms()
        spent = now - self._second_ms & _RING  # type: ignore  # to the stubs, ticks are no integers
        if spent >= _SECOND_MS:
            seconds = spent // _SECOND_MS
            spent -= seconds * _SECOND_MS
            self._second_ms = now - spent
            self.run_s += seconds
        self._spent_ms = spent
        return now

    def fraction_ms(self):
        """Milliseconds into the current second, 0 to 999."""
        return self._spent_ms

    @property
    def epoch_s(self):
        """The wall clock, 0 while it is not set; computed on demand, because it is rarely read."""
        return self.run_s + self._ahead_s if self._is_set else 0

    def set_epoch_s(self, epoch_s):
        """Take the wall clock from the RTC or from a person; the sub-second phase stays ours."""
        self._is_set = epoch_s != 0
        self._ahead_s = epoch_s - self.run_s

    def restore_run_s(self, run_s):
        """At boot: go on counting pump life where the journal left it."""
        self._ahead_s -= run_s - self.run_s
        self.run_s = run_s
