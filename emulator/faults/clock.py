"""Faults of the DS3231: the time of day is not what it was."""

from emulator.faults.base import UNTIL_CLEARED, Fault, Parameter, catalogued

_VERDICT = "CLOCK_FAULT"
_NOTICEABLE_S = 1e-3


class _Clock(Fault):
    """Base: evidence is an error against a perfect clock that was set alike."""

    _error_before_s = 0.0

    def _start(self) -> None:
        self._error_before_s = self.world.bench.clock.error_s(self.world.env.now)

    def _evidence(self) -> bool:
        error_s = self.world.bench.clock.error_s(self.world.env.now)
        return abs(error_s - self._error_before_s) >= _NOTICEABLE_S


@catalogued("clock.stop", "oscillator stops", _VERDICT, duration=UNTIL_CLEARED)
class ClockStop(_Clock):
    """Also sets OSF, as the chip does."""

    def _start(self) -> None:
        super()._start()
        self.world.bench.clock.stop(self.world.env.now)

    def _stop(self) -> None:
        self.world.bench.clock.resume(self.world.env.now)


@catalogued(
    "clock.jump",
    "calendar is suddenly elsewhere",
    _VERDICT,
    by=Parameter("duration", 3_600.0, -366 * 86_400.0, 366 * 86_400.0),
)
class ClockJump(_Clock):
    """`by`: seconds ahead, negative is back. Clearing does not set the clock right: setting it does."""

    may_overlap = True

    def _start(self) -> None:
        super()._start()
        self.world.bench.clock.jump(self.number("by"), self.world.env.now)
        self._was_seen = self._evidence()  # now: a clock that is set right afterwards hides it

    def _stop(self) -> None:
        pass


@catalogued(
    "clock.drift",
    "clock runs fast or slow",
    _VERDICT,
    duration=UNTIL_CLEARED,
    fraction=Parameter("fraction", 0.05, -0.9, 1.0),
)
class ClockDrift(_Clock):
    """`fraction`: seconds gained per second."""

    def _start(self) -> None:
        super()._start()
        self.world.bench.clock.set_pace(1.0 + self.number("fraction"), self.world.env.now)

    def _stop(self) -> None:
        drift = self.world.config.clock_drift_ppm * 1e-6
        self.world.bench.clock.set_pace(1.0 + drift, self.world.env.now)


@catalogued("clock.osf", "oscillator-stop flag is set: time is not to be trusted", _VERDICT)
class ClockLost(Fault):
    """Time itself is right. The flag is for software to clear, so clearing the fault leaves it."""

    may_overlap = True

    def _start(self) -> None:
        self.world.bench.clock.lose(self.world.env.now)
        self._was_seen = self.world.bench.clock.is_osf_set

    def _stop(self) -> None:
        pass

    def _evidence(self) -> bool:
        return self.world.bench.clock.is_osf_set
