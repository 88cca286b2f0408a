"""What a change means for the time ahead: the forecast is worked out anew, the programme follows the clock."""

from firmware.core.units import week_second


class Foresight:
    """The forecast, computed only after a change: its answers are points in time (RES-02).

    `is_stale`: what was foreseen may no longer be so.
    """

    def __init__(self, therapy, forecast, clock):
        self._therapy = therapy
        self._forecast = forecast
        self._clock = clock
        self._journal = None
        self._infusion = None
        self.is_stale = True

    def connect(self, journal, infusion):
        """Both are made later, because both report changes to here."""
        self._journal = journal
        self._infusion = infusion

    def changed(self):
        """Something that must outlive a power cut has changed, and perhaps what lies ahead."""
        self.is_stale = True
        self._journal.mark()

    def foresee(self):
        """The Forecast as of now."""
        if self.is_stale:
            self.is_stale = False
            self._therapy.advance(self._clock.now_ms(), self._clock.run_s)
            self._forecast.compute()
        return self._forecast

    def clock_moved(self):
        """The wall clock was set or aligned: the programme continues from where the clock points."""
        clock = self._clock
        self._therapy.advance(clock.now_ms(), clock.run_s)
        self._therapy.set_wall(week_second(clock.epoch_s), clock.fraction_ms())
        self._infusion.replan(clock.now_ms())
